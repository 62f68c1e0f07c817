"""The shared vectors: when routines fire around changes of the clock."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter

from dayhand.model.routine import Trigger
from dayhand.schedule.timetable import Timetable

VECTORS = json.loads(Path(__file__).with_name("schedule_vectors.json").read_text(encoding="utf-8"))


def _table(vector) -> Timetable:
    return Timetable(Trigger("t", "cron", vector["cron"]), vector["tz"], routine="r")


def _window(vector) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(vector["after"]), datetime.fromisoformat(vector["until"])


def _utc(instants) -> list[str]:
    return [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in instants]


def _name(vector) -> str:
    return f"{vector['tz']} {vector['cron']} {vector['after'][:10]}"


def test_all_of_them_are_here():
    assert len(VECTORS) == 30


@pytest.mark.parametrize("vector", VECTORS, ids=_name)
def test_a_window_has_the_occurrences_of_the_vector(vector):
    table = _table(vector)

    found = list(table.between(*_window(vector)))

    assert _utc(one.at for one in found) == vector["fires_utc"]
    assert [one.at.astimezone(table.zone.info).isoformat() for one in found] == vector["fires"]


@pytest.mark.parametrize("vector", VECTORS, ids=_name)
def test_next_and_prev_walk_through_the_vector(vector):
    table, (after, until) = _table(vector), _window(vector)
    ahead, back = [], []

    one = table.next(after)
    while one and one.at <= until:
        ahead.append(one)
        one = table.next(one.at)
    while one := table.prev(one.at if one else until):
        if one.at <= after:
            break
        back.append(one)

    assert _utc(one.at for one in ahead) == vector["fires_utc"]
    assert [one for one in reversed(back) if one.at < until] == [
        one for one in ahead if one.at < until
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=_name)
def test_windows_that_meet_lose_and_repeat_nothing(vector):
    table, (after, until) = _table(vector), _window(vector)
    whole = list(table.between(after, until))
    seams = [after + (until - after) * n / 7 for n in range(1, 7)] + [one.at for one in whole]

    for seam in seams:
        assert [*table.between(after, seam), *table.between(seam, until)] == whole


def test_croniter_as_it_comes_fails_the_vectors():
    """A negative control: the vectors would catch zone rules that are left to the library."""
    failed = []
    for vector in VECTORS:
        after, until = _window(vector)
        walk = croniter(vector["cron"], after.astimezone(ZoneInfo(vector["tz"])), ret_type=datetime)
        found = []
        while len(found) < 50 and (one := walk.get_next()) <= until:
            found.append(one.astimezone(ZoneInfo("UTC")))
        if _utc(found) != vector["fires_utc"]:
            failed.append(_name(vector))

    print(f"croniter fails {len(failed)} of {len(VECTORS)}:", *failed, sep="\n  ")
    assert "America/New_York 0 1 * * * 2026-10-31" in failed  # twice in the repeated hour
    assert len(failed) >= 8


def test_naive_arithmetic_fails_the_vectors():
    """A second negative control: the nominal with the zone put on, by the rules of PEP 495."""
    failed = 0
    for vector in VECTORS:
        zone = ZoneInfo(vector["tz"])
        after, until = _window(vector)
        walk = croniter(
            vector["cron"], after.astimezone(zone).replace(tzinfo=None), ret_type=datetime
        )
        found = []
        while (one := walk.get_next().replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))) <= until:
            found.append(one)
        failed += _utc(found) != vector["fires_utc"]

    assert failed >= 8
