"""Steps 2 to 5 of the gap report: which credits of a cycle count, and for how many hours (pure).

Take those completed inside; drop repeats; turn minutes into the board's hours, rounded down to
half hours; apply the limits in the order of the rule set, then the limit of each category. What a
limit cuts is taken first from the credits that serve no subject, so that nothing asked is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from dayhand_education.cycle import Window
from dayhand_education.models import Credit, Rejected
from dayhand_education.rule_set import Cap, RuleSet

__all__ = ["Line", "count", "in_hours", "tags_of", "total"]

_ZERO = Decimal(0)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """A credit with its hours on paper and those that count."""

    credit: Credit
    hours: Decimal
    counted: Decimal


def stated_hours(credit: Credit, hour_minutes: int) -> Decimal:
    """The hours on the certificate, or its minutes in hours of the board."""
    if credit.hours is not None:
        return credit.hours
    return Decimal(credit.minutes or 0) / hour_minutes


def in_hours(credit: Credit, hour_minutes: int) -> Decimal:
    """The hours in halves, rounded down."""
    halves = (stated_hours(credit, hour_minutes) * 2).to_integral_value(rounding=ROUND_FLOOR)
    return halves / 2


def tags_of(credit: Credit, rules: RuleSet) -> set[str]:
    """The subjects it serves under the rule set, those that another one stands for included."""
    tags = set(credit.subjects) & rules.tags
    return tags | {s.counts_as for s in rules.subjects if s.counts_as and s.tag in tags}


def total(lines: Iterable[Line]) -> Decimal:
    """The hours that count."""
    return sum((line.counted for line in lines), _ZERO)


def count(
    courses: Sequence[Credit], rules: RuleSet, window: Window, *, on: date, required: Decimal
) -> tuple[list[Line], list[Rejected]]:
    """The credits of a cycle with the hours that count, and what does not count and why."""
    lines, rejected = _take(courses, rules, window, on)
    for cap in rules.caps:
        covered = [line for line in lines if _is_covered(line.credit, cap, rules)]
        limit = _limit(cap, required)
        lines = _cut(lines, covered, limit, name=cap.name, rules=rules, rejected=rejected)
    if rules.caps_each_category is not None:
        for category in sorted({line.credit.category for line in lines}):
            covered = [line for line in lines if line.credit.category == category]
            name = category or "credits without a category"
            lines = _cut(
                lines, covered, rules.caps_each_category, name=name, rules=rules, rejected=rejected
            )
    return lines, rejected


def _take(
    courses: Sequence[Credit], rules: RuleSet, window: Window, on: date
) -> tuple[list[Line], list[Rejected]]:
    lines: list[Line] = []
    rejected: list[Rejected] = []
    first: dict[str, Credit] = {}
    inside = (credit for credit in courses if credit.completed_on in window)
    for credit in sorted(inside, key=lambda c: (c.completed_on, c.id)):
        hours = in_hours(credit, rules.hour_minutes)
        title = " ".join(credit.title.casefold().split())
        if credit.completed_on > on:
            rejected.append(_rejected(credit, hours, f"dated after {on.isoformat()}"))
        elif title in first:
            reason = f"repeats {first[title].id or 'a course'} of this cycle"
            rejected.append(_rejected(credit, hours, reason))
        else:
            first[title] = credit
            lines.append(Line(credit, hours, hours))
            lost = (stated_hours(credit, rules.hour_minutes) - hours).quantize(_CENT)
            if lost:
                rejected.append(_rejected(credit, lost, "rounded down to half hours"))
    return lines, rejected


def _rejected(credit: Credit, hours: Decimal, reason: str) -> Rejected:
    return Rejected(id=credit.id, title=credit.title, hours=hours, reason=reason)


def _is_covered(credit: Credit, cap: Cap, rules: RuleSet) -> bool:
    if cap.tag:
        return cap.tag in credit.subjects or cap.tag in tags_of(credit, rules)
    if cap.format:
        return credit.format == cap.format
    return credit.category == cap.category


def _limit(cap: Cap, required: Decimal) -> Decimal:
    limits = [] if cap.max is None else [cap.max]
    if cap.max_share is not None:
        limits.append(required * cap.max_share)
    if cap.prorate == "one_third":
        limits.append(required / 3)
    return min(limits)


def _cut(
    lines: list[Line],
    covered: Collection[Line],
    limit: Decimal,
    *,
    name: str,
    rules: RuleSet,
    rejected: list[Rejected],
) -> list[Line]:
    excess = total(covered) - limit
    kept = {line.credit.id or id(line.credit): line for line in lines}
    for line in sorted(covered, key=lambda each: _worth(each, rules)):
        if excess <= 0:
            break
        cut = min(line.counted, excess)
        if cut:
            excess -= cut
            kept[line.credit.id or id(line.credit)] = replace(line, counted=line.counted - cut)
            reason = f"over the limit of {_text(limit)} h for {name}"
            rejected.append(_rejected(line.credit, cut, reason))
    return list(kept.values())


def _worth(line: Line, rules: RuleSet) -> tuple[int, bool, int]:
    """What is cut first: serves no subject, comes from an unlisted provider, is the latest."""
    listed = bool(set(rules.min_share) & set(line.credit.approved_by))
    return len(tags_of(line.credit, rules)), listed, -line.credit.completed_on.toordinal()


def _text(hours: Decimal) -> str:
    return f"{hours.quantize(_CENT).normalize():f}"
