"""The calendar a step changes: which one it is, how it is reached, and what its answers mean."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand import (
    Confirmation,
    Intent,
    NotSent,
    Practice,
    Retryable,
    StepContext,
    StepError,
    UserError,
)
from dayhand_calendar.settings import CalendarSettings, Source
from dayhand_calendar.vocabulary import ChangedEvent

if TYPE_CHECKING:
    from dayhand_calendar.caldav import CalDav, Resource

# httpx2 and icalendar are imported inside the functions: listing the steps must not load them.

__all__ = [
    "changeable",
    "event_on",
    "intended",
    "server_of",
    "shown",
    "split_key",
    "there_now",
    "times",
    "told",
]


def changeable(practice: Practice, name: str) -> Source:
    """The calendar to change.

    Raises:
        UserError: it is not named and there are several, or it cannot be changed.
    """
    settings: CalendarSettings = practice.settings
    servers = [source for source in settings.sources if source.is_caldav]
    known = ", ".join(source.name for source in servers)
    if not servers:
        raise UserError(
            "no calendar can be changed", hint="give one of calendar.sources a 'caldav' address"
        )
    if not name and len(servers) == 1:
        return servers[0]
    if not name:
        raise UserError(
            "it is not said which calendar to change", hint=f"'source' is one of: {known}"
        )
    found = next((source for source in settings.sources if source.name == name), None)
    if found is None or not found.is_caldav:
        what = (
            f"calendar '{name}' cannot be changed"
            if found
            else f"there is no calendar source '{name}'"
        )
        raise UserError(what, hint=f"'source' is one of: {known}")
    return found


def times(
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
            raise UserError(
                "an all-day event is moved with both 'start' and 'end'",
                hint="give both in the routine",
            )
        length = (
            (last - first)
            if first.tzinfo is last.tzinfo
            else last.astimezone(zone) - first.astimezone(zone)
        )
        ends = begins + length
    if ends.timestamp() < begins.timestamp():
        raise UserError("the event's 'end' is before its 'start'", hint="swap them in the routine")
    return begins, ends


def shown(start: datetime, end: datetime) -> str:
    """A time span for people."""
    return f"{start:%a %Y-%m-%d %H:%M}–{end:%H:%M}"


def split_key(key: str) -> tuple[str, str | None]:
    """The UID and the occurrence that a key names."""
    uid, mark, which = key.rpartition("#")
    if mark and which[:8].isdigit() and len(which) in (8, 15, 16):
        return uid, which
    return key, None


async def event_on(
    context: StepContext, server: CalDav, key: str, etag: str
) -> tuple[Resource, Any, Any, str]:
    """The object, its calendar, the event in it, and its UID."""
    from dayhand_calendar.writing import NoSuchOccurrence, instance, parsed

    uid, which = split_key(key)
    found = await server.find(uid)
    there = await server.get(found.href) if found is not None else None
    if there is None:
        raise UserError(
            "the event is not in the calendar", hint="take its 'key' from calendar.agenda"
        )
    if etag and there.etag != etag:
        raise StepError(
            "the event was changed since it was last seen", hint="look at it and run again"
        )
    if not there.etag:
        raise StepError("the server gives the event no tag, so that it cannot be changed safely")
    sheet = parsed(there.data)
    try:
        return there, sheet, instance(sheet, uid, which, context.now), uid
    except NoSuchOccurrence as error:
        raise UserError(str(error), hint="take its 'key' from calendar.agenda") from error


def intended(place: Source, key: str, uid: str, there: Resource) -> dict[str, Any]:
    """What is committed before an event is changed, for `confirm` to go by."""
    return {
        "to": place.name,
        "source": place.name,
        "key": key,
        "uid": uid,
        "href": there.href,
        "etag": there.etag,
    }


def told(intent: Intent, change: Any, etag: str) -> ChangedEvent:
    """The receipt of a change that turned out to have happened."""
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


async def there_now(context: StepContext, intent: Intent) -> Resource | Confirmation | None:
    """The object at the place of an intent; a confirmation where it cannot be told."""
    try:
        place = changeable(context, str(intent.details["source"]))
        async with server_of(context, place) as server:
            return await server.get(str(intent.details["href"]))
    except (NotSent, StepError, UserError) as error:
        return Confirmation.unclear(error.message)


@asynccontextmanager
async def server_of(context: Practice, place: Source) -> AsyncIterator[CalDav]:
    """The server of a calendar.

    What goes wrong is told in the step's words: as `NotSent` where the server did not change
    anything, as a failure that leaves it open where it may have, as after a status of 500 and more.

    Raises:
        NotSent: nothing was changed.
        StepError: before the intent, the step failed; after it, it is not known what happened.
    """
    from dayhand_calendar.addresses import NotAllowed
    from dayhand_calendar.blocks import BrokenCalendar
    from dayhand_calendar.caldav import CalDav, Refusal
    from dayhand_calendar.dav_xml import BadAnswer
    from dayhand_calendar.sources import access_to, nothing_is_shared
    from dayhand_calendar.transfer import Connection, Interrupted, NotReached, TooBusy

    nothing_is_shared()
    where = f"calendar '{place.name}'"
    try:
        async with Connection(access_to(context, place)) as connection:
            yield CalDav(connection, place.caldav, place.calendar)
    except Refusal as error:
        told = (
            "the event was changed by somebody else; nothing was written"
            if error.status == 412
            else str(error)
        )
        hint = "look at the event and run again" if error.status == 412 else error.hint
        if error.status >= 500:  # a gateway says so, too, of a request that was carried out
            raise Retryable(f"{where}: {told}", hint=hint) from error
        raise NotSent(f"{where}: {told}", hint=hint) from error
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
