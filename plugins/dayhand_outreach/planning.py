"""The plan of a month: awareness dates, and your own topics where there is room (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from dayhand_outreach.models import Observance, Post, Topic
from dayhand_outreach.rule_set import AwarenessDates

__all__ = ["month_of", "observances", "plan", "slots"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_MONTH = timedelta(days=20)
"""What lasts longer than this is a month, and gets the first free slot."""
_NEAR = timedelta(days=2)
_LATELY = timedelta(days=90)
"""A topic that was used within this time comes after all others."""


def month_of(text: str) -> tuple[date, date]:
    """The first and the last day of a month such as `2026-12`."""
    first = date.fromisoformat(f"{text}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following - timedelta(days=1)


def observances(
    sets: Iterable[AwarenessDates], month: str, *, regions: Sequence[str]
) -> list[Observance]:
    """What is kept in a month, in the order of days. A week counts for the month it begins in."""
    first, last = month_of(month)
    found = []
    for one in (one for each in sets for one in each.dates):
        if not set(one.regions) & set(regions):
            continue
        on, until = one.when.in_year(first.year)
        if first <= on <= last:
            found.append(
                Observance(
                    id=one.id, title=one.title, on=on, until=until, by=one.by,
                    tags=list(one.tags), confidence=one.confidence,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.on, one.until, one.id))


def slots(month: str, weekday: str) -> list[date]:
    """The days of a month on which you usually post."""
    first, last = month_of(month)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if day.weekday() == _WEEKDAYS.index(weekday)]


def plan(
    month: str,
    kept: Sequence[Observance],
    topics: Sequence[Topic],
    *,
    before: Sequence[Post],
    tags: Sequence[str],
    weekday: str,
    most: int,
) -> tuple[list[Post], list[Observance]]:
    """The posts of a month, and what is kept in it without one.

    At most half of the posts are for awareness dates, those about your own work first; the rest are
    your topics: first those for this month, then those never used, then the longest unused; those of
    the last three months come last.
    """
    mine = {tag.casefold() for tag in tags}
    by_fit = sorted(
        kept, key=lambda one: (not mine & {tag.casefold() for tag in one.tags}, one.on, one.id)
    )
    room = max(most // 2, 1) if topics else most
    chosen, also = by_fit[:room], by_fit[room:]
    free = slots(month, weekday)
    posts = []
    for one in sorted(chosen, key=lambda one: one.until - one.on):  # days first: they can't move
        day = free[0] if one.until - one.on > _WHOLE_MONTH and free else one.on
        free = [slot for slot in free if abs(slot - day) > _NEAR]
        posts.append(
            Post(planned_on=day, title=one.title, kind="awareness", reference=one.id, tags=one.tags)
        )
    ordered = _order(topics, month_of(month)[0], before)
    for day, topic in zip(free[: most - len(posts)], ordered, strict=False):
        posts.append(
            Post(
                planned_on=day, title=topic.title, kind="topic", reference=topic.title,
                channel=topic.channel, tags=topic.tags, outline=topic.outline,
            )
        )  # fmt: skip
    return sorted(posts, key=lambda one: (one.planned_on, one.title)), sorted(
        also, key=lambda one: (one.on, one.id)
    )


def _order(topics: Sequence[Topic], first: date, before: Sequence[Post]) -> list[Topic]:
    used: dict[str, date] = {}
    for post in before:
        if post.kind == "topic" and post.status != "dropped":
            key = post.reference.casefold()
            used[key] = max(post.planned_on, used.get(key, date.min))
    fitting = [one for one in topics if not one.months or first.month in one.months]

    def place(topic: Topic) -> tuple[bool, bool, date, str]:
        last = used.get(topic.title.casefold(), date.min)
        return last >= first - _LATELY, not topic.months, last, topic.title

    return sorted(fitting, key=place)
