"""The text of a calendar in pieces: its events and time zones, each by itself, with its line.

A calendar is cut before it is parsed, for two reasons. A mistake in one event stays in that event;
and an event that cannot be on in the days asked for need not be parsed at all.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

__all__ = ["LONGEST", "Block", "BrokenCalendar", "Property", "Sheet", "cut"]

_MARK = re.compile(
    r"^(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]{1,60})[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_FOLD = re.compile(r"\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_KEPT = frozenset(
    [
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "EXRULE",
        "RECURRENCE-ID",
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
)
_HOURS = re.compile(r"^P(?:T\d{1,3}[HM]){1,2}$|^PT(?:\d{1,3}H)?(?:\d{1,4}M)?$", re.IGNORECASE)
_ZONE_DAYS = 2
_DEEPEST = 8
LONGEST = timedelta(days=60)
"""How long an event of a series may last."""
_LONGEST_VALUE = 16_000
_MOST_PROPERTIES = 3_000


class BrokenCalendar(Exception):  # it is the calendar that is broken
    """The text is no whole calendar: another kind of file, cut off, or far too large."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an event: its name, its parameters as they stand, and its value."""

    name: str
    parameters: str
    value: str

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, without its quotes."""
        found = re.search(rf';{name}=("[^"]*"|[^;:,"]*)', self.parameters, re.IGNORECASE)
        return found[1].strip('"') if found else None


@dataclass(slots=True)
class Block:
    """An event's text: where it begins and ends, and those of its properties that matter here."""

    start: int
    end: int
    complete: bool = True
    properties: list[Property] = field(default_factory=list)
    problem: str = ""
    first_day: date = date.min
    """Before this day it cannot be on, whatever its zone."""
    last_day: date = date.max
    """Nor after this one."""
    glance: object = None
    """What the sieve saw of it."""

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        return next((item for item in self.properties if item.name == name), None)

    def all(self, name: str) -> Iterator[Property]:
        """The properties of that name."""
        return (item for item in self.properties if item.name == name)

    @property
    def uid(self) -> str:
        """The event's UID; one of unheard-of length gives its beginning and its hash."""
        found = self.first("UID")
        uid = found.value.strip() if found else ""
        return uid if len(uid) <= 255 else f"{uid[:190]}{hashlib.sha256(uid.encode()).hexdigest()}"


@dataclass
class Sheet:
    """A calendar's text, cut."""

    text: str
    events: list[Block]
    zones: list[str]

    def line(self, block: Block) -> int:
        """The number of the line on which an event begins."""
        return bisect_left(self._breaks, block.start) + 1

    @cached_property
    def _breaks(self) -> list[int]:
        """Where lines end; a search among them is quick even for the last of many events."""
        return [found.start() for found in re.finditer("\n", self.text)]


