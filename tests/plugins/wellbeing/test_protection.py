"""Protected time against the calendar, and the commands and files it comes from."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from dayhand import UserError


def event(start, minutes=45, **values):
    begin = datetime.fromisoformat(f"2026-11-{start}-05:00")
    return {"uid": "u1", "start": begin, "end": begin + timedelta(minutes=minutes)} | values


def holds(kit, *events, **inputs):
    done = kit.run("wellbeing.holds", events=list(events), **({"days": 7} | inputs))
    return [one["name"] for one in done["wanted"]], len(done["taken"]), done["there"]


@pytest.fixture
def walk(say):
    say("protect", "walk", "mon", "17:00", "--minutes", "45")


def test_protected_time_that_is_not_there_is_wanted(kit, walk):
    done = kit.run("wellbeing.holds", events=[], days=14)

    assert [one["on"] for one in done["wanted"]] == [date(2026, 11, 23), date(2026, 11, 30)]
    first = done["wanted"][0]
    assert first["start"].isoformat() == "2026-11-23T17:00:00-05:00"
    assert first["end"].isoformat() == "2026-11-23T17:45:00-05:00"
    assert first["title"] == "Hold"


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (event("23T17:00", kind="hold"), ([], 0, 1)),
        (event("23T16:00", 180, kind="hold"), ([], 0, 1)),
        (event("23T00:00", 1440, all_day=True), ([], 0, 1)),
        (event("23T17:30", kind="session"), ([], 1, 0)),
        (event("23T17:30"), ([], 1, 0)),
        (event("23T17:00", 10, kind="hold"), (["walk"], 0, 0)),
        (event("23T17:45", kind="session"), (["walk"], 0, 0)),
        (event("23T17:30", kind="session", status="cancelled"), (["walk"], 0, 0)),
        (event("23T17:30", busy=False), (["walk"], 0, 0)),
    ],
)
def test_what_is_on_decides(kit, walk, there, expected):
    assert holds(kit, there) == expected


def test_a_hold_that_was_made_and_taken_out_is_not_made_again(kit, walk):
    noted = {"block": "walk", "on": "2026-11-23", "uid": "made"}
    assert kit.run("wellbeing.note_hold", **noted) is True
    assert kit.run("wellbeing.note_hold", **noted) is False

    done = kit.run("wellbeing.holds", events=[], days=7)

    assert (done["wanted"], done["given_up"]) == ([], 1)


def test_a_hold_that_was_moved_is_still_there(kit, walk):
    kit.run("wellbeing.note_hold", block="walk", on="2026-11-23", uid="made")

    done = kit.run("wellbeing.holds", events=[event("23T12:00", uid="made", kind="hold")], days=7)

    assert (done["wanted"], done["there"], done["given_up"]) == ([], 1, 0)


def test_time_is_protected_from_a_day_to_a_day(kit, say, walk):
    say("unprotect", "walk", "--on", "2026-11-29")

    assert holds(kit, days=14) == (["walk"], 0, 0)


def test_the_page_tells_what_is_to_be_made_and_what_is_taken(kit, walk, text_of):
    found = kit.run("wellbeing.holds", events=[event("23T17:30", kind="session")], days=14)

    page = kit.run("wellbeing.holds_page", holds=found)

    text = text_of(page["path"])
    assert page["warnings"] == 1
    assert "| Mon 23 Nov 2026 | 17:00 | 17:45 | walk, by a session |" in text
    assert "| Mon 30 Nov 2026 | 17:00 | 17:45 | walk |" in text
    assert "walk" in text_of(page["pdf"])


# Commands and files -------------------------------------------------------------------------------


def test_lists_tell_what_is_kept(say, walk):
    say("flag", "C-0017")

    assert "walk  mon      17:00  45       2026-11-23" in say("protected")
    assert json.loads(say("flags", "--json"))[0]["client_id"] == "C-0017"
    assert say("leaves") == "no leave was planned\n"


@pytest.mark.parametrize("kind", ["protected", "flags"])
def test_what_was_exported_is_read_back(kit, say, walk, tmp_path, kind):
    say("flag", "C-0017")
    text = say("export", "-", "--kind", kind)
    file = tmp_path / "again.csv"
    file.write_text(text)

    assert say("import", str(file), "--kind", kind) == "1 row: 0 new\n"
    assert say("export", "-", "--kind", kind) == text
    assert "exports/flags.csv" in say("export", "--kind", "flags")
    assert f"export {kind}" in kit.audit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,weekday,start,minutes,since\nwalk,someday,17:00,45,2026-11-01\n", "1 row cannot"),
        ("name,weekday,start\n", "missing minutes, since"),
        ("name,weekday,start,minutes,since,hue\n", "unknown 'hue'"),
        ("", "missing name"),
    ],
)
def test_a_file_that_is_wrong_keeps_nothing(say, tmp_path, text, told):
    file = tmp_path / "protected.csv"
    file.write_text(text)

    with pytest.raises(UserError, match=told):
        say("import", str(file))

    assert say("protected") == "no time is protected\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("protect", "walk", "mon", "25:00"), "start"),
        (("protect", "A Walk", "mon", "12:00"), "name"),
        (("flag", "Maria"), "client_id"),
        (("unprotect", "walk"), "no protected time 'walk'"),
        (("unflag", "C-0001"), "no flag 'C-0001'"),
        (("import", "nowhere.csv"), "cannot be read"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(say, arguments, told):
    with pytest.raises(UserError, match=told):
        say(*arguments)
