"""The audit log as files that others read: CSV for a spreadsheet, JSON lines for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.store.audit import AuditEntry, Chosen

__all__ = ["DISCLOSURES", "as_csv", "as_json_lines", "chosen_entries"]

DISCLOSURES = ("send", "disclose", "keep a disclosure", "export")
"""How actions begin by which data leaves the practice (accounting: 45 CFR 164.528)."""
_PART = 1000
_COLUMNS = ("n", "at", "who", "action", "subject", "previous", "hash")


def chosen_entries(app: App, chosen: Chosen) -> Iterator[AuditEntry]:
    """The entries chosen, oldest first."""
    parts: list[list[AuditEntry]] = []
    before = chosen.before
    while part := app.store.audit(limit=_PART, chosen=replace(chosen, before=before)):
        parts.append(part)
        before = part[-1].n
    for part in reversed(parts):
        yield from reversed(part)


def _cells(entry: AuditEntry) -> list[str | int]:
    at = entry.at.isoformat(timespec="microseconds")
    return [entry.n, at, entry.who, entry.action, entry.subject, entry.previous, entry.hash]


def as_csv(entries: Iterator[AuditEntry]) -> str:
    """With a head line; no cell is run as a formula."""
    from dayhand.csv_text import write_csv  # only where CSV is written

    return write_csv(_COLUMNS, map(_cells, entries), as_they_are=("n", "at", "previous", "hash"))


def as_json_lines(entries: Iterator[AuditEntry]) -> str:
    """An object a line. Its `hash` is SHA-256 over the JSON list of the others in this order."""
    made = (dict(zip(_COLUMNS, _cells(entry), strict=True)) for entry in entries)
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in made)
