"""Leaves: what they cancel, whom they touch, what is told, and what the doctor says of them."""

from __future__ import annotations

from datetime import date

import pytest

from dayhand import UserError
from dayhand_wellbeing import dayhand_health

CLIENT = {
    "id": "C-0001",
    "name": "Maria Quimby",
    "preferred_name": "Mari",
    "initials": "MQ",
    "email": "mq@client.example",
    "email_scopes": ["reminders"],
}
COVER = {"contact": "Ines Calloway", "contact_phone": "518-555-0199"}


@pytest.fixture
def leave(kit, match):
    def plan(*days, first="2026-12-07", last="2026-12-11", cover=COVER, **inputs):
        matches = [match(f"{day}T09:00-05:00") for day in days]
        return kit.run(
            "wellbeing.leave", first=first, last=last, matches=matches, clients=[CLIENT], **cover, **inputs
        )  # fmt: skip

    return plan


def test_a_leave_cancels_what_lies_in_it_and_nothing_else(leave):
    plan = leave("2026-12-06", "2026-12-07", "2026-12-11", "2026-12-12")

    assert [one["start"].date().day for one in plan["sessions"]] == [7, 11]
    (client,) = plan["clients"]
    assert client["last_before"] == date(2026, 12, 6)
    assert client["next"] == "Saturday, December 12, 2026, at 9:00 AM"
    assert client["first_name"] == "Mari"
    assert plan["problems"] == []


def test_the_day_back_is_a_working_day_and_billing_ends_the_day_before(leave):
    plan = leave()

    assert plan["return_on"] == date(2026, 12, 14)
    assert plan["billing_cutoff"] == date(2026, 12, 6)
    assert plan["ends"].isoformat() == "2026-12-12T00:00:00-05:00"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cover": {}}, "nobody is named who covers, with a telephone number"),
        ({"billing_cutoff": "2026-12-07"}, "the last day for billing is not before the leave"),
        ({"billing_cutoff": "2026-11-20"}, "the last day for billing is past"),
        ({"last": "2027-01-04"}, "it is longer than four weeks: refer those who cannot wait"),
    ],
)
def test_what_is_to_be_settled_is_told(leave, changes, told):
    assert told in leave(**changes)["problems"]


def test_a_client_without_a_next_session_is_told(leave):
    assert leave("2026-12-07")["problems"] == ["no next session is in the calendar of C-0001"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ({"first": "2026-12-12"}, "ends before it begins"),
        ({"last": "2028-01-01"}, "more than 200 days"),
        ({"first": "2026-11-01", "last": "2026-11-20"}, "is over already"),
    ],
)
def test_days_that_make_no_leave_are_refused(leave, days, told):
    with pytest.raises(UserError, match=told):
        leave(**days)


def test_the_plan_has_initials_and_the_letter_a_name(kit, leave, text_of):
    page = kit.run("wellbeing.leave_page", plan=leave("2026-12-07", "2026-12-14"))

    plan = text_of(page["path"])
    assert "| Mon 7 Dec 2026, 09:00 | MQ · C-0001 |" in plan
    assert "| MQ · C-0001 | 1 | none | Mon 14 Dec 2026, 09:00 | e-mail |" in plan
    assert "- Who covers: Ines Calloway, 518-555-0199" in plan
    assert "Quimby" not in plan + text_of(page["pdf"])
    letter = text_of(page["letters"][0]["path"])
    assert letter.startswith("Hello Mari,")
    assert "- Monday, December 7, 2026, at 9:00 AM" in letter
    assert "Our next appointment is on Monday, December 14, 2026, at 9:00 AM." in letter
    assert "Ines Calloway covers for me: 518-555-0199" in letter


def test_a_letter_without_cover_and_next_session_says_whom_to_call(kit, leave, text_of):
    page = kit.run("wellbeing.leave_page", plan=leave("2026-12-07", "2026-12-08", cover={}))

    letter = text_of(page["letters"][0]["path"])
    assert "appointments in that time" in letter
    assert "Please call to find the next one." in letter
    assert "covers for me" not in letter
    assert "In an emergency, call 911, or 988." in letter


def findings(kit):
    context = kit.context("wellbeing")
    return [(one.level, one.message) for check in dayhand_health() for one in check.run(context)]


def test_the_doctor_tells_leaves_without_cover_and_time_without_protection(kit, leave, say):
    kit.run("wellbeing.keep_leave", plan=leave(cover={}))
    assert findings(kit) == [
        ("warning", "nobody is named who covers from 2026-12-07 to 2026-12-11"),
        ("warning", "no time is protected"),
    ]

    kit.run("wellbeing.keep_leave", plan=leave())
    say("protect", "walk", "mon", "17:00", "--minutes", "45")
    assert findings(kit) == [
        ("ok", "the leaves of the next six weeks are covered"),
        ("ok", "45 minutes a week are protected"),
    ]
    assert "Ines Calloway" in say("leaves")
