"""Timetables against a clock on the wall that is looked at every minute, and what always holds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_support.wall_clock import DAY, HOUR, MINUTE, ZONES, WallClock, matcher, transitions

from dayhand.model.routine import Trigger
from dayhand.schedule.open_days import OpenDays
from dayhand.schedule.timetable import Timetable

KNOWN = [
    ("America/New_York", datetime(2026, 3, 8, 7)),  # gap and overlap at 02:00
    ("America/New_York", datetime(2026, 11, 1, 6)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30)),  # half an hour
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1)),  # two hours
    ("Antarctica/Troll", datetime(2026, 10, 25, 1)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22)),  # a gap at midnight
    ("America/Santiago", datetime(2026, 4, 5, 3)),  # an overlap up to midnight
    ("America/Nuuk", datetime(2024, 3, 31, 1)),  # a gap up to midnight: 23:00 to 24:00
    ("America/St_Johns", datetime(2010, 11, 7, 2, 31)),  # 00:01 goes back to the day before
    ("America/Goose_Bay", datetime(2010, 3, 14, 4, 1)),  # a gap from 00:01 on
    ("Pacific/Apia", datetime(2011, 12, 30, 10)),  # a missing day
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15)),  # a gap from 23:30 to 24:00
    ("Antarctica/Casey", datetime(2010, 3, 4, 15)),  # three hours over midnight that come twice
    ("Pacific/Kwajalein", datetime(1969, 9, 30, 13)),  # nearly a whole day that comes twice
]
NAMES = [f"{zone} {at:%Y-%m-%d}" for zone, at in KNOWN]


@lru_cache(maxsize=64)
def _clock(zone: str, at: datetime) -> WallClock:
    middle = at.replace(tzinfo=UTC)
    return WallClock(zone, middle - 3 * DAY, middle + 3 * DAY)


def _table(text: str, zone: str, open_days: OpenDays | None = None, **rules) -> Timetable:
    return Timetable(Trigger("t", "cron", text, **rules), zone, routine="r", open_days=open_days)


def _compare(
    text: str, zone: str, at: datetime, open_days: OpenDays | None = None, **rules
) -> list[datetime]:
    """Compare a window of two days around a change of the clock; the instants that were due."""
    after, until = at.replace(tzinfo=UTC) - DAY, at.replace(tzinfo=UTC) + DAY
    told = {name.removeprefix("dst_"): value for name, value in rules.items()}
    due = _clock(zone, at).fires(text, target=open_days.target if open_days else None, **told)
    expected = {one: due[one] for one in due if after < one <= until}
    table = _table(text, zone, open_days, **rules)

    found = list(table.between(after, until))

    assert {one.at: list(one.nominals) for one in found} == expected
    assert [one.at for one in found] == sorted(expected)
    assert all(one.nominal in one.nominals for one in found)
    assert len({one.key for one in found}) == len(found)
    back = [one for one in islice(table.behind(until + MINUTE / 60), len(found)) if one.at > after]
    assert back[::-1] == found
    return list(expected)


_MINUTES = ["0", "30", "15,45", "*/15", "*", "1-59/29", "0,1", "59"]
_HOURS = ["*", "0", "2", "1-3", "23", "*/2", "0,23", "0-2,22-23"]
_DAYS = ["*", "*", "*", "*/2", "1-15", "8", "31,1,30", "29-31"]
_WEEKDAYS = ["*", "*", "*", "1-5", "0", "sat,sun", "*/2", "6"]
_TEXTS = st.builds(
    "{} {} {} * {}".format,
    st.sampled_from(_MINUTES),
    st.sampled_from(_HOURS),
    st.sampled_from(_DAYS),
    st.sampled_from([one.replace("sat,sun", "6,0") for one in _WEEKDAYS]),
)
_RULES = st.fixed_dictionaries({
    "dst_gap": st.sampled_from(["shift", "skip", "before"]),
    "dst_overlap": st.sampled_from(["first", "last", "both"]),
})  # fmt: skip
_OPEN = st.sampled_from([None, "next_open_day", "previous_open_day"])
RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


CHOICES = [("shift", "first"), ("before", "last"), ("skip", "both")]


@pytest.mark.parametrize("gap, overlap", CHOICES)
@pytest.mark.parametrize("zone, at", KNOWN, ids=NAMES)
def test_every_cron_of_a_grid_is_due_when_the_wall_clock_says(zone, at, gap, overlap):
    fired = 0
    for minute in ("0", "*/15", "0,1,59"):
        for hour in ("*", "0", "1-3", "23", "0-2,22-23"):
            text = f"{minute} {hour} * * *"
            fired += len(_compare(text, zone, at, dst_gap=gap, dst_overlap=overlap))

    assert fired > 200


@settings(RELAXED, max_examples=150)
@given(text=_TEXTS, place=st.sampled_from(KNOWN), rules=_RULES)
def test_a_random_cron_is_due_when_the_wall_clock_says(text, place, rules):
    _compare(text, *place, **rules)


@settings(RELAXED, max_examples=100)
@given(
    text=_TEXTS, place=st.sampled_from(KNOWN), rules=_RULES, shift=_OPEN, weekend=st.booleans(),
    off=st.sets(st.integers(-2, 2), max_size=4),
)  # fmt: skip
def test_day_rules_and_clock_changes_together(text, place, rules, shift, weekend, off):
    days = {place[1].date() + number * DAY for number in off}
    calendars = {"time_off": _Off(days)}
    skip_on = ["time_off", "weekend"] if weekend and len(off) < 2 else ["time_off"]
    open_days = OpenDays(skip_on, shift, calendars)

    _compare(text, *place, open_days=open_days, **rules)


class _Off:
    def __init__(self, days: set[date]) -> None:
        self.days = days

    def closed(self, day: date) -> str | None:
        return "off" if day in self.days else None


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(RELAXED, max_examples=4000)
@given(text=_TEXTS, rules=_RULES, data=st.data())
def test_random_crons_at_every_change_of_the_clock(text, rules, data):
    at, *_ = change = data.draw(st.sampled_from(sorted(_changes(2024, 2028))))
    _compare(text, _changes(2024, 2028)[change], at.replace(tzinfo=None), **rules)


@lru_cache(maxsize=8)
def _changes(first: int, last: int):
    return transitions(first, last)


# What holds for every expression and zone ---------------------------------------------------------

_INSTANTS = st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))
_ANY_ZONE = st.sampled_from(ZONES)
_DAILY = st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23))


@settings(RELAXED, max_examples=150)
@given(text=_TEXTS, zone=_ANY_ZONE, after=_INSTANTS, rules=_RULES)
def test_a_next_strictly_increases_and_ends(text, zone, after, rules):
    table = _table(text, zone, **rules)
    last = after
    for _ in range(5):
        found = table.next(last)
        if found is None:
            break
        assert found.at > last
        last = found.at


@settings(RELAXED, max_examples=100)
@given(text=_DAILY, zone=_ANY_ZONE, after=_INSTANTS)
def test_b_a_daily_time_comes_once_a_date(text, zone, after):
    table = _table(text, zone)
    until = after + 40 * DAY
    entries = list(table.between(after, until, skipped=True))

    dates = [nominal.date() for one in entries for nominal in one.nominals]

    assert dates == [dates[0] + number * DAY for number in range(len(dates))]
    assert len(dates) in (39, 40, 41)
    assert all(one.is_to_run or one.skipped == "no such local time" for one in entries)


@settings(RELAXED, max_examples=100)
@given(text=_TEXTS, zone=_ANY_ZONE, after=_INSTANTS, rules=_RULES)
def test_c_no_occurrence_is_at_a_time_that_does_not_exist(text, zone, after, rules):
    table = _table(text, zone, **rules)
    fits = matcher(text)
    for one in islice(table.ahead(after), 8):
        aware = one.wall.replace(tzinfo=table.zone.info)
        assert aware.astimezone(UTC) == one.at
        assert one.clock == "gap" or fits(one.wall)


@settings(RELAXED, max_examples=100)
@given(text=_TEXTS, zone=_ANY_ZONE, after=_INSTANTS, hours=st.integers(1, 400), rules=_RULES)
def test_d_next_and_prev_find_the_same(text, zone, after, hours, rules):
    table = _table(text, zone, **rules)
    until = after + hours * HOUR
    ahead, back = [], []
    for one in islice(table.ahead(after), 300):
        if one.at > until:
            break
        ahead.append(one)
    for one in table.behind(ahead[-1].at + timedelta(seconds=1)) if ahead else ():
        if one.at <= after:
            break
        back.append(one)

    assert back[::-1] == ahead
    for one, two in islice(pairwise(ahead), 10):
        assert table.next(one.at) == two
        assert table.prev(two.at) == one


@settings(RELAXED, max_examples=80)
@given(text=_TEXTS, zone=_ANY_ZONE, after=_INSTANTS, cut=st.floats(0, 1), rules=_RULES)
def test_e_two_windows_that_meet_are_the_whole(text, zone, after, cut, rules):
    table = _table(text, zone, **rules)
    until = after + 3 * DAY
    seam = after + (until - after) * cut

    whole = list(table.between(after, until, skipped=True))

    parts = [*table.between(after, seam, skipped=True), *table.between(seam, until, skipped=True)]
    assert parts == whole


@settings(RELAXED, max_examples=60)
@given(
    zone=_ANY_ZONE, after=_INSTANTS, days=st.sampled_from(["1-5", "mon-fri", "MON,TUE,WED,THU,FRI"])
)
def test_f_1_to_5_is_monday_to_friday(zone, after, days):
    for one in islice(_table(f"30 12 * * {days}", zone).ahead(after), 12):
        assert one.nominal.weekday() < 5


@settings(RELAXED, max_examples=60)
@given(minutes=st.integers(1, 20000), zone=_ANY_ZONE, after=_INSTANTS, weekend=st.booleans())
def test_a_length_of_time_is_kept_whatever_the_clock_does(minutes, zone, after, weekend):
    every = minutes * MINUTE
    trigger = Trigger("t", "every", f"{minutes} min", every=every)
    days = OpenDays(["weekend"] if weekend else [])
    table = Timetable(trigger, zone, routine="r", open_days=days)
    found = list(islice(table.ahead(after), 10))

    assert found[0].at > after
    assert all((two.at - one.at) % every == timedelta(0) for one, two in pairwise(found))
    assert weekend or found[0].at - after <= every
    assert list(islice(table.behind(found[-1].at + MINUTE / 60), 10))[::-1] == found
    assert all(days.closed(one.wall.date()) is None for one in found)
    assert len({one.key for one in found}) == 10


# Every minute of the days on which the clock changes ----------------------------------------------


def _walk(
    zone: str, at: datetime, texts: list[str], starts: Iterable[datetime], **rules: str
) -> int:
    """`next` and `prev` from many instants around a change of the clock."""
    clock, count = _clock(zone, at.replace(tzinfo=None)), 0
    told = {name.removeprefix("dst_"): value for name, value in rules.items()}
    for text in texts:
        table = _table(text, zone, **rules)
        fires = clock.fires(text, **told)
        due = sorted(fires)
        for instant in starts:
            following, before = table.next(instant), table.prev(instant)
            assert following is not None
            assert before is not None
            later, earlier = bisect_right(due, instant), bisect_left(due, instant) - 1
            for place, found in ((later, following), (earlier, before)):
                if 0 <= place < len(due):
                    assert found.at == due[place], (zone, text, instant)
                    assert list(found.nominals) == fires[found.at], (zone, text, instant)
            count += 1
    return count


TEXTS = ["30 2 * * *", "0 * * * *", "0,30,59 0,1,23 * * *"]


@pytest.mark.parametrize("gap, overlap", CHOICES)
@pytest.mark.parametrize("zone, at", KNOWN, ids=NAMES)
def test_next_and_prev_from_many_instants_around_a_change(zone, at, gap, overlap):
    middle = at.replace(tzinfo=UTC)
    far = [middle + number * 97 * MINUTE for number in range(-16, 17)]
    near = [middle + number * MINUTE / 2 for number in range(-140, 140, 9)]
    midnights = [
        middle + number * MINUTE / 2
        for number in range(-3 * 120, 3 * 120)
        if (middle + number * MINUTE / 2).astimezone(ZoneInfo(zone)).strftime("%H:%M")
        in ("00:00", "23:59")
    ]

    count = _walk(zone, at, TEXTS, [*far, *near, *midnights], dst_gap=gap, dst_overlap=overlap)

    assert count >= 3 * (33 + 32)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("year", range(2024, 2029))
@pytest.mark.parametrize("text", TEXTS)
def test_next_and_prev_from_every_minute_around_every_change(text, year):
    changes = _changes(year, year)
    starts = 0
    for (at, *_), zone in changes.items():
        starts += _walk(
            zone, at, [text], [at + number * MINUTE for number in range(-26 * 60, 26 * 60)]
        )

    print(f"{len(changes)} distinct changes of the clock in {len(ZONES)} zones, {starts} starts")
    assert len(changes) > 40


def _once_a_day(zone: str, at: datetime, minutes: range) -> int:
    """Each time of day (by minutes) comes exactly once on each date around a change."""
    clock = _clock(zone, at.replace(tzinfo=None))
    day = (at.replace(tzinfo=UTC) + timedelta(hours=12)).date()
    dates = [day + number * DAY for number in (-1, 0, 1)]
    long = [(begin, end) for begin, end, _ in clock.gaps if end - begin > 3 * HOUR]
    count = 0
    for minute in minutes:
        table = _table(f"{minute % 60} {minute // 60} * * *", zone)
        found = [
            one for one in table.between(at - 3 * DAY, at + 3 * DAY) if one.nominal.date() in dates
        ]
        missing = [
            one for one in dates if any(begin.date() <= one < end.date() for begin, end in long)
        ]
        assert [one.nominal.date() for one in found] == [one for one in dates if one not in missing]
        assert [one.at for one in found] == sorted({one.at for one in found})
        count += len(found)
    return count


@pytest.mark.parametrize("zone, at", KNOWN, ids=NAMES)
def test_each_hour_comes_once_a_date_around_a_change(zone, at):
    assert _once_a_day(zone, at.replace(tzinfo=UTC), range(0, 1440, 30)) >= 96


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_s03_each_hour_comes_once_a_date_in_every_zone_until_2037():
    changes = _changes(2020, 2037)
    runs = sum(_once_a_day(zone, at, range(0, 1440, 60)) for (at, *_), zone in changes.items())

    print(
        f"{len(changes)} distinct changes of the clock in {len(ZONES)} zones, {runs} runs, each once"
    )
    assert runs == len(changes) * 24 * 3


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_every_minute_of_the_day_comes_once_a_date_in_every_zone_until_2028():
    changes = _changes(2024, 2028)
    runs = sum(_once_a_day(zone, at, range(1440)) for (at, *_), zone in changes.items())

    print(
        f"{len(changes)} distinct changes of the clock in {len(ZONES)} zones, {runs} runs, each once"
    )
    assert runs == len(changes) * 1440 * 3
