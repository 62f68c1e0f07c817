"""Drafts and invoices as they are kept: drafted, discarded, issued, and read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from dayhand import StepError, UserError
from dayhand_billing import tables
from dayhand_billing.allocations import allocated_to, settle
from dayhand_billing.books import Books, as_list, from_list
from dayhand_billing.drafting import DraftLine
from dayhand_billing.models import BilledSession, Discarded, DraftInvoice, Issued, IssuedInvoice
from dayhand_practice.vocabulary import Client, from_cents

__all__ = [
    "billed_sessions",
    "billed_slots",
    "discard",
    "draft_of",
    "find",
    "issue",
    "issued_of",
    "keep_draft",
    "lines_of",
    "missed_before",
]

Row = Mapping[Any, Any]
_i, _l = tables.invoices.c, tables.lines.c


# Reading ------------------------------------------------------------------------------------------


def find(connection: sa.Connection, name: str) -> Row:
    """The invoice with this number, or the draft with this id.

    Raises:
        UserError: there is none.
    """
    query = sa.select(tables.invoices).where(sa.or_(_i.number == name, _i.id == name))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UserError(
            f"there is no invoice {name}", hint="'dayhand invoices list' shows the numbers"
        )
    return row


def lines_of(connection: sa.Connection, invoice_id: str) -> Sequence[Row]:
    """The lines of an invoice in their order."""
    query = sa.select(tables.lines).where(_l.invoice_id == invoice_id).order_by(_l.position)
    return connection.execute(query).mappings().all()


def _live_lines(first: sa.ColumnElement[Any], second: sa.ColumnElement[Any]) -> sa.Select[Any, Any]:
    """Lines of issued invoices; a draft's lines may yet be drafted anew."""
    return sa.select(first, second).join_from(
        tables.lines,
        tables.invoices,
        sa.and_(_l.invoice_id == _i.id, _i.state == "issued"),
    )


def billed_sessions(connection: sa.Connection, session_ids: Iterable[str]) -> dict[str, str]:
    """Which of these sessions are on an issued invoice, and on which."""
    query = _live_lines(_l.billed_session, _i.number)
    return dict(_in_chunks(connection, query, _l.billed_session, session_ids))


def billed_slots(connection: sa.Connection, slots: Iterable[str]) -> dict[str, str]:
    """Which of these hours of clients are on an issued invoice, and on which."""
    return dict(
        _in_chunks(connection, _live_lines(_l.billed_slot, _i.number), _l.billed_slot, slots)
    )


def missed_before(connection: sa.Connection, client_ids: Iterable[str]) -> dict[str, int]:
    """How many missed sessions of these clients were billed, or waived, on issued invoices."""
    query = _live_lines(_i.client_id, _i.number).where(_l.kind.in_(["no_show", "late_cancelled"]))
    return dict(
        Counter(each for each, _ in _in_chunks(connection, query, _i.client_id, client_ids))
    )


def _in_chunks(
    connection: sa.Connection,
    query: sa.Select[Any, Any],
    column: sa.ColumnElement[Any],
    values: Iterable[str],
) -> list[tuple[str, str]]:
    wanted = sorted({str(value) for value in values})
    found: list[tuple[str, str]] = []
    for at in range(0, len(wanted), 500):  # an old SQLite allows 999 parameters
        rows = connection.execute(query.where(column.in_(wanted[at : at + 500])))
        found += [(first, second) for first, second in rows]
    return found


# Drafting -----------------------------------------------------------------------------------------


def keep_draft(books: Books, client: Client, lines: Sequence[DraftLine]) -> str:
    """Keep a draft with these lines and return its id.

    An equal draft stays as it is. Any other draft loses the sessions it shares with this one, so
    that drafting again, after a correction or a declined approval, replaces what was there.
    """
    head = _head(client, lines)
    others = _drafts_with(books.connection, [line.session_id for line in lines])
    if len(others) == 1 and _is_same(books.connection, others[0], head, lines):
        return others[0]
    _take_from_drafts(books.connection, others, [line.session_id for line in lines])
    draft_id = f"D-{books.count('D'):05}"
    books.connection.execute(
        tables.invoices.insert().values(
            id=draft_id, state="draft", created_on=books.today, void_reason="", **head
        )
    )
    rows = [
        {"invoice_id": draft_id, "position": place, **_values(client.id, line)}
        for place, line in enumerate(lines, 1)
    ]
    books.connection.execute(tables.lines.insert(), rows)
    return draft_id


def _head(client: Client, lines: Sequence[DraftLine]) -> dict[str, Any]:
    payer = client.bill_to
    return {
        "client_id": client.id,
        "initials": client.initials,
        "client_name": str(client.name),
        "bill_to": str(payer.name if payer else client.name),
        "address": as_list(payer.address if payer and payer.address else client.address),
        "email": str(payer.email if payer else client.email),
        "email_scopes": as_list(client.email_scopes),
        "total": sum(line.amount for line in lines),
    }


def _values(client_id: str, line: DraftLine) -> dict[str, Any]:
    values = {each.name: getattr(line, each.name) for each in fields(line)}
    return values | {
        "amount": line.amount,
        "modifiers": as_list(line.modifiers),
        "diagnoses": as_list(line.diagnoses),
        "billed_session": line.session_id,
        "billed_slot": f"{client_id} {line.start}",
    }


