"""Cron expressions, in naive local time: what they mean, and when they are next true.

Five fields; names in any case; 0 and 7 are Sunday; lists, ranges and steps; `L` (the last day of
the month), `5L` (its last Friday), `5#2` (its second Friday) and `@daily` and its like. Seconds and
ranges that wrap around are refused with the way to write it.

The day rule is Debian cron's: where both day fields are restricted, either may match, unless one of
them begins with `*`; then both must. `day_match` says it outright. What a clock change does to a
time is not known here: that is for whoever plans occurrences.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from dayhand.errors import DayhandError

__all__ = ["Cron", "CronError", "DayMatch", "is_interval", "parse"]

DayMatch = Literal["cron", "all", "any"]
SEARCH_YEARS = 8
"""Far enough for 29 February over a century without one (2096 to 2104)."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ITEM = re.compile(r"(?P<first>\*|[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?(?:/(?P<step>[0-9]{1,4}))?")
_NTH = re.compile(r"(?P<day>[a-z0-9]+)#(?P<nth>[0-9]+)")
_LAST = re.compile(r"(?P<day>[0-7]|sun|mon|tue|wed|thu|fri|sat)l")


class CronError(DayhandError):
    """It is no cron expression dayhand knows: `code` says why, `offset` and `length` say where."""

    def __init__(
        self, message: str, *, offset: int, length: int, code: str = "cron-syntax", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.length = max(length, 1)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the five fields: its name and what may stand in it."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """The largest value there is; 7 is only another way to write Sunday."""
        return 6 if self.name == "weekday" else self.high


_KINDS = (
    _Kind("minute", 0, 59),
    _Kind("hour", 0, 23),
    _Kind("day of the month", 1, 31),
    _Kind("month", 1, 12, _MONTHS),
    _Kind("weekday", 0, 7, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression. Moments are naive, in whatever zone the trigger is meant."""

    text: str
    is_interval: bool
    """Its minute or hour field begins with `*`: it follows elapsed time, not the wall's."""
    day_rule: Literal["all", "any"] | None
    """How two restricted day fields go together; None where at most one is restricted."""
    _parts: tuple[str, ...] = field(repr=False)
    """What croniter is given: expressions any of which may match. (It loses one of the day fields
    where `5L` or `5#2` stands beside a day of the month and either may match.)"""
    times: tuple[time, ...] = field(repr=False)
    """The times of day it names, in order; the same on each of its days."""

    @property
    def day_fields(self) -> tuple[tuple[str, str, str], ...]:
        """Day of the month, month and weekday in croniter's numbers, of the days any of which counts:
        lists of numbers, `*`, `l` (the last day), `5#2`, `L5`.
        """
        fields = (part.split(" ") for part in self._parts)
        return tuple(dict.fromkeys((day, month, week) for _, _, day, month, week in fields))

    def matches(self, moment: datetime) -> bool:
        """True if the expression names the minute."""
        minute = moment.replace(second=0, microsecond=0)
        return minute == moment and self.next(minute - _MINUTE) == minute

    def next(self, after: datetime) -> datetime | None:
        """The first minute after `after`; None if there is none within eight years."""
        for day in self.days(after.date()):
            spot = bisect_right(self.times, after.time()) if day == after.date() else 0
            if spot < len(self.times):
                return datetime.combine(day, self.times[spot])
        return None

    def prev(self, before: datetime) -> datetime | None:
        """The last minute before `before`; None if there is none within eight years."""
        for day in self.days(before.date(), back=True):
            end = bisect_left(self.times, before.time()) if day == before.date() else None
            if self.times[:end]:
                return datetime.combine(day, self.times[:end][-1])
        return None

    def days(self, start: date, *, back: bool = False) -> Iterator[date]:
        """The days it names from `start` on, or with `back` from there into the past.

        They end where there is none within eight years. croniter, which takes 0.3 ms, is asked for a
        day once, and never where every day is named.
        """
        fields = {part.split(" ", 2)[2] for part in self._parts}
        step = -_DAY if back else _DAY
        nearest = max if back else min
        while True:
            found = nearest(filter(None, (_day(one, start, back) for one in fields)), default=None)
            if found is None:
                return
            yield found
            if found in (date.min, date.max):
                return
            start = found + step


@lru_cache(maxsize=65536)
def _day(fields: str, start: date, back: bool) -> date | None:  # noqa: FBT001 - a cache's key
    """The first day from `start` on that day of the month, month and weekday name."""
    if fields == "* * *":
        return start
    midnight = datetime.combine(start, time.min)
    try:
        begin = midnight + _MINUTE if back else midnight - _MINUTE
    except OverflowError:  # the calendar begins in the year 1
        return None
    found = next(_found([f"0 0 {fields}"], begin, back=back), None)
    return found.date() if found else None


def _found(expressions: Iterable[str], start: datetime, *, back: bool) -> Iterator[datetime]:
    from croniter import croniter  # not for a routine that is run by hand
    from croniter.croniter import CroniterBadDateError

    for expression in expressions:
        walk = croniter(
            expression,
            start,
            ret_type=datetime,
            day_or=False,
            max_years_between_matches=SEARCH_YEARS,
        )
        try:
            yield walk.get_prev() if back else walk.get_next()
        except (CroniterBadDateError, OverflowError, ValueError):  # the calendar ends in 9999
            continue


@dataclass(frozen=True, slots=True)
class _Field:
    """A field as written, where it stands, and as croniter is given it."""

    text: str
    written: tuple[str, ...]
    """As croniter takes it; weekdays of the month apart from the plain ones."""
    values: tuple[int, ...]
    """The plain values, in order."""

    @property
    def begins_free(self) -> bool:
        return self.text.startswith("*")


def parse(text: str, day_match: DayMatch = "cron") -> Cron:
    """The meaning of a cron expression.

    Raises:
        CronError: it is none, or none that dayhand takes.
    """
    fields = [_field(kind, *found) for kind, found in zip(_KINDS, _split(text), strict=True)]
    minute, hour, day, month, weekday = fields
    either = day_match == "any" or (
        day_match == "cron" and not (day.begins_free or weekday.begins_free)
    )
    rule: Literal["all", "any"] | None = None
    if day.text != "*" and weekday.text != "*":
        rule = "any" if either else "all"
    days = [(one, two) for one in day.written for two in weekday.written]
    if rule == "any":
        days = [(one, "*") for one in day.written] + [("*", two) for two in weekday.written]
    parts = tuple(
        f"{minute.written[0]} {hour.written[0]} {one} {month.written[0]} {two}" for one, two in days
    )
    times = tuple(time(one, two) for one in hour.values for two in minute.values)
    return Cron(text, minute.begins_free or hour.begins_free, rule, parts, times)


def is_interval(text: str) -> bool:
    """What `parse` finds of an expression in this, for less."""
    minute, hour, *_ = _NICKNAMES.get(text.strip().lower(), text).split()
    return minute.startswith("*") or hour.startswith("*")


def _split(text: str) -> list[tuple[str, int]]:
    stripped = text.strip()
    if stripped.startswith("@"):
        return [(part, 0) for part in _nickname(stripped, text.index("@")).split()]
    found = [(match[0].lower(), match.start()) for match in re.finditer(r"\S+", text)]
    if len(found) == len(_KINDS):
        return found
    if len(found) in (len(_KINDS) + 1, len(_KINDS) + 2):
        rest = " ".join(part for part, _ in found[1:6])
        raise CronError(
            f"a cron expression has five fields; this one has {len(found)}",
            offset=found[0][1],
            length=len(stripped),
            code="cron-fields",
            hint=f"there are no seconds and no years: did you mean '{rest}'?",
        )
    raise CronError(
        f"a cron expression has five fields; this one has {len(found)}",
        offset=found[0][1] if found else 0,
        length=len(stripped),
        code="cron-fields",
        hint="minute, hour, day of the month, month, weekday: '0 9 1 * *' is the 1st at 09:00",
    )


def _nickname(text: str, offset: int) -> str:
    if text.lower() in _NICKNAMES:
        return _NICKNAMES[text.lower()]
    raise CronError(
        f"'{text}' is not known",
        offset=offset,
        length=len(text),
        hint="there are " + ", ".join(sorted(_NICKNAMES)),
    )


def _field(kind: _Kind, text: str, offset: int) -> _Field:
    values: set[int] = set()
    special: list[str] = []
    at = offset
    for item in text.split(","):
        named = _special(kind, item, at)
        if named:
            special.append(named)
        else:
            values.update(_values(kind, item, at))
        at += len(item) + 1
    return _Field(text, _as_written(kind, values, special), tuple(sorted(values)))


def _as_written(kind: _Kind, values: set[int], special: list[str]) -> tuple[str, ...]:
    plain = ",".join(str(value) for value in sorted(values))
    if len(values) == kind.last - kind.low + 1:
        plain = "*"
    return tuple(part for part in (plain, *dict.fromkeys(special)) if part)


def _special(kind: _Kind, item: str, at: int) -> str | None:
    """`L`, `5L`, `5#2` as croniter writes them; None if the item is an ordinary one."""
    if kind.name == "day of the month" and item in ("l", "lw", "wl"):
        if item == "l":
            return "l"
        raise CronError(
            "the last working day ('LW') is not part of cron here",
            offset=at,
            length=len(item),
            hint="write L, with skip_on: [weekend] and shift: previous_open_day",
        )
    if kind.name != "weekday":
        return None
    if found := _NTH.fullmatch(item):
        nth = int(found["nth"])
        if not 1 <= nth <= 5:
            hint = "1 to 5, as in 'fri#2'; the last one is '5L'"
            raise _bad(f"there is no weekday number {nth} in a month", at, item, hint)
        return f"{_number(kind, found['day'], at) % 7}#{nth}"
    if found := _LAST.fullmatch(item):
        return f"L{_number(kind, found['day'], at) % 7}"
    return None


def _values(kind: _Kind, item: str, at: int) -> list[int]:
    found = _ITEM.fullmatch(item)
    if not found or (found["first"] == "*" and found["last"]):
        hint = f"{kind.low}-{kind.high}, '*', lists, ranges and steps such as '*/2'"
        what = f"'{item}' is not a" if item else "there is no"
        raise _bad(f"{what} value of the {kind.name} field", at, item, hint)
    first, last = _range(kind, found, item, at)
    step = int(found["step"] or 1)
    if step < 1 or step > kind.high:
        hint = f"a step of the {kind.name} field is 1 to {kind.high}"
        raise _bad(f"'/{found['step']}' is not a step", at + item.index("/"), item, hint)
    return [_folded(kind, value) for value in range(first, last + 1, step)]


def _range(kind: _Kind, found: re.Match[str], item: str, at: int) -> tuple[int, int]:
    if found["first"] == "*":
        return kind.low, kind.last
    first = _number(kind, found["first"], at)
    if found["last"] is None:
        if found["step"]:
            hint = f"write '{first}-{kind.last}/{found['step']}'"
            raise _bad(f"'{item}' has a step and no range", at, item, hint)
        return first, first
    last = _number(kind, found["last"], at + found.start("last"))
    if kind.name == "weekday" and last == 0 and first > 0:
        last = 7  # `fri-sun` does not wrap around: Sunday ends the week too
    if first > last:
        raise CronError(
            f"the range '{item}' runs backwards",
            offset=at,
            length=len(item),
            code="cron-wraps",
            hint=f"write '{_unwrapped(kind, found, first, last)}'",
        )
    return first, last


def _unwrapped(kind: _Kind, found: re.Match[str], first: int, last: int) -> str:
    """`fri-mon` as `fri-sat,sun-mon`; with a step, as the list of its values."""
    if found["step"]:
        span = kind.last - kind.low + 1
        values = range(first, last + span + 1, max(int(found["step"]), 1))
        return ",".join(str((value - kind.low) % span + kind.low) for value in values)
    end, start = str(kind.last), str(kind.low)
    if kind.names and not found["first"].isdigit():
        end, start = kind.names[-1], kind.names[0]
    left = found["first"] if found["first"] == end else f"{found['first']}-{end}"
    right = found["last"] if found["last"] == start else f"{start}-{found['last']}"
    return f"{left},{right}"


def _number(kind: _Kind, word: str, at: int) -> int:
    if word in kind.names:
        return kind.names.index(word) + (1 if kind.name == "month" else 0)
    if not word.isdigit() or not word.isascii():
        hint = f"the names are {', '.join(kind.names)}" if kind.names else "write a number"
        raise _bad(f"'{word}' is not a {kind.name}", at, word, hint)
    number = int(word) if len(word) <= 4 else kind.high + 1
    if not kind.low <= number <= kind.high:
        hint = f"the {kind.name} is {kind.low} to {kind.high}"
        raise _bad(f"there is no {kind.name} {word}", at, word, hint)
    return number


def _folded(kind: _Kind, value: int) -> int:
    return 0 if kind.name == "weekday" and value == 7 else value


def _bad(message: str, at: int, item: str, hint: str) -> CronError:
    return CronError(message, offset=at, length=len(item), hint=hint)
