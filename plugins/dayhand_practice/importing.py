"""Rows of text become records: all of them, or none and every mistake told at once.

The way is: read the rows, plan against what is there, refuse or apply. A dry run stops after the
plan. One row typed as a command's options goes the same way as a row of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection

from dayhand import CsvRow, UserError, read_csv
from dayhand_practice import records
from dayhand_practice.fields import value_class
from dayhand_practice.kinds import Kind
from dayhand_practice.records import Record
from dayhand_practice.rules import Known, complete

__all__ = [
    "EntryRefused",
    "ImportPlan",
    "ImportRefused",
    "RowProblem",
    "TextRow",
    "apply",
    "plan",
    "rows_of",
]

_SHOWN = 100


@dataclass(frozen=True, slots=True, order=True)
class RowProblem:
    """What is wrong in a file: `found` says what sort of value stands there, not the value."""

    line: int
    column: str
    reason: str
    found: str = ""

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        found = f" (found: {self.found})" if self.found else ""
        return f"line {self.line}{column}: {self.reason}{found}"


class ImportRefused(UserError):
    """A file has mistakes, so nothing of it was imported; `problems` holds them all."""

    def __init__(self, path: str, problems: Sequence[RowProblem]) -> None:
        self.path = path
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        what = "1 mistake" if count == 1 else f"{count} mistakes"
        shown = [f"  {problem}" for problem in self.problems[:_SHOWN]]
        if count > _SHOWN:
            shown.append(f"  and {count - _SHOWN} more")
        super().__init__(
            "\n".join([f"{path} has {what}, so nothing was imported", *shown]),
            hint="correct the file and import it again; rows that are there already do no harm",
        )


class EntryRefused(UserError):
    """Values given on the command line are wrong; `problems` holds them all."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        lines = [f"{one.column.replace('_', '-')}: {one.reason}" for one in self.problems]
        super().__init__(
            "\n".join(lines), hint="nothing was changed; correct what is named, and say it again"
        )


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row's cells by field, and the line it begins on."""

    line: int
    texts: Mapping[str, str]


@dataclass(slots=True)
class ImportPlan:
    """What an import will do."""

    kind: Kind
    rows: int = 0
    new: list[Record] = field(default_factory=list)
    changed: list[tuple[Record, list[str]]] = field(default_factory=list)
    unchanged: int = 0

    def __str__(self) -> str:
        counts = f"{len(self.new)} new, {len(self.changed)} changed, {self.unchanged} unchanged"
        return f"{self.kind.name.replace('_', ' ')}: {counts}"


def rows_of(data: bytes, kind: Kind, path: str) -> list[TextRow]:
    """The rows of a CSV file.

    Raises:
        ImportRefused: it is not CSV, or its header is not the kind's.
    """
    try:
        header, *rows = read_csv(data) or [CsvRow(1, [])]
    except ValueError as error:
        raise ImportRefused(path, [RowProblem(1, "", str(error))]) from error
    names = [cell.strip().lower().replace(" ", "_") for cell in header.cells]
    problems = list(_header_problems(header, names, kind))
    width = len(names)
    for row in rows if not problems else ():
        if len(row.cells) != width:
            reason = f"there are {len(row.cells)} cells under {width} column names"
            problems.append(RowProblem(row.line, "", reason))
    if problems:
        raise ImportRefused(path, problems)
    return [TextRow(row.line, dict(zip(names, row.cells, strict=True))) for row in rows]


def _header_problems(header: CsvRow, names: list[str], kind: Kind) -> Iterable[RowProblem]:
    if not any(names):
        yield RowProblem(header.line, "", "the file is empty; its first line names the columns")
        return
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        yield RowProblem(header.line, "", "the columns are not separated by commas")
        return
    for position, name in enumerate(names, 1):
        if name in names[: position - 1]:
            shown = name if name in kind.names else f"no. {position}"
            yield RowProblem(header.line, shown, "the column stands twice")
        elif name not in kind.names:
            yield RowProblem(header.line, *_unknown_column(name, position, kind))
    for missing in kind.fields:
        if missing.required and missing.name not in names:
            yield RowProblem(header.line, missing.name, "the column is missing")


def _unknown_column(name: str, position: int, kind: Kind) -> tuple[str, str]:
    near = get_close_matches(name, kind.names, n=1, cutoff=0.5)
    # A file without a header has a client's data where the names should be.
    if not near:
        return f"no. {position}", f"unknown column; there are {', '.join(kind.names)}"
    return f"no. {position}", f"unknown column; did you mean '{near[0]}'?"


def plan(
    connection: Connection, kind: Kind, rows: Sequence[TextRow], known: Known, path: str
) -> ImportPlan:
    """What importing the rows would do.

    Raises:
        ImportRefused: any row has a mistake.
    """
    planner = _Planner(connection, kind, known)
    for row in rows:
        planner.take(row)
    if planner.problems:
        raise ImportRefused(path, planner.problems)
    return planner.plan


