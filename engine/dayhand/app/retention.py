"""Old runs are reported, then removed by the rule in `practice.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dayhand.errors import UserError
from dayhand.model.retention import Retention

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dayhand.app.application import App
    from dayhand.store.pruning import Report

__all__ = ["BATCH", "prune_all", "prune_batch", "report", "rule_of"]

BATCH = 200
"""Runs removed in one transaction: a tenth of a second, and others can write in between."""


def rule_of(app: App, *, older_than: timedelta | None = None) -> Retention:
    """The rule, or the one that is asked for by hand.

    Raises:
        UserError: there is none.
    """
    rule = app.checked_practice.retention
    if older_than is not None:
        return Retention(older_than, rule.sent)
    if rule.runs is None:
        raise UserError(
            "practice.yaml says nothing of how long runs are kept: they are kept for ever",
            hint="such as 'retention: {runs: 730 days}', or say --older-than",
        )
    return rule


def _limits(rule: Retention, now: datetime) -> tuple[datetime, datetime]:
    before = rule.runs_before(now)
    if before is None:
        raise UserError(
            "runs are kept for ever",
            hint="say --older-than, or set retention.runs in practice.yaml",
        )
    return before, rule.sent_before(now)


def report(app: App, rule: Retention) -> Report:
    """What the rule would remove now; nothing is changed."""
    from dayhand.store import pruning  # SQLAlchemy

    before, sent_before = _limits(rule, app.clock.now())
    with app.store.read() as connection:
        return pruning.report(connection, before=before, sent_before=sent_before)


def prune_batch(app: App, rule: Retention) -> int:
    """Remove the oldest runs, a batch of them, with an entry in the audit log; how many."""
    from dayhand.store import pruning  # SQLAlchemy

    now = app.clock.now()
    before, sent_before = _limits(rule, now)

    def job(connection: Connection) -> int:
        gone = pruning.prune(connection, before=before, sent_before=sent_before, most=BATCH)
        if gone:
            told = f"{gone} runs that ended before {before:%Y-%m-%d}"
            app.store.append_audit(
                connection, at=now, who=app.settings.user, action="prune", subject=told
            )
        return gone

    return app.store.write_now(job)


def prune_all(app: App, rule: Retention) -> Iterator[int]:
    """Remove all the rule says, batch by batch; how many each time."""
    while gone := prune_batch(app, rule):
        yield gone
    app.store.forget(())  # of a server: see `private_past.rewrite`
