"""The golden thread: from diagnosis over plan and goal to what each note says was done (pure).

For each note with anything in it, of a session of the client:

| rule              | broken where                                                                |
|-------------------|-----------------------------------------------------------------------------|
| `no_plan`         | no treatment plan held on the day of the session                            |
| `old_plan`        | the plan was made or reviewed longer ago than the review interval           |
| `no_goal`         | the note names no goal of the plan                                          |
| `other_goal`      | a goal it names is not in the plan, or was met or dropped by then           |
| `no_intervention` | it does not say what was done: no such section, and no word for it          |
| `diagnosis`       | the plan's diagnoses are not those that are billed for that day             |

Source: the progress note as payers audit it; domain facts B3. Messages name no client and quote
nothing of a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from dayhand_journal.formats import FORMATS, is_empty
from dayhand_journal.models import Note
from dayhand_journal.plan_models import Rule, ThreadFinding, TreatmentPlan
from dayhand_journal.plan_store import in_force
from dayhand_journal.settings import PlanReview
from dayhand_practice.vocabulary import Client, Session

__all__ = ["findings", "goals_named"]

_NUMBER = re.compile(r"^\W*(?:goal\s*)?#?(\d{1,2})\b", re.IGNORECASE)
_TEXTS = ("subjective", "data", "objective", "assessment", "plan")


def findings(
    notes: Iterable[Note],
    plans: Sequence[TreatmentPlan],
    sessions: Iterable[Session],
    settings: PlanReview,
) -> list[ThreadFinding]:
    """What is broken, by client and day."""
    by_session = {session.id: session for session in sessions}
    found = [
        one
        for note in notes
        if note.session_id in by_session and not is_empty(note.sections)
        for one in _of_note(note, plans, by_session[note.session_id], settings)
    ]
    return sorted(found, key=lambda one: (one.client_id, one.on, one.note_id, one.rule))


def _of_note(
    note: Note, plans: Sequence[TreatmentPlan], session: Session, settings: PlanReview
) -> Iterator[ThreadFinding]:
    day = session.start.date()
    plan = in_force(plans, note.client_id, day)
    broken: list[tuple[Rule, str]] = []
    if plan is None:
        broken.append(("no_plan", "no treatment plan held on that day"))
    else:
        broken += _of_plan(note, plan, session.client, day, settings)
    if not _says_what_was_done(note, settings.interventions):
        broken.append(("no_intervention", "it does not say what you did"))
    for rule, message in broken:
        yield ThreadFinding(
            client_id=note.client_id,
            initials=note.initials,
            note_id=note.id,
            on=day,
            rule=rule,
            message=message,
        )


def _of_plan(
    note: Note, plan: TreatmentPlan, client: Client, day: date, settings: PlanReview
) -> Iterator[tuple[Rule, str]]:
    age = (day - plan.looked_at(day)).days
    if age > settings.every.days:
        yield "old_plan", f"the plan was {age} days old, {settings.every.days} are the most"
    named, others = goals_named(note, plan, day)
    if not named:
        yield "no_goal", "it names no active goal of the plan"
    if others:
        yield "other_goal", f"{others} of the goals it names are not active in the plan"
    billed = {
        str(one.code)
        for one in client.diagnoses
        if one.effective_from <= day and (one.effective_to is None or day <= one.effective_to)
    }
    if billed != {str(code) for code in plan.diagnoses}:
        yield "diagnosis", "the plan's diagnoses are not those billed for that day"


def goals_named(note: Note, plan: TreatmentPlan, day: date) -> tuple[set[int], int]:
    """The numbers of the active goals a note names, and how many others it names.

    A line of the section on goals names one by its number (`1`, `Goal 2: …`), or by its words.
    """
    text = "\n".join(str(note.sections.get(name, "")) for name in ("goals", "goal"))
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    active = {goal.n: goal for goal in plan.goals if goal.is_active_on(day)}
    named: set[int] = set()
    others = 0
    for line in lines:
        number = _NUMBER.match(line)
        by_words = [n for n, goal in active.items() if _says(line, str(goal.goal))]
        if number and int(number[1]) in active:
            named.add(int(number[1]))
        elif by_words:
            named.update(by_words)
        else:
            others += 1
    return named, others


def _says(line: str, goal: str) -> bool:
    said, wanted = line.casefold(), " ".join(goal.split()).casefold()
    return len(said) > 3 and (said in wanted or wanted in said)


def _says_what_was_done(note: Note, verbs: Iterable[str]) -> bool:
    if "intervention" in FORMATS[note.format]:
        return bool(str(note.sections.get("intervention", "")).strip())
    text = " ".join(str(note.sections.get(name, "")) for name in _TEXTS).casefold()
    return any(re.search(rf"\b{re.escape(verb.casefold())}", text) for verb in verbs)
