"""The audit log: who did what, when, to what; each entry holds the hash of the one before.

The chain shows an edit, a deletion and a swap. Cutting off its end, or computing all of it anew,
shows only against a head (number and hash) kept elsewhere: `head` gives it, `verify` takes it.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["AuditEntry", "AuditHead", "Chosen", "append", "entries", "head", "verify"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `subject` says to what: a run, a client's id; never content."""

    n: int
    at: datetime
    who: str
    action: str
    subject: str
    hash: str
    previous: str = ""


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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries: all of what is given must hold. `actions` are the first words of actions."""

    since: datetime | None = None
    until: datetime | None = None
    actions: tuple[str, ...] = ()
    who: str = ""
    subject: str = ""
    before: int | None = None

    def where(self) -> tuple[str, list[Any]]:
        """The condition, and its values."""
        given: list[tuple[str, list[Any]]] = []
        if self.since is not None:
            given.append(("at >= ?", [moment_text(self.since)]))
        if self.until is not None:
            given.append(("at < ?", [moment_text(self.until)]))
        if self.before is not None:
            given.append(("n < ?", [self.before]))
        if self.who:
            given.append(("who = ?", [self.who]))
        if self.subject:
            either = "(subject LIKE ? ESCAPE '!' OR action LIKE ? ESCAPE '!')"
            given.append((either, [_containing(self.subject)] * 2))
        if self.actions:
            each = "(action = ? OR action LIKE ? ESCAPE '!' OR action LIKE ? ESCAPE '!')"
            told = " OR ".join([each] * len(self.actions))
            values = [v for a in self.actions for v in (a, f"{_plain(a)} %", f"{_plain(a)}.%")]
            given.append((f"({told})", values))
        condition = " AND ".join(part for part, _ in given)
        return f"WHERE {condition}" if given else "", [v for _, values in given for v in values]


def _plain(text: str) -> str:
    return "".join(f"!{c}" if c in "%_!" else c for c in text)


def _containing(text: str) -> str:
    return f"%{_plain(text)}%"


def entries(connection: Connection, *, limit: int, chosen: Chosen) -> list[AuditEntry]:
    """The newest entries of those chosen, newest first."""
    where, values = chosen.where()
    found = execute(
        connection,
        f"SELECT n, at, who, action, subject, hash, previous FROM audit {where} ORDER BY n DESC LIMIT ?",
        *values,
        limit,
    )
    return [_entry(tuple(row)) for row in found]


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    return AuditEntry(row[0], datetime.fromisoformat(row[1]), *row[2:])


def verify(connection: Connection, anchors: Sequence[AuditHead]) -> list[str]:
    """What is wrong with the log, a line each; nothing, if it is as it was written.

    `anchors` are heads that were noted elsewhere, in any order.
    """
    wrong: list[str] = []
    noted = {anchor.n: anchor.hash for anchor in anchors if anchor.n}
    last, rewritten = AuditHead(), False
    every = "SELECT n, at, who, action, subject, previous, hash FROM audit ORDER BY n"
    for row in map(tuple, execute(connection, every)):
        n, at, who, action, subject, previous, kept = row
        if n != last.n + 1:
            wrong.append(_gone(last.n + 1, n - 1))
        elif previous != last.hash:
            wrong.append(f"entry {n} does not follow the one before it")
        if _hash(n, at, who, action, subject, previous) != kept:
            wrong.append(f"entry {n} was changed")
        if noted.get(n, kept) != kept and not rewritten:
            rewritten = True
            wrong.append(
                f"entry {n} is not the one that was noted elsewhere: the log was written anew"
            )
        last = AuditHead(n, kept)
    newest = max(noted, default=0)
    if newest > last.n:
        wrong.append(
            f"the log ends at entry {last.n} and not at {newest}, as was noted elsewhere:"
            " its end was cut off"
        )
    return wrong


def _gone(first: int, last: int) -> str:
    return (
        f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    )


def _hash(*parts: int | str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
