"""The commands, the CSV files, the health checks and the sample."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dayhand import UserError
from dayhand.model.practice import Clinician, Licence
from dayhand.testing import PracticeKit, sample_info
from dayhand_outreach import dayhand_health
from dayhand_outreach.sample import load, write

TODAY = date(2026, 11, 24)


def test_a_month_is_planned_kept_and_marked(say):
    assert "World Mental Health Day" in say("dates", "--month", "2026-10")
    assert len(json.loads(say("dates", "--month", "2026-10", "--json"))) == 4
    assert "nothing is kept; keep them with --keep" in say("plan", "--month", "2026-10")
    assert say("posts").startswith("no posts")
    assert "4 new, 0 were there" in say("plan", "--month", "2026-10", "--keep")
    assert "0 new, 4 were there" in say("plan", "--month", "2026-10", "--keep")
    assert say("mark", "p-000001", "published") == "P-000001 is published\n"
    assert "published" in say("posts", "--until", "2026-10-31")
    assert json.loads(say("posts", "--since", "2027-01-01", "--json")) == []
    with pytest.raises(UserError, match="there is no post P-000099"):
        say("mark", "P-000099", "dropped")


def test_a_month_without_a_date_says_so(make_kit, say_to):
    assert say_to(make_kit(regions=[]), "dates") == "nothing is kept in that month\n"


def test_lint_tells_places_and_ends_with_one(put, say):
    put("a.md", "# A\n\n![](x.png) my client\n")
    put("b.md", "# B\n")

    told = say("lint", "a.md", code=1)

    assert "a.md:3:1: alt-text:" in told
    assert "a.md:3:12: case:" in told
    assert len(json.loads(say("lint", "a.md", "--json", code=1))["findings"]) == 2
    assert say("lint", "b.md") == "nothing holds it up; clients' names were not looked for\n"


def test_profiles_and_site_end_with_one_where_something_is_wrong(put, say, tmp_path):
    with pytest.raises(UserError, match="no copy of a profile"):
        say("profiles")
    with pytest.raises(UserError, match="no page to look at"):
        say("site")
    with pytest.raises(UserError, match="a fee is a number"):
        say("profiles", "--fee", "much")
    list(write(tmp_path, TODAY))

    told = say("profiles", "--fee", "185", code=1)

    assert "outreach/profiles/goodtherapy.txt:4: fee: $130; it should say $185" in told
    assert json.loads(say("profiles", "--json", code=1))["differences"]
    assert "MISSING: it is on no page" in say("site", code=1)
    assert json.loads(say("site", "--json", code=1))["missing"] >= 1


def test_what_is_exported_reads_back_unchanged(kit, say, tmp_path):
    list(write(tmp_path, TODAY))
    assert list(load(kit.context("outreach"))) == ["5 posts planned"]
    (tmp_path / "inbox").mkdir(exist_ok=True)

    say("export", str(tmp_path / "inbox/p.csv"))

    assert say("import", "inbox/p.csv") == "0 new, 0 changed, 5 unchanged\n"
    assert say("export") == (tmp_path / "inbox/p.csv").read_text().lstrip("\ufeff")
    assert kit.run("outreach.import_csv", file="inbox/p.csv")["unchanged"] == 5


def test_doctor_tells_of_late_posts_and_of_profiles_that_differ(kit, tmp_path):
    checks = {check.name: check.run for check in dayhand_health()}
    practice = kit.context("outreach")
    assert {f.level for run in checks.values() for f in run(practice)} == {"ok"}
    list(write(tmp_path, TODAY))
    plan = {"month": "x", "posts": [{"planned_on": "2026-11-01", "title": "late"}]}
    kit.run("outreach.keep_plan", plan=plan)

    assert [f.level for run in checks.values() for f in run(practice)] == ["warning", "warning"]


def test_pages_can_go_without_a_pdf_and_are_tagged_with_one(make_kit):
    kit = make_kit(pdf=False)
    assert (
        kit.run("outreach.plan_page", plan=kit.run("outreach.plan", month="2026-12"))["pdf"] == ""
    )

    kit = make_kit(paper="a4")
    files = kit.run("outreach.plan_page", plan=kit.run("outreach.plan", month="2026-12"))
    assert kit.files.read(files["pdf"]).startswith(b"%PDF")
    assert b"/StructTreeRoot" in kit.files.read(files["pdf"])


def test_the_hooks_write_and_load_the_sample(kit, tmp_path):
    from dayhand_outreach import dayhand_sample, dayhand_sample_load

    assert list(dayhand_sample_load(kit.context("outreach"))) == []
    assert list(dayhand_sample(tmp_path, TODAY))[0] == "outreach/topics.csv: 6 topics"  # noqa: RUF015
    assert list(dayhand_sample_load(kit.context("outreach"))) == ["5 posts planned"]


def test_a_plan_is_printed_as_json_and_can_be_kept_at_once(say):
    assert json.loads(say("plan", "--month", "2026-10", "--json"))["month"] == "2026-10"
    assert '"month": "2026-10"' in say("plan", "--month", "2026-10", "--json", "--keep")
    assert len(json.loads(say("posts", "--json"))) == 4


def test_a_clean_post_is_an_empty_list_in_json(put, say):
    put("b.md", "# B\n")

    assert json.loads(say("lint", "b.md", "--json"))["findings"] == []


RIGHT = "License 081234, NPI 1234567893, accepting new clients, 518-555-0100"


def practice_of_one_state(tmp_path, **settings):
    licences = (Licence(type="LCSW", region="NY", number="081234", issued=None, expires=None),)
    who = Clinician(name="Jane Doe", npi="1234567893", licences=licences)
    return PracticeKit(
        tmp_path, plugins=["dayhand_outreach"], settings={"outreach": settings},
        now="2026-11-24T09:00-05:00",
        info=sample_info(clinician=who, npi="", phone="518-555-0100"),
    )  # fmt: skip


def test_profiles_that_agree_say_so(tmp_path, put, say_to):
    kit = practice_of_one_state(tmp_path)
    put("outreach/profiles/a.txt", RIGHT)

    assert say_to(kit, "profiles") == "1 copies agree\n"
    assert json.loads(say_to(kit, "profiles", "--json"))["differences"] == []
    (_, check) = dayhand_health()
    assert [found.message for found in check.run(kit.context("outreach"))] == [
        "copies of profiles that agree: 1"
    ]


def test_a_site_with_all_notices_ends_with_nought(tmp_path, put, say_to):
    kit = practice_of_one_state(tmp_path)
    put(
        "outreach/site/a.html",
        "<p>Good faith estimate. Notice of privacy practices. License number 081234.</p>\n"
        "<p>Telehealth in New York, not in Texas.</p>",
    )

    told = say_to(kit, "site")

    assert "MISSING" not in told
    assert "telehealth and Texas" in told
    assert json.loads(say_to(kit, "site", "--json"))["missing"] == 0


def test_a_page_that_could_not_be_looked_at_is_named(tmp_path, say_to):
    pages = ["http://127.0.0.1:9/"]
    kit = practice_of_one_state(tmp_path, site={"hosts": ["127.0.0.1:9"], "pages": pages})

    with pytest.raises(UserError, match="no page could be looked at"):
        say_to(kit, "site")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title\nM\udcfcller\n", "inbox/p.csv: "),
        ("planned_on,title\n2026-12-01,A,extra\n", "more fields than columns"),
        ('planned_on,title\n2026-12-01,"A\nB"\n', "one line of text"),
    ],
)
def test_a_file_that_is_none_is_told(kit, put, text, said):
    put("inbox/p.csv", text)

    with pytest.raises(UserError) as told:
        kit.run("outreach.import_csv", file="inbox/p.csv")

    assert said in f"{told.value.message} {told.value.hint}"
