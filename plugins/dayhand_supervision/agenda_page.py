"""The de-identified agenda for a supervision meeting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dayhand import StepContext
from dayhand_practice.vocabulary import Client, without
from dayhand_supervision.models import Agenda, Meeting, Progress, Question
from dayhand_supervision.wording import LABELS, figure, write_page

__all__ = ["as_markdown", "write"]


def write(
    context: StepContext,
    meeting: Meeting | None,
    questions: Sequence[Question],
    clients: Sequence[Client],
    progress: Progress | None,
) -> Agenda:
    """Write the agenda under `out/supervision/`; details that could tell who a client is are
    taken out of its texts and named by kind.
    """
    cases, removed = _cases(questions, clients)
    day = (meeting.start if meeting else context.now).date()
    data = {
        "title": f"Supervision on {day.isoformat()}",
        "clinician": context.info.clinician.with_credentials,
        "practice": context.info.name,
        "when": _when(meeting),
        "cases": [case for case in cases if case["id"]],
        "general": [case["text"] for case in cases if not case["id"]],
        "hours": _hours(progress),
        "removed": removed,
        "made": context.today.isoformat(),
    }
    name = f"supervision/agenda-{day.isoformat()}"
    path, pdf = write_page(context, name, as_markdown(data), "supervision_agenda.typ", data)
    return Agenda(path=path, pdf=pdf, cases=len(data["cases"]), removed=removed)


def _cases(
    questions: Sequence[Question], clients: Sequence[Client]
) -> tuple[list[dict[str, Any]], list[str]]:
    cases: dict[str, dict[str, Any]] = {}
    general: list[dict[str, Any]] = []
    removed: list[str] = []
    for one in questions:
        text, kinds = without(str(one.text), clients)
        removed += [f"{one.id}: {kind}" for kind in kinds]
        if not one.client_id:
            general.append({"id": "", "text": text})
            continue
        case = cases.setdefault(
            one.client_id, {"id": one.client_id, "risk": False, "texts": [], "since": ""}
        )
        case["risk"] = case["risk"] or one.risk
        case["texts"].append(text)
        case["since"] = min(filter(None, (case["since"], one.raised_on.isoformat())))
    ordered = sorted(cases.values(), key=lambda case: (not case["risk"], case["since"]))
    for number, case in enumerate(ordered):
        case["name"] = f"Case {_letter(number)}"
    return ordered + general, removed


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def _when(meeting: Meeting | None) -> str:
    if meeting is None:
        return ""
    who = f" with {meeting.supervisor}" if meeting.supervisor else ""
    kind = LABELS[meeting.category].partition(", ")[2]
    return f"{meeting.start:%H:%M}–{meeting.end:%H:%M}, {kind}{who}"


def _hours(progress: Progress | None) -> list[str]:
    if progress is None:
        return []
    lines = [f"{figure(progress.total)} hours count so far, in {progress.weeks} weeks"]
    weak = [week for week in progress.recent if week.problem]
    lines += [f"Week of {week.start}, {week.setting}: {week.problem}" for week in weak[:4]]
    as_of = "an unknown date" if progress.as_of == "unknown" else progress.as_of
    sure = "" if progress.confidence == "H" else ", not verified with the board"
    lines.append(f"By {progress.rule_title}, as of {as_of}{sure}")
    return lines


def as_markdown(data: dict[str, Any]) -> str:
    """The agenda as Markdown."""
    when = f" · {data['when']}" if data["when"] else ""
    lines = [f"# {data['title']}", "", f"{data['clinician']} · {data['practice']}{when}", ""]
    for case in data["cases"]:
        risk = " · RISK" if case["risk"] else ""
        lines += [f"## {case['name']} · {case['id']}{risk}", ""]
        lines += [f"- {text}" for text in case["texts"]]
        lines += ["", "Advice:", "", "Decision:", ""]
    if data["general"]:
        lines += ["## Beside cases", "", *[f"- {text}" for text in data["general"]], ""]
    if not data["cases"] and not data["general"]:
        lines += ["Nothing is flagged.", ""]
    if data["hours"]:
        lines += ["## Hours", "", *[f"- {line}" for line in data["hours"]], ""]
    if data["removed"]:
        lines += [
            f"Taken out of the texts: {', '.join(data['removed'])}.",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"
