"""What the law says of releases, clocks and notices: dated data, the practice's own beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dayhand import Practice, UserError
from dayhand_collaboration.settings import CollaborationSettings

__all__ = ["OWN", "SHIPPED", "RuleSet", "Rules", "Unverified", "json_schema", "rules_of"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/collaboration"
"""Where a practice puts its own rule sets, relative to its folder."""
Confidence = Literal["H", "M", "L"]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unverified(_Rule):
    """A field that is less sure than the rest of the rule set."""

    field: str
    confidence: Confidence
    note: str = ""


class RuleSet(_Rule):
    """One body of rules. What a field leaves out, it says nothing about."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    valid_from: date | None = None
    """From when on. Among rule sets of one id the latest that is valid on the day counts."""
    access_days: int | None = Field(default=None, ge=1, le=365)
    """Days to answer a request for records."""
    access_extension_days: int | None = Field(default=None, ge=0, le=365)
    """Days more, once, if the person is told in writing before the first day."""
    accounting_years: int | None = Field(default=None, ge=1, le=30)
    """How far back an accounting of disclosures goes."""
    accounting_days: int | None = Field(default=None, ge=1, le=365)
    """Days to answer a request for an accounting."""
    not_accounted: list[str] = Field(default_factory=list)
    """Grounds of disclosure that an accounting may leave out."""
    release_max_months: int | None = Field(default=None, ge=1, le=600)
    """A release that lasts longer does not hold."""
    part2_notice: str = ""
    """The notice against redisclosure that goes with records under 42 CFR part 2."""
    excluded_from_access: list[str] = Field(default_factory=list)
    """What a person has no right to have."""
    notes: list[str] = Field(default_factory=list)
    unverified: list[Unverified] = Field(default_factory=list)
    as_of: str = Field(pattern=r"^(unknown|\d{4}(-\d\d(-\d\d)?)?)$")
    confidence: Confidence
    sources: list[str] = Field(min_length=1)


_SURE = {"H": "high", "M": "medium", "L": "low, not confirmed"}


@dataclass(frozen=True)
class Rules:
    """The rule sets that hold for the practice on a day; the stricter of two counts."""

    sets: tuple[RuleSet, ...]

    def _least(self, name: str) -> int:
        found = [getattr(one, name) for one in self.sets if getattr(one, name) is not None]
        if not found:
            raise UserError(
                f"no rule set of the practice says '{name}'",
                hint="add 'us-hipaa' to collaboration.rule_sets, or a rule set of your own",
            )
        return int(min(found))

    @property
    def access_days(self) -> int:
        return self._least("access_days")

    @property
    def access_extension_days(self) -> int:
        return self._least("access_extension_days")

    @property
    def accounting_days(self) -> int:
        return self._least("accounting_days")

    @property
    def accounting_years(self) -> int:
        """The longest that one asks."""
        found = [one.accounting_years for one in self.sets if one.accounting_years]
        return max(found) if found else self._least("accounting_years")

    @property
    def release_max_months(self) -> int | None:
        found = [one.release_max_months for one in self.sets if one.release_max_months]
        return min(found, default=None)

    @property
    def not_accounted(self) -> set[str]:
        """What every set that speaks of accountings leaves out."""
        found = [set(one.not_accounted) for one in self.sets if one.accounting_years]
        return set.intersection(*found) if found else set()

    @property
    def part2_notice(self) -> str:
        found = next((one.part2_notice for one in self.sets if one.part2_notice), "")
        if not found:
            raise UserError(
                "no rule set of the practice has the notice of 42 CFR part 2",
                hint="add 'us-42cfr2' to collaboration.rule_sets",
            )
        return found

    @property
    def excluded_from_access(self) -> list[str]:
        return [what for one in self.sets for what in one.excluded_from_access]

    def told(self) -> list[str]:
        """Where the rules come from, how sure they are, and what of them is not verified."""
        lines = []
        for one in self.sets:
            as_of = "an unknown date" if one.as_of == "unknown" else one.as_of
            lines.append(
                f"{one.title} ({one.id}), as of {as_of}, confidence {_SURE[one.confidence]};"
                f" {'; '.join(one.sources)}"
            )
            if one.confidence != "H":
                lines.append(f"{one.id} is not verified")
            for mark in one.unverified:
                note = f": {mark.note}" if mark.note else ""
                field = mark.field.replace("_", " ")
                lines.append(f"Not verified: {field} ({_SURE[mark.confidence]}){note}")
            lines += [f"Note: {note}" for note in one.notes]
        return lines


def rules_of(practice: Practice, on: date | None = None) -> Rules:
    """The rule sets that the settings name, as they are on the day.

    Raises:
        UserError: one is not known, not valid yet, or a file of the practice is no rule set.
    """
    settings: CollaborationSettings = practice.settings
    own = practice.files.resolve(OWN)
    files = [*sorted(SHIPPED.glob("*.json")), *(sorted(own.glob("*.json")) if own.is_dir() else ())]
    known = tuple(_read(files))
    day = on or practice.today
    return Rules(tuple(_find(known, name, day) for name in settings.rule_sets))


def _find(known: Sequence[RuleSet], name: str, on: date) -> RuleSet:
    versions = [one for one in known if one.id == name]
    valid = [one for one in versions if (one.valid_from or date.min) <= on]
    if not valid:
        reason = "is not valid yet on that day" if versions else "is not known"
        ids = ", ".join(sorted({one.id for one in known}))
        raise UserError(f"rule set '{name}' {reason}", hint=f"the rule sets are: {ids}")
    # of equal dates the later one wins: the practice's own files come after the shipped ones
    return max(reversed(valid), key=lambda one: one.valid_from or date.min)


def _read(files: Iterable[Path]) -> Iterable[RuleSet]:
    for file in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            content.pop("$schema", None)
            yield RuleSet.model_validate(content)
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            raise UserError(
                f"{OWN}/{file.name} is not a rule set", hint="; ".join(faults[:5])
            ) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise UserError(f"{OWN}/{file.name} is not a JSON mapping") from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    schema = RuleSet.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Rule set of releases, clocks and notices"
    schema["properties"]["$schema"] = {"type": "string"}
    return schema
