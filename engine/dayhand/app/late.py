"""Late occurrences of triggers with `if_missed: ask`: the owner says whether they are started."""

from __future__ import annotations

import hashlib

from dayhand.app.application import App
from dayhand.app.runs import of_occurrence
from dayhand.errors import UserError
from dayhand.model.ledger import Due
from dayhand.model.run import Run

__all__ = ["asked", "find", "name_of", "skip", "start"]


def name_of(row: Due) -> str:
    """What an occurrence that is asked about is called on the command line."""
    return f"late-{hashlib.sha256(row.key.encode()).hexdigest()[:8]}"


def asked(app: App) -> list[Due]:
    """The occurrences that wait for the owner's word, oldest first."""
    rows = app.store.read_ledger(lambda ledger: ledger.open())
    return [row for row in rows if row.state == "asking"]


def find(app: App, name: str) -> Due:
    """The occurrence of that name. Raises `UserError`."""
    for row in asked(app):
        if name_of(row) == name:
            return row
    raise UserError(f"there is no question '{name}'", hint="'dayhand inbox' lists them")


def start(app: App, row: Due) -> Run:
    """Make its run; a daemon or `resume` goes on with it. Raises `UserError`."""
    routine = app.book.ready(row.planned.routine)
    now = app.clock.now()
    run = of_occurrence(app, routine, row, {})
    reason = row.reason.removesuffix(": start it now?")
    if not app.store.write_ledger_now(
        lambda ledger: ledger.start(row.key, run, routine.text, reason=reason, now=now)
    ):
        raise UserError(
            f"{name_of(row)} is answered already", hint="see what became of it: dayhand upcoming"
        )
    return run


def skip(app: App, row: Due) -> None:
    """Close it. Raises `UserError`."""
    now, who = app.clock.now(), app.settings.user
    reason = f"{row.reason.removesuffix(': start it now?')}; {who} said no"
    if not app.store.write_ledger_now(lambda ledger: ledger.decide(row.key, "missed", reason, now)):
        raise UserError(
            f"{name_of(row)} is answered already", hint="see what became of it: dayhand upcoming"
        )
