"""260: the routines of writing, on the sample practice: what they make, and what stops them."""

from __future__ import annotations

import json
import re
import subprocess

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"
DRAFT = "drafts/case-outline/draft.md"


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


def slot(practice, start="090000", end="103000"):
    """An hour and a half of writing in the sample's calendar, on Tuesday."""
    file = practice.folder / "calendars/practice.ics"
    event = (
        f"BEGIN:VEVENT\r\nUID:writing@x\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Writing\r\nCATEGORIES:WRITING\r\n"
        f"DTSTART;TZID=America/New_York:20261124T{start}\r\nDTEND;TZID=America/New_York:20261124T{end}\r\nEND:VEVENT\r\n"
    )
    file.write_bytes(file.read_bytes().replace(b"END:VCALENDAR", event.encode() + b"END:VCALENDAR"))


def test_words_are_logged_after_time_for_writing_and_once(sample):
    slot(sample)
    for _ in range(2):
        sample("run", "writing-block", "--as-of", f"{TUESDAY}T11:00")
    rows = sample("writing", "words", "list", "--back", "3660", "--json").json

    grief = next(row for row in rows if row["project"] == "grief-group")
    text = (sample.folder / "drafts/grief-group/outline.md").read_text()
    assert grief["words"] == len(re.findall(r"[A-Za-z0-9]+(?:['-][A-Za-z0-9]+)*", text))
    assert [(day["on"], day["words"]) for day in grief["days"]][-1] == (TUESDAY, grief["words"])
    page = (sample.folder / "out/writing/log.md").read_text()
    assert f"| {TUESDAY} | {grief['words']} | +" in page


def test_without_time_for_writing_nothing_is_kept(sample):
    sample("run", "writing-block", "--as-of", "2026-11-22T11:00")

    assert not (sample.folder / "out/writing").exists()


def test_a_block_without_projects_says_what_to_write(sample):
    sample.settings("  projects:\n    grief-group:", "  projects: {}\n  #   grief-group:")
    file = sample.folder / "practice.yaml"
    file.write_text(
        "".join(x for x in file.read_text().splitlines(True) if "case-outline:" not in x)
    )

    told = sample("run", "writing-block", "--as-of", TUESDAY, "-i", "always=true", expect=1)

    assert "practice.yaml names no writing project" in told.out


def test_deadlines_are_listed_on_monday(sample):
    (sample.folder / "inbox/submissions").mkdir(parents=True, exist_ok=True)
    (sample.folder / "inbox/submissions/new.csv").write_text(
        "title,due_on\nA new piece,2026-11-30\n"
    )
    sample("run", "submission-tracker", "--as-of", MONDAY, "-i", "file=inbox/submissions/new.csv")

    page = (sample.folder / "out/writing/deadlines.md").read_text()
    assert "1 overdue, 2 due soon, 1 without an answer." in page
    assert "| A new piece |  | planned | 2026-11-30 |  | due in 7 days |" in page
    assert "the deadline was 2 days ago" in page


def test_a_wrong_file_of_submissions_stops_it_and_keeps_nothing(sample):
    (sample.folder / "inbox/wrong.csv").write_text("title,due_on\nA,2026-13-01\n")

    told = sample(
        "run", "submission-tracker", "--as-of", MONDAY, "-i", "file=inbox/wrong.csv", expect=1
    )

    assert "1 row cannot be read, nothing was imported" in told.out
    assert not (sample.folder / "out/writing").exists()


def test_a_draft_that_could_tell_of_a_client_fails_and_says_where(sample):
    told = sample("run", "deidentify-check", "-i", f"file={DRAFT}", expect=1)

    page = (sample.folder / "out/writing/deidentify.md").read_text()
    found = {
        tuple(cell.strip() for cell in line.split("|")[2:5])
        for line in page.splitlines()
        if DRAFT in line and "|" in line
    }
    assert ("3", "1", "(A) name") in found
    assert ("5", "14", "(C) date or age above 89") in found
    assert {"(B) place smaller than a state", "(D) telephone number"} <= {one[2] for one in found}
    assert not [
        n
        for n in (*names(sample), "Tobias", "Delmar", "January 14", "518-555")
        if n in page + told.text
    ]
    assert "details of clients; out/writing/deidentify.md tells where" in " ".join(told.out.split())


def test_a_draft_without_any_passes_and_all_drafts_are_looked_at_by_hand(sample):
    sample("run", "deidentify-check", "-i", "file=drafts/grief-group/outline.md")
    assert "**0 findings**" in (sample.folder / "out/writing/deidentify.md").read_text()

    sample("run", "deidentify-check", expect=1)
    assert (
        "grief-group/outline.md\n- "
        not in (sample.folder / "out/writing/deidentify.md").read_text()
    )
    assert f"- {DRAFT}" in (sample.folder / "out/writing/deidentify.md").read_text()


def test_what_is_no_draft_is_told(sample):
    told = sample("run", "deidentify-check", "-i", "file=practice.yaml", expect=1)

    assert "'practice.yaml' is no draft" in told.out


def test_the_command_ends_with_one_on_a_finding(sample):
    clients = sample("clients", "list", "--status", "all", "--json", "--reveal").out
    done = subprocess.run(
        [sample.start.__globals__["DAYHAND"], "writing", "check", DRAFT, "--clients", "-", "--json"],
        cwd=sample.folder, env=sample.environment, input=clients, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert json.loads(done.stdout)["known"] >= 4
    assert "Tobias" not in done.stdout + done.stderr


def test_nothing_of_them_leaves_the_machine(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    texts = [file.read_text() for file in (sample.folder / "routines/writing").iterdir()]

    used = {line.split("uses:")[1].strip() for text in texts for line in text.splitlines()
            if line.lstrip(" -").startswith("uses:")}  # fmt: skip
    assert {effects[name] for name in used} <= {"none", "read", "write", "record"}
