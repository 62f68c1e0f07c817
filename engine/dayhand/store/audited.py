"""The audit log as the store gives it to others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from dayhand.store import audit
from dayhand.store.audit import AuditEntry, AuditHead, Chosen
from dayhand.store.faults import translated

__all__ = ["Audited"]

T = TypeVar("T")


class Audited:
    """What a store with an audit log can do. Every act is noted in the transaction of the act."""

    who: str = ""
    """Who uses it: the operating system's user, named where an act says nothing else."""

    @abstractmethod
    def write_now(self, job: Callable[[Connection], T]) -> T:
        """Write in one transaction."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection that only reads."""

    @staticmethod
    def append_audit(
        connection: Connection, *, at: datetime, who: str, action: str, subject: str = ""
    ) -> AuditHead:
        """Add an entry to the audit log in the transaction of a write job."""
        return audit.append(connection, at=at, who=who, action=action, subject=subject)

    def note(self, *, who: str, action: str, now: datetime, subject: str = "") -> AuditHead:
        """Add an entry by itself; on the disk at return."""
        return self.write_now(
            lambda connection: audit.append(
                connection, at=now, who=who, action=action, subject=subject
            )
        )

    def audit(
        self, *, limit: int = 100, before: int | None = None, chosen: Chosen | None = None
    ) -> list[AuditEntry]:
        """The newest entries, newest first; `before` is a number to go on from."""
        which = chosen or Chosen(before=before)
        with translated(), self.read() as connection:
            return audit.entries(connection, limit=limit, chosen=which)

    def last_audit(self, action: str) -> AuditEntry | None:
        """The newest entry of an action."""
        found = self.audit(limit=1, chosen=Chosen(actions=(action,)))
        return found[0] if found else None

    def audit_head(self) -> AuditHead:
        """Number and hash of the newest entry, to be noted elsewhere."""
        with translated(), self.read() as connection:
            return audit.head(connection)

    def verify_audit(self, *anchors: AuditHead) -> list[str]:
        """What is wrong with the log; nothing, if it is as it was written. See `audit.verify`."""
        with translated(), self.read() as connection:
            return audit.verify(connection, anchors)
