"""The month's close: every pair of records is compared, and agreement is told as such."""

from __future__ import annotations

from decimal import Decimal

import pytest
from billing_practice import session

from dayhand_billing.closing_models import CloseKind

SERVICES = [
    {"code": "SVC-45", "name": "x", "minutes": 45, "fee": 150, "effective_from": "2026-01-01"}
]


def match(one, **changes):
    return {
        "event": {"key": one["id"], "start": one["start"]},
        "client_id": one["client"]["id"],
        "attendance": one["status"],
    } | changes


def note(one, **changes):
    return {
        "id": f"N-{one['id']}", "session_id": one["id"], "client_id": one["client"]["id"],
        "minutes": one["minutes"], "state": "signed",
    } | changes  # fmt: skip


def check(billing, sessions, *, matches=None, notes=None, **more):
    return billing.run(
        "cross_check",
        month="2026-10",
        sessions=sessions,
        matches=[match(one) for one in sessions] if matches is None else matches,
        notes=[note(one) for one in sessions] if notes is None else notes,
        services=SERVICES,
        **more,
    )


@pytest.fixture
def held(billing):
    """A session, billed and paid."""
    one = session()
    one["document"] = billing.issue(one)[0]
    billing.pay("150.00")
    return one


def kinds(found):
    return [each["kind"] for each in found["findings"]]


def test_a_month_in_which_all_agrees_says_so(billing, held):
    found = check(billing.on("2026-11-03T08:00:00-05:00"), [held])

    assert found["findings"] == []
    figures = found["figures"]
    assert (figures["calendar"], figures["attended"], figures["notes_signed"], figures["billed"]) == (
        1, 1, 1, 1,
    )  # fmt: skip
    report = billing.text_of(billing.run("close_report", close=found))
    assert "Everything agrees" in report


CASES = {
    "not_recorded": lambda one: {"sessions": [], "matches": [match(one)], "notes": []},
    "other_status": lambda one: {"sessions": [one], "matches": [match(one, attendance="no_show")]},
    "not_in_calendar": lambda one: {"sessions": [one], "matches": []},
    "no_note": lambda one: {"sessions": [one], "notes": []},
    "note_not_signed": lambda one: {"sessions": [one], "notes": [note(one, state="draft")]},
    "note_without_session": lambda one: {
        "sessions": [one],
        "notes": [note(one), note(one, id="N-2", session_id="S-9")],
    },
    "minutes_differ": lambda one: {"sessions": [one], "notes": [note(one, minutes=50)]},
    "minutes_unlike_service": lambda one: {"sessions": [session(minutes=30, document=one["document"])]},
    "amount_differs": lambda one: {"sessions": [one | {"fee": Decimal("160.00")}]},
    "invoice_unknown": lambda one: {"sessions": [session(7, document="OLD-1")]},
    "not_billed": lambda _: {"sessions": [session(7)]},
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_what_stands_in_one_record_alone_is_told(billing, held, kind):
    found = check(billing, **CASES[kind](held))

    assert kind in kinds(found)
    (one,) = [each for each in found["findings"] if each["kind"] == kind]
    assert one["message"]
    assert kind.replace("_", " ").split()[0]


def test_billed_without_a_signed_note_goes_with_the_unsigned_note(billing, held):
    found = check(billing, [held], notes=[note(held, state="draft")])

    assert kinds(found) == ["billed_without_signed_note", "note_not_signed"]


def test_a_session_noted_on_a_void_invoice_is_told(billing, held):
    billing.run("void", invoice=held["document"], reason="wrong client")

    assert kinds(check(billing, [held])) == ["billed_on_void"]


def test_a_ledger_that_was_tampered_with_is_told(billing, held):
    import sqlalchemy as sa

    with billing.kit.engine.begin() as connection:
        connection.execute(sa.text("UPDATE billing_invoices SET total = total + 100"))
    found = check(billing.on("2026-12-03T08:00:00-05:00"), [held])

    # the invoice was issued in November: its month is the one that differs
    november = billing.run(
        "cross_check", month="2026-11", sessions=[], matches=[], notes=[], services=[]
    )
    assert "ledger_differs" not in kinds(found)
    assert [each["about"] for each in november["findings"]] == ["invoiced", "receivable"]


def test_sessions_before_the_books_began_need_no_invoice(practice_with):
    billing = practice_with(books_began_on="2026-11-01")

    assert kinds(check(billing, [session()])) == []


def test_every_kind_has_a_title_in_the_report():
    from typing import get_args

    from dayhand_billing.closing_page import _TITLES

    assert set(_TITLES) == set(get_args(CloseKind))


def test_the_report_names_nobody(billing, held):
    found = check(billing, [held, session(7)])
    written = billing.run("close_report", close=found)

    assert held["client"]["name"] not in billing.text_of(written)
    assert written["rows"] == len(found["findings"]) == 1
