"""The reviews of treatment plans: what is due, where the thread is broken, room for progress."""

from __future__ import annotations

from collections.abc import Sequence

from dayhand import StepContext
from dayhand_journal.list_page import Row, Section, write
from dayhand_journal.page_models import PlanPage
from dayhand_journal.plan_models import MeasureDue, PlanDue, ThreadFinding, TreatmentPlan
from dayhand_journal.wording import Wording, clipped, count

__all__ = ["write_page"]


def write_page(
    context: StepContext,
    due: Sequence[PlanDue],
    findings: Sequence[ThreadFinding],
    measures: Sequence[MeasureDue],
) -> PlanPage:
    """Write `out/plans/reviews-<day>.md` and `.pdf`."""
    wording = Wording.of(context)
    today = context.today
    overdue = sum(one.state == "overdue" for one in due)
    intro = (
        f"{count(len(due), 'plan')} to look at, {overdue} overdue; "
        f"{count(len(findings), 'break')} in the thread from diagnosis to note."
    )
    sections = [_due(due, wording), _thread(findings, wording)]
    sections += [_stub(one, one.plan, measures, wording) for one in due if one.plan is not None]
    path, pdf = write(
        context,
        f"plans/reviews-{today.isoformat()}",
        f"Treatment plans to review, {wording.short_date(today)}",
        intro,
        sections,
    )
    return PlanPage(path=path, pdf=pdf, due=len(due), overdue=overdue, findings=len(findings))


def _who(initials: str, client_id: str) -> str:
    return f"{initials or '—'} · {client_id}"


def _due(due: Sequence[PlanDue], wording: Wording) -> Section:
    rows = [
        Row(
            (
                wording.short_date(one.due_on) if one.due_on else "now",
                _who(one.initials, one.client_id),
                one.plan.id if one.plan else "none",
                str(one.sessions),
                f"{one.state}: {one.why}",
            ),
            urgent=one.state != "due",
        )
        for one in due
    ]
    header = ("Due", "Client", "Plan", "Sessions since", "Why")
    return Section("Due", header, ("16%", "18%", "12%", "14%", "1fr"), rows)


def _thread(findings: Sequence[ThreadFinding], wording: Wording) -> Section:
    rows = [
        Row(
            (
                wording.short_date(one.on),
                _who(one.initials, one.client_id),
                one.note_id,
                one.message,
            )
        )
        for one in findings
    ]
    header = ("Session", "Client", "Note", "What is broken")
    said = ("Each note names an active goal of a plan in force, and says what was done.",)
    return Section(
        "The golden thread",
        header,
        ("16%", "18%", "14%", "1fr"),
        rows,
        "No note of these weeks breaks it.",
        said,
    )


def _stub(
    one: PlanDue, plan: TreatmentPlan, measures: Sequence[MeasureDue], wording: Wording
) -> Section:
    scores = [
        f"{each.measure} {each.scores[-1].score} ({wording.short_date(each.scores[-1].on)})"
        for each in measures
        if each.client_id == plan.client_id and each.scores
    ]
    made = f"{plan.id}, made {wording.short_date(plan.made_on)}"
    last = plan.reviews[-1] if plan.reviews else None
    lines = [
        f"{made}, reviewed {wording.short_date(last)}." if last else f"{made}, not reviewed yet."
    ]
    lines += [f"Problem: {clipped(plan.problem, 300)}"] if plan.problem else []
    lines += [f"Last scores: {', '.join(scores)}"] if scores else []
    rows = [
        Row((str(goal.n), clipped(goal.goal, 160), clipped(goal.objective, 160), "", ""))
        for goal in plan.goals
        if goal.state == "active"
    ]
    return Section(
        f"Review: {_who(one.initials, one.client_id)}",
        ("No.", "Goal", "Objective", "Progress, 0–10", "Go on, change, met?"),
        ("7%", "1fr", "1fr", "14%", "20%"),
        rows,
        "The plan has no active goal.",
        lines,
        room=3,
    )