def _drafts_with(connection: sa.Connection, session_ids: Collection[str]) -> list[str]:
    query = sa.select(_l.billed_session, _l.invoice_id).join_from(
        tables.lines, tables.invoices, sa.and_(_l.invoice_id == _i.id, _i.state == "draft")
    )
    return sorted({d for _, d in _in_chunks(connection, query, _l.billed_session, session_ids)})


def _is_same(
    connection: sa.Connection, draft_id: str, head: Row, lines: Sequence[DraftLine]
) -> bool:
    kept = find(connection, draft_id)
    if any(kept[name] != value for name, value in head.items()):
        return False
    rows = lines_of(connection, draft_id)
    wanted = [_values(head["client_id"], line) for line in lines]
    return len(rows) == len(wanted) and all(
        row[name] == value
        for row, values in zip(rows, wanted, strict=True)
        for name, value in values.items()
    )


def _take_from_drafts(
    connection: sa.Connection, draft_ids: Sequence[str], session_ids: Sequence[str]
) -> None:
    for draft_id in draft_ids:
        rows = lines_of(connection, draft_id)
        taken = [row["id"] for row in rows if row["session_id"] in set(session_ids)]
        connection.execute(tables.lines.delete().where(_l.id.in_(taken)))
        left = [row["amount"] for row in rows if row["id"] not in taken]
        own = _i.id == draft_id
        if left:
            connection.execute(tables.invoices.update().where(own).values(total=sum(left)))
        else:
            connection.execute(tables.invoices.delete().where(own))


def draft_of(connection: sa.Connection, draft_id: str) -> DraftInvoice:
    """A draft as the steps tell it."""
    row = find(connection, draft_id)
    rows = lines_of(connection, draft_id)
    return DraftInvoice(
        id=draft_id,
        client_id=row["client_id"],
        initials=row["initials"],
        sessions=len(rows),
        session_ids=[each["session_id"] for each in rows],
        first_day=min(each["service_date"] for each in rows),
        last_day=max(each["service_date"] for each in rows),
        charge=from_cents(sum(each["charge"] for each in rows)),
        adjustment=from_cents(sum(each["adjustment"] for each in rows)),
        tax=from_cents(sum(each["tax"] for each in rows)),
        total=from_cents(row["total"]),
    )


def discard(books: Books, draft_ids: Iterable[str]) -> Discarded:
    """Delete drafts; those that are gone already do not matter.

    Raises:
        StepError: one has been issued; an issued invoice is voided or credited, never deleted.
    """
    books.write()
    done = Discarded(ids=[], session_ids=[])
    for draft_id in draft_ids:
        query = sa.select(tables.invoices).where(sa.or_(_i.id == draft_id, _i.number == draft_id))
        row = books.connection.execute(query).mappings().one_or_none()
        if row is None:
            continue
        if row["state"] != "draft":
            raise StepError(
                f"{row['number']} has been issued and cannot be discarded",
                hint="void it, or credit it",
            )
        done.session_ids += [each["session_id"] for each in lines_of(books.connection, draft_id)]
        books.connection.execute(tables.lines.delete().where(_l.invoice_id == draft_id))
        books.connection.execute(tables.invoices.delete().where(_i.id == draft_id))
        done.ids.append(draft_id)
    return done


# Issuing ------------------------------------------------------------------------------------------


def issue(books: Books, draft_ids: Iterable[str]) -> Issued:
    """Number drafts and make them owed; credit the clients have is used at once.

    A draft issued before is returned as it is, so that the same call twice gives the same numbers.
    """
    books.write()
    day = _issue_day(books)
    invoices = []
    for draft_id in dict.fromkeys(draft_ids):
        row = find(books.connection, draft_id)
        if row["state"] == "void":
            raise StepError(f"{row['number']} is void and cannot be issued again")
        if row["state"] == "draft":
            _issue(books, row, day)
        invoices.append(issued_of(books.connection, row["id"]))
    return Issued(
        invoices=invoices,
        numbers=[each.number for each in invoices],
        total=from_cents(0) + sum(each.total for each in invoices),
        billed=[
            BilledSession(session_id=session, document=each.number)
            for each in invoices
            for session in each.session_ids
        ],
    )


def _issue_day(books: Books) -> date:
    """Today, or the day of the last invoice if that is later: dates follow the numbers."""
    numbered = sa.select(sa.func.max(_i.issued_on)).where(_i.sequence.is_not(None))
    latest: date | None = books.connection.execute(numbered).scalar_one()
    return max(books.today, latest) if latest else books.today


def _issue(books: Books, row: Row, day: date) -> None:
    taken = books.number(books.settings.numbering.invoices, day)
    books.connection.execute(
        tables.invoices.update()
        .where(_i.id == row["id"], _i.state == "draft")
        .values(
            **taken._asdict(),
            state="issued",
            issued_on=day,
            due_on=day + timedelta(days=books.settings.terms_days),
        )
    )
    settle(books, row["client_id"], on=day)


def issued_of(connection: sa.Connection, name: str) -> IssuedInvoice:
    """An issued invoice as the steps tell it."""
    row = find(connection, name)
    rows = lines_of(connection, row["id"])
    paid, credited = allocated_to(connection, row["id"])
    return IssuedInvoice(
        number=row["number"],
        client_id=row["client_id"],
        initials=row["initials"],
        name=row["bill_to"],
        email=row["email"],
        email_scopes=from_list(row["email_scopes"]),
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        total=from_cents(row["total"]),
        balance=from_cents(row["total"] - paid - credited),
        lines=len(rows),
        session_ids=[each["session_id"] for each in rows if each["session_id"]],
        service_on=min((each["service_date"] for each in rows), default=None),
    )
