"""The steps for private entries. Nothing else in the plugin reads what they keep."""

from __future__ import annotations

from datetime import timedelta

from dayhand import Duration, Effect, Private, StepContext, step
from dayhand_journal.models import Checkin, CheckinScales, PsychotherapyNote, PsychotherapyWritten

__all__ = ["ALL"]


@step("journal.checkin", effect=Effect.RECORD, summary="Keep a private check-in with yourself")
def checkin(
    context: StepContext, *, scales: dict[str, int] | None = None, text: Private[str] = ""
) -> Checkin:
    """Keeps scales from 0 to 10 and a text, and tells how each scale goes.

    Args:
        scales: such as `{energy: 6, strain: 4}`.
        text: anything you want to keep for yourself.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.check_in(
            context, connection, scales=scales or {}, text=text, key=context.key
        )


@step("journal.checkins", effect=Effect.READ, summary="Read the scales of your check-ins")
def checkins(context: StepContext, *, back: Duration = timedelta(days=182)) -> list[CheckinScales]:
    """Day and scales of each check-in, the earliest first. The words stay where they are.

    Args:
        back: how far back.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.scales_since(context, connection, context.today - back)


@step(
    "journal.write_psychotherapy",
    effect=Effect.RECORD,
    summary="Keep a psychotherapy note, apart from the record",
)
def write_psychotherapy(
    context: StepContext, *, client_id: str, text: Private[str], initials: str = ""
) -> PsychotherapyWritten:
    """Keeps the note, sealed, in a table of its own and warns of lines that belong in the progress note.

    Args:
        client_id: the client, such as `C-0017`.
        text: the note.
        initials: the client's initials, for the list.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.write_psychotherapy(
            context,
            connection,
            client_id=client_id,
            initials=initials,
            text=text,
            key=context.key,
        )


@step("journal.psychotherapy", effect=Effect.READ, summary="Read a psychotherapy note")
def psychotherapy(context: StepContext, *, note: str) -> PsychotherapyNote:
    """The whole note; its text is private and needs an authorization of its own to be disclosed.

    Args:
        note: the note's id, such as `P-000003`.
    """
    from dayhand_journal import private_store

    with context.connect() as connection:
        return private_store.psychotherapy_note(context, connection, note)


ALL = (checkin, checkins, write_psychotherapy, psychotherapy)
