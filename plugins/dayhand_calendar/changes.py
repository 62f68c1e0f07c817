"""The steps that change a calendar on a CalDAV server: create, move, cancel.

Each change says which state it starts from (`If-None-Match: *` for a new event, `If-Match` with the
tag of the event otherwise), so that what somebody else did in between is never overwritten. A new
event's UID comes from the step's key: a second attempt meets the first one's event, and knows it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand import (
    Confirmation,
    Effect,
    Intent,
    NotSent,
    Practice,
    Preview,
    Retryable,
    Sensitive,
    StepContext,
    StepError,
    UserError,
    step,
)
from dayhand_calendar.settings import CalendarSettings, Source
from dayhand_calendar.vocabulary import ChangedEvent

if TYPE_CHECKING:
    from dayhand_calendar.caldav import CalDav, Resource

# httpx2, lxml and icalendar are imported inside the functions: listing the steps must not load them.

__all__ = ["cancel", "create", "move"]


# Create -------------------------------------------------------------------------------------------


@step("calendar.create", effect=Effect.SEND, summary="Put a new event in a calendar", intends=True)
async def create(
    context: StepContext,
    *,
    summary: Sensitive[str],
    start: datetime,
    end: datetime,
    source: str = "",
    location: Sensitive[str] = "",
    busy: bool = True,
) -> ChangedEvent:
    """Put a new event in a CalDAV calendar, with a title, a time and a place and nothing else.

    Whoever sees the calendar sees the title: `warnings` of the result says if it tells more than it
    should. The same step of the same run never makes a second event.

    Args:
        summary: the title; keep it neutral.
        start: when it begins; without a zone, in the practice's.
        end: when it ends.
        source: the name of the calendar; without it the only one that can be changed.
        location: the place.
        busy: false if it leaves its time free.
    """
    from dayhand_calendar.writing import new, title_warnings

    place = _changeable(context, source)
    begins, ends = _times(context, start, end)
    uid = _uid(context)
    data = new(
        uid=uid, summary=summary, start=begins, end=ends, location=location, busy=busy, now=context.now
    )
    async with _server(context, place) as server:
        href = await server.path(f"{uid}.ics")
        await context.intend({"source": place.name, "uid": uid, "href": href, "start": begins, "end": ends})
        etag = await _put_new(server, href, data, uid)
    return ChangedEvent(
        change="created", source=place.name, uid=uid, key=uid, start=begins, end=ends, etag=etag,
        warnings=title_warnings(summary),
    )  # fmt: skip


def _uid(context: StepContext) -> str:
    return f"dayhand-{context.key}"


async def _put_new(server: CalDav, href: str, data: bytes, uid: str) -> str:
    """Write a new event; if it is there already, it must be the one an earlier attempt made."""
    from dayhand_calendar.caldav import Refusal

    try:
        return await server.put(href, data, etag=None)
    except Refusal as error:
        if error.status not in (409, 412):
            raise
        there = await server.get(href)
        if there is not None and f"UID:{uid}".encode() in there.data:
            return there.etag
        raise Refusal(409, "another event is already at the place of the new one") from error


@create.preview
def _(
    context: StepContext,
    *,
    summary: str,
    start: datetime,
    end: datetime,
    source: str = "",
    location: str = "",
    busy: bool = True,
) -> Preview:
    from dayhand_calendar.writing import title_warnings

    place = _changeable(context, source)
    begins, ends = _times(context, start, end)
    uid = _uid(context)
    warnings = title_warnings(summary)
    output = ChangedEvent(
        change="created", source=place.name, uid=uid, key=uid, start=begins, end=ends, warnings=warnings
    )
    return Preview(
        f"would put an event in '{place.name}', {_shown(begins, ends)}",
        output=output,
        details={"title": summary, "location": location, "busy": busy, "warnings": warnings},
    )


@create.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    there = await _there(context, intent)
    if isinstance(there, Confirmation):
        return there
    if there is None:
        return Confirmation.no("the event is not on the server")
    if f"UID:{intent.details['uid']}".encode() not in there.data:
        return Confirmation.unclear("another event is at its place on the server")
    return Confirmation.yes(_told(intent, "created", there.etag), "the event is on the server")


# Move ---------------------------------------------------------------------------------------------


@step("calendar.move", effect=Effect.SEND, summary="Move an event to another time", intends=True)
async def move(
    context: StepContext,
    *,
    key: str,
    start: datetime,
    end: datetime | None = None,
    source: str = "",
    etag: str = "",
) -> ChangedEvent:
    """Move an event, or one occurrence of a series, on a CalDAV server.

    If somebody changed the event in between, nothing is written and the step says so.

    Args:
        key: the event's `key`, as in the agenda; for a series it names the one occurrence.
        start: when it begins from now on; without a zone, in the practice's.
        end: when it ends; without it, the event keeps its length.
        source: the name of the calendar; without it the only one that can be changed.
        etag: the event's tag as last seen, to be sure it is still as it was then.
    """
    from dayhand_calendar.writing import moved

    place = _changeable(context, source)
    async with _server(context, place) as server:
        there, sheet, event, uid = await _event(context, server, key, etag)
        begins, ends = _times(context, start, end, event)
        data = moved(sheet, event, begins, ends)
        await context.intend(_intended(place, key, uid, there) | {"start": begins, "end": ends})
        tag = await server.put(there.href, data, etag=there.etag)
    return ChangedEvent(
        change="moved", source=place.name, uid=uid, key=key, start=begins, end=ends, etag=tag
    )


@move.preview
def _(
    context: StepContext,
    *,
    key: str,
    start: datetime,
    end: datetime | None = None,
    source: str = "",
    etag: str = "",
) -> Preview:
    place = _changeable(context, source)
    begins, ends = _times(context, start, end or start)
    uid = _split(key)[0]
    output = ChangedEvent(
        change="moved", source=place.name, uid=uid, key=key, start=begins, end=ends if end else None, etag=etag
    )
    return Preview(f"would move an event in '{place.name}' to {_shown(begins, ends)}", output=output)


@move.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    from dayhand_calendar.writing import NoSuchOccurrence, details, instance, parsed

    there = await _there(context, intent)
    if isinstance(there, Confirmation):
        return there
    if there is None:
        return Confirmation.unclear("the event is no longer on the server")
    if there.etag == intent.details["etag"]:
        return Confirmation.no("the event on the server is as it was before")
    try:
        event = instance(parsed(there.data), intent.details["uid"], _split(intent.details["key"])[1], context.now)
    except (*_broken(), NoSuchOccurrence):
        return Confirmation.unclear("the event on the server is another one now")
    if details(event) == (intent.details["start"], intent.details["end"]):
        return Confirmation.yes(_told(intent, "moved", there.etag), "the event is at its new time")
    return Confirmation.unclear("the event was changed by somebody else")


# Cancel -------------------------------------------------------------------------------------------


@step("calendar.cancel", effect=Effect.SEND, summary="Cancel or remove an event", intends=True)
async def cancel(
    context: StepContext, *, key: str, source: str = "", delete: bool = False, etag: str = ""
) -> ChangedEvent:
    """Mark an event, or one occurrence of a series, as cancelled on a CalDAV server, or remove it.

    A cancelled event stays in the calendar, so that a late cancellation can still be billed.

    Args:
        key: the event's `key`, as in the agenda; for a series it names the one occurrence.
        source: the name of the calendar; without it the only one that can be changed.
        delete: remove the event instead; one occurrence of a series can only be marked.
        etag: the event's tag as last seen, to be sure it is still as it was then.
    """
    from dayhand_calendar.writing import cancelled

    place = _changeable(context, source)
    if delete and _split(key)[1] is not None:
        raise UserError("one occurrence of a series can be cancelled, not removed", hint="leave out 'delete'")
    tag = ""
    async with _server(context, place) as server:
        there, sheet, event, uid = await _event(context, server, key, etag)
        await context.intend(_intended(place, key, uid, there) | {"delete": delete})
        if delete:
            await server.delete(there.href, etag=there.etag)
        else:
            tag = await server.put(there.href, cancelled(sheet, event), etag=there.etag)
    return ChangedEvent(
        change="deleted" if delete else "cancelled", source=place.name, uid=uid, key=key, etag=tag
    )


@cancel.preview
def _(context: StepContext, *, key: str, source: str = "", delete: bool = False, etag: str = "") -> Preview:
    place = _changeable(context, source)
    change = "deleted" if delete else "cancelled"
    output = ChangedEvent(change=change, source=place.name, uid=_split(key)[0], key=key, etag=etag)
    return Preview(f"would {'remove' if delete else 'cancel'} an event in '{place.name}'", output=output)


@cancel.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    from dayhand_calendar.writing import NoSuchOccurrence, instance, parsed

    there = await _there(context, intent)
    if isinstance(there, Confirmation):
        return there
    deleting = bool(intent.details["delete"])
    if there is None:
        told = _told(intent, "deleted" if deleting else "cancelled", "")
        return Confirmation.yes(told, "the event is gone") if deleting else Confirmation.unclear("the event is gone")
    if there.etag == intent.details["etag"]:
        return Confirmation.no("the event on the server is as it was before")
    if deleting:
        return Confirmation.unclear("the event was changed by somebody else")
    try:
        event = instance(parsed(there.data), intent.details["uid"], _split(intent.details["key"])[1], context.now)
    except (*_broken(), NoSuchOccurrence):
        return Confirmation.unclear("the event on the server is another one now")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return Confirmation.yes(_told(intent, "cancelled", there.etag), "the event is cancelled")
    return Confirmation.unclear("the event was changed by somebody else")


# What the three share -----------------------------------------------------------------------------


def _changeable(practice: Practice, name: str) -> Source:
    """The calendar to change.

    Raises:
        UserError: it is not named and there are several, or it cannot be changed.
    """
    settings: CalendarSettings = practice.settings
    servers = [source for source in settings.sources if source.is_caldav]
    known = ", ".join(source.name for source in servers)
    if not servers:
        raise UserError("no calendar can be changed", hint="give one of calendar.sources a 'caldav' address")
    if not name and len(servers) == 1:
        return servers[0]
    if not name:
        raise UserError("it is not said which calendar to change", hint=f"'source' is one of: {known}")
    found = next((source for source in settings.sources if source.name == name), None)
    if found is None or not found.is_caldav:
        what = f"calendar '{name}' cannot be changed" if found else f"there is no calendar source '{name}'"
        raise UserError(what, hint=f"'source' is one of: {known}")
    return found


def _times(
    practice: Practice, start: datetime, end: datetime | None, event: Any = None
) -> tuple[datetime, datetime]:
    """The times in the practice's zone; without an end, at the length the event has."""
    from dayhand_calendar.writing import details

    zone = ZoneInfo(practice.info.timezone)
    begins = start.replace(tzinfo=zone) if start.tzinfo is None else start.astimezone(zone)
    if end is not None:
        ends = end.replace(tzinfo=zone) if end.tzinfo is None else end.astimezone(zone)
    else:
        first, last = details(event)
        if not isinstance(first, datetime) or not isinstance(last, datetime):
            raise UserError("an all-day event is moved with both 'start' and 'end'")
        length = (last - first) if first.tzinfo is last.tzinfo else last.astimezone(zone) - first.astimezone(zone)
        ends = begins + length
    if ends.timestamp() < begins.timestamp():
        raise UserError("the event's 'end' is before its 'start'")
    return begins, ends


