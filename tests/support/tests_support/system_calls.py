"""What a program changes on the disk, as the system itself records it (strace).

Each line that strace writes is read for the place it changes: the file that an open for writing gave, with
every link resolved by the system, or the name that is made, moved, linked or removed. A try that failed
counts as well.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Change", "changed_by", "changes_of", "outside"]

_CALLS = (
    "open", "openat", "openat2", "creat", "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "truncate", "mknod", "mknodat",
    "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utimensat",
)  # fmt: skip
_HARMLESS = {"/dev/null", "/dev/tty", "/dev/urandom"}
_LINE = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(?:<((?:[^>\\]|\\.)*)>)?")
_PART = re.compile(r'(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>|"((?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b|\b(?:O_)?TMPFILE\b")


@dataclass(frozen=True)
class Change:
    """A call of the system, and the place that it changes."""

    call: str
    place: str


def _text(escaped: str) -> str:
    raw, _ = codecs.escape_decode(escaped.encode("latin-1"))
    return os.fsdecode(raw)


def _named(arguments: str, at: str) -> list[str]:
    """The places that the arguments name, each from the folder that stands before it."""
    found, folder = [], at
    for place, name in _PART.findall(arguments):
        if place:
            folder = _text(place)
        elif name:
            whole = os.path.join(folder, _text(name))  # noqa: PTH118 - an absolute name replaces
            head, tail = os.path.split(os.path.normpath(whole))
            found.append(str(Path(head).resolve() / tail))
            folder = at
    return found


def changes_of(line: str, at: Path) -> list[Change]:
    """What a line of strace tells of, of a program that works in the folder `at`."""
    read = _LINE.match(line)
    if read is None:
        return []
    call, arguments, _, given = read.groups()
    if call in ("open", "openat", "openat2"):
        if not _WRITES.search(arguments):
            return []
        return [
            Change(call, one) for one in ([_text(given)] if given else _named(arguments, str(at)))
        ]
    named = _named(arguments, str(at))
    if call in ("symlink", "symlinkat"):
        named = named[-1:]  # what a link holds is no place that is changed
    return [Change(call, one) for one in named]


def changed_by(
    command: Sequence[str | Path], *, at: Path, environment: Mapping[str, str], into: Path
) -> tuple[subprocess.CompletedProcess[str], list[Change]]:
    """Run a command and its children to their ends; how it ended, and everything they changed.

    Skips the test where strace is not installed, or may not watch.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed; the gate installs it")
    into.mkdir()
    tried = subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"strace may not watch here: {tried.stderr.strip()[:200]}")
    calls = ",".join(f"?{call}" for call in _CALLS)
    watched = [strace, "-qq", "-ff", "-y", "-s", "8192", "-e", f"trace={calls}", "-e", "signal=none",
               "-o", into / "calls"]  # fmt: skip
    done = subprocess.run(
        [*watched, *command], cwd=at, env=dict(environment), capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    lines = [
        line
        for file in sorted(into.iterdir())
        for line in file.read_text(encoding="latin-1").splitlines()
    ]
    return done, [change for line in lines for change in changes_of(line, at)]


def outside(changes: Sequence[Change], *allowed: Path) -> list[Change]:
    """The changes of what lies in none of these folders."""
    folders = [folder.resolve() for folder in allowed]
    return [
        change
        for change in changes
        if change.place not in _HARMLESS
        and not any(Path(change.place).is_relative_to(folder) for folder in folders)
    ]
