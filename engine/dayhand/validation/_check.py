"""What one check of a routine is about, and what it has found so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dayhand import document
from dayhand.catalogue import Catalogue, StepSpec
from dayhand.model.routine import Input, Routine
from dayhand.problems import ADVICE, WARNING, Mark, Problem
from dayhand.validation import _words
from dayhand.validation._shape import Shape

_CROWD = 300

__all__ = ["Check", "RoutineHead"]


@dataclass(frozen=True, slots=True)
class RoutineHead:
    """What other routines need to know of one: its inputs, what it calls, and whose end starts it.

    `inputs` is None where they cannot be told, because the routine itself has problems.
    """

    name: str
    inputs: tuple[Input, ...] | None = ()
    calls: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @classmethod
    def of(cls, routine: Routine | RoutineHead) -> RoutineHead:
        """The head of a checked routine."""
        if isinstance(routine, RoutineHead):
            return routine
        calls = tuple(step.call.routine for step in routine.walk() if step.call)
        after = tuple(trigger.value for trigger in routine.triggers if trigger.kind == "routine")
        return cls(routine.name, routine.inputs, tuple(dict.fromkeys(calls)), after)


@dataclass(slots=True)
class Check:
    """One check in progress. `routines` is None where the other routines are not known."""

    document: document.Document
    catalogue: Catalogue
    routines: Mapping[str, RoutineHead] | None
    file_stem: str | None
    today: date
    problems: list[Problem] = field(default_factory=list)
    advice: list[Problem] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    _shapes: dict[str, Shape] = field(default_factory=dict)

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was most likely meant; no more guesses once very much is wrong."""
        return None if len(self.problems) > _CROWD else _words.near(word, known)

    def guess(self, word: str, known: Iterable[str], what: str) -> str:
        """A hint: the name most likely meant, and the names there are."""
        return "" if len(self.problems) > _CROWD else _words.guess(word, known, what)

    def note(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        """A mistake."""
        self.problems.append(Problem(mark, code, message, hint))

    def lacks(self, mark: Mark, plugin: str, code: str, message: str, hint: str) -> None:
        """A step whose plugin is missing, so that the routine is to be quarantined."""
        self.missing[plugin] = None
        self.problems.append(Problem(mark, code, message, hint, plugin=plugin))

    def warn(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        """Something that is allowed and may not be meant."""
        self.problems.append(Problem(mark, code, message, hint, WARNING))

    def advise(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        """Something that is right and could be simpler."""
        self.advice.append(Problem(mark, code, message, hint, ADVICE))

    def quiet(self) -> Check:
        """The same check, noting into lists of its own."""
        return Check(
            self.document, self.catalogue, self.routines, self.file_stem, self.today,
            missing=self.missing, _shapes=self._shapes,
        )  # fmt: skip

    def extend(self, problems: Iterable[Problem]) -> None:
        """Mistakes found elsewhere."""
        self.problems.extend(problems)

    def inputs_shape(self, spec: StepSpec) -> Shape:
        """The compiled schema of a step's inputs."""
        if spec.name not in self._shapes:
            self._shapes[spec.name] = Shape(_plain(spec.inputs), expressions=True)
        return self._shapes[spec.name]


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    return dict(schema)
