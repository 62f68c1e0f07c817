"""Step 6 of the gap report, for subjects: which are asked, when, and what they have (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dayhand import Confidence
from dayhand_education.allocation import Supply, allocate
from dayhand_education.case import Case, Demand
from dayhand_education.counting import Line, count, in_hours, tags_of, total
from dayhand_education.cycle import Window, years_after
from dayhand_education.models import SubjectStatus
from dayhand_education.rule_set import Alternate, Cycles, Subject, Years

__all__ = ["subject_statuses"]

_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Asked:
    subject: Subject
    tag: str
    days: Window
    hours: Decimal
    note: str = ""


def subject_statuses(
    case: Case, lines: Sequence[Line], demand: Demand
) -> tuple[list[SubjectStatus], Decimal]:
    """Each subject asked with what it has, and the hours that went to subjects beside the total."""
    if not demand.factor:
        return [], _ZERO
    asked = [_asked(case, each, demand) for each in case.rules.subjects if _is_asked(case, each)]
    supplies = _supplies(case, lines, asked)
    needs = {each.tag: max(each.hours - _known(case, each), _ZERO) for each in asked}
    overlap = [
        *case.rules.overlap,
        *([s.tag, s.counts_as] for s in case.rules.subjects if s.counts_as),
    ]
    given = allocate([supply for _, supply in supplies], needs, overlap)
    statuses = [_status_of(case, each, supplies, given[each.tag], needs) for each in asked]
    extra = sum((given[each.tag] for each in asked if each.subject.extra), _ZERO)
    return statuses, extra


def _is_asked(case: Case, subject: Subject) -> bool:
    if subject.since and case.window.end < subject.since:
        return False
    if subject.when and subject.when not in case.settings.flags:
        return False
    kind = case.licence.type.upper()
    return not subject.licences or kind in {name.upper() for name in subject.licences}


def _asked(case: Case, subject: Subject, demand: Demand) -> _Asked:
    tag, note = subject.tag, subject.note
    if isinstance(subject.every, Alternate):
        tag, turn = _turn(case, subject, subject.every.alternate)
        note = f"{note}; {turn}" if note else turn
    once = subject.every == "once"
    hours = subject.min if once else demand.scaled(subject.min)
    return _Asked(subject, tag, _days(case, subject), hours, note)


def _days(case: Case, subject: Subject) -> Window:
    every, window = subject.every, case.window
    if isinstance(every, Cycles):
        return window.cycles(every.cycles, case.rules.period)
    if isinstance(every, Years):
        return Window(years_after(window.end, -every.years) + timedelta(days=1), window.end)
    return Window(date.min, window.end) if every == "once" else window


def _turn(case: Case, subject: Subject, other: str) -> tuple[str, str]:
    """Which of two subjects that take turns is asked in this cycle, and how that is known."""
    told = case.settings.turn.get(subject.tag)
    if told in (subject.tag, other):
        return str(told), "this cycle's turn, as set"
    previous = case.window.before(case.rules.period)
    lines, _ = count(case.credits, case.rules, previous, on=case.on, required=case.rules.hours)
    had = {
        tag: total(line for line in lines if tag in line.credit.subjects)
        for tag in (subject.tag, other)
    }
    for last, now in ((other, subject.tag), (subject.tag, other)):
        if subject.min <= had[last] and had[last] > had[now]:
            return now, f"in turn: the last cycle had {last}"
    return subject.tag, f"takes turns with {other}; the last cycle is not known, see 'turn'"


def _supplies(
    case: Case, lines: Sequence[Line], asked: Sequence[_Asked]
) -> list[tuple[date, Supply]]:
    """Hours that may serve subjects: those counted in this cycle, and earlier ones as they are."""
    supplies = [
        _supply(case, line.credit.completed_on, line.counted, line, asked) for line in lines
    ]
    for credit in case.credits:
        if credit.completed_on < case.window.start:
            hours = in_hours(credit, case.rules.hour_minutes)
            line = Line(credit, hours, hours)
            supplies.append(_supply(case, credit.completed_on, hours, line, asked))
    return supplies


def _supply(
    case: Case, day: date, hours: Decimal, line: Line, asked: Sequence[_Asked]
) -> tuple[date, Supply]:
    tags = tags_of(line.credit, case.rules)
    serves = frozenset(each.tag for each in asked if each.tag in tags and day in each.days)
    return day, Supply(hours, serves)


def _known(case: Case, asked: _Asked) -> Decimal:
    """Hours from the history of requirements met; an entry without hours is worth them all."""
    entries = [
        met
        for met in case.met
        if met.tag == asked.tag and met.met_on in asked.days and met.met_on <= case.on
    ]
    return sum((asked.hours if met.hours is None else met.hours for met in entries), _ZERO)


def _status_of(
    case: Case,
    asked: _Asked,
    supplies: Sequence[tuple[date, Supply]],
    given: Decimal,
    needs: dict[str, Decimal],
) -> SubjectStatus:
    subject = asked.subject
    earned = sum((supply.hours for _, supply in supplies if asked.tag in supply.tags), _ZERO)
    known = _known(case, asked)
    missing = needs[asked.tag] - given
    has_entry = any(met.tag == asked.tag and met.met_on in asked.days for met in case.met)
    met = not missing and (asked.hours > 0 or earned > 0 or has_entry)
    return SubjectStatus(
        tag=asked.tag,
        required=asked.hours,
        earned=earned + known,
        counted=asked.hours - missing,
        missing=missing,
        met=met,
        every=_every(subject),
        confidence=subject.confidence or _confidence(case, subject),
        note=asked.note,
    )


def _confidence(case: Case, subject: Subject) -> Confidence:
    marks: dict[str, Confidence] = {mark.field: mark.confidence for mark in case.rules.unverified}
    return marks.get(f"subjects.{subject.tag}", case.rules.confidence)


def _every(subject: Subject) -> str:
    every = subject.every
    if isinstance(every, Cycles):
        return f"once in {every.cycles} cycles"
    if isinstance(every, Years):
        return f"once in {every.years} years"
    if isinstance(every, Alternate):
        return f"in turn with {every.alternate}"
    return "once" if every == "once" else "each cycle"
