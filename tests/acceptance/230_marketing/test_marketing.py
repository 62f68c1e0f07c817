"""230: the routines of marketing, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

TUESDAY = "2026-11-24"
DRAFT = "out/outreach/drafts/2026-11-27-how-to-choose-a-therapist.md"
READY = "out/outreach/ready/2026-11-27-how-to-choose-a-therapist.md"
TEXT = "# How to choose a therapist\n\n{}\n\n![A path through a wood in the rain](path.jpg)\n"


def read(practice, path):
    return (practice.folder / path).read_text()


def posts(practice):
    return {one["id"]: one for one in practice("outreach", "posts", "--json").json}


def test_next_months_posts_are_planned_from_dates_and_topics(sample):
    sample("run", "content-calendar", "--as-of", "2026-11-25")
    sample("run", "content-calendar", "--as-of", "2026-11-25")  # planned once

    page = read(sample, "out/outreach/plan-2026-12.md")
    rows = [line for line in page.splitlines() if " 2026-12-" in line]
    assert "Human Rights Day" in page
    assert "Sleep when worry keeps you up" in page
    assert "awareness is not verified." in page
    december = [one for one in posts(sample).values() if one["planned_on"] >= "2026-12"]
    assert len(december) == len(rows) == 4
    assert (sample.folder / "out/outreach/plan-2026-12.pdf").read_bytes().startswith(b"%PDF")


def test_a_faulty_topics_file_stops_the_plan_and_is_named_with_its_line(sample):
    file = sample.folder / "outreach/topics.csv"
    file.write_text(file.read_text() + "Sun,,13,,\n")

    told = sample("run", "content-calendar", "--as-of", "2026-11-25", expect=1)

    assert "outreach/topics.csv: 1 row cannot be read" in told.text
    assert not (sample.folder / "out/outreach").exists()


def test_a_post_is_ready_only_after_you_wrote_and_released_it_and_nothing_holds_it_up(sample):
    sample("run", "draft-post", "--as-of", TUESDAY, expect=3)
    assert not (sample.folder / READY).exists()
    assert posts(sample)["P-000005"]["status"] == "drafted"
    text = TEXT.format("When Alexandria came to me, she asked the same.")
    (sample.folder / DRAFT).write_text(text)

    told = sample("answer", sample.question(), "--approve", expect=1)
    assert f"{DRAFT} is held up: 3:6 a name that could tell who a client is" in told.text
    assert "Alexandria" not in told.text
    assert not (sample.folder / READY).exists()

    (sample.folder / DRAFT).write_text(TEXT.format("Ask about fees first."))
    run = sample.last()["run"]["id"]
    sample("retry", run)

    assert read(sample, READY) == TEXT.format("Ask about fees first.")
    kept = posts(sample)["P-000005"]
    assert (kept["status"], kept["path"]) == ("ready", READY)
    assert sample.files()[READY] == kept["sha256"]


def test_a_post_that_is_declined_is_dropped_and_not_drafted_again(sample):
    sample("run", "draft-post", "--as-of", TUESDAY, expect=3)

    sample("answer", sample.question(), "--decline")
    sample("run", "draft-post", "--as-of", TUESDAY)

    assert posts(sample)["P-000005"]["status"] == "dropped"
    assert not (sample.folder / READY).exists()


def test_differences_between_profiles_are_told_with_file_and_line(sample):
    sample("run", "profile-audit", "--as-of", TUESDAY)

    page = read(sample, f"out/outreach/profiles-{TUESDAY}.md")
    for row in (
        "| outreach/profiles/goodtherapy.txt | 2 | licence | 081243 | 081234 or 98765 |",
        "| outreach/profiles/county-directory.html | 5 | NPI | 1234567839 | 1234567893 |",
        "| outreach/profiles/openpath.txt | 5 | fee | $140 |",
        "| outreach/profiles/goodtherapy.txt | 5 | availability | takes nobody now |",
    ):
        assert row in page


def test_without_copies_of_profiles_the_audit_says_what_to_do(sample):
    for file in (sample.folder / "outreach/profiles").iterdir():
        file.unlink()

    told = sample("run", "profile-audit", "--as-of", TUESDAY, expect=1)

    assert "there is no copy of a profile in outreach/profiles/" in told.text


def test_notices_missing_on_the_site_are_told_with_the_rule_and_its_source(sample):
    sample("run", "website-check", "--as-of", TUESDAY)

    page = read(sample, f"out/outreach/site-{TUESDAY}.md")
    assert "| Notice of the right to a good faith estimate | NO: it is on no page |" in page
    assert "States in which you see clients by video | NO: it does not name California" in page
    assert "telehealth and Vermont, where no licence of yours holds" in page
    assert "45 CFR 149.610(b)(1)(iii)" in page
    assert "us-site-notices is not verified." in page


def test_a_site_on_a_host_that_is_not_named_is_refused_before_anything_is_asked(sample):
    file = sample.folder / "practice.yaml"
    pages = (
        "\noutreach:\n  site:\n    hosts: [lakeside.example]\n    pages: [https://other.example/]\n"
    )
    file.write_text(file.read_text() + pages)

    told = sample("run", "website-check", "--as-of", TUESDAY, expect=1)

    assert "'other.example' is not among site.hosts" in told.text
    assert not (sample.folder / "out/outreach").exists()


def test_nothing_of_it_is_sent(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    for file in (sample.folder / "routines/marketing").iterdir():
        used = [line.split("uses:")[1].strip() for line in file.read_text().splitlines()
                if line.lstrip(" -").startswith("uses:")]  # fmt: skip
        assert used
        assert "send" not in {effects[step] for step in used}
        if "outreach.finish" in used:
            assert used.index("person.approve") < used.index("outreach.finish")
