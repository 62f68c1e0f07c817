"""240: what each file lacks, by the day it is due, on the sample practice."""

from __future__ import annotations

from tests_support.pages import text_of

DAY = "2026-11-23"
PAGE = f"out/paperwork/gaps-{DAY}"


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


def test_the_list_tells_what_is_missing_and_since_when(sample):
    sample("run", "paperwork-gap", "--dry-run", "--as-of", DAY)
    assert not (sample.folder / "out/paperwork").exists()

    sample("run", "paperwork-gap", "--as-of", DAY)

    page = text_of(sample.folder / f"{PAGE}.md")
    overdue, _, rest = page.partition("## In the next seven days")
    soon, _, later = rest.partition("## Later")
    assert "BQ · C-0014 | no-show policy | missing |" in overdue
    assert "IM · C-0027 | good-faith estimate | missing |" in soon
    assert "JH · C-0018 | release of information R-000004 | lacks something |" in soon
    assert "KA · C-0006 | consent to telehealth | expired |" in overdue
    assert "ZL · C-0003 | treatment plan | expired |" in overdue
    assert "SØ · C-0019 | consent to telehealth | expiring |" in later
    assert "C-0009" not in page
    printed = text_of(sample.folder / f"{PAGE}.pdf")
    assert "C-0014" in printed
    assert not [name for name in names(sample) if name in page + printed]


def test_what_is_completed_is_gone_from_the_list(sample):
    sample("paperwork", "add", "C-0014", "no_show_policy", "--signed-on", "2026-11-20")

    sample("run", "paperwork-gap", "--as-of", DAY)

    assert "C-0014" not in text_of(sample.folder / f"{PAGE}.md")


def test_a_kind_of_paper_that_does_not_exist_is_told_with_its_place(sample):
    with (sample.folder / "practice.yaml").open("a") as file:
        file.write("practice_records:\n  required_paperwork: [consent_tretment]\n")

    told = sample("run", "paperwork-gap", "--as-of", DAY, expect=1)

    assert "practice.yaml" in told.text
    assert "consent_treatment" in told.text
    assert not (sample.folder / "out/paperwork").exists()
