"""The practice's routines: each checked, and ready, broken, or quarantined with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import document
from dayhand.catalogue import Catalogue
from dayhand.document import Document
from dayhand.errors import CheckFailed, UserError
from dayhand.model.routine import Routine
from dayhand.problems import WARNING, Mark, Problem, closest
from dayhand.resources import beginning

if TYPE_CHECKING:
    from dayhand.validation.routine import Checked

__all__ = ["Book", "Entry", "needs_others"]

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One routine's file. `state` is `ready`, `broken` (its author must mend it) or `quarantined`
    (a plugin it needs is missing).
    """

    name: str
    file: Path
    document: Document
    routine: Routine | None
    problems: tuple[Problem, ...]
    missing: tuple[str, ...] = ()
    advice: tuple[Problem, ...] = ()

    @property
    def state(self) -> str:
        """Whether it can run."""
        if self.missing:
            return "quarantined"
        return "ready" if self.routine is not None else "broken"

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop it."""
        return tuple(problem for problem in self.problems if problem.is_error)

    def ready(self) -> Routine:
        """The routine, if it can run.

        Raises:
            CheckFailed: it has problems.
            UserError: a plugin it needs is missing.
        """
        if self.missing:
            raise UserError(
                f"routine '{self.name}' is quarantined: it needs the plugin {_listed(self.missing)}",
                hint=f"see: dayhand check {self.name}",
            )
        if self.routine is None:
            raise CheckFailed(self.problems)
        return self.routine


class Book:
    """The routines in a folder. All are checked together, so that calls between them are too; one that
    calls no other, and waits for none, can be had by itself."""

    def __init__(
        self, folder: Path, catalogue: Catalogue, *, today: date, shown_from: Path
    ) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._today = today
        self._shown_from = shown_from
        self._checked: dict[str, Entry] = {}
        self._is_whole = False

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    @cached_property
    def _all_files(self) -> list[Path]:
        return sorted(self._folder.rglob("*.yaml")) if self._folder.is_dir() else []

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {file.stem: file for file in self._all_files}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """By name, in the order of their names."""
        if not self._is_whole:
            found = self.check(self._files.values())
            self._checked = {name: self._with_namesakes(entry) for name, entry in found.items()}
            self._is_whole = True
        return self._checked

    def _with_namesakes(self, entry: Entry) -> Entry:
        """A routine has its file's name: of two files, in two folders, only one is looked at."""
        others = [
            file for file in self._all_files if file.stem == entry.name and file != entry.file
        ]
        if not others:
            return entry
        told = tuple(
            Problem(
                Mark(self.shown(file), 1, 1), "same-name",
                f"{self.shown(entry.file)} has the same name, so this file is not looked at",
                "rename one of them, and what stands at 'routine:' in it", WARNING,
            )
            for file in others
        )  # fmt: skip
        return replace(entry, problems=(*entry.problems, *told))

    def _entry(self, name: str) -> Entry | None:
        """One routine's entry; the others are looked at only where they matter to it."""
        if name not in self._files:
            return None
        if name not in self._checked:
            file = self._files[name]
            made = self.read(file)
            found = self._check_alone(file, made)
            if needs_others(found.routine):
                return self.entries[name]
            self._checked[name] = _as_entry(file, made, found)
        return self._checked[name]

    def _check_alone(self, file: Path, made: Document) -> Checked:
        from dayhand.validation.routine import check_routine

        return check_routine(made, self._catalogue, file_stem=file.stem, today=self._today)

    def check(self, files: Iterable[Path]) -> dict[str, Entry]:
        """Read and check files, as one set of routines that may call each other."""
        from dayhand.validation.routine import RoutineHead, check_routine

        documents = {file: self.read(file) for file in files}
        first = {file: self._check_alone(file, made) for file, made in documents.items()}
        heads = {
            file.stem: RoutineHead.of(checked.routine)
            if checked.routine
            else RoutineHead(file.stem, None)
            for file, checked in first.items()
        }
        entries = {}
        for file, made in documents.items():
            checked = first[file]
            if needs_others(checked.routine):
                checked = check_routine(
                    made, self._catalogue, routines=heads, file_stem=file.stem, today=self._today
                )
            entries[file.stem] = _as_entry(file, made, checked)
        return entries

    def read(self, file: Path) -> Document:
        """A routine's file as a located tree, named as the user would from where they are."""
        shown = self.shown(file)
        try:
            return document.read(beginning(file), file=shown)
        except OSError as error:
            told = f"the file cannot be read: {error.strerror}"
            hint = "look at its rights; a folder or a pipe cannot be a routine"
            problem = Problem(Mark(shown, 1, 1), "unreadable-file", told, hint)
            return Document(shown, "", None, (problem,))

    def shown(self, file: Path) -> str:
        """A file's name relative to where the user is, if it is below."""
        try:
            return str(file.resolve().relative_to(self._shown_from.resolve()))
        except ValueError:
            return str(file)

    def find(self, name: str) -> Entry:
        """A routine by its name, or by its file's path.

        Raises:
            UserError: there is none; the message guesses.
        """
        path = Path(name)
        wanted = path.stem if path.suffix == ".yaml" else name
        entry = self._entry(wanted)
        if entry is None:
            known = tuple(self._files)
            guess = closest(wanted, known)
            raise UserError(
                f"there is no routine '{wanted}'",
                hint=f"did you mean '{guess}'?" if guess else _there_are(known),
            )
        return entry

    def checked(self, name: str, digest: str) -> Routine | None:
        """The routine, if it was checked before in this text."""
        entry = self._checked.get(name)
        if entry is None or entry.state != "ready" or entry.routine is None:
            return None
        return entry.routine if entry.routine.digest == digest else None

    def ready(self, name: str) -> Routine:
        """A routine that can run.

        Raises:
            CheckFailed: it has problems.
            UserError: there is none of that name, or a plugin it needs is missing.
        """
        return self.find(name).ready()


def _there_are(names: tuple[str, ...]) -> str:
    if len(names) > _MOST_NAMED:
        return f"'dayhand routines list' lists the {len(names)} there are"
    return f"there are: {', '.join(names)}" if names else "routines/ is empty"


def _as_entry(file: Path, made: Document, checked: Checked) -> Entry:
    return Entry(
        file.stem, file, made, checked.routine, checked.problems, checked.missing, checked.advice
    )


def needs_others(routine: Routine | None) -> bool:
    """True if whether a routine can run depends on other routines, or is not known."""
    if routine is None:
        return True
    return any(step.call for step in routine.walk()) or any(
        trigger.kind == "routine" for trigger in routine.triggers
    )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"'{name}'" for name in names)
