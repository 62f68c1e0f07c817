"""The audit log: who did what, when, to what; each entry holds the hash of the one before.

The chain shows an edit, a deletion and a swap. Cutting off its end, or computing all of it anew,
shows only against a head (number and hash) kept elsewhere: `head` gives it, `verify` takes it.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dayhand.store.rows import moment_text
from dayhand.store.statements import execute

__all__ = ["AuditEntry", "AuditHead", "append", "entries", "head", "verify"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `subject` says to what: a run, a client's id; never content."""

    n: int
    at: datetime
    who: str
    action: str
    subject: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry: enough, kept elsewhere, to prove everything before it."""

    n: int = 0
    hash: str = ""


def append(
    connection: Connection, *, at: datetime, who: str, action: str, subject: str = ""
) -> AuditHead:
    """Add an entry in the caller's transaction: act and entry are kept together or not at all."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")  # readers go on
    last = head(connection)
    told = str(moment_text(at))
    made = AuditHead(last.n + 1, _hash(last.n + 1, told, who, action, subject, last.hash))
    execute(
        connection,
        "INSERT INTO audit (n, at, who, action, subject, previous, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        made.n, told, str(who), str(action), str(subject), last.hash, made.hash,
    )  # fmt: skip
    return made


def head(connection: Connection) -> AuditHead:
    """The newest entry's number and hash."""
    row = execute(connection, "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").first()
    return AuditHead() if row is None else AuditHead(*row)


def entries(connection: Connection, *, limit: int, before: int | None) -> list[AuditEntry]:
    """The newest entries, newest first; `before` is a number to go on from."""
    where, values = ("WHERE n < ?", [before]) if before is not None else ("", [])
    found = execute(
        connection,
        f"SELECT n, at, who, action, subject, hash FROM audit {where} ORDER BY n DESC LIMIT ?",
        *values,
        limit,
    )
    return [
        AuditEntry(row[0], datetime.fromisoformat(row[1]), row[2], row[3], row[4], row[5])
        for row in map(tuple, found)
    ]


def verify(connection: Connection, anchor: AuditHead | None) -> list[str]:
    """What is wrong with the log, a line each; nothing, if it is as it was written."""
    wrong: list[str] = []
    last, anchored = AuditHead(), anchor is None or anchor.n == 0
    every = "SELECT n, at, who, action, subject, previous, hash FROM audit ORDER BY n"
    for row in map(tuple, execute(connection, every)):
        n, at, who, action, subject, previous, kept = row
        if n != last.n + 1:
            wrong.append(f"entries {last.n + 1} to {n - 1} are missing")
        elif previous != last.hash:
            wrong.append(f"entry {n} does not follow the one before it")
        if _hash(n, at, who, action, subject, previous) != kept:
            wrong.append(f"entry {n} was changed")
        if anchor is not None and anchor.n == n:
            anchored = anchor.hash == kept
            if not anchored:
                wrong.append(
                    f"entry {n} is not the one that was noted elsewhere: the log was written anew"
                )
                anchored = True
        last = AuditHead(n, kept)
    if not anchored and anchor is not None:
        wrong.append(
            f"the log ends at entry {last.n} and not at {anchor.n}, as was noted elsewhere:"
            " its end was cut off"
        )
    return wrong


def _hash(*parts: int | str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
