"""Reading the sources: their events of some days, what was left out, and which could not be read.

A text is cut once and kept, in this process, under its hash; unchanged, it is not read again. What
a source last gave is kept too, in the database, which is encrypted: a download that fails leaves the
events of the last good one, with their age, in a new process as well.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from dayhand import Practice, SecretRef, UserError
from dayhand_calendar import copies
from dayhand_calendar.addresses import HostRules, NotAllowed
from dayhand_calendar.blocks import BrokenCalendar, cut
from dayhand_calendar.caldav import CalDav, Copy, Refusal, Resource
from dayhand_calendar.dav_xml import BadAnswer
from dayhand_calendar.expansion import Calendar, Occurrence, Window
from dayhand_calendar.rules import Budget
from dayhand_calendar.settings import CalendarSettings, Source
from dayhand_calendar.transfer import Access, Connection, Interrupted, NotReached, TooBusy
from dayhand_calendar.vocabulary import SkippedEvent

__all__ = [
    "FAILURES", "Reading", "access_to", "fetch_for_all", "keep_copies", "nothing_is_shared",
    "read", "reading_of", "state_of", "understand",
]  # fmt: skip

FAILURES = (BrokenCalendar, NotAllowed, NotReached, Interrupted, TooBusy, Refusal, BadAnswer)
"""What keeps a source from being read."""

_MOMENT = timedelta(seconds=2)
_BEFORE, _AHEAD = timedelta(days=2), timedelta(days=14)
T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """What a source gave.

    With `problem` it could not be read now; `as_of` then tells from when its occurrences are, and
    is None where there are none.
    """

    source: Source
    occurrences: list[Occurrence] = field(default_factory=list)
    skipped: list[SkippedEvent] = field(default_factory=list)
    problem: str = ""
    hint: str = ""
    passing: bool = False
    """True if the problem may go away by itself."""
    wait: float | None = None
    as_of: datetime | None = None
    texts: Sequence[bytes] = field(default=(), repr=False)
    """What it gave now."""
    asked: Window | None = None
    """For which days it was asked: for those that are looked at, and mostly for more."""


class _Kept(OrderedDict[str, T]):
    """The newest of what was kept, under a name."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = threading.Lock()

    def keep(self, name: str, value: T) -> T:
        with self._lock:
            self[name] = value
            self.move_to_end(name)
            while len(self) > self._most:
                self.popitem(last=False)
        return value


# What this process has read, shared by its runs on purpose: the second agenda of a morning must not
# pay for the first again. Names are hashes; the sizes bound the memory.
_calendars: _Kept[tuple[str, Calendar]] = _Kept(32)
"""Of each source the text that was read last: of a new one, only what changed is read anew."""
_objects: _Kept[Calendar] = _Kept(20_000)
_copies: _Kept[Copy] = _Kept(32)
_last: _Kept[tuple[datetime, Window, Sequence[bytes]]] = _Kept(8)
"""What a server gave last: when, for which days, the texts."""


async def read(practice: Practice, sources: Sequence[Source], window: Window) -> list[Reading]:
    """What is on in those days in each source, read side by side."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reading_of(practice, source, window)) for source in sources]
    return [task.result() for task in tasks]


async def reading_of(practice: Practice, source: Source, window: Window) -> Reading:
    """What is on in one source; if it cannot be read, what it gave last."""
    reading = await _fetched(practice, source, window)
    await _understood(practice, reading, window)
    return reading


async def fetch_for_all(
    practice: Practice, sources: Sequence[Source], window: Window
) -> list[Reading]:
    """What each source gives for those days, not looked at yet: that is for `understand`.

    The daemon asks for one kind of event after the other: what a server gave for the one, within the
    same moment, is taken for the others too.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_shared(practice, source, window)) for source in sources]
    return [task.result() for task in tasks]


def nothing_is_shared() -> None:
    """From now on the servers are asked anew: one of them is being changed."""
    _last.clear()


async def _shared(practice: Practice, source: Source, window: Window) -> Reading:
    if source.file:
        return await _fetched(practice, source, window)
    name = _fingerprint(practice, source)
    last = _last.get(name)
    if last is not None:
        at, asked, texts = last
        is_now = timedelta(0) <= practice.now - at <= _MOMENT
        if is_now and asked.first <= window.first and window.last <= asked.last:
            return Reading(source, texts=texts, asked=asked)
    reading = await _fetched(practice, source, window)
    if reading.asked is not None and not reading.problem:
        _last.keep(name, (practice.now, reading.asked, reading.texts))
    return reading


async def understand(practice: Practice, readings: Sequence[Reading], window: Window) -> None:
    """Find in what was fetched what is on in those days."""
    for reading in readings:
        await _understood(practice, reading, window)


def state_of(practice: Practice, readings: Sequence[Reading], window: Window) -> str:
    """A name for all that decides what is on: the texts as they were fetched, the settings, the days
    and the zone. Nothing where a source could not be read."""
    if any(reading.problem for reading in readings):
        return ""
    told = (
        str(practice.files.resolve(".")), practice.settings.model_dump_json(),
        practice.info.timezone, str(window.zone), str(window.first), str(window.last),
    )  # fmt: skip
    found = hashlib.sha256("\0".join(told).encode())
    for reading in readings:
        found.update(f"\0{reading.source.name}\0{len(reading.texts)}".encode())
        for text in reading.texts:
            found.update(f"\0{len(text)}\0".encode() + text)
    return found.hexdigest()


