"""What a database driver raises, in dayhand's words.

locked, busy            StoreBusy
damaged, not a database StoreError, names restore
cannot be opened        StoreError, names the folder
disk full               StoreError, goes on once there is room
disk failed             StoreError; after a commit the store stops writing: what follows
                        a failed sync cannot be trusted (PostgreSQL's lesson of 2018)
anything else           StoreError with the driver's words
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from dayhand.errors import DayhandError, StoreBusy, StoreError

__all__ = [
    "DAMAGED_HINT",
    "is_constraint",
    "is_damaged",
    "is_disconnect",
    "is_disk_failure",
    "is_full",
    "translate",
    "translated",
]

DAMAGED_HINT = "nothing was changed; restore the newest backup: dayhand restore FILE --into FOLDER"

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _CONSTRAINT, _NOTADB = (
    5,
    6,
    8,
    10,
    11,
    13,
    14,
    19,
    26,
)
_WORDS = {
    "database is locked": _BUSY,
    "database table is locked": _LOCKED,
    "readonly database": _READONLY,
    "disk I/O error": _IOERR,
    "malformed": _CORRUPT,
    "database or disk is full": _FULL,
    "unable to open database file": _CANTOPEN,
    "not a database": _NOTADB,
}


def _driver_error(error: BaseException) -> BaseException | None:
    """The driver's own exception, or None if `error` is not about the database."""
    if isinstance(error, DBAPIError):
        return error.orig
    for kind in type(error).__mro__:
        if kind.__module__.startswith(("sqlcipher3", "psycopg")) and kind.__name__ == "Error":
            return error
    return None


def _code(error: BaseException) -> int:
    """SQLite's primary result code; 0 for other databases."""
    cause = _driver_error(error)
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF
    text = str(cause)
    return next((code for words, code in _WORDS.items() if words in text), 0)


def is_full(error: BaseException) -> bool:
    """True if there is no room left on the disk."""
    cause = _driver_error(error)
    return _code(error) == _FULL or getattr(cause, "sqlstate", None) == "53100"


def is_disk_failure(error: BaseException) -> bool:
    """True if the disk refused to read, write or sync."""
    return _code(error) == _IOERR or getattr(_driver_error(error), "sqlstate", None) == "58030"


def is_damaged(error: BaseException) -> bool:
    """True if the file is not a database, cannot be deciphered, or holds nonsense."""
    return _code(error) in (_CORRUPT, _NOTADB)


def is_constraint(error: BaseException) -> bool:
    """True if a rule of the tables was broken (a key twice, a missing parent)."""
    cause = _driver_error(error)
    state = getattr(cause, "sqlstate", None) or ""
    return _code(error) == _CONSTRAINT or state.startswith("23")


def translate(error: BaseException, *, always: bool = True) -> StoreError | None:
    """The `StoreError` for a driver's exception; None for anything else.

    With `always` false, mistakes in a statement (a missing table, a constraint) give None too: they
    belong to whoever wrote the statement.
    """
    cause = _driver_error(error)
    if cause is None:
        return StoreError(_words(error)) if always and isinstance(error, SQLAlchemyError) else None
    code = _code(error)
    if code in (_BUSY, _LOCKED) or getattr(cause, "sqlstate", None) in ("55P03", "40P01", "40001"):
        return StoreBusy("another process holds the database", hint="try again in a moment")
    if code in (_CORRUPT, _NOTADB):
        return StoreError("the database is damaged", hint=DAMAGED_HINT)
    if is_full(error):
        return StoreError("the disk is full", hint="free some space; work goes on by itself")
    if is_disk_failure(error):
        return StoreError(
            "the disk failed while the database was used",
            hint="check the disk, then restart dayhand",
        )
    if code == _READONLY:
        return StoreError(
            "the database may only be read here", hint="check who owns the file and its folder"
        )
    if code == _CANTOPEN:
        return StoreError(
            "the database cannot be opened: its folder may be read-only, or out of reach",
            hint="check who may write to .dayhand/ and whether its disk is there",
        )
    if is_disconnect(error):
        return StoreError(
            "the connection to the database was lost", hint="is the database server running?"
        )
    return StoreError(_words(error)) if always else None


def is_disconnect(error: BaseException) -> bool:
    """True if the server is gone, or restarts; a new connection may help."""
    cause = _driver_error(error)
    if cause is None:
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = getattr(cause, "sqlstate", None) or ""
    kind = type(cause).__name__
    return state.startswith(("08", "57P")) or (
        type(cause).__module__.startswith("psycopg")
        and not state
        and kind in ("OperationalError", "InterfaceError")
    )


def _words(error: BaseException) -> str:
    """The driver's first line, without statement and values: PostgreSQL's later ones quote them."""
    cause = _driver_error(error) or error
    text = str(cause).strip().splitlines()
    return f"the database refused: {text[0] if text else type(cause).__name__}"


@contextmanager
def translated(*, always: bool = True) -> Iterator[None]:
    """Raise `StoreError` in place of what the driver raises inside."""
    try:
        yield
    except Exception as error:
        if isinstance(error, StatementError) and isinstance(error.orig, DayhandError):
            raise error.orig from error  # a column's type refused the value
        told = translate(error, always=always)
        if told is None:
            raise
        raise told from error
