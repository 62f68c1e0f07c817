"""The kind of event that triggers can name: the morning for which a post is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from dayhand import EventKind, Practice

__all__ = ["KINDS", "PostPlanned"]

_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class PostPlanned:
    """Nine in the morning of the day for which a post is planned."""

    key: str
    start: datetime
    end: datetime


async def _planned(practice: Practice, start: datetime, end: datetime) -> Sequence[PostPlanned]:
    from dayhand_outreach import desk

    zone = ZoneInfo(practice.info.timezone)
    found = desk.posts(
        practice, since=start.astimezone(zone).date(), until=end.astimezone(zone).date()
    )
    events = []
    for one in found:
        moment = datetime.combine(one.planned_on, _MORNING, zone)
        if one.status != "dropped" and start <= moment <= end:
            events.append(PostPlanned(one.id, moment, moment))
    return events


KINDS = (EventKind("post_planned", _planned),)
