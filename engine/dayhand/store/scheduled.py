"""The occurrence ledger as the store gives it to others; most commands ask nothing of it, nor import it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection

from dayhand.clock import Clock
from dayhand.store import audit

if TYPE_CHECKING:
    from dayhand.store.ledger import Ledger

__all__ = ["Scheduled"]

T = TypeVar("T")


class Scheduled:
    """What a store with a ledger can do."""

    who: str = ""
    _clock: Clock

    @abstractmethod
    def _read(self, query: Callable[..., T], *values: Any, **named: Any) -> T: ...

    @abstractmethod
    async def write(self, job: Callable[[Connection], T]) -> T:
        """Write in one transaction; returns after the commit."""

    @abstractmethod
    def write_now(self, job: Callable[[Connection], T]) -> T:
        """Write in one transaction."""

    def read_ledger(self, query: Callable[[Ledger], T]) -> T:
        """Ask the occurrence ledger."""
        return self._read(lambda connection: query(_ledger(connection)))

    async def write_ledger(self, job: Callable[[Ledger], T]) -> T:
        """Change the occurrence ledger in one transaction; returns after the commit."""
        return await self.write(lambda connection: job(_ledger(connection)))

    def write_ledger_now(
        self, job: Callable[[Ledger], T], *, action: str = "", subject: str = ""
    ) -> T:
        """Like `write_ledger`, for callers that are not async; with an action, audited as that."""

        def work(connection: Connection) -> T:
            result = job(_ledger(connection))
            if action:
                now = self._clock.now()
                audit.append(connection, at=now, who=self.who, action=action, subject=subject)
            return result

        return self.write_now(work)


def _ledger(connection: Connection) -> Ledger:
    from dayhand.store.ledger import Ledger

    return Ledger(connection)
