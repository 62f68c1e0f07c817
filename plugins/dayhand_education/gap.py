"""The gap report: what a licence still needs, by the rules of its board (pure).

1. the cycle, from the licence's expiry date; 2.–5. the hours that count (`counting`), and those
carried in from the last cycle if it had more than it needed; 6. the total, the subjects
(`subjects`), other minimums and artefacts; 7. earned, counted, rejected and missing; 8. the status:

| status      | when                                                                    |
|-------------|-------------------------------------------------------------------------|
| ok          | nothing is missing                                                      |
| overdue     | something is missing and the cycle has ended                            |
| behind_pace | the part counted is more than 0.15 below the part of the cycle gone by  |
| gap         | something is missing, and the pace is kept                              |
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from dayhand_education.case import Case, Demand
from dayhand_education.counting import Line, count, total
from dayhand_education.cycle import Window, months_before, unlike_the_rules, years_after
from dayhand_education.models import (
    ArtefactStatus,
    CountedCredit,
    Credit,
    FloorStatus,
    GapReport,
    GapStatus,
    Severity,
    SubjectStatus,
)
from dayhand_education.rule_set import RuleSet
from dayhand_education.subjects import subject_statuses

__all__ = ["gap", "severity"]

_ZERO = Decimal(0)
_HALF = Decimal("0.5")
_SLACK = Decimal("0.15")
_FIRM = {"H": "high", "M": "medium", "L": "low"}


def gap(case: Case) -> GapReport:
    """What the licence still needs."""
    rules, case = case.rules, _for_this_licence(case)
    demand = _demand(case)
    lines, rejected = count(case.credits, rules, case.window, on=case.on, required=demand.required)
    carried = _carried_in(case, demand.required)
    subjects, extra = subject_statuses(case, lines, demand)
    counted = total(lines) - extra
    have = counted + carried
    missing = max(demand.required - have, _ZERO)
    floors, artefacts = _floors(case, lines, demand), _artefacts(case)
    parts: list[SubjectStatus | FloorStatus | ArtefactStatus] = [*subjects, *floors, *artefacts]
    complete = not missing and all(part.met for part in parts)
    pace = have / demand.required if demand.required else Decimal(1)
    return GapReport(
        **_heading(case, complete=complete, pace=pace),
        summary=_summary(missing, subjects, floors, artefacts),
        required=demand.required,
        earned=sum((line.hours for line in lines), _ZERO),
        carried_in=carried,
        counted=counted,
        missing=missing,
        carry_forward=_carry_forward(rules, case.window, lines, have - demand.required),
        subjects=subjects,
        floors=floors,
        artefacts=artefacts,
        credits=[_counted(line) for line in lines],
        rejected=rejected,
        without_certificate=[line.credit.id for line in lines if not line.credit.certificate],
        notes=[*_notes(case), *demand.notes, *rules.notes],
    )


def _heading(case: Case, *, complete: bool, pace: Decimal) -> dict[str, Any]:
    """Which licence, which cycle, by which rules, and how it stands."""
    rules, licence, window = case.rules, case.licence, case.window
    elapsed, days = window.elapsed(case.on), (window.end - case.on).days
    status = _status(complete=complete, pace=pace, elapsed=elapsed, days=days)
    return {
        "licence": licence.key,
        "type": licence.type,
        "region": licence.region,
        "number": licence.number,
        "rule_set": rules.id,
        "rule_title": rules.title,
        "status": status,
        "severity": severity(days, complete=complete, behind=status == "behind_pace"),
        "computed_on": case.on,
        "window_start": window.start,
        "window_end": window.end,
        "days_left": days,
        "elapsed": elapsed.quantize(Decimal("0.01")),
        "as_of": rules.as_of,
        "source": "; ".join(rules.sources),
        "sources": rules.sources,
        "confidence": rules.confidence,
        "unverified": rules.unverified,
    }


def _for_this_licence(case: Case) -> Case:
    """The case with only the credits and history that count for the licence, listings named."""
    key, approvals = case.licence.key, case.settings.approvals
    courses: list[Credit] = []
    for credit in case.credits:
        if credit.licences and key not in credit.licences:
            continue
        by = {name.casefold() for name in credit.approved_by}
        listings = [
            listing
            for listing, names in approvals.items()
            if by & {name.casefold() for name in names}
        ]
        courses.append(credit.model_copy(update={"approved_by": [*credit.approved_by, *listings]}))
    met = [each for each in case.met if each.licence in ("", key)]
    return Case(case.rules, case.licence, case.window, courses, case.on, met, case.settings)


def _demand(case: Case) -> Demand:
    """The hours asked, fewer in a first renewal where the board says so."""
    rules, window, issued = case.rules, case.window, case.licence.issued
    told = case.settings.first_renewal
    is_first = bool(issued and window.start < issued <= window.end) if told is None else told
    if not is_first or rules.first_renewal == "full":
        return Demand(rules.hours)
    if rules.first_renewal == "exempt":
        return Demand(_ZERO, _ZERO, ["first renewal: no hours are asked"])
    if rules.first_renewal == "half":
        middle = window.start + (window.end - window.start) / 2
        if issued and issued < middle:
            return Demand(rules.hours, notes=["licensed in the first half: all hours are asked"])
        note = "first renewal, licensed in the second half: half of the hours are asked"
        return Demand(_whole(rules.hours * _HALF), _HALF, [note])
    if not issued:
        note = "the first renewal is prorated, but the licence has no issue date: all are asked"
        return Demand(rules.hours, notes=[note])
    part = 1 - window.elapsed(issued)
    note = f"first renewal, prorated from {issued.isoformat()}; ask the board for the exact number"
    return Demand(_whole(rules.hours * part), part, [note])


def _whole(hours: Decimal) -> Decimal:
    return hours.to_integral_value(rounding=ROUND_CEILING)


def _carried_in(case: Case, required: Decimal) -> Decimal:
    """Hours from the last cycle: only what it had beyond its own need, up to the limit."""
    rules, limit = case.rules, case.rules.carry_over or _ZERO
    if not limit or not required:
        return _ZERO
    if case.settings.carried_in is not None:
        return min(case.settings.carried_in, limit)
    previous = case.window.before(rules.period)
    lines, _ = count(case.credits, rules, previous, on=case.on, required=rules.hours)
    return _carry_forward(rules, previous, lines, total(lines) - rules.hours)


def _carry_forward(
    rules: RuleSet, window: Window, lines: Sequence[Line], excess: Decimal
) -> Decimal:
    if rules.carry_over_window_months:
        since = months_before(window.end, rules.carry_over_window_months)
        lines = [line for line in lines if line.credit.completed_on > since]
    return max(min(rules.carry_over or _ZERO, excess, total(lines)), _ZERO)


def _floors(case: Case, lines: Sequence[Line], demand: Demand) -> list[FloorStatus]:
    rules, floors = case.rules, list[FloorStatus]()
    if not demand.factor:
        return floors
    for floor in rules.min_formats:
        kinds = {"live", "webinar"} if floor.format == "live" else {floor.format}
        hours = total(line for line in lines if line.credit.format in kinds)
        floors.append(_floor("format", floor.format, demand.scaled(floor.min), hours))
    for listing, share in rules.min_share.items():
        hours = total(line for line in lines if listing in line.credit.approved_by)
        floors.append(_floor("share", listing, demand.required * share, hours))
    if rules.min_categories and rules.min_categories_exempt not in case.settings.flags:
        used = {line.credit.category for line in lines if line.counted and line.credit.category}
        floors.append(
            _floor("categories", "categories", Decimal(rules.min_categories), Decimal(len(used)))
        )
    for category, hours_asked in rules.min_categories_hours.items():
        hours = total(line for line in lines if line.credit.category == category)
        floors.append(_floor("category", category, demand.scaled(hours_asked), hours))
    return floors + _years(case, lines)


def _years(case: Case, lines: Sequence[Line]) -> list[FloorStatus]:
    """The hours of each year of the cycle that has begun."""
    asked, start = case.rules.min_per_year, case.window.start
    if asked is None:
        return []
    floors: list[FloorStatus] = []
    for index in range(case.rules.period.years):
        first = years_after(start, index)
        year = Window(first, years_after(start, index + 1) - timedelta(days=1))
        if first <= case.on:
            hours = total(line for line in lines if line.credit.completed_on in year)
            floors.append(_floor("year", f"year from {first.isoformat()}", asked, hours))
    return floors


def _floor(kind: str, name: str, required: Decimal, counted: Decimal) -> FloorStatus:
    missing = max(required - counted, _ZERO)
    return FloorStatus.model_validate(
        {
            "kind": kind,
            "name": name,
            "required": required,
            "counted": counted,
            "missing": missing,
            "met": not missing,
        }
    )


def _artefacts(case: Case) -> list[ArtefactStatus]:
    made: dict[str, date] = {}
    for met in case.met:
        if met.met_on in case.window and met.met_on <= case.on:
            made[met.tag] = max(met.met_on, made.get(met.tag, met.met_on))
    return [
        ArtefactStatus(tag=tag, met=tag in made, met_on=made.get(tag))
        for tag in case.rules.artefacts
    ]


def _status(*, complete: bool, pace: Decimal, elapsed: Decimal, days: int) -> GapStatus:
    if complete:
        return "ok"
    if days < 0:
        return "overdue"
    return "behind_pace" if pace < elapsed - _SLACK else "gap"


def severity(days: int, *, complete: bool, behind: bool = False) -> Severity:
    """How much it presses, by the days left: 180, 90, 30, 14."""
    if complete:
        return "none"
    if days < 0:
        return "overdue"
    steps: list[tuple[int, Severity]] = [(14, "critical"), (30, "urgent"), (90, "warning")]
    for limit, level in steps:
        if days <= limit:
            return level
    return "notice" if days <= 180 or behind else "none"


def _summary(
    missing: Decimal,
    subjects: Sequence[SubjectStatus],
    floors: Sequence[FloorStatus],
    artefacts: Sequence[ArtefactStatus],
) -> str:
    parts = [f"{_text(missing)} h in all"] if missing else []
    for subject in subjects:
        if not subject.met:
            hours = f"{_text(subject.missing)} h " if subject.missing else ""
            parts.append(f"{hours}{subject.tag}")
    for floor in floors:
        if not floor.met:
            unit = " " if floor.kind == "categories" else " h "
            parts.append(f"{_text(floor.missing)}{unit}{floor.name}")
    parts += [artefact.tag for artefact in artefacts if not artefact.met]
    return "missing: " + ", ".join(parts) if parts else "nothing is missing"


def _text(hours: Decimal) -> str:
    return f"{hours.quantize(Decimal('0.01')).normalize():f}"


def _counted(line: Line) -> CountedCredit:
    credit = line.credit
    return CountedCredit(
        hours=line.hours,
        counted=line.counted,
        **credit.model_dump(
            include={
                "id",
                "completed_on",
                "title",
                "provider",
                "subjects",
                "format",
                "category",
                "certificate",
            }
        ),
    )


def _notes(case: Case) -> list[str]:
    rules, notes = case.rules, list[str]()
    odd = unlike_the_rules(rules.period, case.window.end)
    if odd and case.settings.cycle is None:
        notes.append(odd)
    if case.window.end < case.on:
        notes.append(
            "the licence's date has passed: once renewed, write the new date into practice.yaml"
        )
    if rules.carry_over is None:
        notes.append("the texts seen say nothing of carrying hours over: none are carried")
    if rules.confidence != "H":
        notes.append(f"confidence in this rule set is {_FIRM[rules.confidence]}: ask the board")
    notes += _kept(case)
    return notes


def _kept(case: Case) -> list[str]:
    """Until when the board wants the certificates of this cycle kept."""
    kept = case.rules.retention
    if kept is None:
        return []
    years = f"{kept.years} year{'s' * (kept.years != 1)}"
    if kept.from_ == "completion":
        days = [one.completed_on for one in case.credits if one.completed_on in case.window]
        if not days:
            return [f"keep each certificate for {years} from the day of the course"]
        last = years_after(max(days), kept.years)
        return [f"keep each certificate for {years} from its course; the last so far until {last}"]
    last = years_after(case.window.end, kept.years)
    return [f"keep the certificates of this cycle until {last}: {years} from its last day"]
