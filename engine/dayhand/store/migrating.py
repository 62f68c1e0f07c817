"""Bring the tables of the engine and of the plugins up to what this version needs.

Each branch keeps its revision in a table of its own, `<branch>_version`. Of a file a copy is kept,
`dayhand.db.before-<branch>-<revision>`, the newest five of them; then all that is pending is tried on
another copy, which is read whole and thrown away. Then it happens in one transaction: cut off at any
moment, the database is as it was before.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from dayhand.errors import StoreError
from dayhand.keys.sealing import Vault
from dayhand.steps.declarations import Tables
from dayhand.store import sealed, sqlite
from dayhand.store.database import Database
from dayhand.store.faults import translated

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = ["bring_up_to_date", "migrated_copy", "recorded"]

COPIES = 5
"""How many copies from before upgrades are kept."""
_LOCK = 4_201_337  # any number will do, as long as every dayhand uses the same


def recorded(connection: Connection, tables: Sequence[Tables]) -> dict[str, str]:
    """The revision of each branch that the database knows."""
    names = {f"{each.branch}_version": each.branch for each in tables}
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if connection.dialect.name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )
    present = [name for (name,) in connection.exec_driver_sql(catalogue) if name in names]
    if not present:
        return {}
    union = " UNION ALL ".join(
        f"SELECT '{names[name]}', version_num FROM {name}" for name in present
    )
    return dict(map(tuple, connection.exec_driver_sql(union)))


def _pending(
    connection: Connection, tables: Sequence[Tables]
) -> tuple[dict[str, str], list[Tables]]:
    known = recorded(connection, tables)
    return known, [each for each in tables if known.get(each.branch) != each.revision]


def bring_up_to_date(database: Database, tables: Sequence[Tables], *, create: bool) -> None:
    """Migrate what is behind. `tables` begins with the engine's own."""
    with translated(), database.read() as connection:
        known, pending = _pending(connection, tables)
    if not pending:
        return
    if tables[0].branch not in known and not create:
        raise StoreError(
            f"the database {database.place} has no tables of dayhand: its creation was cut short,"
            " or it is another's",
            hint="a new practice begins with 'dayhand init'",
        )
    _check_not_newer(known, pending)
    if known and database.path is not None:
        before = "-".join(f"{each.branch}-{each.revision}" for each in pending)
        copy = database.path.with_name(f"{database.path.name}.before-{before}")
        sqlite.copy_to(database.path, database.key, copy)
        _try_on_a_copy(database, tables)
        _thin_out(database.path, copy)
    with translated(), database.writing.connect() as connection:
        _migrate(connection, tables, database.vault)


def _try_on_a_copy(database: Database, tables: Sequence[Tables]) -> None:
    """Migrate a copy and read the whole of it. Raises what the migration would raise."""
    if database.path is None:
        return
    with migrated_copy(database.path, database.key, tables, database.vault) as (trial, _):
        trial.dispose()


@contextmanager
def migrated_copy(
    path: Path, key: bytes | None, tables: Sequence[Tables], vault: Vault | None
) -> Iterator[tuple[Database, list[str]]]:
    """A copy that is thrown away at the end, brought up to date, and the branches that were behind.

    Raises:
        StoreError: what the migration would raise; or it damaged the copy.
    """
    place = sqlite.throwaway(path)
    try:
        sqlite.copy_to(path, key, place)
        trial = sqlite.open_file(place, key=key, create=False, check=False, sync="OFF")
        trial = replace(trial, vault=vault)
        try:
            with translated(), trial.read() as connection:
                known, pending = _pending(connection, tables)
            _check_not_newer(known, pending)
            with translated(), trial.writing.connect() as connection:
                _migrate(connection, tables, vault)
            found = sqlite.check_file(place, key)
            if found:
                raise StoreError(
                    f"the upgrade was tried on a copy and damaged it: {found[0]}",
                    hint="the database is as it was; see: dayhand doctor",
                )
            yield trial, [each.branch for each in pending]
        finally:
            trial.dispose()
    finally:
        sqlite.remove(place)


def _thin_out(path: Path, newest: Path) -> None:
    copies = [file for file in path.parent.glob(f"{path.name}.before-*") if file != newest]
    copies.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    for file in copies[COPIES - 1 :]:
        if not file.name.endswith(".part"):
            file.unlink(missing_ok=True)


def _check_not_newer(known: dict[str, str], pending: Sequence[Tables]) -> None:
    for each in pending:
        revision = known.get(each.branch)
        if revision is None or any(
            script.revision == revision for script in _scripts(each).walk_revisions()
        ):
            continue
        what = (
            "dayhand" if each.branch == "dayhand" else f"the plugin with the tables '{each.branch}'"
        )
        raise StoreError(
            f"the database was last used by a newer version of {what}"
            f" (its tables are at {revision}, this version knows {each.revision})",
            hint=f"upgrade {what}, or restore the copy that was made before the upgrade",
        )


def _migrate(connection: Connection, tables: Sequence[Tables], vault: Vault | None) -> None:
    sealed.attach(connection, vault)
    is_file = connection.dialect.name == "sqlite"
    if is_file:
        # SQLite cannot change it inside a transaction, and rebuilding a table needs it off
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    # asked again: another process may have been quicker
    for each in _pending(connection, tables)[1]:
        _upgrade(connection, each)
    if is_file and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError(
            "a migration would leave rows without what they belong to; nothing was changed",
            hint="install the version that you had, and report this",
        )
    connection.commit()


def _upgrade(connection: Connection, tables: Tables) -> None:
    # alembic is slow to import and needed only here
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    script = _scripts(tables)

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs(tables.revision, revision)  # noqa: SLF001 - as alembic's own commands do

    with EnvironmentContext(
        Config(), script, fn=steps, destination_rev=tables.revision
    ) as environment:
        environment.configure(connection=connection, version_table=f"{tables.branch}_version")
        environment.run_migrations()
    if recorded(connection, [tables]).get(tables.branch) != tables.revision:
        raise StoreError(
            f"the migrations of '{tables.branch}' do not lead to revision {tables.revision}",
            hint="install the plugin anew, or the version that you had",
        )


def _scripts(tables: Tables) -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # as above

    folder = Path(tables.migrations)
    versions = folder / "versions" if (folder / "versions").is_dir() else folder
    return ScriptDirectory(str(folder), version_locations=[str(versions)])
