"""Protected time against the calendar (pure): what is there, what is to be made, what is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from dayhand_wellbeing.models import WEEKDAYS, Block, EventIn, Hold, Holds, TakenBlock

__all__ = ["against"]


def against(
    blocks: Iterable[Block],
    events: Sequence[EventIn],
    made: Mapping[tuple[str, date], str],
    days: Iterable[date],
    title: str,
    zone: ZoneInfo,
) -> Holds:
    """Hold protected time against what is on.

    It is there where a hold covers it, whoever made it. It is taken where a session, or anything
    else that makes the time busy, lies over it: nothing is made then, and a person decides. A hold
    that was made and is gone was given up, and is not made again. A day off needs none.
    """
    found = Holds(wanted=[], taken=[], there=0, given_up=0)
    on_days = [(block, day) for day in days for block in blocks if _is_on(block, day)]
    live = [event for event in events if event.status != "cancelled" and event.busy]
    for block, day in on_days:
        begin = datetime.combine(day, time.fromisoformat(block.start), zone)
        finish = datetime.fromtimestamp(begin.timestamp() + block.minutes * 60, zone)
        over = [one for one in live if one.start < finish and begin < one.end]
        holds = [one for one in over if one.kind == "hold" or one.all_day]
        others = [one for one in over if one not in holds]
        if any(one.start <= begin and finish <= one.end for one in holds):
            found.there += 1
        elif others:
            by = "session" if any(one.kind == "session" for one in others) else "event"
            taken = {"name": block.name, "on": day, "start": begin, "end": finish, "by": by}
            found.taken.append(TakenBlock.model_validate(taken))
        elif (block.name, day) in made:
            uids = {event.uid for event in live}
            found.there += made[block.name, day] in uids
            found.given_up += made[block.name, day] not in uids
        else:
            wanted = Hold(name=block.name, on=day, title=title, start=begin, end=finish)
            found.wanted.append(wanted)
    return found


def _is_on(block: Block, day: date) -> bool:
    held = block.since <= day and (block.until is None or day <= block.until)
    return held and WEEKDAYS[day.weekday()] == block.weekday
