"""Makes drafts of sessions: judges them, groups them, keeps them, and tells the approver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from dayhand import UserError
from dayhand_billing.books import Books
from dayhand_billing.drafting import Bench, Drafted, DraftLine, draft_lines, slot_of
from dayhand_billing.invoices import (
    billed_sessions,
    billed_slots,
    draft_of,
    keep_draft,
    missed_before,
)
from dayhand_billing.models import Drafts, SignedPolicy, UnsignedNoteIn
from dayhand_billing.summary import draft_summary
from dayhand_practice.vocabulary import Client, Session, from_cents

__all__ = ["GroupBy", "make_drafts"]

GroupBy = Literal["client", "session"]


def make_drafts(
    books: Books,
    sessions: Sequence[Session],
    *,
    now: datetime,
    group_by: GroupBy = "client",
    unsigned: Sequence[UnsignedNoteIn] | None = None,
    policies: Sequence[SignedPolicy] = (),
) -> Drafts:
    """Drafts of the sessions that are to be billed and are not yet.

    Raises:
        UserError: the settings ask for signed notes and nobody said which are not signed.
    """
    if books.settings.require_signed_note and unsigned is None:
        raise UserError(
            "billing.require_signed_note is on, and no step told billing.draft of open notes",
            hint="add 'unsigned_notes: ${{ steps.<id>.items }}' from a step journal.unsigned",
        )
    books.write()
    done = draft_lines(_bench(books, sessions, now, unsigned or (), policies), sessions)
    ids = [keep_draft(books, client, lines) for client, lines in _groups(done, group_by)]
    invoices = [draft_of(books.connection, draft_id) for draft_id in ids]
    return Drafts(
        ids=ids,
        invoices=invoices,
        total=from_cents(0) + sum(each.total for each in invoices),
        summary=draft_summary(invoices, done.problems, done.skipped, currency=books.info.currency),
        problems=done.problems,
        skipped=done.skipped,
    )


def _bench(
    books: Books,
    sessions: Sequence[Session],
    now: datetime,
    unsigned: Sequence[UnsignedNoteIn],
    policies: Sequence[SignedPolicy],
) -> Bench:
    connection = books.connection
    return Bench(
        info=books.info,
        settings=books.settings,
        now=now,
        billed=billed_sessions(connection, (each.id for each in sessions)),
        slots=billed_slots(connection, (slot_of(each) for each in sessions)),
        missed=missed_before(connection, (each.client.id for each in sessions)),
        unsigned=unsigned,
        policies=policies,
    )


def _groups(done: Drafted, group_by: GroupBy) -> list[tuple[Client, list[DraftLine]]]:
    groups: dict[str, tuple[Client, list[DraftLine]]] = {}
    for client, line in done.lines:
        key = client.id if group_by == "client" else line.session_id
        groups.setdefault(key, (client, []))[1].append(line)
    return [groups[key] for key in sorted(groups)]
