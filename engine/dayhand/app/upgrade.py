"""What `dayhand upgrade --check` looks at: whether what was written and run before still works now.

The database is not changed: its tables are brought up to date on a copy, and the last runs are
replayed there, by what is kept of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dayhand.errors import CheckFailed, DayhandError, UserError
from dayhand.steps.declarations import Finding

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.model.run import Run
    from dayhand.runner.runner import Runner
    from dayhand.store import Store

__all__ = ["look_ahead"]

Findings = Iterator[tuple[str, Finding]]


def look_ahead(app: App, *, runs: int) -> Findings:
    """Every finding, with what it is about: plugins, routines, the database, the last runs."""
    yield from _plugins(app)
    yield from _routines(app)
    try:
        with _copied(app) as (store, behind):
            told = f"brought up to date on a copy: {', '.join(behind)}" if behind else "up to date"
            yield "database", Finding("ok", told)
            yield from _replays(app, store, runs)
    except DayhandError as error:
        yield "database", Finding("failure", error.message, error.hint)


def _plugins(app: App) -> Findings:
    for plugin in app.catalogue.plugins:
        if plugin.state != "loaded":
            told = f"plugin '{plugin.name}' is {plugin.state}: {plugin.reason}"
            yield "plugins", Finding("failure", told, plugin.hint)
        for line in plugin.deprecated:
            told = f"plugin '{plugin.name}' uses what goes: {line}"
            yield (
                "plugins",
                Finding("warning", told, "it works until then; tell the plugin's makers"),
            )
    loaded = sum(plugin.state == "loaded" for plugin in app.catalogue.plugins)
    yield "plugins", Finding("ok", f"{loaded} plugins load")


def _routines(app: App) -> Findings:
    for problem in app.checked_practice.problems:
        if problem.is_error:
            yield "settings", Finding("failure", f"{problem.mark}: {problem.message}", problem.hint)
    passed = 0
    for entry in app.book.entries.values():
        first = next((one for one in entry.problems if one.is_error), None)
        if first is None:
            passed += 1
            continue
        told = f"routine '{entry.name}' does not pass: {first.message} ({first.mark})"
        yield "routines", Finding("failure", told, first.hint)
    yield "routines", Finding("ok", f"{passed} routines pass")


@contextmanager
def _copied(app: App) -> Iterator[tuple[Store, list[str]]]:
    from dayhand.app.key_change import key_of
    from dayhand.app.private_key import keys_of
    from dayhand.keys.sealing import Vault
    from dayhand.store.opening import opened_copy

    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql"):
        raise UserError(
            "a database on a server is not copied: its tables and the last runs were not looked at",
            hint="restore a copy of it to another server, and check there",
        )
    key = None
    if storage.encrypted:
        key, _ = key_of(app.data, app.database_file, storage.key, app.settings.environment)
    with opened_copy(
        app.database_file, key=key, tables=app.host.tables(), clock=app.clock,
        vault=Vault.of(keys_of(app), trial=True),
    ) as opened:  # fmt: skip
        yield opened


def _replays(app: App, store: Store, count: int) -> Findings:
    from dayhand.runner.runner import Runner  # asyncio and more, only where there is a database

    runner = Runner(
        app.workplace(store=store), clock=app.clock,
        read=lambda name, digest: app.pinned(name, store.text(digest)), routine=app.book.ready,
    )  # fmt: skip
    ended = [run for run in store.runs(limit=count) if run.is_final and run.state != "cancelled"]
    alike = 0
    for run in ended:
        found = _replayed(runner, run)
        alike += not found
        for line in found:
            yield "runs", Finding("failure", f"{run.routine} ({run.id}): {line}")
    yield "runs", Finding("ok", f"{alike} of the last {len(ended)} runs would go as they went")


def _replayed(runner: Runner, run: Run) -> list[str]:
    try:
        return asyncio.run(runner.replay(run))
    except CheckFailed as error:
        first = next((one for one in error.problems if one.is_error), error.problems[0])
        return [f"its routine, as it was then, does not pass: {first.message} ({first.mark})"]
    except UserError as error:
        return [error.message]
