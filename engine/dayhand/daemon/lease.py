"""The daemon's place in a practice: one process has it, the others stand by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dayhand.app import App
from dayhand.runner.owner import is_dead
from dayhand.store.ledger import Ledger

__all__ = ["LEASE", "Lease"]

LEASE = timedelta(seconds=30)
"""How long the daemon's place is kept for a process of another machine that is not heard from."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_NAME = "daemon"


class Lease:
    """The place, as one process takes it and keeps it."""

    def __init__(self, app: App, owner: str, tell: Callable[[str], None]) -> None:
        self.epoch = 0
        """Counts the processes that had the place; 0 until this one has it."""
        self._app = app
        self._owner = owner
        self._tell = tell
        self.until = _NEVER

    async def take(self) -> bool:
        """Take or keep it; False while another process has it."""
        now = self._app.clock.now()
        if LEASE / 2 < self.until - now <= LEASE:
            return True  # nobody can have taken it
        return await self.renew()

    async def renew(self) -> bool:
        """Take or keep it for the whole of its length from now on."""
        now = self._app.clock.now()

        def take(ledger: Ledger) -> int | None:
            held = ledger.lease(_NAME)
            stale = held is not None and held.owner != self._owner and is_dead(held.owner)
            lease = ledger.take_lease(_NAME, self._owner, length=LEASE, now=now, stale=stale)
            return None if lease is None else lease.epoch

        epoch = await self._app.store.write_ledger(take)
        self.until = now + LEASE if epoch is not None else _NEVER
        if epoch is not None and epoch != self.epoch:
            self._tell(f"this process runs the practice now (takeover {epoch})")
            self.epoch = epoch
        return epoch is not None

    async def drop(self) -> None:
        """Let go of it at once, and of what was left to be written."""
        now = self._app.clock.now()
        self.until = _NEVER

        def last(ledger: Ledger) -> None:
            ledger.settle(now)
            ledger.drop_lease(_NAME, self._owner, now)

        await self._app.store.write_ledger(last)
