"""All rule sets at hand: those the plugin ships, and the practice's own in `rules/supervision/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dayhand
from dayhand import Practice, RuleBook, rule_schema
from dayhand_supervision.rule_set import RuleSet

__all__ = ["OWN", "SHIPPED", "json_schema", "rule_book"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/supervision"
"""Where a practice puts its own rule sets, relative to its folder."""


def rule_book(practice: Practice) -> RuleBook[RuleSet]:
    """The shipped rule sets, and those in the practice's `rules/supervision` folder.

    Raises:
        UserError: a file of the practice is no rule set; names the file and the place in it.
    """
    return dayhand.rule_book(practice, RuleSet, shipped=SHIPPED, own=OWN)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    return rule_schema(RuleSet, "Rule set of supervised experience")