def as_text(data: bytes) -> str:
    """A calendar as text: UTF-8 as the standard says, else what old Windows programs write."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n") if "\n" not in text else text.replace("\r", "")


def cut(data: bytes, *, most: int) -> Sheet:
    """A calendar in pieces.

    Args:
        data: the calendar as it was read.
        most: how many components it may have.

    Raises:
        BrokenCalendar: it is no whole calendar, or has too many components.
    """
    text = as_text(data)
    if not re.match(r"\s*BEGIN[ \t]*:[ \t]*VCALENDAR", text, re.IGNORECASE):
        raise BrokenCalendar(_what_it_is(text))
    cutter = _Cutter(text, most)
    for mark in _MARK.finditer(text):
        cutter.take(mark)
    if cutter.open:
        raise BrokenCalendar("it is cut off: its end is missing")
    for event in cutter.events:
        _read(text, event)
    return Sheet(text, cutter.events, cutter.zones)


def _what_it_is(text: str) -> str:
    if not text.strip():
        return "it is empty"
    if re.match(r"\s*<", text):
        return "it is a web page and no calendar; is a sign-in asked for?"
    return "it is no calendar: it does not begin with BEGIN:VCALENDAR"


class _Cutter:
    """Follows BEGIN and END. Events lie directly in a calendar; what lies in them is theirs."""

    def __init__(self, text: str, most: int) -> None:
        self.text = text
        self.most = most
        self.open: list[tuple[str, int]] = []
        self.events: list[Block] = []
        self.zones: list[str] = []
        self._count = 0

    def take(self, mark: re.Match[str]) -> None:
        name = mark[2].upper()
        if mark[1].upper() == "BEGIN":
            self._begin(name, mark.start())
        else:
            self._end(name, mark)

    def _begin(self, name: str, at: int) -> None:
        self._count += 1
        if self._count > self.most:
            raise BrokenCalendar(f"it has more than {self.most:,} components")
        if name in ("VEVENT", "VCALENDAR", "VTIMEZONE"):
            self._abandon(at, keep=1 if name != "VCALENDAR" else 0)
        if len(self.open) >= _DEEPEST:
            raise BrokenCalendar(f"its components are nested more than {_DEEPEST} deep")
        self.open.append((name, at))

    def _end(self, name: str, mark: re.Match[str]) -> None:
        if name not in (opened for opened, _ in self.open):
            return  # an END too many; nothing begins or ends by it
        if name == "VCALENDAR":
            self._abandon(mark.start(), keep=1)
        while self.open:
            opened, at = self.open.pop()
            if opened == name:
                break
        if len(self.open) != 1:
            return
        if name == "VEVENT":
            self.events.append(Block(at, mark.end()))
        elif name == "VTIMEZONE":
            self.zones.append(self.text[at : mark.end()])

    def _abandon(self, at: int, *, keep: int) -> None:
        """Give up what was begun and not ended before `at`; an event among it is kept as broken."""
        while len(self.open) > keep:
            name, start = self.open.pop()
            if name == "VEVENT":
                self.events.append(Block(start, at, complete=False))


def _read(text: str, block: Block) -> None:
    if not block.complete:
        block.problem = "its end (END:VEVENT) is missing"
    body = text[block.start : block.end]
    if "\n " in body or "\n\t" in body:
        body = _FOLD.sub("", body)
    depth = 0
    for line in body.split("\n"):
        found = _NAME.match(line)
        if not found:
            continue
        name = found[0].upper()
        if name in ("BEGIN", "END"):
            depth += 1 if name == "BEGIN" else -1
        elif depth == 1 and name in _KEPT:
            _keep(block, name, line[found.end() :])
    _bound(block)
    if len(block.properties) > _MOST_PROPERTIES:
        block.problem = f"it has more than {_MOST_PROPERTIES:,} properties"
        del block.properties[_MOST_PROPERTIES:]


def _keep(block: Block, name: str, rest: str) -> None:
    """Split what follows a name at the first colon outside quotes."""
    if rest.startswith(":"):
        block.properties.append(Property(name, "", rest[1:][: _longest(name)]))
        return
    if not rest.startswith(";"):
        return
    at = rest.find(":")
    while at >= 0 and rest.count('"', 0, at) % 2:
        at = rest.find(":", at + 1)
        if at > _LONGEST_VALUE:
            at = -1
    if at >= 0:
        block.properties.append(Property(name, rest[:at], rest[at + 1 :][: _longest(name)]))


def _bound(block: Block) -> None:
    """Tell the days between which the event must lie, as far as its text shows them at a glance.

    What cannot be told stays open: the event is then parsed, and named if it is wrong.
    """
    given = {item.name: item.value for item in reversed(block.properties)}
    start = _day(given.get("DTSTART", ""))
    if start is None or "RDATE" in given:
        return
    block.first_day = _moved(start, -_ZONE_DAYS)
    length = LONGEST
    if "RRULE" in given:
        until = re.search(r"UNTIL=(\d{8})", given["RRULE"], re.IGNORECASE)
        ending = _day(until[1]) if until and "UNTIL" not in given["RRULE"][until.end() :] else None
        start = ending or date.max
    elif "DTEND" in given or "DURATION" not in given:
        ending = _day(given.get("DTEND", "")) if "DTEND" in given else start
        if ending is None:
            return
        start, length = max(start, ending), timedelta(days=1)
    elif not _HOURS.match(given["DURATION"].strip()):
        return
    block.last_day = _moved(start, length.days + _ZONE_DAYS)


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text[:8].isdigit() else None
    except ValueError:
        return None


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _longest(name: str) -> int | None:
    """Texts are cut; a list of dates is not, it would end in half a date."""
    return None if name in ("RDATE", "EXDATE") else _LONGEST_VALUE
