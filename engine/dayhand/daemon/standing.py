"""Time zones that are known as they were when rows were planned: rows planned by them still stand.

What is in force is told by the offsets themselves: the system's zone data may be replaced without a
word. The digest of a zone stands in the ledger among the horizons, as one of no routine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from dayhand.model.ledger import Horizon
from dayhand.schedule.zones import Zone
from dayhand.store.ledger import Ledger

__all__ = ["note_zones", "standing_zones"]

_FORM = "1"
"""To be counted up when the same rule makes other rows than before."""
_REACH = timedelta(days=3700)
"""A trigger's next row is eight years away at the most."""
_BACK = timedelta(days=3)
_RENEWED = timedelta(days=300)

Horizons = Mapping[tuple[str, str], Horizon]


def standing_zones(known: Horizons, now: datetime) -> set[str]:
    """The zones whose rows need not be held against anything: nothing about them has changed."""
    found = set()
    for (routine, name), kept in known.items():
        if not routine:
            form, start, digest = kept.rule.split("|")
            begun = datetime.fromisoformat(start)
            recent = timedelta(0) <= now - begun - _BACK < _RENEWED
            if form == _FORM and recent and Zone(name).digest(begun, kept.until) == digest:
                found.add(name)
    return found


def note_zones(ledger: Ledger, zones: Iterable[str], now: datetime) -> None:
    """Note zones as they are now, when all rows planned by them hold."""
    start = now.astimezone(UTC) - _BACK
    for name in sorted(zones):
        digest = Zone(name).digest(start, start + _REACH)
        ledger.reach(Horizon("", name, f"{_FORM}|{start.isoformat()}|{digest}", start + _REACH))
