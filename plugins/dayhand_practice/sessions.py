"""Sessions: looked up, billed and given another state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select, update

from dayhand import StepError, UserError
from dayhand_practice import clients, records, tables
from dayhand_practice.kinds import kind_of
from dayhand_practice.models import BilledSession
from dayhand_practice.vocabulary import Session

__all__ = [
    "as_sessions",
    "end_of",
    "find",
    "free",
    "last_attended",
    "mark_billed",
    "month_range",
    "require",
    "set_status",
]

_T = tables.sessions


def month_range(month: str) -> tuple[date, date]:
    """The first and the last day of a month such as `2026-11`."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def find(
    connection: Connection,
    zone: ZoneInfo,
    *,
    start: date | None = None,
    end: date | None = None,
    client_ids: Collection[str] | None = None,
    status: str | Collection[str] | None = None,
    billed: bool | None = None,
    ids: Collection[str] | None = None,
) -> list[records.Record]:
    """The sessions that meet every condition given, in order of time."""
    conditions: list[Any] = []
    if start:
        conditions.append(_T.c.day >= start)
    if end:
        conditions.append(_T.c.day <= end)
    if client_ids is not None:
        conditions.append(_T.c.client_id.in_(client_ids))
    if status:
        conditions.append(_T.c.status.in_([status] if isinstance(status, str) else status))
    if billed is not None:
        conditions.append(_T.c.document.isnot(None) if billed else _T.c.document.is_(None))
    if ids is not None:
        conditions.append(_T.c.id.in_(ids))
    found = records.all_of(connection, kind_of("sessions", zone), *conditions)
    return sorted(found, key=lambda record: (record["start"], record["id"]))


def last_attended(connection: Connection, client_ids: Collection[str]) -> dict[str, date]:
    """The day of each client's last attended session, of those that had one."""
    wanted = _T.c.client_id.in_(client_ids), _T.c.status == "attended"
    query = select(_T.c.client_id, func.max(_T.c.day)).where(*wanted).group_by(_T.c.client_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def as_sessions(
    connection: Connection, found: Sequence[records.Record], today: date
) -> list[Session]:
    """The records in the shared vocabulary, each with its client."""
    known = clients.by_id(connection, {record["client_id"] for record in found}, today)
    events = _event_keys(connection, [record["id"] for record in found])
    return [_session(record, known, events) for record in found]


def _session(record: records.Record, known: Any, events: dict[str, str]) -> Session:
    client, uid = known[record["client_id"]], events.get(record["id"], "")
    return Session(**record, client=client, end=end_of(record), uid=uid)


def end_of(record: records.Record) -> datetime:
    """The end, counted in elapsed time: a session across a change of clocks keeps its length."""
    start: datetime = record["start"]
    return (start.astimezone(UTC) + timedelta(minutes=record["minutes"])).astimezone(start.tzinfo)


def _event_keys(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    query = (
        select(tables.session_events.c.session_id, tables.session_events.c.key)
        .where(tables.session_events.c.session_id.in_(ids))
        .order_by(tables.session_events.c.key.desc())
    )
    return {row.session_id: row.key for row in connection.execute(query)}


def require(
    connection: Connection, zone: ZoneInfo, ids: Collection[str]
) -> dict[str, records.Record]:
    """The sessions with these ids.

    Raises:
        UserError: there is no such session.
    """
    found = {record["id"]: record for record in find(connection, zone, ids=ids)}
    missing = [one for one in ids if one not in found]
    if missing:
        raise UserError(
            f"there is no session {', '.join(missing)}",
            hint="'dayhand sessions list' shows the ids",
        )
    return found


def mark_billed(
    connection: Connection, zone: ZoneInfo, lines: Sequence[BilledSession], today: date
) -> int:
    """Note the documents that bill the sessions; how many sessions that changed.

    Raises:
        StepError: a session is on another document already, or was not held.
    """
    found = require(connection, zone, [line.session_id for line in lines])
    wanted = {line.session_id: line.document for line in lines}
    if len(wanted) != len({(line.session_id, line.document) for line in lines}):
        raise StepError("a session stands on two documents", hint="bill each session once")
    kept = {
        line.session_id
        for line in lines
        if line.document is None and line.was not in (None, found[line.session_id]["document"])
    }
    changed = 0
    for session_id, document in wanted.items():
        record = found[session_id]
        if record["document"] == document or session_id in kept:
            continue
        _check_billable(record, document)
        values = {"document": document, "billed_on": today if document else None}
        connection.execute(update(_T).where(_T.c.id == session_id).values(values))
        changed += 1
    return changed


def free(connection: Connection, zone: ZoneInfo, document: str, today: date) -> int:
    """Free every session that the document bills, once it is void; how many there were.

    Raises:
        UserError: it bills none.
    """
    query = select(_T.c.id).where(_T.c.document == document)
    ids = connection.execute(query).scalars().all()
    if not ids:
        raise UserError(
            f"no session is billed on {document}",
            hint="'dayhand sessions list' shows the documents",
        )
    lines = [BilledSession(session_id=one, document=None) for one in ids]
    return mark_billed(connection, zone, lines, today)


def _check_billable(record: records.Record, document: str | None) -> None:
    if document is None:
        return
    if record["document"] is not None:
        raise StepError(
            f"session {record['id']} is on {record['document']} already",
            hint="free it first with document: null, once that document is void",
        )
    if record["status"] in ("cancelled", "scheduled"):
        raise StepError(f"session {record['id']} is {record['status']} and cannot be billed")


def set_status(
    connection: Connection, zone: ZoneInfo, session_id: str, status: str, now: datetime
) -> bool:
    """Give a session another state by a person's word; False if it had it already.

    What a person says stands: the calendar does not change it again. `scheduled` hands the session
    back to the calendar.

    Raises:
        UserError: there is no such session, it is billed, or it has not begun yet.
    """
    record = require(connection, zone, [session_id])[session_id]
    if record["document"]:
        raise UserError(
            f"session {session_id} is billed on {record['document']}",
            hint="void or credit that document first",
        )
    if status in ("attended", "no_show") and record["start"] > now:
        raise UserError(
            f"session {session_id} has not begun yet", hint="say how it ended once it has"
        )
    by = "calendar" if status == "scheduled" else "person"
    if (record["status"], record["status_by"]) == (status, by):
        return False
    values = {"status": status, "status_by": by, "calendar_status": ""}
    connection.execute(update(_T).where(_T.c.id == session_id).values(values))
    return True
