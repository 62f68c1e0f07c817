"""Imports for a practice: the step, the commands and the sample go this way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dayhand_practice import importing
from dayhand_practice.kinds import Kind, kind_of
from dayhand_practice.rules import Known

if TYPE_CHECKING:
    from dayhand import Practice

__all__ = ["import_file", "kind_for", "plan_file", "put", "put_all"]


def kind_for(practice: Practice, name: str) -> Kind:
    """The kind of that name, in the practice's zone."""
    return kind_of(name, ZoneInfo(practice.info.timezone))


def _known(practice: Practice, connection: Connection, *, arriving: bool = False) -> Known:
    zone = ZoneInfo(practice.info.timezone)
    return Known.load(connection, practice.settings, zone, practice.now, arriving=arriving)


def plan_file(
    practice: Practice, connection: Connection, name: str, data: bytes, path: str
) -> importing.ImportPlan:
    """What importing the file would do; nothing is written.

    Raises:
        ImportRefused: the file has mistakes.
    """
    kind = kind_for(practice, name)
    rows = importing.rows_of(data, kind, path)
    return importing.plan(connection, kind, rows, _known(practice, connection), path)


def import_file(
    practice: Practice, connection: Connection, name: str, data: bytes, path: str
) -> importing.ImportPlan:
    """Import the file, whole or not at all.

    Raises:
        ImportRefused: the file has mistakes.
    """
    planned = plan_file(practice, connection, name, data, path)
    return importing.apply(connection, planned, _known(practice, connection))


def put(
    practice: Practice, connection: Connection, name: str, texts: Mapping[str, str]
) -> importing.ImportPlan:
    """Add or change one record, given as texts by field, as a row of a file would be.

    Raises:
        EntryRefused: a value is wrong; every one of them is named.
    """
    return put_all(practice, connection, name, [texts])


def put_all(
    practice: Practice, connection: Connection, name: str, rows: Iterable[Mapping[str, str]]
) -> importing.ImportPlan:
    """The same of several records, all of them or none.

    Raises:
        EntryRefused: a value is wrong; every one of them is named.
    """
    kind = kind_for(practice, name)
    known = _known(practice, connection, arriving=True)
    numbered = [importing.TextRow(at, texts) for at, texts in enumerate(rows, 1)]
    try:
        planned = importing.plan(connection, kind, numbered, known, "")
    except importing.ImportRefused as refused:
        raise importing.EntryRefused(refused.problems) from refused
    return importing.apply(connection, planned, known)