def _shown(start: datetime, end: datetime) -> str:
    return f"{start:%a %Y-%m-%d %H:%M}–{end:%H:%M}"


def _split(key: str) -> tuple[str, str | None]:
    """The UID and the occurrence that a key names."""
    uid, mark, which = key.rpartition("#")
    if mark and which[:8].isdigit() and len(which) in (8, 15, 16):
        return uid, which
    return key, None


async def _event(
    context: StepContext, server: CalDav, key: str, etag: str
) -> tuple[Resource, Any, Any, str]:
    """The object, its calendar, the event in it, and its UID."""
    from dayhand_calendar.writing import NoSuchOccurrence, instance, parsed

    uid, which = _split(key)
    found = await server.find(uid)
    there = await server.get(found.href) if found is not None else None
    if there is None:
        raise UserError("the event is not in the calendar", hint="take its 'key' from calendar.agenda")
    if etag and there.etag != etag:
        raise StepError("the event was changed since it was last seen", hint="look at it and run again")
    if not there.etag:
        raise StepError("the server gives the event no tag, so that it cannot be changed safely")
    sheet = parsed(there.data)
    try:
        return there, sheet, instance(sheet, uid, which, context.now), uid
    except NoSuchOccurrence as error:
        raise UserError(str(error), hint="take its 'key' from calendar.agenda") from error


