"""What `dayhand doctor` looks at in reading."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand import Finding, HealthCheck, Practice, UserError, counted
from dayhand_reading.queue import items_of, settings_of

__all__ = ["CHECKS"]

_LONG = 90
"""Days after which what is begun has waited long."""


def _notes(practice: Practice) -> Iterable[Finding]:
    from dayhand_reading.notes import read_back

    faulty = 0
    for one in items_of(practice):
        try:
            written = read_back(practice, one)
            if written is not None:
                _ = written.finished_on, written.minutes
        except (ValueError, UserError) as error:
            faulty += 1
            yield Finding("warning", f"the note of {one.id} cannot be taken in: {error}",
                          f"correct the head of out/reading/notes/{one.id}.md")  # fmt: skip
    if not faulty:
        yield Finding("ok", "reading notes can be taken in")


def _queue(practice: Practice) -> Iterable[Finding]:
    items = items_of(practice)
    waiting = [
        one
        for one in items
        if one.status == "reading"
        and one.picked_on
        and (practice.today - one.picked_on).days > _LONG
    ]
    queued = sum(1 for one in items if one.status == "queued")
    if waiting:
        yield Finding("warning", f"{counted(len(waiting), 'item')} begun more than {_LONG} days ago",
                      "finish them, or take them off with 'dayhand reading drop'")  # fmt: skip
    else:
        yield Finding("ok", f"{counted(queued, 'item')} queued")
    for name, feed in settings_of(practice).feeds.items():
        if bool(feed.url) == bool(feed.file):
            yield Finding(
                "warning", f"feed '{name}' has not one of 'url' and 'file'", "give it one"
            )


CHECKS = (
    HealthCheck("reading notes are in order", _notes),
    HealthCheck("the reading list moves", _queue),
)
