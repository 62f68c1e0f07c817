"""Releases, disclosures and requests in the database.

A row is known by its id, else by what makes it the same one: of a release the client, the recipient
and the day it was signed; of a disclosure the client, the day, the recipient and the document; of a
request the client and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import Records
from dayhand_collaboration import tables
from dayhand_collaboration.models import Disclosure, Part2Client, RecordsRequest, Release

__all__ = [
    "DISCLOSURES",
    "KINDS",
    "RELEASES",
    "REQUESTS",
    "disclosures",
    "is_part2",
    "mark_part2",
    "part2_clients",
    "releases",
]

RELEASES = Records(
    tables.releases,
    Release,
    prefix="R",
    known_by=("client_id", "recipient", "signed_on"),
    order=("client_id", "id"),
    title="release",
    shown_by="dayhand releases list",
)
DISCLOSURES = Records(
    tables.disclosures,
    Disclosure,
    prefix="X",
    known_by=("client_id", "on", "recipient", "document"),
    order=("on", "id"),
    title="disclosure",
    shown_by="dayhand disclosures list",
)
REQUESTS = Records(
    tables.requests,
    RecordsRequest,
    prefix="Q",
    known_by=("client_id", "requested_on"),
    order=("requested_on", "id"),
    title="request",
    shown_by="dayhand requests list",
)
KINDS: Mapping[str, Records[Any]] = {
    "releases": RELEASES,
    "disclosures": DISCLOSURES,
    "requests": REQUESTS,
}


def releases(connection: sa.Connection, client_id: str = "") -> list[Release]:
    """All releases, or those of a client."""
    of_client = [tables.releases.c.client_id == client_id] if client_id else []
    return RELEASES.all(connection, *of_client)


def disclosures(
    connection: sa.Connection, *, client_id: str = "", since: date | None = None
) -> list[Disclosure]:
    """All disclosures, or those of a client, or from a day on."""
    columns = tables.disclosures.c
    conditions = [columns.client_id == client_id] if client_id else []
    conditions += [columns.on >= since] if since else []
    return DISCLOSURES.all(connection, *conditions)


def part2_clients(connection: sa.Connection) -> list[Part2Client]:
    """The clients whose records are, or were, under part 2."""
    query = sa.select(tables.part2_clients).order_by(tables.part2_clients.c.client_id)
    return [Part2Client.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def is_part2(connection: sa.Connection, client_id: str) -> bool:
    """Whether something of the client is under part 2: what was once, stays so."""
    table = tables.part2_clients
    query = sa.select(table.c.client_id).where(table.c.client_id == client_id)
    return connection.execute(query).first() is not None


def mark_part2(connection: sa.Connection, marked: Part2Client) -> None:
    """Note that a client's records are under part 2, from a day on."""
    table = tables.part2_clients
    connection.execute(table.delete().where(table.c.client_id == marked.client_id))
    connection.execute(table.insert().values(**marked.model_dump()))
