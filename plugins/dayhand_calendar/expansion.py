"""From a calendar's text to the events of some days.

`Calendar` keeps the pieces of a text that was read once. Asked for some days, it parses the events
that can be on then, vets each, lets the library expand the series, and gives events in the
practice's zone. An event that cannot be followed is left out and named; no other is touched by it.

Local times follow RFC 5545: one that does not exist (clocks go forward) is taken with the offset
before the change, one that exists twice is the first. A series keeps its wall time over a change
of clocks, and an occurrence keeps the exact length of the first.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]  # has no types

from dayhand_calendar import rules
from dayhand_calendar.blocks import LONGEST, Block, Sheet
from dayhand_calendar.prepared import BadEvent, Prepared, prepare
from dayhand_calendar.sieve import can_be_on
from dayhand_calendar.vocabulary import SkippedEvent
from dayhand_calendar.zones import Zones

__all__ = ["Calendar", "Occurrence", "Window"]

MOST_OVERRIDES = 500
MOST_OCCURRENCES = 50_000
MOST_KEPT = 2_000
"""Of one series; more are found anew for each question."""
_AROUND = 31
"""Days around those asked for that a series is made ready for: tomorrow's agenda is next."""
LONGEST_SINGLE = timedelta(days=400)
"""For an all-day event that does not recur: leave of some months is common."""
_FAILURES = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    ArithmeticError,
    RecursionError,
)
"""What the libraries raise on an event they cannot follow. InvalidCalendar is a ValueError."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days in a zone: from the start of `first` to the end of `last`."""

    first: date
    last: date
    zone: tzinfo

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """The moment after its last."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event at one moment: the properties as they stand, and when.

    `component` is the event's, with the times of any of its occurrences. Moments are in UTC; for an
    all-day event they are those of its midnights in the practice's zone.
    `block` names the text it is an occurrence of: those of a series have one, but for its exceptions.
    """

    component: icalendar.Event
    uid: str
    recurrence_id: str | None
    start: datetime
    end: datetime
    all_day: bool
    block: str


@dataclass(slots=True)
class _Series:
    """All events with one UID. `query` expands them, from the day `since` to the day `reach`.

    Who asks again and again, for other days or the same, pays for all these days once: when as many
    days have been looked through as there are, what is on in all of them is kept.
    """

    blocks: list[Block]
    state: bytes = b""
    """Of the text of its events, a hash."""
    query: Any = None
    looked_through: int = 0
    kept: list[Occurrence] | None = None
    since: date = date.max
    reach: date = date.min
    prepared: dict[str, Prepared] = field(default_factory=dict)
    problems: list[SkippedEvent] = field(default_factory=list)

    def add(self, block: Block, text: str) -> None:
        """One more event of this UID."""
        self.blocks.append(block)
        self.state = hashlib.sha256(self.state + text.encode()).digest()

    def take_over(self, known: _Series | None) -> None:
        """What was made ready of the same text. A problem names its line, which may be another now."""
        if known is None or known.query is None or known.problems or known.state != self.state:
            return
        self.query, self.since, self.reach = known.query, known.since, known.reach
        self.prepared, self.kept = known.prepared, known.kept
        self.looked_through = known.looked_through


@dataclass(frozen=True, slots=True)
class _MadeReady:
    """The series of a calendar, the zones they are in, and the lock for all who use them."""

    lock: threading.Lock
    zones: list[str]
    zone: tzinfo
    series: dict[str, _Series]


