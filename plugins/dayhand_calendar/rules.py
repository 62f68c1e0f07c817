"""Recurrence rules: read, held to bounds, and shown to come again, before a library expands them.

Expanding costs time in proportion to the periods between an event's first day and the days asked
for, and a rule that never comes true is walked to the year 9999 (dateutil #1441: for ever, with
INTERVAL=0). So a rule is expanded only if it stays within the bounds below, if some day within
reach matches it, and if the calendar's budget allows.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

__all__ = [
    "BadRule",
    "Budget",
    "Rule",
    "falls_on",
    "later",
    "read",
    "surely_comes",
    "until_of",
    "vet",
]

_PERIOD_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_PROBED = {"DAILY": 4_400, "WEEKLY": 700, "MONTHLY": 400, "YEARLY": 45}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RANGES = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}
_CLOCK = {"BYHOUR": "hour", "BYMINUTE": "minute", "BYSECOND": "second"}
_BYDAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$", re.ASCII)
_UNTIL = re.compile(r"^(\d{8})(?:T(\d{6})(Z?))?$", re.ASCII)

MOST_PERIODS = 20_000
MOST_TIMES = 10_000
MOST_INTERVAL = 1_000


class BadRule(ValueError):
    """A rule that cannot, or will not, be followed; the message says why."""


class Budget:
    """The work one calendar may cause. A period that is walked costs 8, a day that is probed 1."""

    def __init__(self, units: int = 1_000_000) -> None:
        self._left = units

    def spend(self, units: int) -> None:
        """Take from it.

        Raises:
            BadRule: it is used up.
        """
        self._left -= units
        if self._left < 0:
            raise BadRule("the rules of this calendar ask for too much work; this one was left out")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule. `until` is a day, or an aware moment where the event has a time."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    """Pairs of a number (0: every) and a weekday."""

    def as_text(self) -> str:
        """As it stands in a calendar."""
        parts = [f"FREQ={self.frequency}", f"INTERVAL={self.interval}"]
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if isinstance(self.until, datetime):
            end = self.until.astimezone(UTC)
            parts.append(f"UNTIL={_digits(end)}T{end:%H%M%S}Z")
        elif self.until is not None:
            parts.append(f"UNTIL={_digits(self.until)}")
        parts.append(f"WKST={_DAYS[self.week_start]}")
        for name, numbers in (
            ("BYMONTH", self.months),
            ("BYMONTHDAY", self.month_days),
            ("BYYEARDAY", self.year_days),
            ("BYWEEKNO", self.weeks),
            ("BYSETPOS", self.positions),
        ):
            if numbers:
                parts.append(f"{name}={','.join(map(str, numbers))}")
        if self.weekdays:
            days = (f"{number or ''}{_DAYS[day]}" for number, day in self.weekdays)
            parts.append(f"BYDAY={','.join(days)}")
        return ";".join(parts)


def _digits(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"  # strftime does not pad the year 987


# Reading ------------------------------------------------------------------------------------------


def read(text: str, start: date | datetime) -> Rule:
    """The rule that the text says, for an event that begins at `start`.

    Raises:
        BadRule: it is no rule, or one that is not followed here.
    """
    given = _parts(text)
    frequency = given.pop("FREQ", "")
    if frequency in ("HOURLY", "MINUTELY", "SECONDLY"):
        raise BadRule(f"a rule that repeats within a day (FREQ={frequency}) is not followed")
    if frequency not in _PERIOD_DAYS:
        raise BadRule("its rule does not say how often (FREQ)")
    _check_clock(given, start)
    count = given.pop("COUNT", None)
    until = given.pop("UNTIL", None)
    if (
        count is not None and until is not None
    ):  # RFC 5545 forbids it, and which one counts is a guess
        raise BadRule("its rule ends twice, by COUNT and by UNTIL")
    rule = Rule(
        frequency=frequency,
        interval=_number("INTERVAL", given.pop("INTERVAL", "1"), 1, MOST_INTERVAL),
        count=None if count is None else _number("COUNT", count, 1, MOST_TIMES),
        until=None if until is None else until_of(until, start),
        week_start=_weekday(given.pop("WKST", "MO")),
        months=_numbers(given, "BYMONTH"),
        month_days=_numbers(given, "BYMONTHDAY"),
        year_days=_numbers(given, "BYYEARDAY"),
        weeks=_numbers(given, "BYWEEKNO"),
        positions=_numbers(given, "BYSETPOS"),
        weekdays=_weekdays(given.pop("BYDAY", "")),
    )
    if (
        given.pop("RSCALE", "GREGORIAN") != "GREGORIAN"
        or given.pop("SKIP", "OMIT") != "OMIT"
        or given
    ):
        raise BadRule("its rule has a part that is not known here")
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > 4_000:
        raise BadRule("its rule is too long")
    given: dict[str, str] = {}
    for part in text.upper().replace(" ", "").strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in given:
            raise BadRule("its rule (RRULE) cannot be read")
        given[name] = value
    return given


def _check_clock(given: dict[str, str], start: date | datetime) -> None:
    """Hours and minutes in a rule are harmless where they only repeat those of the start."""
    for name, part in _CLOCK.items():
        value = given.pop(name, None)
        if value is None:
            continue
        if not isinstance(start, datetime) or value != str(getattr(start, part)):
            raise BadRule(f"a rule with several times in a day ({name}) is not followed")


def _number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise BadRule(f"{name} in its rule is not between {low:,} and {high:,}")
    return int(text)


def _numbers(given: dict[str, str], name: str) -> tuple[int, ...]:
    text = given.pop(name, "")
    if not text:
        return ()
    low, high = _RANGES[name]
    numbers = tuple(dict.fromkeys(_number(name, item, low, high) for item in text.split(",")))
    if 0 in numbers:
        raise BadRule(f"{name} in its rule is 0")
    return numbers


def _weekday(text: str) -> int:
    if text not in _DAYS:
        raise BadRule("its rule names an unknown weekday")
    return _DAYS.index(text)


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    days = []
    for item in text.split(",") if text else ():
        found = _BYDAY.match(item)
        if not found or (found[1] and not 1 <= abs(int(found[1])) <= 53):
            raise BadRule("BYDAY in its rule cannot be read")
        days.append((int(found[1] or 0), _DAYS.index(found[2])))
    return tuple(dict.fromkeys(days))


def until_of(text: str, start: date | datetime) -> date | datetime:
    """The end of a rule.

    One without a time, for an event with one, means the whole of its last day; one without a zone
    is in the event's zone.

    Raises:
        BadRule: it is no date.
    """
    found = _UNTIL.match(text)
    try:
        if not found:
            raise ValueError
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        if not isinstance(start, datetime):
            return day
        clock = time.max.replace(microsecond=0)
        if found[2]:
            hour, minute, second = (int(found[2][at : at + 2]) for at in (0, 2, 4))
            clock = time(hour, minute, min(second, 59))
        return datetime.combine(day, clock, UTC if found[3] else start.tzinfo)
    except ValueError:
        raise BadRule("UNTIL in its rule is no date") from None


# Vetting ------------------------------------------------------------------------------------------


def later(rule: Rule, start: date, since: date) -> timedelta:
    """How much later a rule by days or weeks may begin, and still give the same from `since` on.

    A rule that counts cannot begin later.
    """
    step = {"DAILY": 1, "WEEKLY": 7}.get(rule.frequency, 0) * rule.interval
    if not step or rule.count is not None or start >= since:
        return timedelta(0)
    return timedelta(days=(since - start).days // step * step)


def vet(rule: Rule, start: date, last: date, budget: Budget, *, begun: date | None = None) -> None:
    """Make sure that expanding the rule up to `last` ends soon.

    Args:
        rule: the rule.
        start: the event's first day.
        last: the last day asked for.
        budget: what the work is taken from.
        begun: the day from which it is expanded, where that is not the first.

    Raises:
        BadRule: it would not, or never comes true.
    """
    step = _PERIOD_DAYS[rule.frequency] * rule.interval
    if max((last - start).days, 0) // step > MOST_PERIODS:
        raise BadRule(f"it began more than {MOST_PERIODS:,} repetitions ago")
    periods = max((last - (begun or start)).days, 0) // step + 1
    budget.spend(8 * min(periods, rule.count or periods))
    if surely_comes(rule, start):
        return
    if not _comes_again(rule, start, max(start, last), budget):
        raise BadRule("its rule never comes true again, such as every 30 February")


def surely_comes(rule: Rule, start: date) -> bool:
    """True for the rules that nearly all calendars consist of, by their form alone."""
    if rule.positions or rule.weeks or rule.year_days:
        return False
    plain_days = all(abs(number) <= 4 for number, _ in rule.weekdays)
    low_days = any(abs(day) <= 28 for day in rule.month_days)
    if rule.frequency == "DAILY":
        return (rule.interval == 1 and plain_days and not rule.month_days) or not (
            rule.weekdays or rule.months or rule.month_days
        )
    if rule.frequency == "WEEKLY":
        return plain_days and not rule.months and not rule.month_days
    if rule.months and (rule.frequency == "MONTHLY" or rule.interval > 1):
        return False
    if rule.weekdays:
        return plain_days and not rule.month_days
    return low_days if rule.month_days else start.day <= 28


def falls_on(rule: Rule, start: date, day: date) -> bool:
    """False if the rule, begun on `start`, certainly does not fall on the day.

    Its count and its end are left aside.
    """
    if day < start:
        return False
    if rule.frequency == "YEARLY":
        passed = day.year - start.year
    elif rule.frequency == "MONTHLY":
        passed = (day.year - start.year) * 12 + day.month - start.month
    elif rule.frequency == "WEEKLY":
        passed = ((day - start).days + (start.weekday() - rule.week_start) % 7) // 7
    else:
        passed = (day - start).days
    return day == start or (passed % rule.interval == 0 and _matches(rule, start, day))


def _comes_again(rule: Rule, start: date, after: date, budget: Budget) -> bool:
    """True if a day of the rule comes within the periods probed, from the period of `after` on."""
    for days in _periods(rule, start, after):
        budget.spend(len(days))
        matching = sum(_matches(rule, start, day) for day in days)
        if matching and (not rule.positions or any(abs(at) <= matching for at in rule.positions)):
            return True
    return False


def _periods(rule: Rule, start: date, after: date) -> Iterator[list[date]]:
    """The days of each period in step with the start, from the one that holds `after`."""
    step = rule.interval
    for number in range(_PROBED[rule.frequency]):
        try:
            if rule.frequency == "YEARLY":
                year = start.year + (-(-(after.year - start.year) // step) + number) * step
                first, length = date(year, 1, 1), 366 if calendar.isleap(year) else 365
            elif rule.frequency == "MONTHLY":
                month0 = start.year * 12 + start.month - 1
                passed = -(-(after.year * 12 + after.month - 1 - month0) // step) + number
                year, month = divmod(month0 + passed * step, 12)
                first = date(year, month + 1, 1)
                length = calendar.monthrange(year, month + 1)[1]
            else:
                length = _PERIOD_DAYS[rule.frequency]
                origin = start
                if rule.frequency == "WEEKLY":
                    origin -= timedelta(days=(start.weekday() - rule.week_start) % 7)
                passed = -(-(after - origin).days // (length * step)) + number
                first = origin + timedelta(days=passed * length * step)
            yield [first + timedelta(days=day) for day in range(length)]
        except (ValueError, OverflowError):  # beyond the year 9999
            return


def _matches(rule: Rule, start: date, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    month_length = calendar.monthrange(day.year, day.month)[1]
    year_length = 366 if calendar.isleap(day.year) else 365
    year_day = day.timetuple().tm_yday
    if rule.month_days and not {day.day, day.day - month_length - 1} & set(rule.month_days):
        return False
    if rule.year_days and not {year_day, year_day - year_length - 1} & set(rule.year_days):
        return False
    if rule.weeks and not _week_matches(rule, day):
        return False
    if rule.weekdays:
        return any(
            _weekday_matches(rule, pair, day, month_length, year_length) for pair in rule.weekdays
        )
    if rule.month_days or rule.year_days or rule.weeks:
        return True
    return _is_day_of_start(rule, start, day)


def _week_matches(rule: Rule, day: date) -> bool:
    year, week, _ = day.isocalendar()
    weeks = date(year, 12, 28).isocalendar()[1]
    return week in rule.weeks or week - weeks - 1 in rule.weeks


def _weekday_matches(
    rule: Rule, pair: tuple[int, int], day: date, month_length: int, year_length: int
) -> bool:
    number, weekday = pair
    if day.weekday() != weekday:
        return False
    if not number or rule.frequency in ("DAILY", "WEEKLY"):
        return True
    in_month = rule.frequency == "MONTHLY" or bool(rule.months)
    at = day.day if in_month else day.timetuple().tm_yday
    length = month_length if in_month else year_length
    return number in ((at - 1) // 7 + 1, -((length - at) // 7 + 1))


def _is_day_of_start(rule: Rule, start: date, day: date) -> bool:
    """Without days in the rule, the day is that of the start."""
    if rule.frequency == "YEARLY":
        return day.day == start.day and (bool(rule.months) or day.month == start.month)
    if rule.frequency == "MONTHLY":
        return day.day == start.day
    return rule.frequency == "DAILY" or day.weekday() == start.weekday()
