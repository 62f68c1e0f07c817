"""Clients as the shared vocabulary knows them, read from the tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from dayhand import UserError
from dayhand_practice import records, tables
from dayhand_practice.kinds import kind_of
from dayhand_practice.models import FeeAgreement
from dayhand_practice.vocabulary import BillTo, Client, Diagnosis, EmailScope, Service

__all__ = [
    "by_id",
    "email_scopes",
    "fee_agreements",
    "initials_of",
    "require",
    "services",
    "with_status",
]

_NO_ZONE = ZoneInfo("UTC")  # the kinds read here have no moments
_SCOPES: tuple[EmailScope, ...] = ("reminders", "billing", "clinical")


def by_id(connection: Connection, ids: Collection[str], today: date) -> dict[str, Client]:
    """Those of the clients that exist, by id."""
    return {one.id: one for one in _clients(connection, tables.clients.c.id.in_(ids), today)}


def with_status(connection: Connection, status: str | None, today: date) -> list[Client]:
    """Clients in a state, or all of them, in order of id."""
    wanted = tables.clients.c.status == status if status else True
    return _clients(connection, wanted, today)


def require(connection: Connection, ids: Iterable[str], today: date) -> list[Client]:
    """The clients with these ids, in this order.

    Raises:
        UserError: there is no such client; a near id is named.
    """
    wanted = list(dict.fromkeys(ids))
    found = by_id(connection, wanted, today)
    missing = [one for one in wanted if one not in found]
    if missing:
        everyone = list(connection.execute(select(tables.clients.c.id)).scalars())
        near = _near(missing[0], everyone)
        hint = f"did you mean '{near}'?" if near else "'dayhand clients list' shows the ids"
        raise UserError(f"there is no client {', '.join(missing)}", hint=hint)
    return [found[one] for one in wanted]


def _near(wanted: str, everyone: list[str]) -> str | None:
    """The id that was probably meant: the same number without its zeros, or one of a like look."""
    number = wanted.rpartition("-")[2].strip("Cc ").lstrip("0")
    same = [one for one in everyone if one.partition("-")[2].lstrip("0") == number]
    return next(iter(same or get_close_matches(wanted.upper(), everyone, n=1)), None)


def _clients(connection: Connection, wanted: Any, today: date) -> list[Client]:
    kind = kind_of("clients", _NO_ZONE)
    rows = records.all_of(connection, kind, wanted)
    ids = [row["id"] for row in rows]
    diagnoses = _grouped(connection, "diagnoses", ids)
    papers = _grouped(connection, "paperwork", ids)
    return [
        _client(row, diagnoses.get(row["id"], []), papers.get(row["id"], []), today) for row in rows
    ]


def _grouped(
    connection: Connection, name: str, ids: Collection[str]
) -> dict[str, list[records.Record]]:
    kind = kind_of(name, _NO_ZONE)
    grouped: dict[str, list[records.Record]] = {}
    for row in records.all_of(connection, kind, records.table_of(kind).c.client_id.in_(ids)):
        grouped.setdefault(row["client_id"], []).append(row)
    return grouped


def _client(
    row: records.Record,
    diagnoses: list[records.Record],
    papers: list[records.Record],
    today: date,
) -> Client:
    bill_to = None
    if row["bill_to_name"]:
        bill_to = BillTo(
            name=row["bill_to_name"],
            email=row["bill_to_email"],
            address=row["bill_to_address"],
        )
    own = {name: value for name, value in row.items() if not name.startswith("bill_to_")}
    return Client(
        **own,
        bill_to=bill_to,
        diagnoses=[
            Diagnosis(**one) for one in sorted(diagnoses, key=lambda one: one["effective_from"])
        ],
        email_scopes=email_scopes(row, papers, today),
    )


def email_scopes(
    client: records.Record, papers: Iterable[records.Record], today: date
) -> list[EmailScope]:
    """What the client may be e-mailed about today, by the consents on file (rule E3).

    A consent counts if it is for the very address the mail would go to, was given after the client
    was told of the risk, and is neither revoked nor past its last day. Mail about a bill goes to
    the payer where there is one; a consent for that address gives `billing` alone.
    """
    allowed: set[str] = set()
    for paper in papers:
        if not _is_consent(paper, today):
            continue
        given = {part.strip() for part in paper["scope"].split(";")}
        address = paper["address"].casefold()
        payer = client["bill_to_email"].casefold()
        if address == payer:
            allowed |= given & {"billing"}
        if address == client["email"].casefold():
            allowed |= given - ({"billing"} if payer and payer != address else set())
    return [scope for scope in _SCOPES if scope in allowed]


def _is_consent(paper: records.Record, today: date) -> bool:
    return (
        paper["kind"] == "email_consent"
        and paper["address"] != ""
        and paper["warned_at"] is not None
        and paper["warned_at"] <= today
        and paper["signed_on"] <= today
        and (paper["expires_on"] is None or today <= paper["expires_on"])
        and (paper["revoked_at"] is None or today < paper["revoked_at"])
    )


def initials_of(name: str, style: str) -> str:
    """The initials of a name; particles and suffixes count as parts, hyphens do not divide."""
    parts = [part for part in re.split(r"[\s,]+", name) if part[:1].isalpha() or part[:1] == "'"]
    letters = [
        next(letter for letter in part if letter.isalpha())
        for part in parts
        if any(letter.isalpha() for letter in part)
    ]
    if style == "first_last":
        letters = letters[:1] + letters[-1:] if len(letters) > 1 else letters
    return "".join(letter.upper()[:1] for letter in letters[:4]) or "X"


def services(connection: Connection) -> list[Service]:
    """Every service with each of its fees, by code and first day."""
    rows = records.all_of(connection, kind_of("services", _NO_ZONE))
    return [Service(**row) for row in rows]


def fee_agreements(connection: Connection) -> list[FeeAgreement]:
    """Every fee agreement."""
    rows = records.all_of(connection, kind_of("fee_agreements", _NO_ZONE))
    return [FeeAgreement(**row) for row in rows]
