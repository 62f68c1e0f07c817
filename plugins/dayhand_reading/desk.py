"""What the steps and commands share: files taken in, notes taken back, states changed."""

from __future__ import annotations

from collections.abc import Sequence

from dayhand import Practice, StepContext, UserError
from dayhand_reading.models import Citation, FeedEntries, Item, TakenNotes

__all__ = ["begin", "finished_item", "new_in_feeds", "note_credited", "parsed", "taken"]


def parsed(practice: Practice, file: str) -> list[Citation]:
    """The citations in a file of the practice, with the topics that their titles tell."""
    from dayhand_reading.bibliography import read_citations
    from dayhand_reading.feeds import topics_of
    from dayhand_reading.queue import settings_of

    topics = settings_of(practice).topics
    found = []
    for one in read_citations(file, practice.files.read(file)):
        told = topics_of(f"{one.title} {one.abstract}", topics)
        known = [topic for topic in one.topics if topic in topics] or one.topics
        found.append(one.model_copy(update={"topics": list(dict.fromkeys([*told, *known]))}))
    return found


def new_in_feeds(practice: Practice, names: Sequence[str]) -> FeedEntries:
    """What the feeds tell that is not in the list."""
    from dayhand_reading.feeds import entries_of
    from dayhand_reading.queue import items_of, unseen

    entries = entries_of(practice, names)
    return entries.model_copy(update={"items": unseen(items_of(practice), entries.items)})


def begin(context: StepContext, ids: Sequence[str]) -> list[str]:
    """Note that items were chosen; those that are read or dropped meanwhile stay so."""
    from dayhand_reading import tables

    with context.connect() as connection:
        for item_id in ids:
            one = tables.find(connection, item_id)
            if one.status == "queued":
                picked = {"status": "reading", "picked_on": context.today}
                tables.update(connection, one.model_copy(update=picked))
    return list(ids)


def note_credited(context: StepContext, ids: Sequence[str]) -> list[str]:
    """Note that items were credited, with the day on which it was first done."""
    from dayhand_reading import tables

    with context.connect() as connection:
        for item_id in ids:
            one = tables.find(connection, item_id)
            if one.credited_on is None:
                tables.update(connection, one.model_copy(update={"credited_on": context.today}))
    return list(ids)


def taken(context: StepContext) -> TakenNotes:
    """Take in what stands in the notes."""
    from dayhand_reading import tables

    done = TakenNotes()
    with context.connect() as connection:
        for one in tables.all_items(connection):
            try:
                changed = _with_note(context, one)
            except (ValueError, UserError) as error:
                done.problems.append(f"{one.id}: {error}")
                continue
            if changed == one:
                continue
            tables.update(connection, changed)
            done.changed += 1
            if changed.status == "done" and one.status != "done":
                done.finished.append(one.id)
    return done


def _with_note(practice: Practice, one: Item) -> Item:
    from dayhand_reading.notes import read_back

    written = read_back(practice, one)
    if written is None or one.status == "dropped":
        return one
    finished = written.finished_on
    if finished and finished > practice.today:
        raise ValueError(f"finished_on {finished.isoformat()} is still to come")
    return finished_item(
        one,
        finished_on=finished or one.finished_on,
        minutes=written.minutes or one.minutes,
        reflection=written.section("reflection") or one.reflection,
        topics=written.topics or one.topics,
    )


def finished_item(one: Item, **values: object) -> Item:
    """The item with values of its note; done once it has a day."""
    changed = Item.model_validate({**one.model_dump(), **values})
    if changed.finished_on and changed.status in ("queued", "reading"):
        changed = changed.model_copy(update={"status": "done"})
    return changed
