"""The tables of the education plugin, and the rows of credits and met requirements in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from dayhand_education.models import Credit, Met, RecordedCredit

__all__ = ["all_credits", "all_met", "metadata", "record", "record_met"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

credits_table = sa.Table(
    "education_credits",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("identity", sa.String(64), nullable=False, unique=True),
    sa.Column("completed_on", sa.Date, nullable=False, index=True),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("provider", sa.String(200), nullable=False),
    sa.Column("hours_hundredths", sa.Integer),
    sa.Column("minutes", sa.Integer),
    sa.Column("subjects", sa.Text, nullable=False),
    sa.Column("format", sa.String(20), nullable=False),
    sa.Column("category", sa.String(60), nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("certificate", sa.String(500), nullable=False),
    sa.Column("certificate_sha256", sa.String(64), nullable=False),
    sa.Column("licences", sa.Text, nullable=False),
)

met_table = sa.Table(
    "education_requirements_met",
    metadata,
    sa.Column("tag", sa.String(60), primary_key=True),
    sa.Column("met_on", sa.Date, primary_key=True),
    sa.Column("licence", sa.String(40), primary_key=True),
    sa.Column("hours_hundredths", sa.Integer),
    sa.Column("note", sa.String(500), nullable=False),
)

_LISTS = ("subjects", "approved_by", "licences")


def _hundredths(hours: Decimal | None) -> int | None:
    return None if hours is None else int((hours * 100).to_integral_value())


def _hours(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def identity(credit: Credit) -> str:
    """What makes two credits the same one: the day, the title and the provider."""
    parts = [credit.completed_on.isoformat(), _folded(credit.title), _folded(credit.provider)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _row(credit: Credit) -> dict[str, Any]:
    row = credit.model_dump(exclude={"id", "hours", *_LISTS})
    row["hours_hundredths"] = _hundredths(credit.hours)
    return row | {name: json.dumps(getattr(credit, name)) for name in _LISTS}


def _credit(row: sa.RowMapping) -> Credit:
    lists = {name: json.loads(row[name]) for name in _LISTS}
    return Credit.model_validate({**row, **lists, "hours": _hours(row["hours_hundredths"])})


def all_credits(connection: sa.Connection) -> list[Credit]:
    """Every credit, earliest first."""
    order = (credits_table.c.completed_on, credits_table.c.id)
    rows = connection.execute(sa.select(credits_table).order_by(*order)).mappings()
    return [_credit(row) for row in rows]


def record(connection: sa.Connection, courses: Iterable[Credit]) -> list[RecordedCredit]:
    """Keep the credits; one that is there already is changed in place."""
    done = []
    number = _last_number(connection)
    for credit in courses:
        key, row = identity(credit), _row(credit)
        found = (
            connection.execute(sa.select(credits_table).where(credits_table.c.identity == key))
            .mappings()
            .first()
        )
        if found is None:
            number += 1
            name = f"CR-{number:05}"
            connection.execute(credits_table.insert().values(id=name, identity=key, **row))
            done.append(_recorded(connection, name, credit, "new"))
        elif all(found[column] == value for column, value in row.items()):
            done.append(_recorded(connection, found["id"], credit, "unchanged"))
        else:
            same = credits_table.c.id == found["id"]
            connection.execute(credits_table.update().where(same).values(**row))
            done.append(_recorded(connection, found["id"], credit, "changed"))
    return done


def _last_number(connection: sa.Connection) -> int:
    last = connection.execute(sa.select(sa.func.max(credits_table.c.id))).scalar()
    return int(last.split("-")[1]) if last else 0


def _recorded(
    connection: sa.Connection,
    name: str,
    credit: Credit,
    state: Literal["new", "changed", "unchanged"],
) -> RecordedCredit:
    query = sa.select(credits_table.c.id, credits_table.c.title).where(credits_table.c.id < name)
    twins = [
        other
        for other, title in connection.execute(query.order_by(credits_table.c.id))
        if _folded(title) == _folded(credit.title)
    ]
    return RecordedCredit(id=name, state=state, duplicate_of=twins[0] if twins else "")


def all_met(connection: sa.Connection) -> list[Met]:
    """Every requirement met outside the credits, earliest first."""
    order = (met_table.c.met_on, met_table.c.tag)
    rows = connection.execute(sa.select(met_table).order_by(*order)).mappings()
    return [Met.model_validate({**row, "hours": _hours(row["hours_hundredths"])}) for row in rows]


def record_met(connection: sa.Connection, met: Met) -> None:
    """Keep that a requirement was met; the same tag, day and licence again replaces it."""
    key = (
        (met_table.c.tag == met.tag)
        & (met_table.c.met_on == met.met_on)
        & (met_table.c.licence == met.licence)
    )
    connection.execute(met_table.delete().where(key))
    row = met.model_dump(exclude={"hours"})
    connection.execute(met_table.insert().values(**row, hours_hundredths=_hundredths(met.hours)))
