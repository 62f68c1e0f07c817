"""The steps that read payments from a processor or an insurer, tell whose they are, and post them."""

from __future__ import annotations

from dayhand import Effect, StepContext, step
from dayhand_billing.posting_models import MatchedPayments, PaymentFile, PostedPayments, WrittenList

__all__ = ["STEPS"]

# SQLAlchemy and pyx12 are imported inside the steps, so that describing these costs little.


@step("billing.read_payments", effect=Effect.READ, summary="Read a processor's CSV or an 835")
def read_payments(context: StepContext, *, path: str) -> PaymentFile:
    """Read payments from a card processor's CSV or from a remittance advice (X12 835).

    A file whose figures do not add up is refused as a whole, with every place that is wrong.

    Args:
        path: the file, relative to the practice folder.
    """
    from dayhand_billing.posting import read_file

    return read_file(context.files.read(path), path)


@step("billing.match_payments", effect=Effect.READ, summary="Tell whose payments are")
def match_payments(context: StepContext, *, file: PaymentFile) -> MatchedPayments:
    """Tell whose each payment is: by our number, then by the amount that is open and the date.

    Where two invoices fit, or two payments, or none, it is listed and not posted.

    Args:
        file: as billing.read_payments returns it.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.posting import match

    with context.connect() as connection:
        return match(Books.of(context, connection), file)


@step("billing.post_payments", effect=Effect.RECORD, summary="Post matched payments")
def post_payments(context: StepContext, *, payments: MatchedPayments) -> PostedPayments:
    """Record the matched payments, all of them or none. The same file again changes nothing.

    What an insurer's contract takes off is written off its invoice, in the same transaction.

    Args:
        payments: as billing.match_payments returns them.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.posting import post

    with context.connect() as connection:
        return post(Books.of(context, connection), payments)


@step("billing.unmatched_list", effect=Effect.WRITE, summary="List payments that were not posted")
def unmatched_list(context: StepContext, *, payments: MatchedPayments) -> WrittenList:
    """Write what was not posted under out/payments/, with its line and the reason.

    Args:
        payments: as billing.match_payments returns them.
    """
    from dayhand_billing.posting import write_unmatched

    return write_unmatched(context, payments)


@step("billing.adjustments_list", effect=Effect.WRITE, summary="List what an insurer took off")
def adjustments_list(
    context: StepContext, *, payments: MatchedPayments, posted: PostedPayments
) -> WrittenList:
    """Write under out/payments/ what became of each adjustment of an insurer, and why.

    Args:
        payments: as billing.match_payments returns them.
        posted: as billing.post_payments returns it.
    """
    from dayhand_billing.adjustments import write_report

    return write_report(context, payments, posted)


STEPS = (read_payments, match_payments, post_payments, unmatched_list, adjustments_list)
