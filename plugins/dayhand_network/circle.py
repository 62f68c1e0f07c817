"""Whom to get in touch with, which entries are stale, what is open about referrals (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from dayhand_network.cells import shown
from dayhand_network.models import (
    Contact,
    Count,
    Directory,
    Due,
    DueList,
    Entry,
    OpenReferral,
    OpenReferrals,
    Referral,
    SourceReport,
    Touch,
)
from dayhand_network.settings import NetworkSettings

__all__ = ["directory", "due", "months_before", "open_referrals", "source_report"]


def due(
    contacts: Iterable[Contact], touches: Iterable[Touch], *, on: date, settings: NetworkSettings
) -> DueList:
    """The active contacts that are due on a day, the longest due first."""
    last = _latest(touches)
    active = [one for one in contacts if one.active]
    found = [_due(one, last.get(one.id), on, settings.touch_every_days) for one in active]
    items = [one for one in found if one is not None]
    items.sort(key=lambda one: (one.due_on, one.contact.name, one.contact.id))
    return DueList(computed_on=on, items=items, in_touch=len(active) - len(items))


def _latest(touches: Iterable[Touch]) -> dict[str, Touch]:
    """The last touch of each contact; it settles every follow-up noted before."""
    ordered = sorted(touches, key=lambda one: (one.on, one.id))
    return {one.contact_id: one for one in ordered}


def _due(contact: Contact, last: Touch | None, on: date, usual: int) -> Due | None:
    every = usual if contact.touch_every_days is None else contact.touch_every_days
    if last is None:
        if every == 0:
            return None
        return Due(contact=contact, due_on=on, days_over=0, reason="no touch is noted yet")
    wanted = []
    if every:
        days = (on - last.on).days
        reason = f"last in touch {days} days ago"
        wanted.append((last.on + timedelta(days=every), reason, ""))
    if last.follow_up_on:
        wanted.append((last.follow_up_on, f"you noted {last.follow_up_on}", last.note))
    if not wanted or min(wanted)[0] > on:
        return None
    day, reason, note = min(wanted)
    return Due(
        contact=contact, due_on=day, days_over=(on - day).days, last_on=last.on,
        reason=reason, note=note,
    )  # fmt: skip


def directory(contacts: Iterable[Contact], *, on: date, settings: NetworkSettings) -> Directory:
    """The active contacts, what is stale first, the longest unverified at the top."""
    entries = [_entry(one, on, settings.stale_after_days) for one in contacts if one.active]
    entries.sort(
        key=lambda one: (
            not one.stale,
            one.contact.verified_on or date.min if one.stale else date.min,
            one.contact.name,
        )
    )
    return Directory(
        computed_on=on,
        entries=entries,
        stale=sum(one.stale for one in entries),
        stale_after_days=settings.stale_after_days,
    )


def _entry(contact: Contact, on: date, after: int) -> Entry:
    days = (on - contact.verified_on).days if contact.verified_on else None
    missing = [
        what
        for what, there in (
            ("a way to reach them", contact.phone or contact.email),
            ("insurance taken", contact.insurance),
            ("availability", contact.availability != "unknown"),
        )
        if not there
    ]
    stale = days is None or days > after or bool(missing)
    return Entry(contact=contact, stale=stale, days=days, missing=missing)


def open_referrals(
    referrals: Iterable[Referral],
    contacts: Iterable[Contact],
    *,
    on: date,
    settings: NetworkSettings,
) -> OpenReferrals:
    """Referrals to acknowledge, and those of which it is time to ask what became of them."""
    known = {one.id: one for one in contacts}
    found = OpenReferrals()
    for one in referrals:
        contact = known.get(one.contact_id)
        days = (on - one.on).days
        more = {
            "contact": contact, "days": days,
            "recipient": (contact.recipient or contact.name) if contact else "",
        }  # fmt: skip
        told = OpenReferral.model_validate(one.model_dump() | more)
        is_new = 0 <= days <= settings.acknowledge_within_days
        if one.direction == "in" and contact and not one.acknowledgement and is_new:
            found.to_acknowledge.append(told)
        if not one.outcome and days >= settings.outcome_after_days:
            found.to_ask.append(told)
    return found


def months_before(day: date, months: int) -> tuple[date, date]:
    """The first and the last day of so many whole months before the month of a day."""
    first = day.replace(day=1)
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1), first - timedelta(days=1)


def source_report(
    referrals: Iterable[Referral],
    contacts: Iterable[Contact],
    *,
    start: date,
    end: date,
    small_cell: int,
) -> SourceReport:
    """Referrals of some days by source, with small counts hidden. It knows no name and no client."""
    roles = {one.id: one.role for one in contacts}
    within = [one for one in referrals if start <= one.on <= end]
    incoming = shown(_counts(within, "in", roles), threshold=small_cell)
    outgoing = shown(_counts(within, "out", roles), threshold=small_cell)
    return SourceReport(
        start=start,
        end=end,
        incoming=_rows(incoming.counts),
        incoming_total=incoming.total,
        outgoing=_rows(outgoing.counts),
        outgoing_total=outgoing.total,
        small_cell=small_cell,
    )


def _counts(
    referrals: Sequence[Referral], direction: str, roles: Mapping[str, str]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in referrals:
        if one.direction == direction:
            source = (one.source or roles.get(one.contact_id, "") or "not noted").casefold()
            counts[source] = counts.get(source, 0) + 1
    return counts


def _rows(counts: Mapping[str, int | None]) -> list[Count]:
    """In the order of their names: an order by size would tell something of what is hidden."""
    return [Count(source=name, count=counts[name]) for name in sorted(counts)]
