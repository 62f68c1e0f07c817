"""All rule sets at hand: those the plugin ships, and the practice's own in `rules/supervision/`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dayhand import Practice, UserError
from dayhand_supervision.rule_set import RuleSet

__all__ = ["OWN", "SHIPPED", "RuleBook", "json_schema", "rule_book"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/supervision"
"""Where a practice puts its own rule sets, relative to its folder."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rule sets of which a later one of the same id replaces an earlier one from its day on."""

    rules: tuple[RuleSet, ...]

    @property
    def ids(self) -> list[str]:
        return sorted({rules.id for rules in self.rules})

    def find(self, rule_set: str, *, on: date) -> RuleSet:
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


def rule_book(practice: Practice) -> RuleBook:
    """The shipped rule sets, and those in the practice's `rules/supervision` folder.

    Raises:
        UserError: a file of the practice is no rule set; names the file and the place in it.
    """
    own = practice.files.resolve(OWN)
    files = [*sorted(SHIPPED.glob("*.json")), *(sorted(own.glob("*.json")) if own.is_dir() else ())]
    return RuleBook(tuple(_read(files)))


def _read(files: Iterable[Path]) -> Iterable[RuleSet]:
    for file in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{OWN}/{file.name} is not JSON: {error}") from error
        for item in content if isinstance(content, list) else [content]:
            yield _rule_set(item, file.name)


def _rule_set(item: Any, name: str) -> RuleSet:
    try:
        return RuleSet.model_validate(item)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UserError(f"{OWN}/{name} is not a rule set", hint="; ".join(faults[:5])) from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    schema = RuleSet.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Rule set of supervised experience"
    schema["properties"]["$schema"] = {"type": "string"}
    return schema
