"""The prep card of a session: the last note, the goals, what is due, what to have at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dayhand import StepContext
from dayhand_journal.list_page import Row, Section, write
from dayhand_journal.models import LastPlan
from dayhand_journal.page_models import MatchIn, PaperworkIn, PrepCard
from dayhand_journal.plan_models import MeasureDue, TreatmentPlan
from dayhand_journal.wording import Wording, clipped, count

__all__ = ["Known", "write_cards"]

_VERBS = {"fee_review": "talk about", "treatment_plan": "review"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the clients."""

    notes: Sequence[LastPlan] = ()
    plans: Sequence[TreatmentPlan] = ()
    measures: Sequence[MeasureDue] = ()
    paperwork: Sequence[PaperworkIn] = ()


def write_cards(
    context: StepContext, matches: Iterable[MatchIn], at: datetime | None, known: Known
) -> list[PrepCard]:
    """Write a card for each session, or for those that begin at a moment."""
    return [
        _write(context, match, known)
        for match in sorted(matches, key=lambda one: (one.event.start, one.client_id))
        if match.attendance == "scheduled" and (at is None or match.event.start == at)
    ]


def _write(context: StepContext, match: MatchIn, known: Known) -> PrepCard:
    wording = Wording.of(context)
    client = match.client_id
    note = next((one for one in known.notes if one.client_id == client), None)
    plan = next((one for one in known.plans if one.client_id == client), None)
    measures = [one for one in known.measures if one.client_id == client]
    papers = [one for one in known.paperwork if one.client_id == client]
    clinical = context.settings.day_sheet.plans
    sections = [
        *([_last(note, wording), _goals(plan, wording)] if clinical else []),
        _due(measures, papers, wording),
        Section("To have at hand", lines=_at_hand(measures, papers, note)),
        Section("Notes", room=6),
    ]
    start = match.event.start.astimezone(wording.zone)
    day = wording.day_of(start)
    when = f"{wording.long_date(day)}, {wording.span(start, match.event.end)}"
    how = ", by video" if match.event.video else ""
    path, pdf = write(
        context,
        f"prep/{day.isoformat()}-{start:%H%M}-{client}",
        f"{match.initials or '—'} · {client}",
        f"{when}{how}.",
        sections,
    )
    due = sum(one.is_due for one in measures)
    return PrepCard(client_id=client, path=path, pdf=pdf, measures=due, papers=len(papers))


def _last(note: LastPlan | None, wording: Wording) -> Section:
    if note is None:
        return Section("The last note", lines=("There is none yet.",))
    said = {
        "Risk": note.risk,
        "Plan": note.plan,
        "Homework": note.homework,
        "Measures": note.measures,
    }
    rows = [
        Row((name, clipped(text, 400)), urgent=name == "Risk")
        for name, text in said.items()
        if text
    ]
    state = ", not signed" if note.unsigned else ""
    more = f", with {count(note.addenda, 'addendum', 'addenda')}" if note.addenda else ""
    heading = f"The last note, {wording.short_date(note.date)}{more}{state}"
    return Section(heading, ("What", "It says"), ("16%", "1fr"), rows, "It says nothing of that.")


def _goals(plan: TreatmentPlan | None, wording: Wording) -> Section:
    if plan is None:
        return Section("Goals", lines=("No treatment plan is kept here.",))
    looked = wording.short_date(plan.reviews[-1] if plan.reviews else plan.made_on)
    verb = "reviewed" if plan.reviews else "made"
    rows = [
        Row((str(goal.n), clipped(goal.goal, 200), clipped(goal.objective, 200)))
        for goal in plan.goals
        if goal.state == "active"
    ]
    heading = f"Goals of {plan.id}, {verb} {looked}"
    return Section(
        heading, ("No.", "Goal", "Objective"), ("8%", "1fr", "1fr"), rows, "None is active."
    )


def _due(
    measures: Sequence[MeasureDue], papers: Sequence[PaperworkIn], wording: Wording
) -> Section:
    rows = [
        Row((one.measure, wording.short_date(one.due_on), _score(one)), urgent=one.days_left < 0)
        for one in measures
        if one.is_due
    ]
    rows += [
        Row(
            (
                one.title or one.kind.replace("_", " "),
                _day(one.due_on or one.expires, wording),
                one.state,
            ),
            urgent=one.state != "expiring",
        )
        for one in papers
    ]
    return Section("Due", ("What", "By", "State"), ("1fr", "20%", "34%"), rows)


def _day(day: date | None, wording: Wording) -> str:
    return wording.short_date(day) if day else ""


def _score(one: MeasureDue) -> str:
    return f"last score {one.scores[-1].score}" if one.scores else "no score yet"


def _at_hand(
    measures: Sequence[MeasureDue], papers: Sequence[PaperworkIn], note: LastPlan | None
) -> list[str]:
    """What to take along: forms to fill in, papers to sign, what was agreed."""
    found = [f"{one.measure}, to fill in" for one in measures if one.is_due]
    found += [
        f"{one.title or one.kind.replace('_', ' ')}, to {_VERBS.get(one.kind, 'sign')}"
        for one in papers
    ]
    found += ["the homework that was agreed"] if note is not None and note.homework else []
    return [f"– {text}" for text in found] or ["Nothing in particular."]
