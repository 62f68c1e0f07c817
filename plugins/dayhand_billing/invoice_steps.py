"""The steps that draft, issue, render and correct invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from dayhand import Effect, Month, StepContext, step
from dayhand_billing.models import (
    BilledSession,
    CreditNote,
    Discarded,
    Drafts,
    InvoiceItem,
    Issued,
    OpenedBalances,
    OpeningBalanceIn,
    RenderedFile,
    SignedPolicy,
    UnsignedNoteIn,
    Voided,
)
from dayhand_practice.vocabulary import Session, cents

__all__ = ["STEPS"]

# SQLAlchemy and Typst are imported inside the steps, so that describing these costs little.


@step("billing.draft", effect=Effect.RECORD, summary="Draft invoices of sessions, to be approved")
def draft(
    context: StepContext,
    *,
    sessions: list[Session],
    group_by: Literal["client", "session"] = "client",
    unsigned_notes: list[UnsignedNoteIn] | None = None,
    paperwork: list[SignedPolicy] | None = None,
) -> Drafts:
    """Draft invoices of sessions: no number is used and nothing is owed until they are issued.

    Sessions on an issued invoice are left out with the reason; those on an earlier draft move to
    the new one. Problems are listed in `problems` and, for the approver, in `summary`.

    Args:
        sessions: the sessions to bill, as practice.sessions returns them in items.
        group_by: an invoice for each client, or for each session.
        unsigned_notes: notes that are not signed, from journal.unsigned; needed where the
            setting require_signed_note is on.
        paperwork: papers on file, from practice.paperwork; needed to charge for missed sessions.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.drafts import make_drafts

    with context.connect() as connection:
        return make_drafts(
            Books.of(context, connection),
            sessions,
            now=context.now,
            group_by=group_by,
            unsigned=unsigned_notes,
            policies=paperwork or (),
        )


@step("billing.discard", effect=Effect.RECORD, summary="Delete drafts that are not wanted")
def discard(context: StepContext, *, drafts: list[str]) -> Discarded:
    """Delete drafts; their sessions can be drafted again. An issued invoice is never deleted.

    Args:
        drafts: ids of drafts, as billing.draft returns them in ids.
    """
    from dayhand_billing import invoices
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return invoices.discard(Books.of(context, connection), drafts)


@step("billing.issue", effect=Effect.RECORD, summary="Number drafts and make them owed")
def issue(context: StepContext, *, drafts: list[str]) -> Issued:
    """Issue drafts: the numbers follow each other without a gap, whatever is rolled back.

    Credit that clients have is used at once, for what is due first.

    Args:
        drafts: ids of drafts, as billing.draft returns them in ids, in the order of their numbers.
    """
    from dayhand_billing import invoices
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return invoices.issue(Books.of(context, connection), drafts)


@step("billing.render", effect=Effect.WRITE, summary="Typeset an invoice or a credit note as PDF")
def render(context: StepContext, *, invoice: str) -> RenderedFile:
    """Typeset an invoice or a credit note, with what is paid and open today.

    The file is PDF/A-3a and PDF/UA-1. Its name is the number; a draft is marked as one.

    Args:
        invoice: the number of an invoice or a credit note, or the id of a draft.
    """
    from dayhand_billing.documents import write_invoice

    return write_invoice(context, invoice)


@step("billing.invoices", effect=Effect.READ, summary="Invoices by state, month or client")
def list_invoices(
    context: StepContext,
    *,
    state: Literal["draft", "issued", "void", "open", "overdue"] | None = None,
    month: Month | None = None,
    client_ids: list[str] | None = None,
) -> list[InvoiceItem]:
    """Invoices in order of their number, drafts last; for reminders, or to look through.

    Args:
        state: only those in this state; open is issued and not fully paid, overdue is past due.
        month: only those issued (drafts: made) in this month.
        client_ids: only those of these clients.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.listing import invoice_list

    with context.connect() as connection:
        books = Books.of(context, connection)
        return invoice_list(books, state=state, month=month, clients=client_ids)


@step("billing.credit", effect=Effect.RECORD, summary="Write a credit note on an invoice")
def credit(
    context: StepContext,
    *,
    invoice: str,
    reason: str,
    amount: Decimal | None = None,
    sessions: list[str] | None = None,
) -> CreditNote:
    """Take something off an issued invoice, with a credit note of its own numbered series.

    What had been paid beyond the rest becomes the client's credit.

    Args:
        invoice: the number of the invoice.
        reason: why, as printed on the credit note.
        amount: how much; all that is left to credit where it is not given.
        sessions: ids of the sessions to credit; all on the invoice where none are given.
    """
    from dayhand_billing import corrections
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return corrections.credit(
            Books.of(context, connection),
            invoice,
            reason=reason,
            amount=None if amount is None else cents(amount),
            sessions=sessions or (),
        )


@step("billing.void", effect=Effect.RECORD, summary="Void an invoice; it keeps its number")
def void(context: StepContext, *, invoice: str, reason: str) -> Voided:
    """Void an issued invoice, so that its sessions can be billed again; what was paid is credit.

    Args:
        invoice: the number of the invoice.
        reason: why, as kept in the books.
    """
    from dayhand_billing import corrections
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return corrections.void(Books.of(context, connection), invoice, reason=reason)


@step("billing.freed", effect=Effect.READ, summary="Sessions of void invoices, to be billed again")
def freed(context: StepContext) -> list[BilledSession]:
    """The sessions of void invoices that are on no other: what practice.mark_billed takes."""
    from dayhand_billing import corrections

    with context.connect() as connection:
        return corrections.freed(connection)


@step(
    "billing.open_balances",
    effect=Effect.RECORD,
    summary="Carry over what clients owed when the books began",
)
def open_balances(context: StepContext, *, balances: list[OpeningBalanceIn]) -> OpenedBalances:
    """Carry over balances from before the books began; the same list again changes nothing.

    Args:
        balances: as practice.opening_balances returns them; positive is owed, negative is credit.
    """
    from dayhand_billing import opening
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return opening.open_balances(Books.of(context, connection), balances)


STEPS = (draft, discard, issue, render, list_invoices, credit, void, freed, open_balances)
