"""The steps that keep progress notes. SQL is imported inside the steps."""

from __future__ import annotations

from datetime import date, timedelta

from dayhand import Duration, Effect, Month, StepContext, UserError, step
from dayhand_journal.models import (
    LastPlan,
    Note,
    NoteStub,
    SignedNote,
    SkippedSession,
    Stubs,
    UnsignedNotes,
)
from dayhand_practice.vocabulary import Session

__all__ = ["ALL"]


@step(
    "journal.stubs",
    effect=Effect.RECORD,
    summary="Make an empty note for each attended session that has none",
)
def stubs(context: StepContext, *, sessions: list[Session]) -> Stubs:
    """Makes notes in the client's format, with times, place and service filled in.

    Never writes clinical content. A draft follows a change of its session, a signed note stays.

    Args:
        sessions: the sessions; those not attended get no note.
    """
    from dayhand_journal import note_store

    with context.connect() as connection:
        results = [note_store.stub(connection, session) for session in sessions]
    made = [each for each in results if isinstance(each, NoteStub)]
    skipped = [each for each in results if isinstance(each, SkippedSession)]
    return Stubs(notes=made, new=sum(note.created for note in made), skipped=skipped)


@step(
    "journal.last_plans",
    effect=Effect.READ,
    summary="Read what each client's last note plans for the next session",
)
def last_plans(context: StepContext, *, client_ids: list[str]) -> list[LastPlan]:
    """The plan, goals, homework, risk and measures of the last note with anything written.

    `unsigned` tells that this note is still a draft. A client without notes is left out.

    Args:
        client_ids: the clients, such as `C-0017`.
    """
    from dayhand_journal import note_store

    with context.connect() as connection:
        return note_store.last_plans(connection, client_ids, before=context.now)


@step("journal.notes", effect=Effect.READ, summary="Notes by their headers, of some days")
def list_notes(
    context: StepContext,
    *,
    month: Month | None = None,
    start: date | None = None,
    end: date | None = None,
    client_ids: list[str] | None = None,
) -> list[NoteStub]:
    """The notes of some days by header alone, earliest session first: nothing of their text.

    Args:
        month: those of sessions in this month.
        start: those of sessions on this day or later.
        end: those of sessions on this day or earlier.
        client_ids: only those of these clients.
    """
    from dayhand_journal import note_store

    if month and (start or end):
        raise UserError("give either a month or start and end", hint="leave one of them out")
    first, last = _month(month) if month else (start or date.min, end or date.max)
    with context.connect() as connection:
        found = note_store.listed(connection, context.now.tzinfo)
    return [
        one
        for one in reversed(found)
        if one.start is not None
        and first <= one.start.date() <= last
        and (client_ids is None or one.client_id in client_ids)
    ]


@step(
    "journal.unsigned",
    effect=Effect.READ,
    summary="List the notes that are not signed, oldest first",
)
def unsigned(context: StepContext, *, older_than: Duration = timedelta(0)) -> UnsignedNotes:
    """Drafts by the time since their session ended; addenda by the time since they were written.

    Args:
        older_than: leaves out those younger than this.
    """
    from dayhand_journal import note_store

    late_after = context.settings.late_after
    with context.connect() as connection:
        return note_store.unsigned(
            connection, now=context.now, older_than=older_than, late_after=late_after
        )


@step("journal.sign", effect=Effect.RECORD, summary="Sign a note and lock it")
def sign(context: StepContext, *, note: str, signed_by: str = "") -> SignedNote:
    """Locks the note under a seal over its content. Have a person approve before this step.

    Args:
        note: the note's id, such as `N-000012`.
        signed_by: who signs; the clinician with credentials if left out.
    """
    from dayhand_journal import note_store

    with context.connect() as connection:
        return note_store.sign(
            connection,
            note,
            by=signed_by or context.info.clinician.with_credentials,
            at=context.now,
            late_after=context.settings.late_after,
        )


@step("journal.note", effect=Effect.READ, summary="Read a note with its addenda")
def note(context: StepContext, *, note: str) -> Note:
    """The whole note; its text is sensitive.

    Args:
        note: the note's id, such as `N-000012`.
    """
    from dayhand_journal import note_store

    with context.connect() as connection:
        return note_store.find(connection, note, context.now.tzinfo)


@step(
    "journal.signed_notes",
    effect=Effect.READ,
    summary="Read the signed notes of a client, for a package of records",
)
def signed_notes(
    context: StepContext, *, client_id: str, start: date | None = None, end: date | None = None
) -> list[Note]:
    """Whole notes with their addenda, earliest first. Drafts and psychotherapy notes are never in it.

    Args:
        client_id: the client, such as `C-0017`.
        start: from this day on.
        end: to this day.
    """
    from dayhand_journal import note_store

    with context.connect() as connection:
        return note_store.signed(connection, client_id, context.now.tzinfo, start=start, end=end)


def _month(month: str) -> tuple[date, date]:
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


ALL = (stubs, last_plans, list_notes, unsigned, sign, note, signed_notes)
