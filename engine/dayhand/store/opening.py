"""Open the store of a practice, and be clear about why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dayhand.clock import Clock, SystemClock
from dayhand.keys.sealing import Vault
from dayhand.steps.declarations import Tables
from dayhand.store import migrating, postgresql, sqlite
from dayhand.store.newest import TABLES
from dayhand.store.sql_store import Store

__all__ = ["holds_practice", "open_store", "opened_copy"]


def open_store(
    where: str | Path, *, key: bytes | None, tables: Sequence[Tables] = (), create: bool = False,
    clock: Clock | None = None, check: bool | None = None, vault: Vault | None = None,
    password: str | None = None,
) -> Store:  # fmt: skip
    """Open the database in a file, or on a server if `where` begins with `postgresql://`.

    Args:
        where: a path or an address.
        key: 32 bytes; None leaves the file unencrypted, which a practice must ask for in so many
            words. A server looks after its own disks.
        tables: what the plugins keep; migrated together with the engine's.
        create: make the database if there is none.
        clock: tells the time.
        check: read the whole file before using it; None does so if it is small.
        vault: seals texts with the second key.
        password: of a server's user.

    Raises:
        StoreError: there is no database, it is damaged, the key is wrong, or a newer version made
            it; nothing was changed.
    """
    address = str(where)
    if postgresql.is_address(address):
        database = postgresql.open_server(address, password)
    else:
        database = sqlite.open_file(Path(where), key=key, create=create, check=check)
    database = replace(database, vault=vault)
    try:
        migrating.bring_up_to_date(database, [TABLES, *tables], create=create)
    except BaseException:
        database.dispose()
        raise
    if database.path is not None:
        sqlite.remove_leftovers(database.path)
        sqlite.lay_ballast(database.path)
    return Store(database, clock or SystemClock())


def holds_practice(address: str, password: str | None) -> bool:
    """Whether the database on a server has tables of dayhand; they are not touched.

    Raises:
        StoreError: it cannot be reached, or lets nobody in.
    """
    database = postgresql.open_server(address, password)
    try:
        with database.read() as connection:
            return bool(migrating.recorded(connection, [TABLES]))
    finally:
        database.dispose()


@contextmanager
def opened_copy(
    path: Path,
    *,
    key: bytes | None,
    tables: Sequence[Tables] = (),
    clock: Clock | None = None,
    vault: Vault | None = None,
) -> Iterator[tuple[Store, list[str]]]:
    """A store on a copy of a file, brought up to date and thrown away at the end; and which tables
    were behind. The file itself is not changed.

    Raises:
        StoreError: it cannot be opened or migrated, and why.
    """
    with (
        migrating.migrated_copy(path, key, [TABLES, *tables], vault) as (database, behind),
        Store(database, clock or SystemClock()) as store,
    ):
        yield store, behind
