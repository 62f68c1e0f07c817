"""What becomes of an insurer's adjustments: written off, the client's to pay, or for a person.

| group code | what it says | what becomes of it |
|---|---|---|
| CO | contractual obligation: the contract takes it off | written off |
| PR | patient responsibility: deductible, coinsurance, copay | stays open on the invoice |
| OA, PI | other; the insurer's own reduction | told, for a person to decide |

Which groups are written off is in the settings. Not by itself: what takes a whole service (a denial,
which can be appealed), of a second insurer (which repeats what the first took off), a negative one, or
more than is left of the invoice.

Source: the adjustment segment (CAS) of X12 835, 005010X221A1, as restated in the domain notes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from dayhand import Practice, write_csv
from dayhand_billing.posting_models import (
    Adjustment,
    JudgedAdjustment,
    MatchedPayment,
    MatchedPayments,
    PaymentRow,
    PostedPayments,
    WrittenList,
)
from dayhand_billing.summary import aligned_table
from dayhand_practice.vocabulary import cents

__all__ = ["judged", "reason_of", "write_report"]

_SECOND = {"2", "3", "20", "21"}
"""States of a claim (CLP02) that a second or third insurer processed."""
_TOLD = {
    "written_off": "written off",
    "client": "the client's to pay",
    "undecided": "not written off",
}


def judged(
    row: PaymentRow, *, groups: Collection[str], invoice: str, left: int
) -> list[JudgedAdjustment]:
    """What becomes of each adjustment of a claim.

    Args:
        row: the claim.
        groups: the group codes that are written off.
        invoice: the issued invoice it is for; empty where there is none.
        left: how many cents of it can still be credited.
    """
    found = []
    for each in row.adjustments:
        why = _why_not(each, row, groups, invoice)
        if not why and cents(each.amount) > left:
            why = "it is more than is left of the invoice"
        becomes = "undecided" if why else "written_off"
        if each.group == "PR" and each.amount > 0:
            becomes, why = "client", ""
        if becomes == "written_off":
            left -= cents(each.amount)
        found.append(
            JudgedAdjustment.model_validate(each.model_dump() | {"becomes": becomes, "why": why})
        )
    return found


def _why_not(each: Adjustment, row: PaymentRow, groups: Collection[str], invoice: str) -> str:
    if each.group not in groups:
        return f"the group {each.group} is not written off by itself"
    if each.amount <= 0:
        return "it adds instead of taking off"
    if each.denies:
        return "nothing was paid for the service: a denial, to be looked into"
    if row.claim_status in _SECOND:
        return "a second insurer's: the first may have taken it off already"
    if not invoice:
        return "the claim names no invoice of ours"
    return ""


def reason_of(found: Iterable[JudgedAdjustment]) -> str:
    """Why an invoice was reduced, by the codes alone."""
    codes = dict.fromkeys(f"{each.group}-{each.reason}" for each in found)
    return f"insurer's adjustment {', '.join(codes)}"


def write_report(practice: Practice, found: MatchedPayments, posted: PostedPayments) -> WrittenList:
    """What became of each adjustment, as Markdown and CSV under `out/payments/`. No name is in it."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", found.path.rsplit("/", 1)[-1])
    name = f"payments/adjustments-{practice.today}-{stem}"
    head = ["Claim", "Client", "Invoice", "Service", "Code", "Amount", "What", "Why"]
    rows = [_row(claim, each) for claim in found.matched for each in claim.adjustments]
    lines = [
        f"# Adjustments of the insurer\n\nFrom {found.path}, {practice.today}.",
        aligned_table(head, rows, left=5, last=2) if rows else "There are none.",
        " ".join([f"Written off by this: {posted.written_off:,.2f}.", *posted.write_offs]),
        "What is the clients' to pay stays open on their invoices.",
    ]
    if any(row[6] == _TOLD["undecided"] for row in rows):
        lines.append(
            "What is not written off stays open too. Take it off by hand where that is right:"
            ' `dayhand invoices credit INVOICE --amount AMOUNT --reason "CODE"`.'
        )
    if found.kept_back:
        lines.append(
            f"Besides, the insurer kept back {found.kept_back:,.2f} of its payment for no claim of"
            " this file (PLB): so much less came into the bank than was posted. Book it by hand."
        )
    written = practice.files.write(f"{name}.md", "\n\n".join(lines) + "\n")
    practice.files.write(f"{name}.csv", write_csv([each.lower() for each in head], rows))
    return WrittenList(path=written.path, rows=len(rows))


def _row(claim: MatchedPayment, each: JudgedAdjustment) -> list[str]:
    return [
        str(claim.row.line),
        claim.client_id,
        claim.adjusts or "-",
        each.service_date.isoformat() if each.service_date else "-",
        f"{each.group}-{each.reason}",
        f"{each.amount:,.2f}",
        _TOLD[each.becomes],
        each.why,
    ]
