"""How long what ran is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["SHORTEST_RUNS", "SIX_YEARS", "Retention"]

SIX_YEARS = timedelta(days=6 * 365 + 2)
"""Six years, leap days and all: the accounting of disclosures (45 CFR 164.528)."""
SHORTEST_RUNS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Retention:
    """`runs` is how long runs are kept after their end, None for ever; `sent` the same for runs that sent
    something."""

    runs: timedelta | None = None
    sent: timedelta = SIX_YEARS

    def runs_before(self, now: datetime) -> datetime | None:
        """Runs that ended before this may go."""
        return None if self.runs is None else now - self.runs

    def sent_before(self, now: datetime) -> datetime:
        """And of those that sent something, the ones that ended before this."""
        return now - max(self.sent, self.runs or self.sent)
