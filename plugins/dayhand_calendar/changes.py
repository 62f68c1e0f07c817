"""The steps that change a calendar on a CalDAV server: create, move, cancel.

Each change says which state it starts from (`If-None-Match: *` for a new event, `If-Match` with the
tag of the event otherwise), so that what somebody else did in between is never overwritten. A new
event's UID comes from the step's key: a second attempt meets the first one's event, and knows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from dayhand import (
    Confirmation,
    Effect,
    Intent,
    Preview,
    Sensitive,
    StepContext,
    UserError,
    step,
)
from dayhand_calendar.targets import (
    changeable,
    event_on,
    intended,
    server_of,
    shown,
    split_key,
    there_now,
    times,
    told,
)
from dayhand_calendar.vocabulary import ChangedEvent

if TYPE_CHECKING:
    from dayhand_calendar.caldav import CalDav

# httpx2 and icalendar are imported inside the functions: listing the steps must not load them.

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

    place = changeable(context, source)
    begins, ends = times(context, start, end)
    uid = _uid(context)
    data = new(
        uid=uid,
        summary=summary,
        start=begins,
        end=ends,
        location=location,
        busy=busy,
        now=context.now,
    )
    async with server_of(context, place) as server:
        href = await server.path(f"{uid}.ics")
        await context.intend(
            {
                "to": place.name,
                "source": place.name,
                "uid": uid,
                "href": href,
                "start": begins,
                "end": ends,
            }
        )
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

    place = changeable(context, source)
    begins, ends = times(context, start, end)
    uid = _uid(context)
    warnings = title_warnings(summary)
    output = ChangedEvent(
        change="created",
        source=place.name,
        uid=uid,
        key=uid,
        start=begins,
        end=ends,
        warnings=warnings,
    )
    return Preview(
        f"would put an event in '{place.name}', {shown(begins, ends)}",
        output=output,
        details={"title": summary, "location": location, "busy": busy, "warnings": warnings},
    )


@create.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    there = await there_now(context, intent)
    if isinstance(there, Confirmation):
        return there
    if there is None:
        return Confirmation.no("the event is not on the server")
    if f"UID:{intent.details['uid']}".encode() not in there.data:
        return Confirmation.unclear("another event is at its place on the server")
    return Confirmation.yes(told(intent, "created", there.etag), "the event is on the server")


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

    place = changeable(context, source)
    async with server_of(context, place) as server:
        there, sheet, event, uid = await event_on(context, server, key, etag)
        begins, ends = times(context, start, end, event)
        data = moved(sheet, event, begins, ends)
        await context.intend(intended(place, key, uid, there) | {"start": begins, "end": ends})
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
    place = changeable(context, source)
    begins, ends = times(context, start, end or start)
    uid = split_key(key)[0]
    output = ChangedEvent(
        change="moved",
        source=place.name,
        uid=uid,
        key=key,
        start=begins,
        end=ends if end else None,
        etag=etag,
    )
    return Preview(f"would move an event in '{place.name}' to {shown(begins, ends)}", output=output)


@move.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    from dayhand_calendar.blocks import BrokenCalendar
    from dayhand_calendar.writing import NoSuchOccurrence, details, instance, parsed

    there = await there_now(context, intent)
    if isinstance(there, Confirmation):
        return there
    if there is None:
        return Confirmation.unclear("the event is no longer on the server")
    if there.etag == intent.details["etag"]:
        return Confirmation.no("the event on the server is as it was before")
    try:
        event = instance(
            parsed(there.data),
            intent.details["uid"],
            split_key(intent.details["key"])[1],
            context.now,
        )
    except (BrokenCalendar, NoSuchOccurrence):
        return Confirmation.unclear("the event on the server is another one now")
    if details(event) == (intent.details["start"], intent.details["end"]):
        return Confirmation.yes(told(intent, "moved", there.etag), "the event is at its new time")
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

    place = changeable(context, source)
    if delete and split_key(key)[1] is not None:
        raise UserError(
            "one occurrence of a series can be cancelled, not removed", hint="leave out 'delete'"
        )
    tag = ""
    async with server_of(context, place) as server:
        there, sheet, event, uid = await event_on(context, server, key, etag)
        await context.intend(intended(place, key, uid, there) | {"delete": delete})
        if delete:
            await server.delete(there.href, etag=there.etag)
        else:
            tag = await server.put(there.href, cancelled(sheet, event), etag=there.etag)
    return ChangedEvent(
        change="deleted" if delete else "cancelled", source=place.name, uid=uid, key=key, etag=tag
    )


@cancel.preview
def _(
    context: StepContext, *, key: str, source: str = "", delete: bool = False, etag: str = ""
) -> Preview:
    place = changeable(context, source)
    output = ChangedEvent(
        change="deleted" if delete else "cancelled",
        source=place.name,
        uid=split_key(key)[0],
        key=key,
        etag=etag,
    )
    return Preview(
        f"would {'remove' if delete else 'cancel'} an event in '{place.name}'", output=output
    )


@cancel.confirm
async def _(context: StepContext, intent: Intent) -> Confirmation:
    from dayhand_calendar.blocks import BrokenCalendar
    from dayhand_calendar.writing import NoSuchOccurrence, instance, parsed

    there = await there_now(context, intent)
    if isinstance(there, Confirmation):
        return there
    deleting = bool(intent.details["delete"])
    if there is None:
        receipt = told(intent, "deleted" if deleting else "cancelled", "")
        return (
            Confirmation.yes(receipt, "the event is gone")
            if deleting
            else Confirmation.unclear("the event is gone")
        )
    if there.etag == intent.details["etag"]:
        return Confirmation.no("the event on the server is as it was before")
    if deleting:
        return Confirmation.unclear("the event was changed by somebody else")
    try:
        event = instance(
            parsed(there.data),
            intent.details["uid"],
            split_key(intent.details["key"])[1],
            context.now,
        )
    except (BrokenCalendar, NoSuchOccurrence):
        return Confirmation.unclear("the event on the server is another one now")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return Confirmation.yes(told(intent, "cancelled", there.etag), "the event is cancelled")
    return Confirmation.unclear("the event was changed by somebody else")
