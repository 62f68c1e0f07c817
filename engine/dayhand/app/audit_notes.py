"""Heads of the audit log, noted where the database is not.

The log's own chain shows an edit, a deletion and a swap. Cutting its end off, or computing all of it
anew, shows only against a number and hash kept elsewhere: in a file of the user's data folder, one line
a note, and in the head of every backup. Whoever can change all of these can change the log unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.errors import UserError
from dayhand.keys.places import data_folder

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.store.audit import AuditHead

__all__ = ["begin_anew", "note_head", "noted", "noted_at", "notes_file", "read_heads"]

_LONGEST = 4 * 1024 * 1024


def notes_file(app: App, folder: Path | None = None) -> Path:
    """Where the heads of this practice's log are noted. By its folder: a copy of it has a log of its own.

    Raises:
        UserError: there is no home folder.
    """
    named = hashlib.sha256(str(folder or app.folder).encode()).hexdigest()[:24]
    return data_folder(app.settings.environment) / "audit" / f"{named}.jsonl"


def note_head(app: App) -> AuditHead:
    """Note the newest entry's number and hash, unless it is the one noted last."""
    head = app.store.audit_head()
    file = notes_file(app)
    known = noted(app)
    if head.n and head not in known[-1:]:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = json.dumps({"at": app.clock.now().isoformat(), "n": head.n, "hash": head.hash})
        descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(line + "\n")
            opened.flush()
            os.fsync(opened.fileno())
    return head


def noted(app: App) -> list[AuditHead]:
    """The heads noted so far, oldest first."""
    try:
        text = notes_file(app).read_text(encoding="utf-8")
    except (FileNotFoundError, UserError):
        return []
    return list(read_heads(text[-_LONGEST:]))


def noted_at(app: App) -> datetime | None:
    """When a head was last noted; None if never, or if that cannot be told."""
    try:
        lines = notes_file(app).read_text(encoding="utf-8").splitlines()
        return datetime.fromisoformat(json.loads(lines[-1])["at"])
    except (FileNotFoundError, UserError, IndexError, ValueError, KeyError, TypeError):
        return None


def begin_anew(app: App, folder: Path) -> None:
    """Put the notes aside: the folder holds another log from now on, restored from a backup."""
    file = notes_file(app, folder)
    if file.exists():
        file.replace(file.with_name(f"{file.name}.before-{app.clock.now():%Y%m%d-%H%M%S}"))


def read_heads(text: str) -> Iterable[AuditHead]:
    """The heads in a text: a line of JSON each, or `NUMBER HASH` as `dayhand audit verify` prints it."""
    from dayhand.store.audit import AuditHead  # SQLAlchemy

    for line in text.splitlines():
        found: list[object] = []
        if line.lstrip().startswith("{"):
            try:
                told = json.loads(line)
                found = [told.get("n"), told.get("hash")]
            except ValueError:
                continue  # a line cut off by a full disk says nothing
        else:
            words = line.split()
            found = [int(words[0]), words[1]] if len(words) == 2 and words[0].isdigit() else []
        match found:
            case [int(n), str(hashed)]:
                yield AuditHead(n, hashed)
