"""Issuing, voiding and crediting: numbers are kept, sums are right, nothing disappears."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from billing_practice import client, session

from dayhand import StepError, UserError
from dayhand_billing import invoices
from dayhand_billing.books import Books


def three(who=None, base=0):
    return [session(base + n, day=f"2026-10-{n:02}", who=who) for n in (5, 12, 19)]


def test_issuing_gives_numbers_in_the_order_of_the_drafts(billing):
    drafts = billing.draft(session(1), session(2, who=client(18)))

    issued = billing.run("issue", drafts=list(reversed(drafts["ids"])))

    assert issued["numbers"] == ["INV-2026-00001", "INV-2026-00002"]
    assert [each["client_id"] for each in issued["invoices"]] == ["C-0018", "C-0017"]
    assert issued["total"] == Decimal("300.00")
    assert issued["billed"] == [
        {"session_id": "S-0002", "document": "INV-2026-00001", "was": None},
        {"session_id": "S-0001", "document": "INV-2026-00002", "was": None},
    ]


def test_an_issued_invoice_is_due_after_the_terms(practice_with):
    billing = practice_with(terms_days=30)

    [invoice] = billing.run("issue", drafts=billing.draft(session())["ids"])["invoices"]
    assert billing.run("freed") == []

    assert (invoice["issued_on"], invoice["due_on"]) == (date(2026, 11, 2), date(2026, 12, 2))
    assert invoice["balance"] == Decimal("150.00")
    assert invoice["email_scopes"] == ["billing"]


def test_issuing_again_gives_the_same_numbers(billing):
    drafts = billing.draft(session())["ids"]
    first = billing.run("issue", drafts=drafts)

    assert billing.run("issue", drafts=drafts) == first


def test_an_unknown_draft_is_an_error_and_no_number_is_used(billing):
    drafts = billing.draft(session())["ids"]
    with pytest.raises(UserError, match="there is no invoice D-00099"):
        billing.run("issue", drafts=[*drafts, "D-00099"])

    assert billing.run("issue", drafts=drafts)["numbers"] == ["INV-2026-00001"]


def test_a_number_taken_in_a_rolled_back_transaction_is_given_again(billing):
    billing.issue(session(1))
    drafts = billing.draft(session(2, day="2026-10-12"))["ids"]
    with billing.kit.engine.connect() as connection:
        books = Books.of(billing.kit.context("billing"), connection)
        taken = invoices.issue(books, drafts).numbers
        connection.rollback()

    assert billing.run("issue", drafts=drafts)["numbers"] == taken == ["INV-2026-00002"]


def test_numbers_go_on_over_the_new_year_unless_they_are_to_begin_anew(billing):
    billing.issue(session(1))
    billing.on("2027-01-02T09:00:00-05:00")

    assert billing.issue(session(2, day="2026-12-12")) == ["INV-2027-00002"]


def test_numbers_begin_anew_each_year_when_asked(practice_with):
    billing = practice_with(numbering={"reset": "yearly"})
    billing.issue(session(1))
    billing.on("2027-01-02T09:00:00-05:00")

    assert billing.issue(session(2, day="2026-12-12")) == ["INV-2027-00001"]
    assert billing.issue(session(3, day="2026-12-19")) == ["INV-2027-00002"]


def test_dates_follow_the_numbers_even_in_a_late_run(billing):
    billing.issue(session(1))
    billing.on("2026-10-30T09:00:00-04:00")

    [invoice] = billing.run("issue", drafts=billing.draft(session(2, day="2026-10-12"))["ids"])[
        "invoices"
    ]

    assert invoice["issued_on"] == date(2026, 11, 2)


def test_the_database_itself_refuses_to_bill_a_session_twice(billing):
    billing.issue(session())
    [line] = billing.select("billing_lines")
    values = {name: value for name, value in line.items() if name != "id"}

    for free in ("billed_slot", "billed_session"):
        columns = values | {free: None}
        names = ", ".join(columns)
        insert = f"INSERT INTO billing_lines ({names}) VALUES (:{', :'.join(columns)})"
        with pytest.raises(sa.exc.IntegrityError), billing.kit.engine.begin() as connection:
            connection.execute(sa.text(insert), columns)


# Void ---------------------------------------------------------------------------------------------


def test_E21_a_void_invoice_keeps_its_number_which_is_never_used_again(billing):
    [number] = billing.issue(session())

    done = billing.run("void", invoice=number, reason="wrong client")

    assert done["number"] == number
    assert billing.issue(session()) == ["INV-2026-00002"]
    states = {row["number"]: row["state"] for row in billing.select("billing_invoices")}
    assert states == {number: "void", "INV-2026-00002": "issued"}


def test_E21_an_issued_invoice_cannot_be_discarded_by_any_name(billing):
    drafts = billing.draft(session())["ids"]
    [number] = billing.run("issue", drafts=drafts)["numbers"]

    for name in (*drafts, number):
        with pytest.raises(StepError, match="has been issued and cannot be discarded"):
            billing.run("discard", drafts=[name])


def test_a_void_frees_the_sessions_and_what_was_paid(billing):
    [number] = billing.issue(session())
    billing.pay("100")

    done = billing.run("void", invoice=number, reason="wrong fee")

    free = {"session_id": "S-0001", "document": None, "was": "INV-2026-00001"}
    assert done["freed"] == billing.run("freed") == [free]
    assert (done["released"], billing.balance()) == (Decimal("100.00"), Decimal("-100.00"))
    [invoice] = billing.run("issue", drafts=billing.draft(session())["ids"])["invoices"]
    assert invoice["balance"] == Decimal("50.00")


def test_voiding_again_changes_nothing(billing):
    [number] = billing.issue(session())
    billing.run("void", invoice=number, reason="x")
    billing.on("2026-11-20T09:00:00-05:00")

    again = billing.run("void", invoice=number, reason="y")

    assert (again["voided_on"], again["released"]) == (date(2026, 11, 2), Decimal("0.00"))
    assert billing.select("billing_invoices")[0]["void_reason"] == "x"


def test_a_draft_and_an_invoice_with_a_credit_note_cannot_be_voided(billing):
    drafts = billing.draft(session())["ids"]
    with pytest.raises(StepError, match="is a draft and cannot be voided"):
        billing.run("void", invoice=drafts[0], reason="x")
    [number] = billing.run("issue", drafts=drafts)["numbers"]
    billing.run("credit", invoice=number, amount=Decimal(1), reason="x")

    with pytest.raises(StepError, match="has the credit note CN-2026-00001"):
        billing.run("void", invoice=number, reason="x")


def test_a_void_invoice_cannot_be_issued_or_credited(billing):
    drafts = billing.draft(session())["ids"]
    [number] = billing.run("issue", drafts=drafts)["numbers"]
    billing.run("void", invoice=number, reason="x")

    with pytest.raises(StepError, match="is void and cannot be issued again"):
        billing.run("issue", drafts=drafts)
    with pytest.raises(StepError, match="is void and cannot be credited"):
        billing.run("credit", invoice=number, reason="x")


# Credit notes -------------------------------------------------------------------------------------


def test_credit_notes_have_their_own_series(billing):
    [first] = billing.issue(*three())
    [second] = billing.issue(*three(client(18), base=100))

    notes = [billing.run("credit", invoice=each, reason="x") for each in (first, second)]

    assert [note["number"] for note in notes] == ["CN-2026-00001", "CN-2026-00002"]
    assert [note["amount"] for note in notes] == [Decimal("450.00")] * 2
    assert billing.balance() == 0


def test_a_part_is_credited_over_the_lines_by_largest_remainder(billing):
    [number] = billing.issue(*three())

    note = billing.run("credit", invoice=number, amount=Decimal(100), reason="x")

    assert note["balance"] == Decimal("350.00")
    [row] = billing.select("billing_credit_notes")
    assert '"amount": 3334' in row["parts"]
    assert row["parts"].count('"amount": 3333') == 2


def test_the_credit_of_a_session_is_all_of_its_line(billing):
    [number] = billing.issue(*three())

    note = billing.run("credit", invoice=number, sessions=["S-0012"], reason="x")

    assert note["amount"] == Decimal("150.00")
    with pytest.raises(StepError, match=r"0\.00 cannot be credited"):
        billing.run("credit", invoice=number, sessions=["S-0012"], reason="x")


def test_what_was_paid_beyond_a_credit_is_the_clients_and_pays_the_next_invoice(billing):
    [number] = billing.issue(*three())
    billing.pay("400")

    note = billing.run("credit", invoice=number, amount=Decimal(150), reason="x")

    assert (note["released"], note["balance"]) == (Decimal("100.00"), Decimal("0.00"))
    assert billing.balance() == Decimal("-100.00")
    issued = billing.run("issue", drafts=billing.draft(session(30, day="2026-10-26"))["ids"])
    assert issued["invoices"][0]["balance"] == Decimal("50.00")


def test_tax_is_credited_in_its_proportion(practice_with):
    billing = practice_with(tax={"code": "GST", "rate": "10"})
    [number] = billing.issue(session())

    billing.run("credit", invoice=number, amount=Decimal(55), reason="x")

    assert billing.select("billing_credit_notes")[0]["tax"] == 500


@pytest.mark.parametrize("amount", ["0", "-1", "450.01"])
def test_only_what_is_left_can_be_credited(billing, amount):
    [number] = billing.issue(*three())

    with pytest.raises(StepError, match=r"450.00 of it is left to credit"):
        billing.run("credit", invoice=number, amount=Decimal(amount), reason="x")


def test_a_session_that_is_not_on_the_invoice_cannot_be_credited(billing):
    [number] = billing.issue(*three())

    with pytest.raises(StepError, match="does not bill session S-0099"):
        billing.run("credit", invoice=number, sessions=["S-0099"], reason="x")


# Lists --------------------------------------------------------------------------------------------


def test_invoices_are_listed_by_state_month_and_client(billing):
    [first] = billing.issue(session(1))
    [paid] = billing.issue(session(2, who=client(18)))
    billing.pay("150", "C-0018")
    [void] = billing.issue(session(3, who=client(19)))
    billing.run("void", invoice=void, reason="x")
    [draft] = billing.draft(session(4, who=client(20)))["ids"]
    billing.on("2026-11-20T09:00:00-05:00")

    def numbers(**inputs):
        return [each["number"] for each in billing.run("invoices", **inputs)]

    assert numbers() == [first, paid, void, draft]
    assert numbers(state="draft") == [draft]
    assert numbers(state="issued") == [first, paid]
    assert numbers(state="open") == numbers(state="overdue") == [first]
    assert numbers(state="void") == [void]
    assert numbers(month="2026-11", client_ids=["C-0018"]) == [paid]
    assert numbers(month="2026-10") == []
    assert billing.run("invoices", state="open")[0]["days_overdue"] == 4