def keep_copies(practice: Practice, readings: Sequence[Reading], window: Window) -> None:
    """Note that the sources still give what they gave."""
    for reading in readings:
        copies.keep(practice, reading.source, reading.texts, reading.asked or window)


async def _fetched(practice: Practice, source: Source, window: Window) -> Reading:
    reading = Reading(source, asked=_asked(source, window))
    name = _fingerprint(practice, source)
    try:
        reading.texts = await _texts(practice, source, _asked(source, window), name)
    except (*FAILURES, UserError) as error:
        _note(reading, error)
    return reading


async def _understood(practice: Practice, reading: Reading, window: Window) -> None:
    if not reading.problem:
        try:
            await asyncio.to_thread(_expand, practice, reading, reading.texts, window)
            keep_copies(practice, [reading], window)
        except (*FAILURES, UserError) as error:
            _note(reading, error)
    if reading.problem:
        await asyncio.to_thread(_fall_back, practice, reading, window)


def _fall_back(practice: Practice, reading: Reading, window: Window) -> None:
    """Take what the source gave last, if that tells of those days."""
    last = copies.find(practice, reading.source, window)
    if last is None:
        return
    with suppress(BrokenCalendar):  # the limits are lower by now
        _expand(practice, reading, last.texts, window)
        reading.as_of = last.as_of


def _asked(source: Source, window: Window) -> Window:
    """The days a source is asked for. A server gives those alone, so that it is asked for some more:
    what it gave today is to help tomorrow, too, when it cannot be reached."""
    if not source.is_caldav:
        return Window(date.min, date.max, window.zone)
    return Window(window.first - _BEFORE, window.last + _AHEAD, window.zone)


def _note(reading: Reading, error: Exception) -> None:
    reading.problem = str(error)
    reading.hint = getattr(error, "hint", "")
    reading.wait = getattr(error, "after", None)
    status = getattr(error, "status", 0)
    reading.passing = isinstance(error, NotReached | Interrupted | TooBusy) or status >= 500


def _fingerprint(practice: Practice, source: Source) -> str:
    told = (
        practice.info.name,
        str(practice.files.resolve(".")),
        source.model_dump_json(exclude={"password", "url"}),
    )
    return hashlib.sha256("\0".join((*told, str(source.url))).encode()).hexdigest()


async def _texts(practice: Practice, source: Source, window: Window, name: str) -> list[bytes]:
    """The source's calendars: one of a file or an address, one for each event of a server."""
    settings: CalendarSettings = practice.settings
    if source.file:
        data = await asyncio.to_thread(practice.files.read, source.file)
        if len(data) > settings.limits.megabytes * 1024 * 1024:
            raise BrokenCalendar(f"it is larger than {settings.limits.megabytes} MB")
        return [data]
    async with Connection(access_to(practice, source)) as connection:
        if source.caldav:
            copy = _copies.get(name) or _copies.keep(name, Copy())
            server = CalDav(connection, source.caldav, source.calendar)
            found = await server.between(window.start, window.end, copy)
            return [resource.data for resource in _in_order(found)]
        url = practice.secret(source.url) if isinstance(source.url, SecretRef) else source.url
        reply = await connection.request(
            "GET", url.strip(), headers={"Accept": "text/calendar, */*;q=0.5"}
        )
        if reply.status != 200:
            raise Refusal(reply.status, f"the server answers with status {reply.status}")
        return [reply.body]


def _in_order(resources: Sequence[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda resource: resource.href)


def access_to(practice: Practice, source: Source) -> Access:
    """How a source on the network is reached."""
    settings: CalendarSettings = practice.settings
    hosts = frozenset(host.lower() for host in settings.allow_hosts)
    authority = (
        practice.files.read(source.certificate_authority) if source.certificate_authority else b""
    )
    return Access(
        rules=HostRules(settings.allow_private_hosts, hosts),
        username=source.username,
        password=practice.secret(source.password) if source.password else "",
        certificate_authority=authority,
        most_bytes=settings.limits.megabytes * 1024 * 1024,
        deadline=settings.limits.deadline,
    )


def _expand(practice: Practice, reading: Reading, texts: Sequence[bytes], window: Window) -> None:
    settings: CalendarSettings = practice.settings
    budget = Budget()
    is_object = reading.source.is_caldav
    for data in texts:
        try:
            calendar = _calendar(
                data, reading.source.name, window, settings.limits.components, is_object=is_object
            )
        except BrokenCalendar as error:
            if not is_object:
                raise
            reading.skipped.append(
                SkippedEvent(source=reading.source.name, uid="", line=1, reason=str(error))
            )
            continue
        occurrences, skipped = calendar.between(window, budget)
        reading.occurrences += occurrences
        reading.skipped += skipped


def _calendar(data: bytes, source: str, window: Window, most: int, *, is_object: bool) -> Calendar:
    of = f"{source}\0{window.zone}\0{most}\0".encode()
    name = hashlib.sha256(of + data).hexdigest()
    if is_object:
        found = _objects.get(name)
        return found or _objects.keep(name, Calendar(cut(data, most=most), source, window.zone))
    place = hashlib.sha256(of).hexdigest()
    last, before = _calendars.get(place, ("", None))
    if before is not None and last == name:
        return before
    made = Calendar(cut(data, most=most), source, window.zone, before=before)
    _calendars.keep(place, (name, made))
    return made
