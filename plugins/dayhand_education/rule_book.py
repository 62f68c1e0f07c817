"""All rule sets at hand: those the plugin ships, and the practice's own in `rules/*.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dayhand
from dayhand import Practice, rule_schema
from dayhand_education.rule_set import RuleSet

__all__ = ["OWN", "SHIPPED", "RuleBook", "json_schema", "rule_book"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules"
"""Where a practice puts its own rule sets, relative to its folder."""


class RuleBook(dayhand.RuleBook[RuleSet]):
    """The boards' rule sets; the day that counts is that on which a cycle ends."""

    def matching(self, licence_type: str, region: str) -> list[str]:
        """The ids of rule sets for a licence type in a region, then of nationwide ones."""
        kind, place = _plain(licence_type), region.strip().upper()
        place = "UK" if place == "GB" else place
        for regions in ({place}, {"US"}):
            found = {
                rules.id
                for rules in self.rules
                if rules.region in regions and kind in {_plain(name) for name in rules.licences}
            }
            if found:
                return sorted(found)
        return []


_SYNONYMS = {"PSYCHOLOGIST": "PSY"}


def _plain(licence_type: str) -> str:
    text = "".join(letter for letter in licence_type.upper() if letter.isalnum())
    return _SYNONYMS.get(text, text)


def rule_book(practice: Practice) -> RuleBook:
    """The shipped rule sets, and those in the practice's `rules` folder.

    Raises:
        UserError: a file of the practice is no rule set; names the file and the place in it.
    """
    return RuleBook(dayhand.rule_book(practice, RuleSet, shipped=SHIPPED, own=OWN).rules)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    return rule_schema(RuleSet, "dayhand continuing education rule set")
