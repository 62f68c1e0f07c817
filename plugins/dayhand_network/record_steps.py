"""The steps that keep and look up. SQLAlchemy is imported inside the steps."""

from __future__ import annotations

from datetime import date
from typing import Literal

from dayhand import Effect, Sensitive, StepContext, Taken, checked, step
from dayhand_network.models import (
    Contact,
    Directory,
    DueList,
    How,
    OpenReferrals,
    Outcome,
    Referral,
    SourceReport,
    Touch,
)

__all__ = ["ALL"]


@step("network.contacts", effect=Effect.READ, summary="List the contacts of your network")
def contacts(
    context: StepContext,
    *,
    role: str = "",
    insurance: str = "",
    availability: Literal["", "unknown", "open", "limited", "waitlist", "closed"] = "",
    everyone: bool = False,
) -> list[Contact]:
    """In the order of their names.

    Args:
        role: only those whose role holds this, such as `psychiatrist`.
        insurance: only those who take it.
        availability: only those with this availability.
        everyone: those no longer active too.
    """
    from dayhand_network import desk

    return desk.contacts(
        context, role=role, insurance=insurance, availability=availability, everyone=everyone
    )


@step("network.record_contact", effect=Effect.RECORD, summary="Keep a contact")
def record_contact(context: StepContext, *, contact: Contact) -> Contact:
    """The same name and organisation again change what is there.

    Args:
        contact: name, role, organisation, how to reach them, insurance, availability.
    """
    from dayhand_network import desk

    with context.connect() as connection:
        done: Contact = desk.keep(connection, "contacts", contact)
        return done


@step(
    "network.record_touch",
    effect=Effect.RECORD,
    summary="Keep that you were in touch with a contact",
)
def record_touch(
    context: StepContext,
    *,
    contact_id: str,
    how: How = "other",
    on: date | None = None,
    note: str = "",
    follow_up_on: date | None = None,
) -> Touch:
    """It settles what was noted to follow up before.

    Args:
        contact_id: with whom.
        how: by what way, such as `email` or `meeting`.
        on: the day; the run's own day if left out.
        note: what about, without a client.
        follow_up_on: when to come back to it.
    """
    from dayhand_network import desk

    touch = checked(
        Touch, contact_id=contact_id, how=how, on=on or context.today, note=note,
        follow_up_on=follow_up_on,
    )  # fmt: skip
    with context.connect() as connection:
        done: Touch = desk.keep(connection, "touches", touch)
        return done


@step("network.due", effect=Effect.READ, summary="Find the contacts to get in touch with")
def due(context: StepContext) -> DueList:
    """Contacts not touched for as long as they or the settings say, and follow-ups you noted, the
    longest due first.
    """
    from dayhand_network import desk

    return desk.due(context)


@step("network.directory", effect=Effect.READ, summary="The directory, what is stale first")
def directory(context: StepContext) -> Directory:
    """An entry is stale if it was not verified for as long as the settings say, or if a way to reach
    them, the insurance taken or the availability is missing.
    """
    from dayhand_network import desk

    return desk.directory(context)


@step("network.referrals", effect=Effect.READ, summary="List referrals in and out")
def referrals(
    context: StepContext,
    *,
    direction: Literal["", "in", "out"] = "",
    since: date | None = None,
    until: date | None = None,
) -> list[Referral]:
    """Earliest first.

    Args:
        direction: `in` for those sent to you, `out` for those you sent on; both if left out.
        since: from this day on.
        until: up to this day.
    """
    from dayhand_network import desk

    return desk.referrals(context, direction=direction, since=since, until=until)


@step("network.record_referral", effect=Effect.RECORD, summary="Keep a referral in or out")
def record_referral(
    context: StepContext,
    *,
    direction: Literal["in", "out"],
    on: date | None = None,
    contact_id: str = "",
    source: str = "",
    client_id: str = "",
    initials: str = "",
    reason: Sensitive[str] = "",
) -> Referral:
    """The same day, contact, source and client again change what is there.

    Args:
        direction: `in` if somebody was sent to you, `out` if you sent somebody on.
        on: the day; the run's own day if left out.
        contact_id: by whom, or to whom.
        source: the kind of source, such as `website`; the contact's role if left out.
        client_id: the client, if there is one yet.
        initials: the client's initials.
        reason: what for.
    """
    from dayhand_network import desk

    referral = checked(
        Referral, direction=direction, on=on or context.today, contact_id=contact_id,
        source=source, client_id=client_id, initials=initials, reason=reason,
    )  # fmt: skip
    with context.connect() as connection:
        return desk.keep_referral(context, connection, referral)


@step(
    "network.open_referrals",
    effect=Effect.READ,
    summary="Find referrals to acknowledge, and those to ask about",
)
def open_referrals(context: StepContext) -> OpenReferrals:
    """Each with its contact, and `recipient`, the name by which a release knows the contact."""
    from dayhand_network import desk

    return desk.open_referrals(context)


@step("network.record_outcome", effect=Effect.RECORD, summary="Keep what became of a referral")
def record_outcome(
    context: StepContext, *, referral: str, outcome: Outcome, on: date | None = None
) -> Referral:
    """After that nobody is asked about it.

    Args:
        referral: the referral's id.
        outcome: what became of it; empty opens it again.
        on: the day; the run's own day if left out.
    """
    from dayhand_network import desk

    with context.connect() as connection:
        return desk.keep_outcome(connection, referral, outcome=outcome, on=on or context.today)


@step(
    "network.acknowledge",
    effect=Effect.RECORD,
    summary="Keep that a referral was acknowledged, or will not be",
)
def acknowledge(
    context: StepContext, *, referral: str, written: bool, on: date | None = None
) -> Referral:
    """After that it is no longer open.

    Args:
        referral: the referral's id.
        written: whether a letter was written.
        on: the day; the run's own day if left out.
    """
    from dayhand_network import desk

    with context.connect() as connection:
        return desk.acknowledge(connection, referral, written=written, on=on or context.today)


@step(
    "network.source_report",
    effect=Effect.READ,
    summary="Count referrals by source, small counts hidden",
)
def source_report(
    context: StepContext, *, before: date | None = None, months: int = 3
) -> SourceReport:
    """Without names and clients. Counts below the setting `small_cell` are hidden, and as many more
    that they cannot be worked out from the total.

    Args:
        before: the whole months before the month of this day; the run's own day if left out.
        months: how many.
    """
    from dayhand_network import desk

    return desk.source_report(context, before=before or context.today, months=max(months, 1))


@step(
    "network.import_csv",
    effect=Effect.RECORD,
    summary="Keep all the contacts, touches or referrals in a CSV file",
)
def import_csv(
    context: StepContext, *, kind: Literal["contacts", "touches", "referrals"], file: str
) -> Taken:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        kind: what the file holds.
        file: a CSV file in the practice folder, such as `inbox/contacts.csv`.
    """
    from dayhand_network import desk

    with context.connect() as connection:
        return desk.take_in_file(context, connection, kind, file)


ALL = (
    contacts,
    record_contact,
    record_touch,
    due,
    directory,
    referrals,
    record_referral,
    open_referrals,
    record_outcome,
    acknowledge,
    source_report,
    import_csv,
)
