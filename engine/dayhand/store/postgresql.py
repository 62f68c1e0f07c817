"""The database on a PostgreSQL server, for a group practice."""

from __future__ import annotations

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError

from dayhand.errors import StoreError, UserError
from dayhand.store.database import Database
from dayhand.store.faults import translated

__all__ = ["is_address", "open_server"]


def is_address(where: str) -> bool:
    """True if this names a server and not a file."""
    return where.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def open_server(address: str) -> Database:
    """The database at `postgresql://user@host/name`; a password in it is never shown."""
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1)).set(
            drivername="postgresql+psycopg"
        )
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the address of the database cannot be read", hint="postgresql://user@host/name"
        ) from error
    try:
        writing = create_engine(url, hide_parameters=True, pool_size=2, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise UserError(
            "PostgreSQL needs psycopg", hint="pip install 'dayhand[postgres]'"
        ) from error
    readers = create_engine(
        url, hide_parameters=True, pool_size=3, max_overflow=6, pool_pre_ping=True
    )
    reading = readers.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    place = url.render_as_string(hide_password=True)
    with translated(), writing.connect():
        return Database(place=place, writing=writing, reading=reading)
