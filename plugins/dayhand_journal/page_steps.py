"""The steps that write pages. Babel is imported inside the steps."""

from __future__ import annotations

from datetime import date
from typing import Any

from dayhand import Effect, StepContext, step, typeset
from dayhand_journal.models import LastPlan, NoteStub, UnsignedNotes
from dayhand_journal.page_models import (
    AgendaIn,
    BalanceIn,
    ConflictIn,
    DaySheet,
    EveningPage,
    EventIn,
    MatchIn,
    PaperworkIn,
)
from dayhand_practice.vocabulary import Session

__all__ = ["ALL"]


@step(
    "journal.day_sheet",
    effect=Effect.WRITE,
    summary="Write the day sheet: timetable and prep cards, with initials only",
)
def day_sheet(
    context: StepContext,
    *,
    agenda: AgendaIn,
    matches: list[MatchIn] | None = None,
    unknown: list[EventIn] | None = None,
    others: list[EventIn] | None = None,
    plans: list[LastPlan] | None = None,
    balances: list[BalanceIn] | None = None,
    paperwork: list[PaperworkIn] | None = None,
    conflicts: list[ConflictIn] | None = None,
) -> DaySheet:
    """Writes `out/day/<date>.md` and, unless the settings want none, a PDF beside it.

    No client is named; plans and goals are clinical text, so keep the sheet where the notes are,
    or leave them out with `day_sheet: {plans: false}`.

    Args:
        agenda: the day, from `calendar.agenda`.
        matches: the sessions with their clients, `matched` of `calendar.match`.
        unknown: events that look like sessions, `unknown` of `calendar.match`.
        others: other events, `others` of `calendar.match`.
        plans: from `journal.last_plans`.
        balances: from `billing.balances`.
        paperwork: from `practice.paperwork_due`.
        conflicts: from `calendar.conflicts`.
    """
    from dayhand_journal.day_sheet import Day, as_markdown, page

    day = Day(
        agenda,
        matches or (),
        unknown or (),
        others or (),
        plans or (),
        balances or (),
        paperwork or (),
        conflicts or (),
        context.settings.day_sheet,
    )
    data = page(context, day)
    name = agenda.start.isoformat()
    path, pdf = _write(context, name, as_markdown(data), "day_sheet.typ", data)
    return DaySheet(path=path, pdf=pdf, cards=len(data["cards"]))


@step(
    "journal.evening_page",
    effect=Effect.WRITE,
    summary="Write the evening page: today's notes, what is to be signed, and tomorrow",
)
def evening_page(
    context: StepContext,
    *,
    sessions: list[Session] | None = None,
    notes: list[NoteStub] | None = None,
    unsigned: UnsignedNotes | None = None,
    tomorrow: AgendaIn | None = None,
    tomorrow_matches: list[MatchIn] | None = None,
    tomorrow_unknown: list[EventIn] | None = None,
    day: date | None = None,
    clock_changes: list[str] | None = None,
) -> EveningPage:
    """Writes `out/day/<date>-evening.md` and, unless the settings want none, a PDF beside it.

    Args:
        sessions: `sessions` of `practice.record_sessions`; those of other days are not shown.
        notes: their notes, `notes` of `journal.stubs`.
        unsigned: from `journal.unsigned`.
        tomorrow: the next working day, from `calendar.agenda`.
        tomorrow_matches: its sessions, `matched` of `calendar.match`.
        tomorrow_unknown: its events without a client, `unknown` of `calendar.match`.
        day: the day the page is for; the run's own day if left out.
        clock_changes: what to know of changes of the clock, `items` of `schedule.clock_changes`.
    """
    from dayhand_journal.evening_page import Evening, as_markdown, page

    evening = Evening(
        day or context.today,
        sessions or (),
        notes or (),
        unsigned or UnsignedNotes(),
        tomorrow,
        tomorrow_matches or (),
        tomorrow_unknown or (),
        context.settings.day_sheet,
        clock_changes or (),
    )
    data = page(context, evening)
    name = f"{evening.day.isoformat()}-evening"
    path, pdf = _write(context, name, as_markdown(data), "evening_page.typ", data)
    sessions_tomorrow = sum(row[3] == "session" for row in data["tomorrow"])
    return EveningPage(
        path=path,
        pdf=pdf,
        sessions=len(data["today"]),
        unsigned=len(evening.unsigned.items),
        tomorrow=sessions_tomorrow,
    )


def _write(
    context: StepContext, name: str, text: str, template: str, data: dict[str, Any]
) -> tuple[str, str]:
    written = context.files.write(f"day/{name}.md", text)
    if not context.settings.day_sheet.pdf:
        return written.path, ""
    printed = typeset(context, template, data)
    return written.path, context.files.write(f"day/{name}.pdf", printed).path


ALL = (day_sheet, evening_page)
