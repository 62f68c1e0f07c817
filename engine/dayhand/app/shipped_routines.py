"""The routines that dayhand or a plugin ships, and what the practice made of them.

When a routine is copied into the practice, the text it was copied from is kept under
`.dayhand/shipped/`. So a later version can be merged with the owner's edits: three texts, of which the
kept one is what both began with.

| state | the practice's copy |
|---|---|
| `not copied` | is not there |
| `as shipped` | is the shipped text |
| `update` | is as it was copied, and the shipped text is newer |
| `edited` | was edited, and the shipped text is what it was copied from |
| `edited, update` | was edited, and the shipped text is newer |
| `edited, base unknown` | differs, and nothing tells what it was copied from: an older practice |
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dayhand.errors import UserError
from dayhand.merging import Conflict, Merged, merge
from dayhand.problems import closest
from dayhand.resources import beginning, shipped

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = [
    "Outcome",
    "ShippedRoutine",
    "ShippedRoutines",
    "State",
    "Take",
    "activities",
    "all_shipped",
    "chosen",
    "copy",
]

State = Literal[
    "not copied", "as shipped", "update", "edited", "edited, update", "edited, base unknown"
]
Take = Literal["mine", "shipped"]


@dataclass(frozen=True, slots=True)
class ShippedRoutine:
    """A routine as it is shipped; `gate` and `phi` are told where the catalogue has it."""

    name: str
    activity: str
    path: Path
    number: int | None = None
    phi: int | None = None
    gate: str = ""

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did, or would do. `text` is the copy afterwards."""

    routine: ShippedRoutine
    state: State
    text: str = ""
    conflicts: tuple[Conflict, ...] = ()
    refused: str = ""

    @property
    def changes(self) -> bool:
        """True if there is something to write."""
        return bool(self.text) and not self.refused


def all_shipped() -> list[ShippedRoutine]:
    """Every shipped routine, by activity and number."""
    source = shipped("routines")
    facts = json.loads((source / "catalogue.json").read_text(encoding="utf-8"))["routines"]
    found = [
        ShippedRoutine(file.stem, file.parent.name, file, **_facts(facts.get(file.stem, {})))
        for file in source.rglob("*.yaml")
    ]
    return sorted(found, key=lambda one: (one.activity, one.number or 99, one.name))


def _facts(of: dict[str, Any]) -> dict[str, Any]:
    return {name: of[name] for name in ("number", "phi", "gate") if name in of}


def activities() -> list[str]:
    """The activities that the shipped routines serve."""
    return sorted({one.activity for one in all_shipped()})


def chosen(wanted: Collection[str] | None) -> list[ShippedRoutine]:
    """The shipped routines of some activities; all of them where none is named.

    Raises:
        UserError: there is no such activity.
    """
    known = activities()
    for name in wanted or ():
        if name not in known:
            guess = closest(name, tuple(known))
            hint = f"did you mean '{guess}'?" if guess else f"there are: {', '.join(known)}"
            raise UserError(f"there is no activity '{name}'", hint=hint)
    return [one for one in all_shipped() if wanted is None or one.activity in wanted]


def copy(folder: Path, routines: Iterable[ShippedRoutine]) -> list[str]:
    """Copy shipped routines into a practice, grouped as they are shipped; their names, sorted."""
    names = []
    for one in routines:
        target = folder / "routines" / one.activity / f"{one.name}.yaml"
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(target, one.text)
        _write(_base_of(folder, one.name), one.text)
        names.append(one.name)
    return sorted(names)


def _base_of(folder: Path, name: str) -> Path:
    return folder / ".dayhand" / "shipped" / f"{name}.yaml"


