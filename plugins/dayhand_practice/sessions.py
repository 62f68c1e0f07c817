"""Sessions: looked up, billed and given another state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from dayhand import StepError, UserError
from dayhand_practice import clients, records, tables
from dayhand_practice.kinds import kind_of
from dayhand_practice.models import BilledSession
from dayhand_practice.vocabulary import Session

__all__ = ["as_sessions", "find", "mark_billed", "month_range", "require", "set_status"]

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
    status: str | None = None,
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
        conditions.append(_T.c.status == status)
    if billed is not None:
        conditions.append(_T.c.document.isnot(None) if billed else _T.c.document.is_(None))
    if ids is not None:
        conditions.append(_T.c.id.in_(ids))
    found = records.all_of(connection, kind_of("sessions", zone), *conditions)
    return sorted(found, key=lambda record: (record["start"], record["id"]))


def as_sessions(
    connection: Connection, found: Sequence[records.Record], today: date
) -> list[Session]:
    """The records in the shared vocabulary, each with its client."""
    known = clients.by_id(connection, {record["client_id"] for record in found}, today)
    events = _event_keys(connection, [record["id"] for record in found])
    return [_session(record, known, events) for record in found]


def _session(record: records.Record, known: Any, events: dict[str, str]) -> Session:
    # The end is counted in elapsed time: a session across a change of clocks keeps its length.
    zone = record["start"].tzinfo
    end = (record["start"].astimezone(UTC) + timedelta(minutes=record["minutes"])).astimezone(zone)
    return Session(
        **record, client=known[record["client_id"]], end=end, uid=events.get(record["id"], "")
    )


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
    changed = 0
    for session_id, document in wanted.items():
        record = found[session_id]
        if record["document"] == document:
            continue
        _check_billable(record, document)
        values = {"document": document, "billed_on": today if document else None}
        connection.execute(update(_T).where(_T.c.id == session_id).values(values))
        changed += 1
    return changed


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
        raise UserError(f"session {session_id} has not begun yet")
    by = "calendar" if status == "scheduled" else "person"
    if (record["status"], record["status_by"]) == (status, by):
        return False
    values = {"status": status, "status_by": by, "calendar_status": ""}
    connection.execute(update(_T).where(_T.c.id == session_id).values(values))
    return True
