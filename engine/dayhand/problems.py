"""A mistake of the author of a routine or of settings, as a value: where, what, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mark", "Problem", "Severity", "by_place", "closest"]

Severity = str
ERROR: Severity = "error"
WARNING: Severity = "warning"
ADVICE: Severity = "advice"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text: `line` and `column` count from 1, `length` in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: a stable kebab-case `code`, a lower-case `message`, what to do as `hint`.

    `plugin` is the one for want of which it is a mistake.
    """

    mark: Mark
    code: str
    message: str
    hint: str = ""
    severity: Severity = ERROR
    plugin: str = ""

    @property
    def is_error(self) -> bool:
        """True unless it is only a warning, or advice."""
        return self.severity == ERROR


def by_place(problems: list[Problem]) -> list[Problem]:
    """The problems once each, sorted by file, line and column."""
    return sorted(
        dict.fromkeys(problems), key=lambda p: (p.mark.file, p.mark.line, p.mark.column, p.code)
    )


def closest(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """The known word that `word` was most likely meant to be, or None."""
    import difflib  # only needed once something is wrong

    folded = {name.lower().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
