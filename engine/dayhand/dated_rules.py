"""Rules that change, kept as dated and sourced data: a plugin's files, the practice's own beside them.

A rule of a board or a law is never code. It stands in a JSON file that says since when it holds
(`valid_from`), what was read and when (`sources`, `as_of`), how sure that is (`confidence`), and
what of it is less sure (`unverified`). The practice replaces a rule set by a file of its own with
the same id, which counts from its day on; every report prints where its rules come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dayhand.errors import UserError
from dayhand.steps.context import Practice

__all__ = [
    "Confidence",
    "DatedRules",
    "RuleBook",
    "RulePart",
    "Unverified",
    "rule_book",
    "rule_schema",
    "rule_sources",
]

Confidence = Literal["H", "M", "L"]
"""H: primary text or the authority's own page seen; M: secondary source; L: not confirmed."""

_SURE = {
    "H": "high: the primary text or the authority's own page was read",
    "M": "medium: a secondary source, or only part of the primary text, was read",
    "L": "low: background knowledge, not confirmed",
}
_WORDS = {"H": "high", "M": "medium", "L": "low"}


class RulePart(BaseModel):
    """A part of a rule set: never changed, and with no field that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Unverified(RulePart):
    """A field that is less sure than the rest of the rule set."""

    field: str
    confidence: Confidence
    note: str = ""

    def told(self) -> str:
        """The field in words, how sure it is, and the remark."""
        words = self.field.replace(".", ": ").replace("_", " ")
        note = f": {self.note}" if self.note else ""
        return f"{words} (confidence {_WORDS[self.confidence]}){note}"


class DatedRules(RulePart):
    """What every rule set says of itself; a plugin's model adds the rules."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    valid_from: date | None = None
    notes: list[str] = Field(default_factory=list)
    unverified: list[Unverified] = Field(default_factory=list)
    as_of: str = Field(pattern=r"^(unknown|\d{4}(-\d\d(-\d\d)?)?)$")
    confidence: Confidence
    sources: list[str] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _without_schema_reference(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if key != "$schema"}
        return value

    def told(self) -> list[str]:
        """The lines for the end of a report: title, date, confidence, sources, what is not verified."""
        as_of = "an unknown date" if self.as_of == "unknown" else self.as_of
        return [
            f"{self.title} ({self.id}), as of {as_of}.",
            *rule_sources(
                confidence=self.confidence,
                sources=self.sources,
                unverified=self.unverified,
                notes=self.notes,
                name=self.id,
            ),
        ]


def rule_sources(
    *,
    confidence: Confidence,
    sources: Sequence[str],
    unverified: Sequence[Unverified],
    notes: Sequence[str],
    name: str = "",
) -> list[str]:
    """The lines that tell how sure rules are, their sources, and what of them is not verified.

    `name` names the rule set where a report goes by more than one.
    """
    lines = [f"Confidence {_SURE[confidence]}."]
    if confidence != "H":
        lines.append(f"{name or 'This rule set'} is not verified.")
    lines += [f"Source: {source}" for source in sources]
    lines += [f"Not verified: {mark.told()}" for mark in unverified]
    return lines + [f"Note: {note}" for note in notes]


R = TypeVar("R", bound=DatedRules)


@dataclass(frozen=True, slots=True)
class RuleBook(Generic[R]):
    """Rule sets of which a later one of the same id replaces an earlier one from its day on."""

    rules: tuple[R, ...]

    @property
    def ids(self) -> list[str]:
        """The ids, each once, sorted."""
        return sorted({rules.id for rules in self.rules})

    def find(self, rule_set: str, *, on: date) -> R:
        """The version of a rule set that is valid on the day.

        Raises:
            UserError: there is no such rule set, or none for that day.
        """
        versions = [rules for rules in self.rules if rules.id == rule_set]
        valid = [rules for rules in versions if (rules.valid_from or date.min) <= on]
        if not valid:
            reason = "is not valid yet on that day" if versions else "is not known"
            hint = f"the rule sets are: {', '.join(self.ids)}"
            raise UserError(f"rule set '{rule_set}' {reason}", hint=hint)
        # of equal dates the later one wins: the practice's own files come after the shipped ones
        return max(reversed(valid), key=lambda rules: rules.valid_from or date.min)


def rule_book(practice: Practice, model: type[R], *, shipped: Path, own: str) -> RuleBook[R]:
    """The rule sets in the plugin's folder `shipped`, and in the practice's folder `own`.

    A file holds one rule set or a list of them.

    Raises:
        UserError: a file is no rule set; names the file and the place in it.
    """
    folder = practice.files.resolve(own)
    files = [(file, file.name) for file in sorted(shipped.glob("*.json"))]
    if folder.is_dir():
        files += [(file, f"{own}/{file.name}") for file in sorted(folder.glob("*.json"))]
    return RuleBook(tuple(_read(files, model)))


def _read(files: Iterable[tuple[Path, str]], model: type[R]) -> Iterator[R]:
    for file, name in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(
                f"{name} is not JSON: {error}",
                hint="correct it there; a comma or a quote is missing or too many",
            ) from error
        for item in content if isinstance(content, list) else [content]:
            yield _rule_set(item, name, model)


def _rule_set(item: Any, name: str, model: type[R]) -> R:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UserError(f"{name} is not a rule set", hint="; ".join(faults[:5])) from error


def rule_schema(model: type[DatedRules], title: str) -> dict[str, Any]:
    """The JSON Schema of a rule file, for a `rules.schema.json` beside the plugin's manual."""
    schema = model.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = title
    schema["properties"]["$schema"] = {"type": "string"}
    return schema
