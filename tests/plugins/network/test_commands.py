"""The commands, the CSV files, the health checks and the sample."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dayhand import UserError
from dayhand_network import dayhand_health
from dayhand_network.sample import load, write

TODAY = date(2026, 11, 24)


def test_a_contact_is_kept_found_touched_and_verified(say):
    assert say(
        "contacts", "add", "Ruth Osei", "--role", "couples therapist", "--insurance", "EM"
    ) == ("K-000001 is kept\n")
    assert "couples therapist" in say("contacts", "list", "--insurance", "em")
    assert say("contacts", "list", "--role", "dietitian").startswith("no such contacts")
    assert "K-000001" in say("contacts", "due")
    say("contacts", "touch", "k-000001", "--how", "telephone", "--follow-up-on", "2026-12-10")
    assert say("contacts", "due") == "nobody is due; 1 in touch\n"
    assert "never verified" in say("contacts", "stale", code=1)
    say("contacts", "verify", "K-000001", "--availability", "open", "--phone", "518-555-0134")
    assert say("contacts", "stale") == "every entry is verified\n"
    (kept,) = json.loads(say("contacts", "list", "--json"))
    assert (kept["availability"], kept["verified_on"]) == ("open", "2026-11-24")
    say("contacts", "verify", "K-000001", "--inactive")
    assert json.loads(say("contacts", "list", "--json")) == []


def test_a_referral_is_logged_named_and_followed(say, contact):
    contact()
    say("referrals", "add", "in", "--contact", "K-000001", "--reason", "low mood")
    say("referrals", "edit", "F-000001", "--client", "C-0012", "--initials", "MZ")

    (row,) = json.loads(say("referrals", "list", "--open", "--json"))
    assert (row["client_id"], row["reason"]) == ("C-0012", "•••")
    assert "low mood" in say("referrals", "list", "--reveal")
    say("referrals", "outcome", "F-000001", "not_a_fit")
    assert say("referrals", "list", "--open").startswith("no such referrals")
    assert "together" in say("referrals", "report", "--before", "2026-12-01")


def test_what_is_revealed_is_in_the_audit_log(say, kit):
    say("referrals", "list", "--reveal")

    assert kit.audit[-1] == "reveal referrals"


def test_wrong_values_are_told(say):
    with pytest.raises(UserError, match="it is no e-mail address"):
        say("contacts", "add", "X", "--email", "nowhere")
    with pytest.raises(UserError, match="cannot have been made yet"):
        say("referrals", "add", "in", "--on", "2026-11-25")
    with pytest.raises(UserError, match="there is no referral F-000007"):
        say("referrals", "outcome", "F-000007", "started")


@pytest.mark.parametrize(
    ("group", "kind"),
    [("contacts", "contacts"), ("contacts", "touches"), ("referrals", "referrals")],
)
def test_what_is_exported_reads_back_unchanged(say, kit, tmp_path, group, kind):
    list(write(tmp_path, TODAY))
    assert list(load(kit.context("network"))) == ["6 contacts, 5 touches, 26 referrals"]
    more = ("--kind", kind) if group == "contacts" else ()
    (tmp_path / "inbox").mkdir(exist_ok=True)

    say(group, "export", str(tmp_path / "inbox/x.csv"), *more)
    told = say(group, "import", "inbox/x.csv", *more)

    assert told.startswith("0 new, 0 changed, ")
    first = (tmp_path / "inbox/x.csv").read_text()
    assert say(group, "export", *more) == first.lstrip("\ufeff")


def test_one_wrong_row_keeps_all_rows_out_and_is_named_with_its_line(say, kit):
    folder = kit.files.resolve("inbox")
    folder.mkdir(exist_ok=True)
    (folder / "c.csv").write_text("name,availability\nAnn,open\nBob,maybe\n")

    with pytest.raises(UserError, match="nothing was imported") as told:
        kit.run("network.import_csv", kind="contacts", file="inbox/c.csv")

    assert "line 3" in told.value.hint
    assert kit.run("network.contacts") == []


def test_a_referral_imported_again_keeps_the_moment_it_was_logged(kit):
    folder = kit.files.resolve("inbox")
    folder.mkdir(exist_ok=True)
    (folder / "r.csv").write_text("direction,on,source\nin,2026-11-24,website\n")
    kit.run("network.import_csv", kind="referrals", file="inbox/r.csv")

    again = kit.run("network.import_csv", kind="referrals", file="inbox/r.csv")

    assert again["unchanged"] == 1


def test_doctor_tells_of_stale_entries_and_open_referrals(kit, tmp_path):
    checks = {check.name: check.run for check in dayhand_health()}
    practice = kit.context("network")
    assert {f.level for run in checks.values() for f in run(practice)} == {"ok"}

    list(write(tmp_path, TODAY))
    list(load(practice))

    (stale,) = checks["the referral directory is verified"](practice)
    (asked,) = checks["referrals are followed up"](practice)
    assert "K-000005, K-000002" in stale.message
    assert asked.level == "warning"


def test_lists_can_go_without_a_pdf_and_on_other_paper(make_kit):
    kit = make_kit(pdf=False)

    assert kit.run("network.due_page", due=kit.run("network.due"))["pdf"] == ""
    assert kit.run("network.directory_page", directory=kit.run("network.directory"))["pdf"] == ""


def test_a_list_is_tagged_and_says_what_it_is(make_kit):
    kit = make_kit(paper="a4")
    kit.run("network.record_contact", contact={"name": "A | B", "phone": "518-555-0100"})

    files = kit.run("network.due_page", due=kit.run("network.due"))

    assert "A \\| B" in kit.files.read(files["path"]).decode()
    assert kit.files.read(files["pdf"]).startswith(b"%PDF")


def test_the_hooks_write_and_load_the_sample(kit, tmp_path):
    from dayhand_network import dayhand_sample, dayhand_sample_load

    assert list(dayhand_sample_load(kit.context("network"))) == []
    lines = list(dayhand_sample(tmp_path, TODAY))

    assert lines[0] == "records/contacts.csv: 6 rows"
    assert list(dayhand_sample_load(kit.context("network"))) == [
        "6 contacts, 5 touches, 26 referrals"
    ]


def test_lists_are_printed_as_json_for_scripts(say, contact, refer):
    contact(insurance=[])
    refer(source="website", on="2026-10-01")

    assert json.loads(say("contacts", "due", "--json"))[0]["contact"]["id"] == "K-000001"
    (entry,) = json.loads(say("contacts", "stale", "--json", code=1))
    assert entry["missing"] == ["insurance taken"]
    report = json.loads(say("referrals", "report", "--json"))
    assert report["incoming"] == [{"source": "website", "count": None}]


def test_nothing_stale_is_an_empty_list_in_json(say, contact):
    contact()

    assert json.loads(say("contacts", "stale", "--json")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nM\udcfcller\n", "inbox/c.csv: "),
        ("nom\nAnn\n", "missing name; unknown column no. 1"),
        ("name\nAnn,extra\n", "more fields than columns"),
        ('name\n"A\nB"\n', "one line of text"),
    ],
)
def test_a_file_that_is_none_is_told(kit, text, said):
    folder = kit.files.resolve("inbox")
    folder.mkdir(exist_ok=True)
    (folder / "c.csv").write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(UserError) as told:
        kit.run("network.import_csv", kind="contacts", file="inbox/c.csv")

    assert said in f"{told.value.message} {told.value.hint}"