class _Planner:
    def __init__(self, connection: Connection, kind: Kind, known: Known) -> None:
        self.plan = ImportPlan(kind)
        self.problems: list[RowProblem] = []
        self._kind = kind
        self._known = known
        there = records.all_of(connection, kind)
        self._by_key = {records.identity(kind, record): record for record in there}
        self._by_same = {self._same(record): record for record in there}
        self._lines: dict[tuple[Any, ...], int] = {}

    def _same(self, record: Mapping[str, Any]) -> tuple[Any, ...]:
        values = (record.get(name) for name in self._kind.same)
        return tuple(value.casefold() if isinstance(value, str) else value for value in values)

    def take(self, row: TextRow) -> None:
        """Plan one row, or note what is wrong with it."""
        self.plan.rows += 1
        given = self._read(row)
        if given is None:
            return
        before = self._before(given)
        record, flaws = self._completed(given, before)
        if before is None and not flaws and not record.get("id", "-"):
            # The rules may have brought it into the form in which it is there already.
            before = self._by_same.get(self._same(record))
            record, flaws = self._completed(given, before) if before else (record, flaws)
        flaws += self._clashes(row, record, before)
        for name, reason in flaws:
            is_id = self._kind.field(name).is_id
            found = value_class(row.texts.get(name, ""), is_id=is_id)
            self.problems.append(RowProblem(row.line, name, reason, found))
        if not flaws:
            self._settle(record, before)

    def _completed(
        self, given: Record, before: Record | None
    ) -> tuple[Record, list[tuple[str, str]]]:
        empty = {field.name: field.empty for field in self._kind.fields}
        record = empty | (before or {}) | given
        if before is not None and self._kind.key == ("id",):
            record["id"] = before["id"]
        missing = [
            (one.name, "it is required")
            for one in self._kind.fields
            if one.required and record[one.name] in (None, "")
        ]
        return record, missing or list(complete(self._kind.name, record, before, self._known))

    def _read(self, row: TextRow) -> Record | None:
        given: Record = {}
        for name, text in row.texts.items():
            try:
                given[name] = self._kind.field(name).from_text(text)
            except ValueError as error:
                found = value_class(text, is_id=self._kind.field(name).is_id)
                self.problems.append(RowProblem(row.line, name, str(error), found))
        return given if len(given) == len(row.texts) else None

    def _before(self, given: Record) -> Record | None:
        key = tuple(given.get(name) for name in self._kind.key)
        if self._kind.key == ("id",) and not given.get("id"):
            return self._by_same.get(self._same(given))
        return self._by_key.get(key)

    def _clashes(
        self, row: TextRow, record: Record, before: Record | None
    ) -> list[tuple[str, str]]:
        """The same record twice in the file, or a session's time taken by another one."""
        has_id = self._kind.key == ("id",) and record["id"]
        key = records.identity(self._kind, record) if has_id else self._same(record)
        keys = [("key", *key)]
        if self._kind.name == "sessions":
            keys.append(("same", *self._same(record)))
        clashes: list[tuple[str, str]] = []
        for one in keys:
            earlier = self._lines.setdefault(one, row.line)
            if earlier != row.line:
                reason = f"line {earlier} is about the same {self._kind.title}"
                clashes.append(
                    (self._kind.same[0] if one[0] == "same" else self._kind.key[0], reason)
                )
        other = self._by_same.get(self._same(record)) if self._kind.name == "sessions" else None
        if other is not None and (before is None or other["id"] != before["id"]):
            clashes.append(("start", f"the client has session {other['id']} at that time"))
        return clashes[:1]

    def _settle(self, record: Record, before: Record | None) -> None:
        if before is None:
            self.plan.new.append(record)
            return
        changed = [name for name in record if record[name] != before[name]]
        if changed:
            self.plan.changed.append((record, changed))
        else:
            self.plan.unchanged += 1


def apply(connection: Connection, planned: ImportPlan, known: Known) -> ImportPlan:
    """Carry the plan out; new records get their ids here."""
    kind = planned.kind
    if kind.key == ("id",):
        _number(connection, planned, known)
    records.add(connection, kind, planned.new)
    for record, _ in planned.changed:
        records.change(connection, kind, record)
    return planned


def _number(connection: Connection, planned: ImportPlan, known: Known) -> None:
    pattern = {"sessions": "S-{seq:06}", "paperwork": "D-{seq:06}"}.get(
        planned.kind.name, known.settings.client_ids
    )
    prefix = pattern.partition("{")[0]
    table = records.table_of(planned.kind)
    given = [record["id"].removeprefix(prefix) for record in planned.new if record["id"]]
    highest = max((int(rest) for rest in given if rest.isdigit()), default=0)
    number = max(records.next_number(connection, table, prefix), highest + 1)
    for record in planned.new:
        if not record["id"]:
            record["id"] = pattern.format(seq=number)
            number += 1
