"""Runs from before private texts were sealed: what they kept of them in the clear is sealed afterwards.

What a run keeps does not tell which of its texts a plugin calls private today. So more is sealed than need
be, and nothing less:

    a step gave private texts        from it on, every sensitive text that a step of the run gave
    a step was handed private texts  in the whole run, and every text that a person filled in
    another run called it            its inputs too

A run that goes on is left alone until it has ended. What is sealed already is passed over, so that the
work may be cut off and begun again.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dayhand.keys.sealing import HISTORY, Vault
from dayhand.model.run import FINAL
from dayhand.store.packing import unpacked
from dayhand.store.statements import execute

__all__ = ["TABLES", "PrivateSteps", "Unsealed", "find", "seal"]

TABLES = ("runs", "run_steps", "questions")
_ASK = "person.ask"
_SENSITIVE = "$sensitive"


@dataclass(frozen=True, slots=True)
class PrivateSteps:
    """The names of the steps that give private texts, and of those that are handed some."""

    giving: frozenset[str]
    taking: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A run with texts in the clear: its number, how many, and whether it has ended."""

    n: int
    texts: int
    has_ended: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A value of a run in which sensitive texts are private; with `whole`, every text is."""

    table: str
    key: str
    row: Any
    column: str
    whole: bool = False


def find(connection: Connection, steps: PrivateSteps) -> list[Unsealed]:
    """The runs that hold private texts in the clear, oldest first."""
    found = []
    for n, called in sorted(_concerned(connection, steps).items()):
        texts = sum(
            _count(json.loads(text), whole=place.whole)
            for place, text in _texts(connection, n, steps, called=called)
        )
        if texts:
            state = execute(connection, "SELECT state FROM runs WHERE n = ?", n).scalar()
            found.append(Unsealed(n, texts, state in FINAL))
    return found


def seal(connection: Connection, n: int, steps: PrivateSteps, vault: Vault) -> int:
    """Seal what a run keeps in the clear, in the caller's transaction; how many texts.

    Raises:
        SecretMissing: the second key is not here.
    """
    sealed = 0
    called = _concerned(connection, steps).get(n, False)
    for place, text in list(_texts(connection, n, steps, called=called)):
        value = json.loads(text)
        texts = _count(value, whole=place.whole)
        if not texts:
            continue
        kept = json.dumps(
            _sealed(value, vault, whole=place.whole), ensure_ascii=False, separators=(",", ":")
        )
        execute(
            connection,
            f"UPDATE {place.table} SET {place.column} = ? WHERE {place.key} = ?",
            kept, place.row,
        )  # fmt: skip
        sealed += texts
    return sealed


def _concerned(connection: Connection, steps: PrivateSteps) -> dict[int, bool]:
    """The numbers of the runs with a private step, and of those they called: these are True."""
    names = sorted(steps.giving | steps.taking)
    if not names:
        return {}
    marks = ", ".join("?" * len(names))
    query = f"SELECT DISTINCT run_n FROM run_steps WHERE uses IN ({marks})"
    found = dict.fromkeys(map(int, execute(connection, query, *names).scalars().all()), False)
    waiting = list(found)
    children = "SELECT c.n FROM runs c JOIN runs p ON c.parent = p.id WHERE p.n = ?"
    while waiting:
        for child in execute(connection, children, waiting.pop()).scalars().all():
            if not found.get(child, False):
                found[child] = True
                waiting.append(child)
    return found


def _texts(
    connection: Connection, n: int, steps: PrivateSteps, *, called: bool
) -> Iterator[tuple[_Place, str]]:
    for place in _places(connection, n, steps, called=called):
        query = f"SELECT {place.column} FROM {place.table} WHERE {place.key} = ?"
        text = execute(connection, query, place.row).scalar()
        if text:
            yield place, unpacked(str(text))


def _places(
    connection: Connection, n: int, steps: PrivateSteps, *, called: bool
) -> Iterator[_Place]:
    query = "SELECT n, uses FROM run_steps WHERE run_n = ? ORDER BY n"
    rows = [(row[0], str(row[1])) for row in map(tuple, execute(connection, query, n))]
    taking = any(uses in steps.taking for _, uses in rows)
    if called:
        yield _Place("runs", "n", n, "inputs")
    begun = called or taking
    for row, uses in rows:
        begun = begun or uses in steps.giving
        if begun:
            yield _Place("run_steps", "n", row, "output", whole=taking and uses == _ASK)
    if begun:
        asked = "SELECT id FROM questions WHERE run_id = (SELECT id FROM runs WHERE n = ?)"
        for question in execute(connection, asked, n).scalars().all():
            yield _Place("questions", "id", question, "answer", whole=taking)


def _is_text(value: Any, *, whole: bool) -> bool:
    """True for a text that is to be sealed."""
    if isinstance(value, dict):
        return list(value) == [_SENSITIVE] and isinstance(value[_SENSITIVE], str)
    return whole and isinstance(value, str) and bool(value)


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return ()
    if list(value) == ["$map"]:
        return [item for _, item in value["$map"]]
    return () if len(value) == 1 and next(iter(value)).startswith("$") else value.values()


def _count(value: Any, *, whole: bool) -> int:
    if _is_text(value, whole=whole):
        return 1
    return sum(_count(item, whole=whole) for item in _inner(value))


def _sealed(value: Any, vault: Vault, *, whole: bool) -> Any:
    if _is_text(value, whole=whole):
        text = value[_SENSITIVE] if isinstance(value, dict) else value
        return {"$sealed": str(vault.seal(HISTORY, text))}
    if isinstance(value, list):
        return [_sealed(item, vault, whole=whole) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["$map"]:
        return {"$map": [[key, _sealed(item, vault, whole=whole)] for key, item in value["$map"]]}
    if len(value) == 1 and next(iter(value)).startswith("$"):
        return value
    return {name: _sealed(item, vault, whole=whole) for name, item in value.items()}
