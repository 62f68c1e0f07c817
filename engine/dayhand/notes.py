"""Small JSON files of what can be found out again: losing one costs time, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["noted", "noted_lines", "write_lines", "write_note"]


def noted(file: Path) -> Any:
    """What the file says, or None: where there is none, or nothing that can be read."""
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None


def noted_lines(file: Path) -> Iterator[Any]:
    """The same of a file with a value on each line, one after the other; None for one that cannot be read."""
    try:
        with file.open("rb") as opened:
            for line in opened:
                yield json.loads(line)
    except (OSError, ValueError):
        yield None


def write_note(file: Path, told: Any) -> None:
    """Replace the file, whole or not at all; its owner alone can read it."""
    write_lines(file, [told])


def write_lines(file: Path, told: Iterable[Any]) -> None:
    """The same, with each value on a line of its own."""
    part = file.with_name(f"{file.name}.part")
    with suppress(OSError):
        descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            for one in told:
                opened.write(f"{json.dumps(one, separators=(',', ':'))}\n")
        part.replace(file)
