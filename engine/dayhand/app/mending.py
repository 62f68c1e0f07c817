"""Mends routines whose steps or inputs a plugin has renamed: the names are changed, and no byte beside.

What was there is kept under `.dayhand/before-upgrade/` before a file is written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import document
from dayhand.catalogue import Catalogue
from dayhand.editor import Edit, applied
from dayhand.errors import UserError
from dayhand.problems import Mark
from dayhand.resources import beginning

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = ["Mended", "mend", "mendings"]

_KEPT = "before-upgrade"
_DATA = ("with", "inputs")
"""Keys under which a name is a value of the author's, and no step."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A routine's file with its text before and after, and each change in words."""

    file: Path
    before: str
    after: str
    changes: tuple[str, ...]


def mendings(app: App) -> Iterator[Mended]:
    """Every routine of the practice that uses a name of an earlier version. Nothing is written."""
    for file in sorted((app.folder / "routines").rglob("*.yaml")):
        try:
            text = beginning(file).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # the check tells what is wrong with it
        read = document.read(text, file=os.path.relpath(file, app.folder))
        if read.root is None:
            continue
        found = list(_renamings(read.root, app.catalogue))
        if found:
            after = applied(text, (edit for edit, _ in found))
            yield Mended(file, text, after, tuple(told for _, told in found))


def mend(app: App, mended: Mended, stamp: str) -> Path:
    """Write a mended routine, after what was there is kept; where that is.

    Raises:
        UserError: the file was changed meanwhile, or cannot be written.
    """
    kept = app.data / _KEPT / stamp / mended.file.relative_to(app.folder / "routines")
    file = mended.file.resolve()
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        if file.read_bytes() != mended.before.encode():
            raise UserError(f"{mended.file.name} was changed meanwhile", hint="say it again")
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.write_bytes(mended.before.encode())
        kept.chmod(0o600)
        beside.write_bytes(mended.after.encode())
        beside.chmod(stat.S_IMODE(file.stat().st_mode))
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UserError(
            f"{mended.file.name} cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error
    return kept


def _renamings(node: document.Node, catalogue: Catalogue) -> Iterator[tuple[Edit, str]]:
    if isinstance(node, document.Sequence):
        for item in node.items:
            yield from _renamings(item, catalogue)
    elif isinstance(node, document.Mapping):
        yield from _of_step(node, catalogue)
        for entry in node.entries:
            if entry.key.text not in _DATA:
                yield from _renamings(entry.value, catalogue)


def _of_step(node: document.Mapping, catalogue: Catalogue) -> Iterator[tuple[Edit, str]]:
    """The changes of one step: its name, and its inputs' names, unless both names are there."""
    uses, given = node.get("uses"), node.get("with")
    if not isinstance(uses, document.Scalar):
        return
    name = uses.text
    renamed = catalogue.step_before(name)
    if renamed is not None:
        name = renamed.step
        yield _edit(uses, name), f"line {uses.mark.line}: {uses.text} → {name} ({renamed.version})"
    if not isinstance(given, document.Mapping):
        return
    for entry in given.entries:
        found = catalogue.input_before(name, entry.key.text)
        now = found.inputs[entry.key.text] if found else ""
        if found and now not in given.keys():  # noqa: SIM118 - of a document, which is no dict
            told = f"line {entry.key.mark.line}: {entry.key.text} → {now} ({found.version})"
            yield _edit(entry.key, now), told


def _edit(scalar: document.Scalar, new: str) -> Edit:
    mark: Mark = document.place(scalar, 0, len(scalar.text))
    return Edit.of(mark, new)
