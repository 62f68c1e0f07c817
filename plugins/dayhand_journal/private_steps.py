"""The steps for private entries. Nothing else in the plugin reads what they keep."""

from __future__ import annotations

from dayhand import Effect, Sensitive, StepContext, step
from dayhand_journal.models import Checkin, PsychotherapyNote, PsychotherapyWritten

__all__ = ["ALL"]


@step("journal.checkin", effect=Effect.RECORD, summary="Keep a private check-in with yourself")
def checkin(
    context: StepContext, *, scales: dict[str, int] | None = None, text: Sensitive[str] = ""
) -> Checkin:
    """Keeps scales from 0 to 10 and a text, and tells how each scale goes.

    Args:
        scales: such as `{energy: 6, strain: 4}`.
        text: anything you want to keep for yourself.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.check_in(
            connection, on=context.today, scales=scales or {}, text=text, key=context.key
        )


@step(
    "journal.write_psychotherapy",
    effect=Effect.RECORD,
    summary="Keep a psychotherapy note, apart from the record",
)
def write_psychotherapy(
    context: StepContext, *, client_id: str, text: Sensitive[str], initials: str = ""
) -> PsychotherapyWritten:
    """Keeps the note in a table of its own and warns of lines that belong in the progress note.

    Args:
        client_id: the client, such as `C-0017`.
        text: the note.
        initials: the client's initials, for the list.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.write_psychotherapy(
            connection,
            client_id=client_id,
            initials=initials,
            text=text,
            at=context.now,
            key=context.key,
        )


@step("journal.psychotherapy", effect=Effect.READ, summary="Read a psychotherapy note")
def psychotherapy(context: StepContext, *, note: str) -> PsychotherapyNote:
    """The whole note; its text is sensitive and needs an authorization of its own to be disclosed.

    Args:
        note: the note's id, such as `P-000003`.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.psychotherapy_note(connection, note, context.now.tzinfo)


ALL = (checkin, write_psychotherapy, psychotherapy)