def _intended(place: Source, key: str, uid: str, there: Resource) -> dict[str, Any]:
    return {"source": place.name, "key": key, "uid": uid, "href": there.href, "etag": there.etag}


def _told(intent: Intent, change: Any, etag: str) -> ChangedEvent:
    details: Mapping[str, Any] = intent.details
    return ChangedEvent(
        change=change,
        source=details["source"],
        uid=details["uid"],
        key=details.get("key", details["uid"]),
        start=details.get("start"),
        end=details.get("end"),
        etag=etag,
    )


async def _there(context: StepContext, intent: Intent) -> Resource | Confirmation | None:
    """The object at the place of an intent; a confirmation where it cannot be told."""
    try:
        place = _changeable(context, str(intent.details["source"]))
        async with _server(context, place) as server:
            return await server.get(str(intent.details["href"]))
    except (NotSent, StepError, UserError) as error:
        return Confirmation.unclear(error.message)


def _broken() -> tuple[type[Exception], ...]:
    from dayhand_calendar.blocks import BrokenCalendar

    return (BrokenCalendar,)


@asynccontextmanager
async def _server(context: Practice, place: Source) -> AsyncIterator[CalDav]:
    """The server of a calendar. What goes wrong is told in the step's words: as `NotSent` where the
    server did not change anything; as a failure that leaves it open where it may have.

    Raises:
        NotSent: nothing was changed.
        StepError: before the intent, the step failed; after it, it is not known what happened.
    """
    from dayhand_calendar.addresses import NotAllowed
    from dayhand_calendar.blocks import BrokenCalendar
    from dayhand_calendar.caldav import CalDav, Refusal
    from dayhand_calendar.dav_xml import BadAnswer
    from dayhand_calendar.sources import access_to
    from dayhand_calendar.transfer import Connection, Interrupted, NotReached, TooBusy

    where = f"calendar '{place.name}'"
    try:
        async with Connection(access_to(context, place)) as connection:
            yield CalDav(connection, place.caldav, place.calendar)
    except Refusal as error:
        told = "the event was changed by somebody else; nothing was written" if error.status == 412 else str(error)
        hint = "look at the event and run again" if error.status == 412 else error.hint
        raise NotSent(f"{where}: {told}", hint=hint, retryable=error.status >= 500) from error
    except TooBusy as error:
        hint = f"try again in {round(error.after)} seconds"
        raise NotSent(f"{where}: {error}", hint=hint, retryable=True) from error
    except NotAllowed as error:
        raise NotSent(f"{where}: {error}", hint=error.hint) from error
    except NotReached as error:
        raise NotSent(f"{where}: {error}", retryable=True) from error
    except BrokenCalendar as error:
        raise NotSent(f"{where}: {error}") from error
    except BadAnswer as error:
        raise StepError(f"{where}: {error}") from error
    except Interrupted as error:
        raise Retryable(f"{where}: {error}") from error
