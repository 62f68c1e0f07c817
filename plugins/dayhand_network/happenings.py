"""The kind of event that triggers can name: a referral was logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dayhand import EventKind, Practice

__all__ = ["KINDS", "Logged"]


@dataclass(frozen=True, slots=True)
class Logged:
    """The moment at which a referral was logged."""

    key: str
    start: datetime
    end: datetime


async def _logged(practice: Practice, start: datetime, end: datetime) -> Sequence[Logged]:
    from dayhand_network import kept

    with practice.connect() as connection:  # one indexed query: too short to be worth a thread
        found = kept.logged_between(connection, start, end)
    return [Logged(one.id, one.logged_at, one.logged_at) for one in found if one.logged_at]


KINDS = (EventKind("referral_logged", _logged),)