def _write(path: Path, text: str) -> None:
    """Whole or not at all, for the owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(path)


class ShippedRoutines:
    """The shipped routines beside a practice's copies."""

    def __init__(self, app: App) -> None:
        self._app = app

    @cached_property
    def routines(self) -> Sequence[ShippedRoutine]:
        """Dayhand's own, then those of plugins that are in use; a name that is taken is left out."""
        found = {one.name: one for one in all_shipped()}
        for folder in self._app.catalogue.folders:
            files = sorted(Path(folder.routines).rglob("*.yaml")) if folder.routines else ()
            for file in files:
                found.setdefault(file.stem, ShippedRoutine(file.stem, folder.plugin, file))
        return list(found.values())

    @cached_property
    def _copies(self) -> dict[str, Path]:
        """The practice's files by name, wherever they lie."""
        folder = self._app.folder / "routines"
        return {file.stem: file for file in sorted(folder.rglob("*.yaml"), reverse=True)}

    def find(self, name: str) -> ShippedRoutine:
        """A shipped routine by name.

        Raises:
            UserError: there is none.
        """
        for one in self.routines:
            if one.name == name:
                return one
        guess = closest(name, tuple(one.name for one in self.routines))
        hint = (
            f"did you mean '{guess}'?" if guess else "'dayhand routines list --shipped' lists them"
        )
        raise UserError(f"neither dayhand nor a plugin ships a routine '{name}'", hint=hint)

    def copy_of(self, routine: ShippedRoutine) -> Path | None:
        """The practice's copy, at whatever place under `routines/`."""
        return self._copies.get(routine.name)

    def state(self, routine: ShippedRoutine) -> State:
        """What the practice made of it; see the module."""
        file = self.copy_of(routine)
        if file is None:
            return "not copied"
        mine, base = _read(file), self._base(routine)
        if mine == routine.text:
            return "as shipped"
        if base is None:
            return "edited, base unknown"
        if mine == base:
            return "update"
        return "edited" if base == routine.text else "edited, update"

    def _base(self, routine: ShippedRoutine) -> str | None:
        file = _base_of(self._app.folder, routine.name)
        return _read(file) if file.is_file() else None

    def add(self, routine: ShippedRoutine) -> Path:
        """Copy one into the practice.

        Raises:
            UserError: the practice has a routine of that name.
        """
        there = self.copy_of(routine)
        if there is not None:
            raise UserError(
                f"the practice has {self._app.book.shown(there)} already",
                hint=f"'dayhand routines diff {routine.name}' shows how it differs",
            )
        copy(self._app.folder, [routine])
        return self._app.folder / "routines" / routine.activity / f"{routine.name}.yaml"

    def diff(self, routine: ShippedRoutine) -> str:
        """From the shipped text to the practice's, as a unified diff; empty where they are the same.

        Raises:
            UserError: it is not copied.
        """
        file = self._needed(routine)
        lines = unified_diff(
            routine.text.splitlines(),
            _read(file).splitlines(),
            f"shipped/{routine.activity}/{routine.name}.yaml",
            str(self._app.book.shown(file)),
            lineterm="",
        )
        return "\n".join(lines)

    def _needed(self, routine: ShippedRoutine) -> Path:
        file = self.copy_of(routine)
        if file is None:
            raise UserError(
                f"the practice has no copy of '{routine.name}'",
                hint=f"'dayhand routines add {routine.name}' makes one",
            )
        return file

    def plan(self, routine: ShippedRoutine, *, take: Take | None = None) -> Outcome:
        """What an update would make of the practice's copy. Nothing is written.

        Without `take` a copy in which both changed the same place stays as it is; `mine` keeps your
        version of such places, `shipped` takes the shipped one, and everything else is merged.

        Raises:
            UserError: it is not copied.
        """
        file, state, base = self._needed(routine), self.state(routine), self._base(routine)
        if state in ("as shipped", "edited"):
            return Outcome(routine, state)
        if base is None:
            return self._without_base(routine, state, take)
        merged = merge(
            base, _read(file), routine.text, take="theirs" if take == "shipped" else "mine"
        )
        if merged.conflicts and take is None:
            return Outcome(routine, state, _read(file), merged.conflicts, "both changed it")
        return self._checked(routine, state, merged)

    def _without_base(self, routine: ShippedRoutine, state: State, take: Take | None) -> Outcome:
        """An older practice: two texts and nothing that tells who changed what."""
        mine = _read(self._needed(routine))
        if take == "shipped":
            return Outcome(routine, state, routine.text)
        if take == "mine":
            return Outcome(routine, state, mine)
        told = "it differs, and nothing tells whether you or dayhand changed it"
        return Outcome(routine, state, mine, (), told)

    def _checked(self, routine: ShippedRoutine, state: State, merged: Merged) -> Outcome:
        """A merged text that has mistakes is not written: two right halves can make a wrong whole."""
        from dayhand.document import read
        from dayhand.validation.routine import check_routine

        book = self._app.book
        checked = check_routine(
            read(merged.text, file=f"{routine.name}.yaml"),
            self._app.catalogue,
            routines={one.name: one.routine for one in book if one.routine is not None},
            file_stem=routine.name,
        )
        wrong = [one for one in checked.problems if one.is_error]
        if wrong and not book.entries[routine.name].errors:
            told = f"put together it has mistakes, the first: {wrong[0].message}"
            return Outcome(routine, state, merged.text, merged.conflicts, told)
        return Outcome(routine, state, merged.text, merged.conflicts)

    def apply(self, outcome: Outcome) -> None:
        """Write what was planned, and keep the shipped text as what the copy comes from now."""
        file = self._needed(outcome.routine)
        if outcome.text != _read(file):
            _write(file, outcome.text)
        _write(_base_of(self._app.folder, outcome.routine.name), outcome.routine.text)

    def adopt(self) -> int:
        """Note, of copies that are as shipped, what they come from; how many were noted."""
        found = [
            one
            for one in self.routines
            if self.state(one) == "as shipped" and self._base(one) != one.text
        ]
        for one in found:
            _write(_base_of(self._app.folder, one.name), one.text)
        return len(found)


def _read(file: Path) -> str:
    try:
        return beginning(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{file.name} is not UTF-8 text", hint="save it as UTF-8") from error
