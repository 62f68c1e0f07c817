"""A transaction for a `with` block: the writer's connection, lent to the caller's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection

__all__ = ["lent"]


class _GivenUpError(Exception):
    """The block raised: nothing is to be kept."""


@contextmanager
def lent(
    write: Callable[[Callable[[Connection], Any]], Any], *, last: Callable[[Connection], Any]
) -> Iterator[Connection]:
    """Lend the connection of `write` to the block; at its end call `last`, then commit all.

    The writer's thread waits inside the job while the block works, so that the connection is used
    by one thread at a time. If the block raises, its writes are undone.
    """
    lending: SimpleQueue[Connection | BaseException] = SimpleQueue()
    returned = threading.Event()
    outcome: dict[str, BaseException] = {}

    def job(connection: Connection) -> None:
        lending.put(connection)
        returned.wait()
        if "given up" in outcome:
            raise _GivenUpError
        last(connection)

    def work() -> None:
        try:
            with suppress(_GivenUpError):
                write(job)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for it
            outcome["failed"] = error
            lending.put(error)

    thread = threading.Thread(target=work, name="dayhand-transaction", daemon=True)
    thread.start()
    connection = lending.get()
    if isinstance(connection, BaseException):
        raise connection
    try:
        yield connection
    except BaseException as error:
        outcome["given up"] = error
        raise
    finally:
        returned.set()
        thread.join()
    if "failed" in outcome:
        raise outcome["failed"]
