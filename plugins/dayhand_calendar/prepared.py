"""One event of a calendar, parsed and put right, so that the library can expand it.

Times get the zone they mean, rules are written anew as they were understood, and everything that
would make the library fail, hang or guess is refused here with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

import icalendar
from icalendar.prop import vDDDLists, vDDDTypes, vRecur

from dayhand_calendar import rules
from dayhand_calendar.blocks import Block, Property
from dayhand_calendar.zones import UnknownZone, Zones

__all__ = ["BadEvent", "Prepared", "moment_of", "prepare"]

Moment = date | datetime
Period = tuple[Moment, Moment | timedelta]

MOST_DATES = 1_000
_MOST_RULES = 10
_TIME = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$")
_DURATION = re.compile(
    r"^([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$"
)
_TEXTS = [
    "UID",
    "SEQUENCE",
    "STATUS",
    "TRANSP",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "CATEGORIES",
    "URL",
    "CONFERENCE",
    "ATTENDEE",
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-CDO-BUSYSTATUS",
]
_MOST_TEXTS = 500


class BadEvent(ValueError):
    """An event that cannot be followed; the message says why, without anything it says."""


@dataclass(slots=True)
class Prepared:
    """An event whose times and rules are understood.

    `length` is exact time. `keeps_length` says that occurrences have that length even where the
    clocks change in them; an event given in whole days has its days instead.
    """

    block: Block
    start: Moment
    end: Moment
    length: timedelta
    keeps_length: bool
    which: Moment | None = None
    """The occurrence of a series that this is a change of."""
    rules: list[rules.Rule] = field(default_factory=list)
    dates: dict[str, list[Moment | Period]] = field(default_factory=dict)
    """Further dates (RDATE), and those left out (EXDATE)."""

    @property
    def is_all_day(self) -> bool:
        """True if it is given in days."""
        return not isinstance(self.start, datetime)

    @property
    def recurs(self) -> bool:
        """True if it is a series, or a change of one."""
        return bool(self.rules or self.dates or self.which is not None)

    @property
    def first_day(self) -> date:
        """The day of its start."""
        return self.start.date() if isinstance(self.start, datetime) else self.start

    def component(self, *, later: timedelta = timedelta(0)) -> icalendar.Event:
        """The event for the library to expand, begun `later` in step with its rule."""
        event = _texts(self.block)
        event["DTSTART"] = vDDDTypes(self.start + later)
        # The library holds start and end against each other by the clock on the wall, and swaps
        # them where it goes back in between; so it gets an end that is later on the wall too.
        end = self.start + self.length if self.keeps_length else self.end
        event["DTEND"] = vDDDTypes(end + later)
        if self.which is not None:
            event["RECURRENCE-ID"] = _recurrence_id(self.block, self.which)
        written = [vRecur.from_ical(rule.as_text()) for rule in self.rules]
        if written:
            event["RRULE"] = written if len(written) > 1 else written[0]
        for name, moments in self.dates.items():
            event[name] = vDDDLists(moments)
        return event


def prepare(block: Block, zones: Zones, floating: tzinfo) -> Prepared:
    """Understand an event's times and rules.

    Args:
        block: its text.
        zones: the zones its calendar knows.
        floating: the zone of times that name none.

    Raises:
        BadEvent: it cannot be followed.
    """
    reader = _Reader(zones, floating)
    start = reader.one(block, "DTSTART")
    if start is None:
        raise BadEvent("it has no start (DTSTART)")
    end, length, keeps = _ending(block, start, reader)
    return Prepared(
        block,
        start,
        end,
        length,
        keeps,
        which=reader.one(block, "RECURRENCE-ID"),
        rules=_rules(block, start),
        dates=_dates(block, reader),
    )


def _texts(block: Block) -> icalendar.Event:
    """The event with the properties that are texts; what cannot be read of them is left out."""
    lines = ["BEGIN:VEVENT"]
    count = 0
    for item in block.properties:
        if item.name in _TEXTS and count < _MOST_TEXTS:
            lines.append(f"{item.name}{item.parameters}:{item.value}")
            count += 1
    lines.append("END:VEVENT")
    event = icalendar.Event.from_ical("\r\n".join(lines) + "\r\n")
    if not isinstance(event, icalendar.Event):
        raise BadEvent("it cannot be read")
    if not isinstance(event.get("SEQUENCE", 0), int):
        event.pop("SEQUENCE")
    event["UID"] = icalendar.vText(block.uid)
    return event


def _ending(block: Block, start: Moment, reader: _Reader) -> tuple[Moment, timedelta, bool]:
    """The end, the exact length, and whether the length is exact or in days."""
    end = reader.one(block, "DTEND")
    given = block.first("DURATION")
    keeps = True
    if end is None and given is not None:
        days, rest = _duration(given.value)
        try:
            if isinstance(start, datetime):
                keeps = not days
                end = _exactly_later(start + days, rest)
            else:
                end = start + days + rest
        except OverflowError:
            raise BadEvent("its end is beyond the calendar") from None
    if end is None:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise BadEvent("of its start and end, one is a day and the other a time")
    length = _exact(end) - _exact(start)
    if length < timedelta(0):
        raise BadEvent("it ends before it begins")
    return end, length, keeps and isinstance(start, datetime)


def _exact(moment: Moment) -> datetime:
    """The moment in UTC: subtracting times of one zone would give wall time, not length."""
    try:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC)
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    except (OverflowError, ValueError):
        raise BadEvent("its time is beyond the calendar") from None


def _exactly_later(start: datetime, by: timedelta) -> datetime:
    return (_exact(start) + by).astimezone(start.tzinfo)


def _duration(text: str) -> tuple[timedelta, timedelta]:
    """A length in days, and the rest of it."""
    found = _DURATION.match(text.strip().upper())
    if not found or not any(found.groups()[1:]):
        raise BadEvent("its length (DURATION) cannot be read")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    try:
        return (
            sign * timedelta(weeks=weeks, days=days),
            sign * timedelta(hours=hours, minutes=minutes, seconds=seconds),
        )
    except OverflowError:
        raise BadEvent("its length (DURATION) is beyond the calendar") from None


def _recurrence_id(block: Block, which: Moment) -> vDDDTypes:
    value = vDDDTypes(which)
    given = block.first("RECURRENCE-ID")
    if given is not None and (given.parameter("RANGE") or "").upper() == "THISANDFUTURE":
        value.params["RANGE"] = "THISANDFUTURE"
    return value


def _rules(block: Block, start: Moment) -> list[rules.Rule]:
    if block.first("EXRULE") is not None:
        raise BadEvent("it has a rule for what to leave out (EXRULE), which is not followed")
    texts = [item.value for item in block.all("RRULE")]
    if len(texts) > _MOST_RULES:
        raise BadEvent(f"it has more than {_MOST_RULES} rules")
    try:
        return [rules.read(text, start) for text in texts]
    except rules.BadRule as error:
        raise BadEvent(str(error)) from error


def _dates(block: Block, reader: _Reader) -> dict[str, list[Moment | Period]]:
    found: dict[str, list[Moment | Period]] = {}
    for name in ("RDATE", "EXDATE"):
        items = list(block.all(name))
        if sum(item.value.count(",") + 1 for item in items) > MOST_DATES:
            raise BadEvent(f"it has more than {MOST_DATES:,} dates of its own ({name})")
        moments = [moment for item in items for moment in reader.several(item)]
        if moments:
            found[name] = moments
    return found


class _Reader:
    """Reads times with the zones of a calendar."""

    def __init__(self, zones: Zones, floating: tzinfo) -> None:
        self._zones = zones
        self._floating = floating

    def one(self, block: Block, name: str) -> Moment | None:
        """The time of a property, or None where there is no such property."""
        item = block.first(name)
        return None if item is None else self._read(item, item.value)

    def several(self, item: Property) -> list[Moment | Period]:
        """The times of a list; a period is a pair of its start and its end or length."""
        found: list[Moment | Period] = []
        for text in item.value.split(","):
            first, slash, second = text.strip().partition("/")
            if not first and not slash:
                continue
            start = self._read(item, first)
            if not slash:
                found.append(start)
            elif second.strip().upper().startswith(("P", "+P")):
                found.append((start, sum(_duration(second), timedelta(0))))
            else:
                found.append((start, self._read(item, second)))
        return found

    def _read(self, item: Property, text: str) -> Moment:
        zone_name = item.parameter("TZID")
        try:
            zone = self._floating if zone_name is None else self._zones.get(zone_name)
        except UnknownZone as error:
            raise BadEvent(str(error)) from error
        try:
            return moment_of(text, zone)
        except (ValueError, OverflowError):
            raise BadEvent(f"its {item.name} is no date or time") from None


def moment_of(text: str, zone: tzinfo) -> Moment:
    """The day or the aware moment that the text says; `zone` is that of one without `Z`.

    Raises:
        ValueError: it says none.
    """
    found = _TIME.match(text.strip().upper())
    if not found:
        raise ValueError("no date or time")
    year, month, day = (int(found[at]) for at in (1, 2, 3))
    if found[4] is None:
        return date(year, month, day)
    second = min(int(found[6]), 59)  # 60 is a leap second
    moment = datetime(
        year, month, day, int(found[4]), int(found[5]), second, tzinfo=UTC if found[7] else zone
    )
    moment.astimezone(UTC)  # the first and last days of the calendar have no such moment
    return moment
