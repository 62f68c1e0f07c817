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

__all__ = ["FAILURES", "Reading", "access_to", "read", "reading_of"]

FAILURES = (BrokenCalendar, NotAllowed, NotReached, Interrupted, TooBusy, Refusal, BadAnswer)
"""What keeps a source from being read."""

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
_calendars: _Kept[Calendar] = _Kept(32)
_objects: _Kept[Calendar] = _Kept(20_000)
_copies: _Kept[Copy] = _Kept(32)


async def read(practice: Practice, sources: Sequence[Source], window: Window) -> list[Reading]:
    """What is on in those days in each source, read side by side."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reading_of(practice, source, window)) for source in sources]
    return [task.result() for task in tasks]


async def reading_of(practice: Practice, source: Source, window: Window) -> Reading:
    """What is on in one source; if it cannot be read, what it gave last."""
    reading = Reading(source)
    name = _fingerprint(practice, source)
    try:
        asked = _asked(source, window)
        texts = await _texts(practice, source, asked, name)
        await asyncio.to_thread(_expand, practice, reading, texts, window)
        copies.keep(practice, source, texts, asked)
    except (*FAILURES, UserError) as error:
        _note(reading, error)
        await asyncio.to_thread(_fall_back, practice, reading, window)
    return reading


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
    kept = _objects if is_object else _calendars
    name = hashlib.sha256(f"{source}\0{window.zone}\0{most}\0".encode() + data).hexdigest()
    found = kept.get(name)
    if found is None:
        found = kept.keep(name, Calendar(cut(data, most=most), source, window.zone))
    return found
