"""The occurrence ledger, what was told, and the kept events, on both databases."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dayhand.model.diary import KeptEvent, Reading
from dayhand.model.ledger import BEFORE_THE_EDIT, Planned
from dayhand.store import diary, open_store

NOW = datetime(2026, 6, 9, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = b"0" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        from tests_support import postgres

        running = postgres.start(tmp_path_factory.mktemp("pg"))
    yield running
    running.cleanup()


@pytest.fixture(params=["file", "server"])
def store(request, tmp_path):
    if request.param == "file":
        place, key = tmp_path / "store.db", KEY
    else:
        place, key = request.getfixturevalue("server").get_uri(), None
    with open_store(place, key=key, create=True) as opened:
        for table in ("occurrences", "told", "events", "readings"):
            opened.write_now(lambda c, t=table: c.exec_driver_sql(f"DELETE FROM {t}"))
        yield opened


def planned(key="r/t/a/0", at=NOW + HOUR, **more):
    return Planned(key, "r", "t", at, "2026-06-09T08:00", "UTC", "2026a", "d", **more)


def in_ledger(store, *calls):
    return [store.write_ledger_now(call) for call in calls][-1]


# Rows ---------------------------------------------------------------------------------------------


def test_a_row_is_planned_once_and_again_after_it_was_taken_back(store):
    one = planned()
    assert in_ledger(store, lambda ledger: ledger.plan([one, one], NOW)) == 1
    assert in_ledger(store, lambda ledger: ledger.plan([one], NOW)) == 0

    in_ledger(store, lambda ledger: ledger.supersede([one.key], "gone", NOW))
    assert in_ledger(store, lambda ledger: ledger.plan([one], NOW)) == 1


def test_a_row_whose_place_ran_before_the_edit_stays_taken_back(store):
    reason = f"ran at 07:00{BEFORE_THE_EDIT}"
    in_ledger(store, lambda ledger: ledger.plan([planned(state="superseded", reason=reason)], NOW))

    assert in_ledger(store, lambda ledger: ledger.plan([planned()], NOW)) == 0


def test_a_row_that_was_moved_into_a_closed_day_can_be_moved_back(store):
    one = planned()
    in_ledger(store, lambda ledger: ledger.plan([one], NOW))
    for state in ("skipped", "planned", "skipped", "planned"):
        made = replace(one, state=state, reason="time off" if state == "skipped" else "")
        assert in_ledger(store, lambda ledger, made=made: ledger.revise(made, NOW))
        (row,) = store.read_ledger(lambda ledger: ledger.revisable("r", "t", NOW))
        assert row.state == state


def test_what_began_late_was_missed_or_is_asked_about_is_found(store):
    rows = {
        "a": ("missed", "5 h late, limit 3 h"),
        "b": ("missed", "5 h late, if_missed is skip"),
        "c": ("missed", "5 h late; jane said no"),
        "d": ("asking", "5 h late: start it now?"),
        "e": ("skipped", "weekend (Sunday)"),
        "f": ("ran_late", "2 h late; done"),
    }
    in_ledger(store, lambda ledger: ledger.plan([planned(key, NOW) for key in rows], NOW))
    for key, (state, reason) in rows.items():
        in_ledger(store, lambda ledger, k=key, s=state, r=reason: ledger.decide(k, s, r, NOW))

    found = store.read_ledger(lambda ledger: ledger.late(NOW - HOUR))
    assert [row.key for row in found] == ["a", "d", "f"]
    assert store.read_ledger(lambda ledger: ledger.late(NOW)) == []


def test_a_thing_is_told_once_unless_that_is_taken_back(store):
    assert in_ledger(store, lambda ledger: ledger.tell("pending/0/x", NOW)) is True
    assert in_ledger(store, lambda ledger: ledger.tell("pending/0/x", NOW)) is False
    in_ledger(store, lambda ledger: ledger.tell("pendinh", NOW))
    assert store.read_ledger(lambda ledger: ledger.told_with("pending/")) == {"pending/0/x": NOW}

    in_ledger(store, lambda ledger: ledger.untell("pending/0/x"))
    assert in_ledger(store, lambda ledger: ledger.tell("pending/0/x", NOW)) is True


# Events -------------------------------------------------------------------------------------------


def event(key, hours):
    start = NOW + hours * HOUR
    return KeptEvent(key, start, start + HOUR / 2)


def keep(store, *events, begins=NOW, ends=NOW + 24 * HOUR, read_at=NOW):
    reading = Reading("session", tuple(events), begins, ends, read_at)
    store.write_now(lambda connection: diary.keep(connection, reading))
    with store.read() as connection:
        return diary.kept(connection, "session")


def test_a_reading_takes_the_place_of_what_was_kept_of_its_time(store):
    keep(store, event("gone", 2), event("moved", 3), event("stays", 4))
    found = keep(store, event("moved", 5), event("stays", 4), read_at=NOW + HOUR)

    assert found.events == (event("stays", 4), event("moved", 5))
    assert (found.begins, found.ends, found.read_at) == (NOW, NOW + 24 * HOUR, NOW + HOUR)


def test_what_lies_outside_a_reading_stays_until_it_is_long_over(store):
    keep(store, event("before", 2), event("after", 40), ends=NOW + 48 * HOUR)
    found = keep(store, event("new", 12), begins=NOW + 10 * HOUR, ends=NOW + 20 * HOUR)
    assert [one.key for one in found.events] == ["before", "new", "after"]

    later = NOW + diary.REMEMBERED + 30 * HOUR
    found = keep(store, begins=later, ends=later + HOUR, read_at=later)
    assert [one.key for one in found.events] == ["after"]


def test_an_event_that_was_moved_into_the_reading_is_there_once(store):
    keep(store, event("a", 40), ends=NOW + 48 * HOUR)

    assert keep(store, event("a", 3)).events == (event("a", 3),)


def test_of_a_kind_that_was_never_read_nothing_is_kept(store):
    with store.read() as connection:
        assert diary.kept(connection, "moonrise") is None