class Calendar:
    """A calendar's text, ready to be asked for days.

    Args:
        sheet: the text, cut.
        source: the source's name, for what is skipped.
        zone: the practice's zone, for times that name none.
        before: the calendar as it was, in the same zone: of series that have not changed since, what
            was made ready is taken over.
    """

    def __init__(
        self, sheet: Sheet, source: str, zone: tzinfo, *, before: Calendar | None = None
    ) -> None:
        self._sheet = sheet
        self._source = source
        self._zone = zone
        self._zones = Zones(sheet.zones)
        self._series: dict[str, _Series] = {}
        for block in sheet.events:
            text = sheet.text[block.start : block.end]
            uid = block.uid or _made_up_uid(text)
            self._series.setdefault(uid, _Series([])).add(block, text)
        known = before.made_ready if before is not None else None
        # Runs side by side may ask the same kept calendar, and two that share a series.
        self._lock = known.lock if known else threading.Lock()
        if known is not None and (known.zones, known.zone) == (sheet.zones, zone):
            with self._lock:
                for uid, series in self._series.items():
                    series.take_over(known.series.get(uid))

    @property
    def made_ready(self) -> _MadeReady:
        """What a calendar that comes after this one may take over."""
        return _MadeReady(self._lock, self._sheet.zones, self._zone, self._series)

    def between(
        self, window: Window, budget: rules.Budget | None = None
    ) -> tuple[list[Occurrence], list[SkippedEvent]]:
        """What is on in those days, in the order of time, and what had to be left out of it.

        Args:
            window: the days.
            budget: the work it may cause, where several calendars share one.
        """
        with self._lock:
            return self._between(window, budget or rules.Budget())

    def _between(
        self, window: Window, budget: rules.Budget
    ) -> tuple[list[Occurrence], list[SkippedEvent]]:
        found: list[Occurrence] = []
        skipped: list[SkippedEvent] = []
        for uid, series in self._series.items():
            if not any(can_be_on(b, window.first, window.last, self._zone) for b in series.blocks):
                continue
            if not series.since <= window.first <= window.last <= series.reach:
                self._make_ready(series, window, budget)
            skipped += series.problems
            if series.query is not None:
                self._expand(uid, series, window, found, skipped)
        found.sort(key=lambda item: (item.start, item.end, item.uid, item.recurrence_id or ""))
        return found, skipped

    def _make_ready(self, series: _Series, window: Window, budget: rules.Budget) -> None:
        """Parse and vet the events of a UID, and make the query that expands them."""
        series.since, series.reach = _moved(window.first, -_AROUND), _moved(window.last, _AROUND)
        series.query = series.kept = None
        series.looked_through = 0
        series.prepared = {}  # a new one: a calendar that came after may have taken over the other
        series.problems.clear()
        problems = series.problems
        if len(series.blocks) > MOST_OVERRIDES + 1:
            problems.append(
                self._skip(series.blocks[0], f"it has more than {MOST_OVERRIDES} changes")
            )
            return
        # A change of all that follows (RANGE) may move occurrences by any length.
        shiftable = not any(
            "RANGE" in item.parameters for b in series.blocks for item in b.all("RECURRENCE-ID")
        )
        components = []
        for number, block in enumerate(series.blocks):
            try:
                if block.problem:
                    raise BadEvent(block.problem)
                prepared = prepare(block, self._zones, self._zone)
                component = self._vetted(prepared, series, budget, shiftable=shiftable)
            except BadEvent as error:
                problems.append(self._skip(block, str(error)))
                continue
            except _FAILURES:
                problems.append(self._skip(block, "it cannot be read"))
                continue
            component["X-DAYHAND-BLOCK"] = icalendar.vText(str(number))
            series.prepared[str(number)] = prepared
            components.append(component)
        series.query = self._query(series, components) if components else None

    def _vetted(
        self, prepared: Prepared, series: _Series, budget: rules.Budget, *, shiftable: bool
    ) -> icalendar.Event:
        """The event for the library, once it is sure that expanding it ends."""
        longest = LONGEST if prepared.recurs or not prepared.is_all_day else LONGEST_SINGLE
        if prepared.length > longest:
            raise BadEvent(f"it lasts longer than {longest.days} days")
        first = prepared.first_day
        later = timedelta(0)
        if shiftable and len(prepared.rules) == 1:
            later = rules.later(prepared.rules[0], first, _moved(series.since, -(LONGEST.days + 2)))
        try:
            for rule in prepared.rules:
                rules.vet(
                    rule, first, _moved(series.reach, LONGEST.days), budget, begun=first + later
                )
        except rules.BadRule as error:
            raise BadEvent(str(error)) from error
        return prepared.component(later=later)

    def _query(self, series: _Series, components: list[icalendar.Event]) -> Any:
        sheet = icalendar.Calendar()
        sheet.subcomponents = list(components)
        try:
            return recurring_ical_events.of(sheet)
        except _FAILURES:
            series.problems.append(
                self._skip(series.blocks[0], "its recurrence cannot be followed")
            )
            return None

    def _expand(
        self,
        uid: str,
        series: _Series,
        window: Window,
        found: list[Occurrence],
        problems: list[SkippedEvent],
    ) -> None:
        self._look_through(uid, series, window)
        try:
            occurrences = series.kept
            if occurrences is None:
                occurrences = self._found(uid, series, window)
        except _FAILURES:
            problems.append(self._skip(series.blocks[0], "its recurrence cannot be followed"))
            return
        if len(found) + len(occurrences) > MOST_OCCURRENCES:
            problems.append(self._skip(series.blocks[0], "there are too many events in these days"))
            return
        first, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
        found += (
            one
            for one in occurrences
            if one.start < end and (one.end > first or one.start >= first)
        )

    def _look_through(self, uid: str, series: _Series, window: Window) -> None:
        """Keep what is on in all the days the series is ready for, once it is worth it."""
        if series.kept is not None or series.looked_through < 0:
            return
        ready_for = (series.reach - series.since).days + 1
        if series.looked_through < ready_for:
            series.looked_through += (window.last - window.first).days + 1
            return
        try:
            found = self._found(uid, series, Window(series.since, series.reach, self._zone))
        except _FAILURES:  # maybe in other days than those that are asked for
            return
        finally:
            series.looked_through = -1
        series.kept = found if len(found) <= MOST_KEPT else None

    def _found(self, uid: str, series: _Series, window: Window) -> list[Occurrence]:
        """What is on in those days, and perhaps a little more."""
        # A day more on both sides: an occurrence's exact length may differ from that of its
        # wall times where the clocks change in it.
        components = series.query.between(
            window.start - timedelta(days=1), window.end + timedelta(days=1)
        )
        shown: dict[str, icalendar.Event] = {}
        return [self._occurrence(uid, series, component, shown) for component in components]

    def _occurrence(
        self,
        uid: str,
        series: _Series,
        component: icalendar.Event,
        shown: dict[str, icalendar.Event],
    ) -> Occurrence:
        block = str(component["X-DAYHAND-BLOCK"])
        prepared = series.prepared[block]
        start, end = _time(component, "DTSTART"), _time(component, "DTEND")
        all_day = not isinstance(start, datetime)
        begins, ends = _exact(start, self._zone), _exact(end, self._zone)
        if prepared.keeps_length:
            ends = begins + prepared.length
        recurs = len(series.blocks) > 1 or prepared.recurs
        which = _recurrence_id(_time(component, "RECURRENCE-ID")) if recurs else None
        return Occurrence(
            shown.setdefault(block, component), uid, which, begins, ends, all_day, block
        )

    def _skip(self, block: Block, reason: str) -> SkippedEvent:
        return SkippedEvent(
            source=self._source, uid=_shown(block.uid), line=self._sheet.line(block), reason=reason
        )


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _made_up_uid(text: str) -> str:
    """A UID for an event without one, the same as long as the event is."""
    return f"no-uid-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _shown(uid: str) -> str:
    """A UID as it can stand in a log: one line, no control characters."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in uid[:120]
    )


def _time(component: icalendar.Event, name: str) -> date | datetime:
    value: Any = component[name]
    found: date | datetime = value.dt
    return found


def _exact(moment: date | datetime, zone: tzinfo) -> datetime:
    """The moment, or the midnight a day begins with, in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    return moment.astimezone(UTC)


def _recurrence_id(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return moment.strftime("%Y%m%d")
