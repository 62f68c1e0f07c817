"""Words, submissions, the check of files, and what the doctor says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile

import pytest

from dayhand import UserError
from dayhand_writing import dayhand_health
from dayhand_writing.counting import word_count

MINE = {"id": "C-0004", "name": "Tobias Wren"}


def git(folder, *arguments, day="2026-11-20"):
    stamp = f"{day}T12:00:00-05:00"
    environment = {
        "PATH": os.environ["PATH"], "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp,
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    }  # fmt: skip
    who = ["-c", "user.name=Jane Doe", "-c", "user.email=jane@lakeside.example"]
    subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],
        check=True,
        capture_output=True,
        env=environment,
    )


def word_file(**parts):
    spelled = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, paragraphs in parts.items():
            inner = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
            archive.writestr(
                f"word/{name}.xml", f'<w:document xmlns:w="{spelled}">{inner}</w:document>'
            )
    return data.getvalue()


def test_words_are_counted_as_a_reader_counts_them():
    assert word_count("It's a well-known, so-called *fact*: 12 of them.") == 8
    text = "---\ntitle: None of it\n---\nTwo [words](https://x.example/a/b).<!-- not these -->"
    assert word_count(text, markdown=True) == 2


def test_the_words_of_files_are_kept_once_a_day(kit, put):
    put("drafts/grief/a.md", "one two three")
    put("drafts/grief/b.md", "four")
    put("drafts/grief/notes.csv", "not,counted")
    put("drafts/case.txt", "five six")

    counts = kit.run("writing.count")
    assert [(one.project, one.words) for one in counts] == [("grief", 4), ("case", 2)]
    assert kit.run("writing.log", counts=counts).new == 2
    assert kit.run("writing.log", counts=counts).unchanged == 2


def test_a_git_history_tells_the_words_of_each_day(make_kit, tmp_path):
    folder = tmp_path / "papers"
    (folder / "ch").mkdir(parents=True)
    git(folder, "init", "-q")
    for day, text in (
        ("2026-11-20", "one two"),
        ("2026-11-20", "one two three"),
        ("2026-11-22", "one"),
    ):
        (folder / "ch/a.md").write_text(text)
        (folder / "other.md").write_text(text * 9)
        git(folder, "add", ".", day=day)
        git(folder, "commit", "-qm", "write", day=day)
    kit = make_kit(projects={"paper": {"files": ["ch/*.md"], "repository": str(folder)}})

    counts = kit.run("writing.count")

    assert [(str(one.on), one.words, one.source) for one in counts] == [
        ("2026-11-20", 3, "git"), ("2026-11-22", 1, "git"),
    ]  # fmt: skip
    assert kit.run("writing.count", back=1) == []


def test_a_folder_that_is_no_repository_is_told(make_kit, tmp_path):
    kit = make_kit(projects={"paper": {"files": ["*.md"], "repository": str(tmp_path / "none")}})

    with pytest.raises(UserError, match="git cannot read"):
        kit.run("writing.count")


def test_growth_is_added_up_and_cuts_take_nothing_away(kit, put, say):
    rows = "project,on,words\ngrief,2026-11-01,10\ngrief,2026-11-10,14\ngrief,2026-11-12,9\ngrief,2026-11-20,11\n"
    put("inbox/words.csv", rows)
    say("words", "import", "inbox/words.csv")

    grief, case = kit.run("writing.progress", back=28)
    assert (grief.words, grief.added, grief.days_written, grief.goal_days) == (11, 6, 2, 1)
    assert (case.words, case.last) == (0, None)
    kit.run("writing.page", progress=[grief, case])
    text = kit.files.read("out/writing/log.md").decode()
    assert "| 2026-11-12 | 9 | -5 |" in text
    assert "The goal of 3 words a day was reached on 1 days." in text


def test_time_for_writing_is_told_by_category_or_title_once_it_is_over(kit, put):
    def event(key, start, end, **more):
        day = "2026-11-24T"
        return {"key": key, "start": f"{day}{start}-05:00", "end": f"{day}{end}-05:00", **more}

    slots = kit.run(
        "writing.slots",
        events=[
            event("a", "09:00", "10:30", categories=["Writing"]),
            event("b", "11:00", "11:30", summary="Writing: chapter"),
            event("c", "17:30", "18:30", categories=["WRITING"]),
            event("d", "12:00", "13:00", summary="Lunch"),
            event("e", "13:00", "14:00", summary="Writing", status="cancelled"),
        ],
    )
    assert [(one.key, one.minutes) for one in slots] == [("a", 90), ("b", 30)]
    put("drafts/grief/a.md", "one two")
    counts = kit.run("writing.count", slots=slots, projects=["grief"])
    assert counts[0].minutes == 120


SUBMISSIONS = """\
title,venue,status,due_on,submitted_on
Soon,J,drafting,2026-12-10,
Late,J,planned,2026-11-20,
Waits,J,under_review,,2026-07-01
Fresh,J,submitted,,2026-11-01
Open,J,revise_and_resubmit,,2026-01-01
Done,J,accepted,2026-01-01,2026-01-01
"""


def test_submissions_tell_what_they_need(kit, put):
    put("inbox/s.csv", SUBMISSIONS)
    assert kit.run("writing.import_submissions", file="inbox/s.csv").new == 6
    assert kit.run("writing.import_submissions", file="inbox/s.csv").unchanged == 6

    found = kit.run("writing.submissions")
    assert {one.title: one.problem for one in found} == {
        "Late": "the deadline was 4 days ago",
        "Soon": "due in 16 days",
        "Open": "the revision has no deadline; ask the editor for one",
        "Waits": "no answer for 146 days; ask the editor",
        "Fresh": "",
    }
    listed = kit.run("writing.deadlines", submissions=found)
    assert (listed.overdue, listed.soon, listed.waiting_long) == (1, 1, 1)
    assert "| Late | J | planned | 2026-11-20 |" in kit.files.read(listed.path).decode()


def test_a_wrong_file_is_refused_whole_with_each_line(kit, put):
    put("inbox/s.csv", "title,status,submitted_on\nA,lost,\n,planned,\nB,submitted,\nC,planned,\n")

    with pytest.raises(UserError, match="3 rows cannot be read, nothing was imported") as told:
        kit.run("writing.import_submissions", file="inbox/s.csv")
    assert "line 2: status" in told.value.hint
    assert "line 4: row: what is submitted has the day" in told.value.hint
    put("inbox/s.csv", "titel\nA\n")
    with pytest.raises(UserError, match="missing title; unknown 'titel'"):
        kit.run("writing.import_submissions", file="inbox/s.csv")
    assert kit.run("writing.submissions") == []


def test_submissions_are_typed_listed_and_written_out(say, tmp_path):
    assert say("submissions", "list").startswith("no submissions")
    say("submissions", "add", "Endings", "--venue", "Brief", "--due", "2026-12-01")
    say(
        "submissions",
        "add",
        "endings",
        "--venue",
        "Brief",
        "--status",
        "submitted",
        "--submitted",
        "2026-11-20",
    )
    (row,) = json.loads(say("submissions", "list", "--json"))
    assert (row["id"], row["status"], row["days_waiting"]) == ("W-000001", "submitted", 4)
    say("submissions", "export", str(tmp_path / "s.csv"))
    assert say("submissions", "import", "s.csv") == "0 new, 0 changed, 1 unchanged\n"
    assert "W-000001" in say("submissions", "list", "--all")
    say("submissions", "remove", "w-000001")
    with pytest.raises(UserError, match="no submission W-000001"):
        say("submissions", "remove", "W-000001")
    with pytest.raises(UserError, match="what is submitted has the day"):
        say("submissions", "add", "X", "--status", "submitted")


def test_words_are_logged_listed_and_written_out(say, put, tmp_path):
    put("drafts/grief/a.md", "one two")
    assert "grief  2026-11-24  2 words" in say("words", "log", "grief")
    assert say("words", "list").splitlines()[1].split()[:2] == ["grief", "2"]
    assert json.loads(say("words", "list", "--json"))[0]["last"] == "2026-11-24"
    say("words", "export", str(tmp_path / "w.csv"))
    assert say("words", "import", "w.csv") == "0 new, 0 changed, 1 unchanged\n"
    with pytest.raises(UserError, match="no writing project 'nope'"):
        say("words", "log", "nope")


def test_a_draft_is_checked_against_the_client_list(say, put):
    put("drafts/case.md", "Then Tobias slept.\n")

    told = say("check", "drafts/case.md", "--clients", "-", typed=json.dumps([MINE]), code=1)
    assert "drafts/case.md:1:6: (A) name, of a client: T•••••" in told
    assert "Tobias" not in told
    assert "no client list was given" in say("check", "drafts/case.md")
    with pytest.raises(UserError, match="client list cannot be read"):
        say("check", "--clients", "-", typed="[1]")


def test_all_drafts_are_checked_where_none_is_named(kit, put, say):
    with pytest.raises(UserError, match="no draft to look at"):
        say("check")
    put("drafts/case.tex", "On 2026-01-14 he came")
    put("drafts/grief/a.md", "Nothing here")

    done = kit.run("writing.check", clients=[MINE])
    assert done.files == ["drafts/case.tex", "drafts/grief/a.md"]
    assert [(one.file, one.line, one.column, one.identifier) for one in done.findings] == [
        ("drafts/case.tex", 1, 4, "C")
    ]
    page = kit.run("writing.findings", checked=done)
    text = kit.files.read(page.path).decode()
    assert "| drafts/case.tex | 1 | 4 | (C) date or age above 89 | 2•••-••-•• |  |" in text
    assert "2026-01-14" not in text


def test_a_word_file_is_read_by_paragraph_with_its_comments_and_properties(kit, put):
    put(
        "drafts/case.docx",
        word_file(document=["Well.", "Tobias came."], comments=["Ask Tobias Wren"]),
    )

    done = kit.run("writing.check", clients=[MINE])
    assert [(one.line, one.column) for one in done.findings] == [(2, 1), (3, 5)]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [("a.pdf", b"%PDF", "is no draft"), ("a.md", b"\xff\xfe", "not UTF-8"), ("a.docx", b"PK", "no Word file"),
     ("a.md", None, "no file")],
)  # fmt: skip
def test_what_cannot_be_read_is_told(kit, put, name, data, told):
    if data is not None:
        put(name, data)

    with pytest.raises(UserError, match=told):
        kit.run("writing.check", clients=[], files=[name])


def test_a_digest_groups_notes_by_topic(kit):
    notes = [
        {"title": "On grief", "citation": "Vance 2023", "topics": ["grief", "groups"], "summary": "Works.", "quotes": ["So."]},
        {"title": "On rest"},
    ]  # fmt: skip
    page = kit.run("writing.digest", notes=notes, month="2026-10")

    text = kit.files.read(page.path).decode()
    assert text.index("## Grief") < text.index("- Says: Works.") < text.index("## Groups")
    assert "See under grief." in text
    assert "The note is still empty." in text
    assert (
        "Nothing was finished"
        in kit.files.read(kit.run("writing.digest", notes=[], month="2026-09").path).decode()
    )


def test_the_doctor_tells_of_missing_drafts_and_passed_deadlines(kit, put, say):
    def findings():
        practice = kit.context("writing")
        return [(f.level, f.message) for check in dayhand_health() for f in check.run(practice)]

    assert ("warning", "project 'grief' has no file yet") in findings()
    put("drafts/grief/a.md", "x")
    say("submissions", "add", "Late", "--due", "2026-11-01")
    assert ("ok", "project 'grief' has 1 draft") in findings()
    assert ("warning", "1 submission past the deadline") in findings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"projects": {"Bad Name": {}}},
        {"projects": {"a": {"files": ["../x"]}}},
        {"calendar": {"pattern": "("}},
    ],
)
def test_wrong_settings_are_refused(make_kit, wrong):
    with pytest.raises(
        ValueError, match=r"a name has small letters|leads out|no regular expression"
    ):
        make_kit(**wrong)
