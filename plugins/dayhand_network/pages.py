"""The lists: whom to get in touch with, the directory, referrals by source."""

from __future__ import annotations

from dayhand import StepContext
from dayhand_network.models import (
    Contact,
    Count,
    Directory,
    Due,
    DueList,
    Entry,
    PageFiles,
    SourceReport,
)
from dayhand_network.wording import write_list

__all__ = ["HIDDEN", "write_directory", "write_due", "write_sources"]

HIDDEN = "hidden"
_AVAILABLE = {
    "unknown": "not known",
    "open": "takes new clients",
    "limited": "a few places",
    "waitlist": "waiting list",
    "closed": "takes nobody now",
}


def write_due(context: StepContext, due: DueList) -> PageFiles:
    """Write the follow-up list under `out/network/`."""
    day = due.computed_on.isoformat()
    part = {
        "title": "",
        "head": ["Contact", "How to reach them", "Due", "Why"],
        "rows": [_due_row(one) for one in due.items],
        "columns": ["1.3fr", "1.2fr", "auto", "1.4fr"],
    }
    path, pdf = write_list(
        context, f"network/follow-up-{day}", title="Whom to get in touch with",
        intro=f"{len(due.items)} due, {due.in_touch} in touch.", parts=[part],
    )  # fmt: skip
    return PageFiles(path=path, pdf=pdf)


def _who(contact: Contact) -> str:
    more = ", ".join(part for part in (contact.role, contact.organisation) if part)
    return f"{contact.name} ({more})" if more else contact.name


def _reach(contact: Contact) -> str:
    return ", ".join(part for part in (contact.phone, contact.email) if part) or "not known"


def _due_row(one: Due) -> list[str]:
    over = f"{one.due_on.isoformat()} (+{one.days_over})" if one.days_over else "today"
    return [
        f"{one.contact.id} {_who(one.contact)}",
        _reach(one.contact),
        over,
        f"{one.reason}: {one.note}" if one.note else one.reason,
    ]


def write_directory(context: StepContext, directory: Directory) -> PageFiles:
    """Write the directory under `out/network/`, with what is to be verified."""
    day = directory.computed_on.isoformat()
    stale = [one for one in directory.entries if one.stale]
    rest = [one for one in directory.entries if not one.stale]
    head = ["Contact", "How to reach them", "Insurance", "Availability"]
    widths = ["1.2fr", "1.1fr", "1fr", "0.8fr"]
    parts = [
        {
            "title": "To verify",
            "head": [*head, "Why"],
            "rows": [[*_entry_row(one), _why(one)] for one in stale],
            "columns": [*widths, "1fr"],
        },
        {
            "title": "Verified",
            "head": [*head, "On"],
            "rows": [[*_entry_row(one), str(one.contact.verified_on)] for one in rest],
            "columns": [*widths, "auto"],
        },
    ]
    path, pdf = write_list(
        context, f"network/directory-{day}", title="Referral directory",
        intro=f"{len(stale)} of {len(directory.entries)} entries to verify.", parts=parts,
        notes=[
            (f"An entry is to be verified after {directory.stale_after_days} days, or where something"
            " is missing."),
            "After a call: dayhand contacts verify K-000001 --availability open",
        ],
    )  # fmt: skip
    return PageFiles(path=path, pdf=pdf)


def _entry_row(one: Entry) -> list[str]:
    contact = one.contact
    special = f"; {', '.join(contact.specialties)}" if contact.specialties else ""
    return [
        f"{contact.id} {_who(contact)}{special}",
        _reach(contact),
        ", ".join(contact.insurance),
        _AVAILABLE[contact.availability],
    ]


def _why(one: Entry) -> str:
    when = "never verified" if one.days is None else f"verified {one.days} days ago"
    missing = f"; missing: {', '.join(one.missing)}" if one.missing else ""
    return when + missing


def write_sources(context: StepContext, report: SourceReport) -> PageFiles:
    """Write the report of sources under `out/network/`: no names, small counts hidden."""
    parts = [
        _source_part("Sent to you, by source", "Source", report.incoming, report.incoming_total),
        _source_part("Sent on by you, by recipient", "To", report.outgoing, report.outgoing_total),
    ]
    path, pdf = write_list(
        context, f"network/sources-{report.start.isoformat()}-{report.end.isoformat()}",
        title="Referrals by source",
        intro=f"From {report.start.isoformat()} to {report.end.isoformat()}.", parts=parts,
        notes=[
            (f"Counts below {report.small_cell} are hidden, and as many more that they cannot be worked"
            " out; all hidden counts look alike."),
            "Sources with no referral are not listed.",
        ],
    )  # fmt: skip
    return PageFiles(path=path, pdf=pdf)


def _source_part(
    title: str, what: str, counts: list[Count], total: int | None
) -> dict[str, object]:
    rows = [[one.source, _figure(one.count)] for one in counts]
    return {
        "title": title,
        "head": [what, "Referrals"],
        "rows": [*rows, ["Together", _figure(total)]] if rows else [],
        "columns": ["auto", "auto"],
    }


def _figure(count: int | None) -> str:
    return HIDDEN if count is None else str(count)
