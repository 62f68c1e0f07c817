"""The year's plan: the hours still missing, spread over the months that are left (pure, but for the page)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal

from dayhand import StepContext
from dayhand_education.models import GapReport, Page, PlannedMonth, PlannedSubject, YearPlan
from dayhand_education.report import hours

__all__ = ["plan", "write"]

_HALF = Decimal("0.5")
_ZERO = Decimal(0)
_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def plan(
    gaps: Sequence[GapReport], on: date, *, skip: Sequence[int], price: Decimal, budget: Decimal
) -> YearPlan:
    """Spread what each licence misses over the rest of the year, in half hours.

    A cycle that ends later takes this year's share of it, by days; one that ends this year takes
    all, with its last month left free where there is another. The larger parts come first.
    """
    made = YearPlan(year=on.year, hours=_ZERO, cost=_ZERO)
    for gap in gaps:
        missing = max(gap.missing, *(one.missing for one in gap.subjects), _ZERO)
        share, months = _share(gap, on, missing), _months(gap, on, skip)
        if gap.status == "overdue":
            made.notes.append(
                f"{gap.licence}: the cycle has ended with {hours(missing)} h missing; ask the board"
            )
        elif share and not months:
            made.notes.append(f"{gap.licence}: no month is left for {hours(share)} h")
        else:
            made.hours = max(made.hours, share)  # one course may count for several licences
            _put(gap, [f"{on.year}-{month:02}" for month in months], share, made)
    made.cost = (made.hours * price).quantize(Decimal("0.01"))
    if budget and made.cost > budget:
        made.notes.append(
            f"{hours(made.hours)} h at {price:f} cost {made.cost:f},"
            f" which is above the budget of {budget:f}"
        )
    made.months.sort(key=lambda one: (one.month, one.licence))
    return made


def _put(gap: GapReport, months: Sequence[str], share: Decimal, made: YearPlan) -> None:
    """Put a licence's hours and subjects into the plan; what is asked rarely comes first."""
    tags: list[list[str]] = [[] for _ in months] or [[]]
    due = [one for one in gap.subjects if one.missing]
    for number, one in enumerate(sorted(due, key=lambda each: each.every == "each cycle")):
        tags[number % len(tags)].append(one.tag)
        made.subjects.append(
            PlannedSubject(
                licence=gap.licence,
                tag=one.tag,
                hours=one.missing,
                every=one.every,
                rare=one.every != "each cycle",
            )
        )
    made.months += [
        PlannedMonth(month=month, licence=gap.licence, hours=part, subjects=tag)
        for month, part, tag in zip(months, _spread(share, len(months)), tags, strict=False)
        if part or tag
    ]


def _share(gap: GapReport, on: date, missing: Decimal) -> Decimal:
    """This year's part of what is missing, in half hours."""
    last = date(on.year, 12, 31)
    if gap.window_end <= last:
        part = missing
    else:
        part = missing * ((last - on).days + 1) / ((gap.window_end - on).days + 1)
    return (part / _HALF).to_integral_value(rounding=ROUND_CEILING) * _HALF


def _months(gap: GapReport, on: date, skip: Sequence[int]) -> list[int]:
    """The months in which a course can be taken."""
    end = gap.window_end if gap.window_end.year == on.year else date(on.year, 12, 31)
    if end < on:
        return []
    months = [month for month in range(on.month, end.month + 1) if month not in skip]
    if gap.window_end.year == on.year and len(months) > 1:
        months = [month for month in months if month != end.month]
    return months


def _spread(total: Decimal, count: int) -> list[Decimal]:
    """Half hours as even as they go, the larger parts first."""
    if not count:
        return []
    halves = int(total / _HALF)
    return [(halves // count + (number < halves % count)) * _HALF for number in range(count)]


def write(context: StepContext, plan: YearPlan, gaps: Sequence[GapReport]) -> Page:
    """Write `out/ce/plan-<year>.md`."""
    lines = [f"# Continuing education, {plan.year}", ""]
    lines += [
        f"{hours(plan.hours)} h to plan" + (f", about {plan.cost:f}" if plan.cost else "") + ".",
        "",
    ]
    lines += ["## By month", ""]
    if plan.months:
        lines += ["| Month | Licence | Hours | Look for |", "| --- | --- | ---: | --- |"]
    for one in plan.months:
        name = _NAMES[int(one.month[-2:]) - 1]
        tags = ", ".join(tag.replace("_", " ") for tag in one.subjects)
        lines.append(f"| {name} | {one.licence} | {hours(one.hours)} | {tags} |")
    lines += [] if plan.months else ["Nothing is missing."]
    rare = [one for one in plan.subjects if one.rare]
    if rare:
        lines += ["", "## Asked once, or not in every cycle", ""]
        lines += [
            f"- {one.licence}: {one.tag.replace('_', ' ')}, {hours(one.hours)} h, {one.every}"
            for one in rare
        ]
    if plan.notes:
        lines += ["", "## To look at", "", *(f"- {one}" for one in plan.notes)]
    lines += ["", "## By which rules", ""]
    for gap in gaps:
        end = gap.window_end.isoformat()
        lines.append(
            f"- {gap.licence}, until {end}: {gap.rule_title}, as of {gap.as_of}, confidence {gap.confidence};"
            f" {gap.source}"
        )
    lines += ["", "Rules change. Before you book a course, compare with your board's own page.", ""]
    return Page(path=context.files.write(f"ce/plan-{plan.year}.md", "\n".join(lines)).path)
