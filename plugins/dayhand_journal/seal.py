"""The seal of a signed note: SHA-256 over its canonical content, each addendum over the one before.

A seal shows that a signed note was changed after signing. It is no proof against someone who can
rewrite the database and compute new seals; for that, the audit log keeps a chain of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["faults", "seal_of_addendum", "seal_of_note"]

_NOTE = [
    "id",
    "session_id",
    "client_id",
    "initials",
    "format",
    "start",
    "stop",
    "minutes",
    "place_of_service",
    "modality",
    "service",
    "sections",
    "signed_at",
    "signed_by",
    "late_entry",
]
_ADDENDUM = ["note_id", "n", "text", "written_at", "signed_at", "signed_by"]


def _digest(kind: str, content: Mapping[str, Any]) -> str:
    text = json.dumps(
        {"kind": kind, **content}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of_note(row: Mapping[str, Any]) -> str:
    """The seal of a note's row; `sections` is its JSON text."""
    return _digest("dayhand.note/1", {name: row[name] for name in _NOTE})


def seal_of_addendum(row: Mapping[str, Any], before: str) -> str:
    """The seal of an addendum's row, over that of what it follows."""
    content = {name: row[name] for name in _ADDENDUM}
    return _digest("dayhand.addendum/1", {**content, "before": before})


def faults(note: Mapping[str, Any], addenda: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a note and its addenda in order; nothing if all seals hold."""
    if note["state"] == "draft":
        return ["a draft has addenda"] if addenda else []
    found = [] if seal_of_note(note) == note["sha256"] else ["the note was changed after signing"]
    before = note["sha256"]
    for expected, addendum in enumerate(addenda, start=1):
        if addendum["n"] != expected:
            found.append(f"addendum {expected} is gone")
            break
        if addendum["state"] == "draft":
            if expected < len(addenda):
                found.append(f"addendum {expected} is a draft, and others follow it")
            break
        if seal_of_addendum(addendum, before) != addendum["sha256"]:
            found.append(f"addendum {expected} was changed after signing")
        before = addendum["sha256"]
    return found
