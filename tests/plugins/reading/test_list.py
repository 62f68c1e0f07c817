"""The list: added, chosen, noted, read, credited; commands, files, and what the doctor says."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dayhand import UserError
from dayhand_reading import dayhand_health

BIB = """@article{a, title = {On Grief}, author = {Kern, O.}, year = 2020, doi = {10.5555/a}}
@article{b, title = {Trauma now}, author = {Sato, R.}, year = 2021}
@book{c, title = {Other things}, year = 2022}
"""


@pytest.fixture
def filled(kit, put):
    put("inbox/a.bib", BIB)
    citations = kit.run("reading.parse", file="inbox/a.bib")
    assert kit.run("reading.add", citations=citations).ids == ["R-000001", "R-000002", "R-000003"]
    return kit


def test_the_same_again_changes_nothing_and_fills_what_was_missing(filled):
    citations = filled.run("reading.parse", file="inbox/a.bib")
    assert filled.run("reading.add", citations=citations).unchanged == 3

    done = filled.run(
        "reading.add",
        citations=[{"title": "ON GRIEF!", "year": 2020, "volume": "7"}, {"doi": "10.5555/none"}],
    )
    assert (done.changed, done.refused) == (1, ["10.5555/none"])
    first = filled.run("reading.items", ids=["R-000001"])[0]
    assert (first.title, first.volume, first.doi, first.topics) == (
        "On Grief",
        "7",
        "10.5555/a",
        ["grief"],
    )


def test_the_topic_that_is_behind_comes_first_and_a_week_is_not_all_of_one(filled, put, say):
    rows = "title,topics,added_on,status,finished_on\nOld grief,grief,2026-01-01,queued,\nG2,grief,2026-11-01,queued,\nT read,trauma,2026-01-01,done,2026-06-01\n"
    put("inbox/r.csv", rows)
    assert say("import", "inbox/r.csv") == "3 new, 0 changed, 0 unchanged\n"

    picks = filled.run("reading.pick", count=4)

    assert [one.item.title for one in picks[:3]] == ["Old grief", "G2", "On Grief"]
    assert picks[3].item.title == "Trauma now"
    assert picks[0].why == "grief: 0 of 4 read this year; 327 days in the queue"
    assert picks[0].score == 3.0
    assert picks[1].score == Decimal("1.628")  # the first pick has closed a quarter of the gap
    assert filled.run("reading.keep_picks", picks=picks[:1]) == [picks[0].item.id]
    assert filled.run("reading.pick", count=1)[0].why == "it is begun"


def test_a_note_is_written_once_and_what_you_write_is_taken_back(filled, tmp_path):
    (item,) = filled.run("reading.items", ids=["R-000001"])
    note = filled.run("reading.note", item=item)
    assert note.new
    place = tmp_path / note.path
    text = place.read_text()
    assert "Kern, O. (2020). On Grief. https://doi.org/10.5555/a" in text
    filled_in = text.replace("finished_on:", "finished_on: 2026-11-20").replace(
        "minutes:", "minutes: 40"
    )
    filled_in = filled_in.replace("## Reflection\n", "## Reflection\n\nI will wait longer.\n")
    filled_in = filled_in.replace("## Quotes\n", "## Quotes\n\n- “Wait.” p. 3\n").replace(
        "## What it says\n", "## What it says\n\nTime\nhelps.\n"
    )
    place.write_text(filled_in)

    assert not filled.run("reading.note", item=item).new
    assert place.read_text() == filled_in
    taken = filled.run("reading.take_notes")
    assert (taken.finished, taken.changed, taken.problems) == (["R-000001"], 1, [])
    assert filled.run("reading.take_notes").changed == 0
    (kept,) = filled.run("reading.notes", month="2026-11")
    assert (kept.summary, kept.quotes, kept.topics) == ("Time helps.", ["Wait.” p. 3"], ["grief"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("finished_on:", "finished_on: soon", "Invalid isoformat"), ("minutes:", "minutes: an hour", "is no number"),
     ("finished_on:", "finished_on: 2027-01-01", "is still to come")],
)  # fmt: skip
def test_a_note_that_cannot_be_read_is_told_and_changes_nothing(filled, tmp_path, old, new, told):
    (item,) = filled.run("reading.items", ids=["R-000001"])
    place = tmp_path / filled.run("reading.note", item=item).path
    place.write_text(place.read_text().replace(old, new, 1))

    taken = filled.run("reading.take_notes")
    assert told in taken.problems[0]
    assert filled.run("reading.items", ids=["R-000001"])[0].status == "queued"


def test_what_was_read_with_reflection_becomes_credit_once(filled, say):
    say(
        "done",
        "R-000001",
        "--on",
        "2026-11-20",
        "--minutes",
        "40",
        "--reflection",
        "I wait longer.",
    )
    say("done", "R-000002", "--on", "2026-11-21", "--minutes", "10")
    say("done", "R-000003", "--on", "2026-10-21", "--minutes", "60", "--reflection", "x")

    found = filled.run("reading.credits", month="2026-11", category="independent")
    (row,) = found.rows
    assert (row.title, row.minutes, row.format, row.category, row.subjects) == (
        "Reading: On Grief", 40, "self_study", "independent", ["grief"],
    )  # fmt: skip
    assert found.missing == ["R-000002 Trauma now: lacks minutes (at least 15) and a reflection"]
    page = filled.run("reading.credit_page", rows=found, month="2026-11")
    assert "I wait longer." in filled.files.read(page.path).decode()
    filled.run("reading.credited", rows=found)
    filled.clock.move(timedelta(days=3))
    filled.run("reading.credited", rows=found)
    assert filled.run("reading.items", ids=["R-000001"])[0].credited_on == date(2026, 11, 24)
    assert filled.run("reading.credits", month="2026-11", category="independent") == found


def test_the_shortlist_lies_beside_tomorrows_day_sheet(filled):
    page = filled.run("reading.shortlist", picks=filled.run("reading.pick", count=1))

    assert page.path == "out/day/2026-11-25-reading.md"
    assert "- [ ] **" in filled.files.read(page.path).decode()
    empty = filled.run("reading.shortlist", picks=[])
    assert "reading list is empty" in filled.files.read(empty.path).decode()


def test_commands_add_list_pick_drop_and_write_out(say, put, tmp_path, library):
    assert say("list").startswith("nothing yet")
    assert say("pick") == "nothing is queued\n"
    put("inbox/a.bib", BIB)
    assert say("add", "inbox/a.bib") == "3 new, 0 changed, 0 unchanged\n"
    put("inbox/d.txt", "10.5555/zz\n")
    told = say("add", "inbox/d.txt", "--fetch")
    assert "10.5555/zz: 127.0.0.1" in told
    assert "has no title" in told
    assert say("pick", "--count", "1").startswith("R-00000")
    assert len(json.loads(say("pick", "--json"))) == 3
    assert say("drop", "r-000003") == "R-000003 is dropped\n"
    assert [row["id"] for row in json.loads(say("list", "--status", "dropped", "--json"))] == [
        "R-000003"
    ]
    assert "R-000001  queued" in say("list")
    say("done", "R-000001")
    with pytest.raises(UserError, match="was read, and stays"):
        say("drop", "R-000001")
    with pytest.raises(UserError, match="still to come"):
        say("done", "R-000002", "--on", "2027-01-01")
    with pytest.raises(UserError, match="no item R-000009"):
        say("done", "R-000009")
    say("export", str(tmp_path / "r.csv"))
    assert say("import", "r.csv") == "0 new, 0 changed, 3 unchanged\n"
    assert say("export").startswith("title,authors")


def test_a_wrong_file_is_refused_whole(say, put):
    put("r.csv", "title,year\nA,1\nB,2020\n")

    with pytest.raises(UserError, match="1 row cannot be read, nothing was imported"):
        say("import", "r.csv")
    assert say("list").startswith("nothing yet")


def test_an_unknown_feed_is_told(kit):
    with pytest.raises(UserError, match="no feed 'nope'"):
        kit.run("reading.feeds", names=["nope"])


def test_the_doctor_tells_of_notes_and_of_what_waits(make_kit, put, say, tmp_path):
    kit = make_kit(feeds={"empty": {}})

    def findings():
        practice = kit.context("reading")
        return [(f.level, f.message) for check in dayhand_health() for f in check.run(practice)]

    assert ("ok", "0 items queued") in findings()
    assert ("warning", "feed 'empty' has not one of 'url' and 'file'") in findings()
    put("r.csv", "title,status,picked_on\nA,reading,2026-01-01\n")
    say("import", "r.csv")
    assert ("warning", "1 item begun more than 90 days ago") in findings()
    put("out/reading/notes/R-000001.md", "---\nminutes: x\n---\n")
    assert any("the note of R-000001 cannot be taken in" in message for _, message in findings())
