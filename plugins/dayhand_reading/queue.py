"""The queue: what there is, and what to read next (pure, but for reading the table)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from dayhand import Practice, read_rows
from dayhand_reading.models import ITEM_COLUMNS, Citation, CreditRow, Credits, Item, Pick
from dayhand_reading.settings import ReadingSettings, Topic

__all__ = ["credits_of", "items_of", "pick", "read_items", "settings_of", "unseen"]

_YEAR = timedelta(days=365)
_OLD = 180
"""Days in the queue after which age weighs most."""


def settings_of(practice: Practice) -> ReadingSettings:
    """The plugin's section of `practice.yaml`."""
    settings: ReadingSettings = practice.settings
    return settings


def items_of(practice: Practice) -> list[Item]:
    """Everything that is kept."""
    # SQL is imported only where the database is read
    from dayhand_reading import tables

    with practice.connect() as connection:
        return tables.all_items(connection)


def read_items(practice: Practice, file: str) -> list[Item]:
    """The items of a CSV file of the practice, all or none; a list without titles is none.

    Raises:
        UserError: it is no such file, or some rows are wrong.
    """
    data = practice.files.read(file)
    return read_rows(Item, data, file, columns=ITEM_COLUMNS, required=["title"])


def pick(items: Sequence[Item], topics: dict[str, Topic], on: date, count: int) -> list[Pick]:
    """The next to read. What is begun comes first. Then the score is twice the gap of the item's
    topic (the part of a year's goal that is not read yet) plus its age in the queue, up to 1 at
    180 days. Each pick closes its topic's gap, so that the week is not all of one topic.
    """
    read = Counter(
        topic
        for item in items
        if item.status == "done" and item.finished_on and on - _YEAR < item.finished_on <= on
        for topic in item.topics
    )
    begun = [item for item in items if item.status == "reading"]
    picks = [Pick(item=one, why="it is begun", score=9.0) for one in begun[:count]]
    left = [item for item in items if item.status == "queued"]
    while left and len(picks) < count:
        scored = [_scored(item, topics, read, on) for item in left]
        best = max(scored, key=lambda one: (one.score, -int(one.item.id.split("-")[1])))
        picks.append(best)
        left.remove(best.item)
        read.update(best.item.topics)
    return picks


def _scored(item: Item, topics: dict[str, Topic], read: Counter[str], on: date) -> Pick:
    days = max((on - (item.added_on or on)).days, 0)
    gaps = {
        name: max(topics[name].goal - read[name], 0) / topics[name].goal
        for name in item.topics
        if name in topics and topics[name].goal
    }
    topic = max(gaps, key=lambda name: gaps[name], default="")
    gap = gaps.get(topic, 0.0)
    why = [f"{days} days in the queue"]
    if gap:
        why.insert(
            0, f"{topic.replace('_', ' ')}: {read[topic]} of {topics[topic].goal} read this year"
        )
    return Pick(item=item, why="; ".join(why), score=round(2 * gap + min(days / _OLD, 1.0), 3))


def unseen(items: Sequence[Item], citations: Sequence[Citation]) -> list[Citation]:
    """Those of the citations that are not kept yet."""
    dois = {item.doi.lower() for item in items if item.doi}
    titles = {_letters(item.title) for item in items}
    return [
        one
        for one in citations
        if one.doi.lower() not in dois and _letters(one.title) not in titles
    ]


def _letters(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def credits_of(items: Sequence[Item], month: str, category: str, at_least: int) -> Credits:
    """What was finished in the month, as credit; and why the others give none."""
    done = Credits(rows=[])
    for item in items:
        if item.status != "done" or not item.finished_on:
            continue
        if item.finished_on.isoformat()[:7] != month:
            continue
        lacking = [] if item.minutes >= at_least else [f"minutes (at least {at_least})"]
        lacking += [] if item.reflection.strip() else ["a reflection"]
        if lacking:
            done.missing.append(f"{item.id} {item.title}: lacks {' and '.join(lacking)}")
            continue
        done.rows.append(
            CreditRow(
                item=item.id,
                completed_on=item.finished_on,
                title=f"Reading: {item.title}"[:300],
                provider=item.container[:200],
                minutes=item.minutes,
                subjects=item.topics,
                category=category,
                reflection=item.reflection,
            )
        )
    return done
