"""The database on a PostgreSQL server, for a group practice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from dayhand.errors import StoreError, UserError
from dayhand.store.database import Database
from dayhand.store.faults import translated

__all__ = ["ServerFacts", "facts", "is_address", "open_server", "write_anew"]

LOCK_SECONDS = 60.0
"""How long another session's lock is waited for, as long as another process is on a file."""
_LINE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""A server that is gone without a word is noticed within a minute; the address may say otherwise."""
_HERE = ("", "localhost", "::1")


def is_address(where: str) -> bool:
    """True if this names a server and not a file."""
    return where.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def open_server(address: str, password: str | None = None) -> Database:
    """The database at `postgresql://user@host/name`; a password is never shown."""
    told = _url(address)
    url = _patient(told if password is None else told.set(password=password))
    try:
        writing = create_engine(url, hide_parameters=True, pool_size=2, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise UserError(
            "PostgreSQL needs psycopg", hint="pip install --only-binary :all: 'dayhand[postgres]'"
        ) from error
    readers = create_engine(
        url, hide_parameters=True, pool_size=3, max_overflow=6, pool_pre_ping=True
    )
    reading = readers.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    place = told.set(drivername="postgresql").render_as_string(hide_password=True)
    try:
        writing.connect().close()
    except OperationalError as error:
        writing.dispose()
        raise StoreError(
            f"the database cannot be reached: {_reason(error)}",
            hint="is its server running, and are address, user and password right?",
        ) from error
    return Database(place=place, writing=writing, reading=reading)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself and of the line to it."""

    place: str
    version: str
    size: int
    is_near: bool
    """It is reached without a network."""
    has_encrypted_line: bool


def facts(database: Database) -> ServerFacts:
    """Ask the server."""
    query = """
        SELECT current_setting('server_version'), pg_database_size(current_database()),
               coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
    """
    with database.read() as connection:
        version, size, ssl = connection.exec_driver_sql(query).one()
    near = _is_near(database.writing.url)
    return ServerFacts(database.place, version.partition(" ")[0], size, near, bool(ssl))


def write_anew(engine: Engine, tables: Sequence[str]) -> list[str]:
    """Rewrite tables without the rows that were changed or removed; those of another owner are named.

    VACUUM alone makes room for other rows where the old ones were, and leaves their bytes there.
    """
    refused = []
    file = "SELECT relfilenode FROM pg_class WHERE oid = to_regclass(%s)"
    whole = engine.execution_options(isolation_level="AUTOCOMMIT")
    with translated(), whole.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '30s'")
        try:
            for table in tables:
                name = f'"{table}"'
                before = connection.exec_driver_sql(file, (name,)).scalar()
                if before is None:
                    continue
                connection.exec_driver_sql(f"VACUUM (FULL) {name}")  # refused, it only warns
                if connection.exec_driver_sql(file, (name,)).scalar() == before:
                    refused.append(table)
        finally:
            connection.exec_driver_sql("RESET lock_timeout")
    return refused


def _reason(error: OperationalError) -> str:
    """What PostgreSQL says of a line that it does not open: its last words, which name no password."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    found = [line.rpartition("failed: ")[2] for line in lines if "failed: " in line]
    return " ".join((found or lines or ["no reason is given"])[-1].split())


def _url(address: str) -> URL:
    try:
        return make_url(address.replace("postgres://", "postgresql://", 1)).set(
            drivername="postgresql+psycopg"
        )
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the address of the database cannot be read", hint="postgresql://user@host/name"
        ) from error


def _is_near(url: URL) -> bool:
    """True if the server is on this machine, so that nothing goes over a network."""
    said = url.query.get("host") or url.host or ""
    hosts = [said] if isinstance(said, str) else said
    return all(one in _HERE or one.startswith(("/", "127.")) for one in hosts)


def _patient(url: URL) -> URL:
    """The address with what bounds every wait for the server and for its locks; over a network the
    line is encrypted, unless the address says otherwise."""
    line = _LINE if _is_near(url) else _LINE | {"sslmode": "require"}
    options = f"-c lock_timeout={int(LOCK_SECONDS * 1000)}"
    said = dict(url.query)
    if "options" in said:  # what comes later counts
        options = f"{options} {_text(said['options'])}"
    return url.set(query={**line, **said, "options": options})


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)
