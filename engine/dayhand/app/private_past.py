"""Private texts that runs from before the second key kept in the clear: found, reported, sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.app.private_key import copies_in_the_clear
from dayhand.errors import UserError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dayhand.app.application import App
    from dayhand.store.past import PrivateSteps, Unsealed

__all__ = ["Past", "report", "rewrite", "seal_all"]

BATCH = 50
"""Runs whose texts are sealed in one transaction."""


@dataclass(frozen=True, slots=True)
class Past:
    """How many texts of how many runs stand in the clear, how many of these runs go on, and the copies
    of the database from before upgrades that do as well.
    """

    runs: int
    texts: int
    going: int
    copies: tuple[Path, ...]


def report(app: App) -> Past:
    """What there is to be sealed; nothing is changed."""
    found = _found(app)
    ended = [one for one in found if one.has_ended]
    return Past(
        len(ended), sum(one.texts for one in ended), len(found) - len(ended),
        tuple(copies_in_the_clear(app)),
    )  # fmt: skip


def seal_all(app: App) -> Iterator[int]:
    """Seal it, some runs at a time, each batch with its entry in the audit log; how many texts each time.

    Cut off at any moment, what was sealed stays so, and the next call goes on.

    Raises:
        SecretMissing: the second key is not here.
        UserError: a plugin is left out, whose private steps are not known.
    """
    from dayhand.store import past  # SQLAlchemy

    left_out = [one.name for one in app.catalogue.plugins if one.state != "loaded"]
    if left_out:
        raise UserError(
            f"a plugin is left out, whose private texts are not known: {', '.join(left_out)}",
            hint="see: dayhand plugins",
        )
    app.store.vault.key()  # missing, it is told before anything is done
    steps, vault = _private_steps(app), app.store.vault
    ended = [one.n for one in _found(app) if one.has_ended]
    for first in range(0, len(ended), BATCH):
        batch = ended[first : first + BATCH]

        def job(connection: Connection, batch: list[int] = batch) -> int:
            sealed = sum(past.seal(connection, n, steps, vault) for n in batch)
            app.store.append_audit(
                connection, at=app.clock.now(), who=app.settings.user, action="key.private.seal",
                subject=f"{sealed} texts of {len(batch)} runs from before",
            )  # fmt: skip
            return sealed

        yield app.store.write_now(job)


def rewrite(app: App) -> tuple[str, ...]:
    """Have the database forget what was changed or removed; the tables that this user may not rewrite.

    In a file it is overwritten anyway, and its log is emptied. A server keeps it in its files until a
    table is written anew, which holds up who wants to use the table meanwhile.

    Raises:
        StoreBusy: somebody held a table for half a minute.
    """
    from dayhand.store import past, pruning, sealed  # SQLAlchemy

    own = {column.table.name for column in sealed.columns_of(app.host.tables())}
    names = sorted({*past.TABLES, *pruning.TABLES, *own})
    refused = app.store.forget(names)
    if app.store.is_on_server:
        told = f"all but {', '.join(refused)}" if refused else f"{len(names)} tables"
        app.note("storage.rewrite", told)
    return tuple(refused)


def _found(app: App) -> list[Unsealed]:
    from dayhand.store import past  # SQLAlchemy

    with app.store.read() as connection:
        return past.find(connection, _private_steps(app))


def _private_steps(app: App) -> PrivateSteps:
    from dayhand.store.past import PrivateSteps  # SQLAlchemy

    steps = app.catalogue.steps.values()
    return PrivateSteps(
        giving=frozenset(one.name for one in steps if "x-private" in str(one.output)),
        taking=frozenset(one.name for one in steps if "x-private" in str(one.inputs)),
    )
