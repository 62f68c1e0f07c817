"""Which series can be on in some days, told from their text alone.

Parsing and expanding a series costs about half a millisecond; most of a calendar's series are not
on today. For the plain rules calendars consist of, a glance at weekday and week tells. The sieve
lets through all it is not sure of, above all whatever might be wrong and has to be named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from dayhand_calendar import rules
from dayhand_calendar.blocks import Block
from dayhand_calendar.zones import same_zone

__all__ = ["can_be_on"]

_WIDEST = 10
"""In a longer window nearly every series is on; looking would cost more than it saves."""
_STAMP = re.compile(r"^(\d{8})(?:T(\d{6})(Z?))?$")


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is seen of a plain series: its rule and its first day.

    `margin` is 0 if it is in the practice's zone and ends on the day it begins, else some days.
    """

    rule: rules.Rule
    start: date
    margin: int


_UNSURE = object()


def can_be_on(block: Block, first: date, last: date, zone: tzinfo) -> bool:
    """False only if the event is certainly not on in the days from `first` to `last`."""
    if block.first_day > last or block.last_day < first:
        return False
    if block.first("RRULE") is None or (last - first).days > _WIDEST:
        return True
    if block.glance is None:
        block.glance = _glance(block, zone) or _UNSURE
    seen = block.glance
    if not isinstance(seen, _Glance):
        return True
    days = range(-seen.margin, (last - first).days + seen.margin + 1)
    return any(rules.falls_on(seen.rule, seen.start, first + timedelta(days=day)) for day in days)


def _glance(block: Block, zone: tzinfo) -> _Glance | None:
    names = [item.name for item in block.properties]
    if (
        block.problem
        or {"RDATE", "EXRULE", "RECURRENCE-ID"} & set(names)
        or names.count("RRULE") != 1
    ):
        return None
    begin, end, rule = block.first("DTSTART"), block.first("DTEND"), block.first("RRULE")
    if begin is None or end is None or rule is None:
        return None
    start, stop = _stamp(begin.value), _stamp(end.value)
    if start is None or stop is None or isinstance(start, datetime) != isinstance(stop, datetime):
        return None
    if (
        begin.parameters != end.parameters
        or not start <= stop
        or (stop - start) > timedelta(days=1)
    ):
        return None
    try:
        read = rules.read(rule.value, start)
    except rules.BadRule:
        return None
    day = start.date() if isinstance(start, datetime) else start
    if not rules.surely_comes(read, day):
        return None
    name = begin.parameter("TZID")
    at_home = not begin.value.strip().endswith("Z") and (name is None or same_zone(name, zone))
    within = (
        isinstance(start, datetime) and isinstance(stop, datetime) and start.date() == stop.date()
    )
    return _Glance(read, day, 0 if at_home and within else 2)


def _stamp(text: str) -> date | datetime | None:
    found = _STAMP.match(text.strip())
    if not found:
        return None
    try:
        return (
            datetime.strptime(text.strip()[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  # compared as they stand
            if found[2]
            else date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        )
    except ValueError:
        return None
