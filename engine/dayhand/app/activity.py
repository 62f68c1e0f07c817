"""The review of what happened: every week somebody should look, and be told that there is something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dayhand.app.audit_export import DISCLOSURES

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.store.review import Review

__all__ = ["as_line", "review"]


def review(app: App, length: timedelta) -> Review:
    """The counts of the time just past."""
    from dayhand.store.review import review as counted  # SQLAlchemy

    now = app.clock.now()
    with app.store.read() as connection:
        return counted(connection, now - length, now)


def as_line(found: Review) -> str:
    """The same in a line, for the daemon's log."""
    parts = {
        "disclosures": sum(found.acts.get(word, 0) for word in DISCLOSURES),
        "reveals": found.acts.get("reveal", 0),
        "runs failed": found.runs.get("failed", 0) + found.runs.get("done_with_failures", 0),
        "occurrences missed": found.occurrences.get("missed", 0),
        "in doubt": found.in_doubt,
        "waiting for you": found.waiting,
    }
    return ", ".join(f"{number} {told}" for told, number in parts.items())
