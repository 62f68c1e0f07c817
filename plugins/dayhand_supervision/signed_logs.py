"""Weekly logs as they were printed and signed: their hashes, and whether the hours still agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa

from dayhand import UserError
from dayhand_supervision.hours_book import HoursBook
from dayhand_supervision.models import KeptLog, LogFile
from dayhand_supervision.tables import logs, next_id
from dayhand_supervision.tracks import log_hash

__all__ = ["keep", "listed", "sign"]


def keep(
    connection: sa.Connection, track: str, week: date, files: Iterable[LogFile], *, on: date
) -> list[KeptLog]:
    """Keep the hash of each log; an unsigned log of the same week, setting and supervisor is
    replaced, a signed one stays.
    """
    done = []
    for file in files:
        there = _find(connection, track, week, file)
        if there and there.signed_on:
            done.append(there)
            continue
        values = {"sha256": file.sha256, "path": file.path, "made_on": on}
        if there:
            connection.execute(logs.update().where(logs.c.id == there.id).values(**values))
            done.append(there.model_copy(update=values))
            continue
        row = {
            "id": next_id(connection, logs, "L"),
            "track": track,
            "week": week,
            "setting": file.setting,
            "supervisor": file.supervisor,
            "signed_on": None,
            "signed_by": "",
            **values,
        }
        connection.execute(logs.insert().values(**row))
        done.append(KeptLog.model_validate(row))
    return done


def _find(connection: sa.Connection, track: str, week: date, file: LogFile) -> KeptLog | None:
    query = sa.select(logs).where(
        logs.c.track == track,
        logs.c.week == week,
        logs.c.setting == file.setting,
        logs.c.supervisor == file.supervisor,
    )
    row = connection.execute(query).mappings().first()
    return KeptLog.model_validate(dict(row)) if row else None


def listed(book: HoursBook) -> list[KeptLog]:
    """The logs of a track, the latest week first, each held against the hours as they are now."""
    query = sa.select(logs).where(logs.c.track == book.track)
    rows = book.connection.execute(query.order_by(logs.c.week.desc(), logs.c.id)).mappings()
    return [_state(book, KeptLog.model_validate(dict(row))) for row in rows]


def _state(book: HoursBook, log: KeptLog) -> KeptLog:
    of_log = [
        entry
        for entry in book.week(log.week)
        if (entry.setting, entry.supervisor) == (log.setting, log.supervisor)
    ]
    if log_hash(log.track, log.week, of_log) != log.sha256:
        return log.model_copy(update={"state": "changed"})
    return log.model_copy(update={"state": "signed" if log.signed_on else "open"})


def sign(book: HoursBook, log_ids: Sequence[str], *, on: date, by: str) -> list[KeptLog]:
    """Note that logs were signed on paper; from then on their hours stay as they are.

    Raises:
        UserError: there is no such log, it is signed already, or its hours have changed since.
    """
    known = {log.id: log for log in listed(book)}
    done = []
    for log_id in log_ids:
        log = known.get(log_id.strip().upper())
        if log is None:
            raise UserError(f"there is no log {log_id}", hint="see 'dayhand supervision logs'")
        if log.signed_on:
            raise UserError(
                f"{log.id} was signed on {log.signed_on}",
                hint="nothing is to be done; 'dayhand supervision logs' shows all",
            )
        if log.state == "changed":
            raise UserError(
                f"the hours of {log.id} have changed since it was printed",
                hint="print it again with 'dayhand run weekly-hours-log', and have that signed",
            )
        values = {"signed_on": on, "signed_by": by or log.supervisor}
        book.connection.execute(logs.update().where(logs.c.id == log.id).values(**values))
        done.append(log.model_copy(update={**values, "state": "signed"}))
    return done
