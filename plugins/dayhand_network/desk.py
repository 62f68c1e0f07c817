"""What steps and commands do with contacts, touches and referrals."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand import Practice, Taken, UserError, read_rows
from dayhand_network import circle
from dayhand_network.models import (
    Contact,
    Directory,
    DueList,
    OpenReferrals,
    Outcome,
    Referral,
    SourceReport,
)

if TYPE_CHECKING:
    import sqlalchemy

# SQL is imported inside the functions: listing the steps must not load it.

__all__ = [
    "acknowledge",
    "contacts",
    "directory",
    "due",
    "keep",
    "keep_outcome",
    "keep_referral",
    "open_referrals",
    "referrals",
    "source_report",
    "take_in_file",
]


def _all(practice: Practice, *names: str) -> list[list[Any]]:
    from dayhand_network import kept

    with practice.connect() as connection:
        return [kept.KINDS[name].all(connection) for name in names]


def contacts(
    practice: Practice,
    *,
    role: str = "",
    insurance: str = "",
    availability: str = "",
    everyone: bool = False,
) -> list[Contact]:
    """The contacts that meet every condition given."""
    (found,) = _all(practice, "contacts")
    return [
        one
        for one in found
        if (everyone or one.active)
        and role.casefold() in one.role.casefold()
        and (not insurance or _takes(one, insurance))
        and availability in ("", one.availability)
    ]


def _takes(contact: Contact, insurance: str) -> bool:
    return insurance.casefold() in (one.casefold() for one in contact.insurance)


def keep(connection: sqlalchemy.Connection, name: str, value: Any) -> Any:
    """Keep one of a kind."""
    from dayhand_network import kept

    return kept.put(connection, name, value)


def due(practice: Practice) -> DueList:
    """Whom to get in touch with today."""
    people, touches = _all(practice, "contacts", "touches")
    return circle.due(people, touches, on=practice.today, settings=practice.settings)


def directory(practice: Practice) -> Directory:
    """The directory, what is stale first."""
    (people,) = _all(practice, "contacts")
    return circle.directory(people, on=practice.today, settings=practice.settings)


def referrals(
    practice: Practice,
    *,
    direction: str = "",
    since: date | None = None,
    until: date | None = None,
) -> list[Referral]:
    """The referrals that meet every condition given."""
    (found,) = _all(practice, "referrals")
    return [
        one
        for one in found
        if direction in ("", one.direction)
        and (since is None or since <= one.on)
        and (until is None or one.on <= until)
    ]


def keep_referral(
    practice: Practice, connection: sqlalchemy.Connection, referral: Referral
) -> Referral:
    """Keep a referral; it counts as logged now, unless it was before.

    Raises:
        UserError: it is of a day to come, or names a contact that is not there.
    """
    from dayhand_network import kept

    if referral.on > practice.today:
        raise UserError(
            f"a referral of {referral.on} cannot have been made yet",
            hint="give the day on which it was made: --on",
        )
    done: Referral = kept.put(connection, "referrals", _logged(practice, connection, referral))
    return done


def _logged(practice: Practice, connection: sqlalchemy.Connection, referral: Referral) -> Referral:
    """With the moment it was logged: that of before, else now for one of today or yesterday. One
    from longer ago must not count as news.
    """
    from dayhand_network import kept

    there = kept.REFERRALS.same(connection, referral)
    if referral.logged_at:
        at = referral.logged_at
    elif there is not None and there.logged_at:
        at = there.logged_at
    elif (practice.today - referral.on).days <= 1:
        # rounded up: a daemon that looked within this very second must not take it for the past
        at = (practice.now + timedelta(microseconds=999_999)).replace(microsecond=0)
    else:
        at = datetime.combine(referral.on, time(12), ZoneInfo(practice.info.timezone))
    return referral.model_copy(update={"logged_at": at})


def open_referrals(practice: Practice) -> OpenReferrals:
    """What is open about referrals today."""
    found, people = _all(practice, "referrals", "contacts")
    return circle.open_referrals(found, people, on=practice.today, settings=practice.settings)


def keep_outcome(
    connection: sqlalchemy.Connection, referral_id: str, *, outcome: Outcome, on: date
) -> Referral:
    """Note what became of a referral.

    Raises:
        UserError: there is none.
    """
    from dayhand_network import kept

    there = kept.REFERRALS.find(connection, referral_id)
    changed = there.model_copy(update={"outcome": outcome, "outcome_on": on})
    kept.put(connection, "referrals", changed)
    return changed


def acknowledge(
    connection: sqlalchemy.Connection, referral_id: str, *, written: bool, on: date
) -> Referral:
    """Note that a referral was acknowledged, or will not be.

    Raises:
        UserError: there is none.
    """
    from dayhand_network import kept

    there = kept.REFERRALS.find(connection, referral_id)
    told = {"acknowledgement": "written" if written else "none", "acknowledged_on": on}
    changed = there.model_copy(update=told)
    kept.put(connection, "referrals", changed)
    return changed


def source_report(practice: Practice, *, before: date, months: int) -> SourceReport:
    """Referrals by source over the whole months before the month of a day."""
    found, people = _all(practice, "referrals", "contacts")
    start, end = circle.months_before(before, months)
    small = practice.settings.small_cell
    return circle.source_report(found, people, start=start, end=end, small_cell=small)


def take_in_file(
    practice: Practice, connection: sqlalchemy.Connection, kind: str, file: str
) -> Taken:
    """Keep all the rows of a CSV file of the practice, or none if one is wrong.

    Raises:
        UserError: it cannot be read, or some rows are wrong.
    """
    from dayhand_network import kept

    records = kept.KINDS[kind]
    values = read_rows(records.model, practice.files.read(file), file, columns=records.columns)
    if kind == "referrals":
        values = [_logged(practice, connection, one) for one in values]
    return kept.take_in(connection, kind, values)
