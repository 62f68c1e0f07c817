"""Payments, refunds and imports: first due first, once each reference, all rows or none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from billing_practice import client, session

from dayhand import StepError, UserError

HEADER = "date,client_id,amount,method,reference,fee\n"


def paid(billing, **inputs):
    return [
        (each["id"], [(part["invoice"], part["amount"]) for part in each["allocated"]])
        for each in billing.run("payments", **inputs)
    ]


def load(billing, text, path="payments.csv"):
    (billing.folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return billing.run("import_payments", path=path)


def test_a_payment_pays_what_is_due_first_and_the_rest_is_credit(billing):
    [first] = billing.issue(session(1))
    [second] = billing.on("2026-11-03T09:00:00-05:00").issue(session(2, day="2026-10-12"))

    receipt = billing.pay("350", method="check", reference="1042")

    allocated = receipt["payment"]["allocated"]
    assert [(each["invoice"], each["amount"]) for each in allocated] == [
        (first, Decimal("150.00")),
        (second, Decimal("150.00")),
    ]
    assert receipt["payment"]["id"] == "PMT-2026-00001"
    assert (receipt["payment"]["unallocated"], receipt["balance"]) == (50, -50)


def test_a_named_invoice_is_paid_first(billing):
    [first] = billing.issue(session(1))
    [second] = billing.issue(session(2, day="2026-10-12"))

    billing.pay("200", invoice=second)

    assert paid(billing) == [("PMT-2026-00001", [(first, Decimal(50)), (second, Decimal(150))])]


def test_credit_waits_for_the_next_invoice_the_oldest_first(billing):
    billing.pay("100", received_on=date(2026, 10, 2), reference="B")
    billing.pay("100", received_on=date(2026, 10, 1), reference="A")

    issued = billing.run("issue", drafts=billing.draft(session())["ids"])

    assert issued["invoices"][0]["balance"] == 0
    left = {each["reference"]: each["unallocated"] for each in billing.run("payments")}
    assert left == {"A": Decimal("0.00"), "B": Decimal("50.00")}


def test_a_payment_of_one_client_never_pays_for_another(billing):
    billing.issue(session(1))

    billing.pay("150", "C-0018")

    assert (billing.balance(), billing.balance("C-0018")) == (150, -150)


def test_a_reference_recorded_before_is_returned_as_it_was(billing):
    first = billing.pay("100", reference="TX-1")

    again = billing.pay("100", reference="TX-1")

    assert (first["recorded"], again["recorded"]) == (True, False)
    assert again["payment"] == first["payment"]
    assert len(billing.select("billing_payments")) == 1


@pytest.mark.parametrize(
    "other",
    [{"amount": "101"}, {"who": "C-0018"}, {"received_on": date(2026, 10, 1)}, {"fee": Decimal(1)}],
)
def test_E22_a_reference_used_for_another_payment_is_an_error_and_the_first_stays(billing, other):
    billing.pay("100", reference="TX-1")

    with pytest.raises(StepError, match="the reference of PMT-2026-00001 is used again") as caught:
        billing.pay(**({"amount": "100", "reference": "TX-1"} | other))

    assert "TX-1" not in caught.value.message
    assert [row["amount"] for row in billing.select("billing_payments")] == [10000]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "-5"}, "more than nothing"),
        ({"amount": "5", "fee": Decimal(6)}, "a fee is between"),
        ({"amount": "5", "received_on": date(2026, 11, 3)}, "has not come yet"),
        ({"amount": "5", "who": "Zoë Quist"}, "a client id has letters"),
        ({"amount": "5", "method": "by card"}, "a method is a word"),
        ({"amount": "5", "invoice": "INV-2026-00009"}, "owes nothing on INV-2026-00009"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(billing, inputs, said):
    with pytest.raises(StepError, match=said):
        billing.pay(**inputs)

    assert billing.select("billing_payments") == []


def test_a_paid_invoice_cannot_be_named_again(billing):
    [number] = billing.issue(session())
    billing.pay("150")

    with pytest.raises(StepError, match="owes nothing"):
        billing.pay("1", invoice=number)


def test_a_refund_gives_back_credit_first_and_then_opens_the_invoice_last_due(billing):
    [first] = billing.issue(session(1))
    [second] = billing.on("2026-11-03T09:00:00-05:00").issue(session(2, day="2026-10-12"))
    payment = billing.pay("350")["payment"]["id"]

    receipt = billing.pay("100", refund_of=payment, method="card", fee=Decimal("0.50"))

    assert receipt["payment"]["amount"] == Decimal("-100.00")
    assert receipt["balance"] == Decimal("50.00")
    assert paid(billing)[0][1] == [(first, Decimal(150)), (second, Decimal(100))]


def test_a_refund_of_credit_leaves_the_invoices_paid(billing):
    [number] = billing.issue(session(1))
    payment = billing.pay("200")["payment"]["id"]

    billing.pay("50", refund_of=payment)

    assert billing.balance() == 0
    assert paid(billing)[0][1] == [(number, Decimal(150))]


def test_a_refund_recorded_before_is_returned_as_it_was(billing):
    payment = billing.pay("200")["payment"]["id"]
    billing.pay("50", refund_of=payment, reference="R-1")

    again = billing.pay("50", refund_of=payment, reference="R-1")

    assert (again["recorded"], billing.balance()) == (False, Decimal("-150.00"))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"amount": "201"}, "200.00 is left of it"),
        ({"amount": "5", "received_on": date(2026, 10, 1)}, "received on 2026-11-02"),
        ({"amount": "5", "who": "C-0018"}, "is not a payment of C-0018"),
        ({"amount": "5", "refund_of": "PMT-9"}, "there is no payment PMT-9"),
        ({"amount": "5", "refund_of": "PMT-2026-00002"}, "is not a payment of C-0017"),
        ({"amount": "0"}, "more than nothing"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(billing, inputs, said):
    payment = billing.pay("210")["payment"]["id"]
    billing.pay("10", refund_of=payment)

    with pytest.raises((StepError, UserError), match=said):
        billing.pay(**({"refund_of": payment} | inputs))


def test_payments_are_listed_by_month_days_and_client(billing):
    billing.pay("1", received_on=date(2026, 9, 30))
    billing.pay("2", received_on=date(2026, 10, 31))
    billing.pay("3", "C-0018")

    def amounts(**inputs):
        return [each["amount"] for each in billing.run("payments", **inputs)]

    assert amounts() == [1, 2, 3]
    assert amounts(month="2026-10") == [2]
    assert amounts(start=date(2026, 10, 31)) == [2, 3]
    assert amounts(end=date(2026, 10, 31), client_ids=["C-0018"]) == []


# Import -------------------------------------------------------------------------------------------


def test_a_file_of_payments_is_recorded(billing):
    billing.issue(session(1))

    done = load(
        billing,
        "\ufeff"
        + HEADER
        + "2026-10-20,C-0017,100.00,card,TX-1,3.20\n\n2026-10-21,C-0018,50,check,7,\n",
    )

    assert (done["rows"], done["new"], done["total"]) == (2, 2, Decimal("150.00"))
    assert billing.balance() == 50
    assert [row["fee"] for row in billing.select("billing_payments")] == [320, 0]


def test_the_columns_may_stand_in_any_order_and_the_fee_may_be_absent(billing):
    done = load(
        billing, "Reference,Amount,Client_ID,Date,Method\nTX-1,5.5,C-0017,2026-10-20,cash\n"
    )

    assert done["total"] == Decimal("5.50")


def test_the_same_file_twice_changes_nothing(billing):
    text = HEADER + "2026-10-20,C-0017,100.00,card,TX-1,3.20\n"
    load(billing, text)

    again = load(billing, text + "2026-10-21,C-0017,10.00,card,TX-2,0\n")

    assert (again["new"], again["unchanged"], again["total"]) == (1, 1, Decimal("10.00"))
    assert billing.balance() == -110


def test_wrong_rows_are_all_told_with_their_lines_and_nothing_is_recorded(billing):
    rows = [
        "2026-10-20,C-0017,100.00,card,TX-1,3.20",
        "20.10.2026,Zoë Quist,12,card,TX-2,",
        '2026-10-20,C-0017,"1,200.00",by card,TX-1,x',
        "2026-13-20,C-0017,-5,card,,",
        "2026-10-20,C-0017",
    ]

    with pytest.raises(UserError) as caught:
        load(billing, HEADER + "\n".join(rows))

    assert caught.value.message == (
        "payments.csv was not imported; "
        "line 3: date is not a day written 2026-11-02; "
        "line 3: client_id is not an id such as C-0017; "
        "line 4: amount is not written 120.00; "
        "line 4: method is not a word such as card, check or cash; "
        "line 4: reference is that of line 2; "
        "line 4: fee is not written 3.20; "
        "line 5: date is not a day written 2026-11-02; "
        "line 5: a refund is recorded against its payment; "
        "line 5: reference is empty or longer than 200 letters; "
        "line 6: it has not as many cells as the header has"
    )
    assert billing.select("billing_payments") == []


def test_E22_a_known_reference_with_another_amount_stops_the_whole_file(billing):
    load(billing, HEADER + "2026-10-20,C-0017,100.00,card,TX-1,0\n")

    with pytest.raises(UserError, match="line 3: the reference of PMT-2026-00001 is used again"):
        load(
            billing, HEADER + "2026-10-20,C-0018,7,card,TX-9,0\n2026-10-20,C-0017,99,card,TX-1,0\n"
        )

    assert [row["amount"] for row in billing.select("billing_payments")] == [10000]


def test_many_wrong_rows_are_told_shortly(billing):
    with pytest.raises(UserError, match="and 8 more"):
        load(billing, HEADER + "x,C-0017,1,card,TX,\n" * 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"date,client_id\n\xff", "is not UTF-8 text"),
        ("date,client_id,amount\n", "has no column method, reference"),
        ("date,client_id,amount,method,reference,name\n", "other columns"),
        ("date,client_id,amount,method,reference,date\n", "other columns"),
        ("", "has no column date"),
        (HEADER + '2026-10-20,C-0017,"5', "line 2: it is not well-formed CSV"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MiB"),
    ],
)
def test_what_is_no_file_of_payments_is_refused(billing, text, said):
    with pytest.raises(UserError, match=said):
        load(billing, text)


def test_a_file_that_is_not_there_is_told(billing):
    with pytest.raises(UserError, match=r"there is no file 'inbox/none.csv'"):
        billing.run("import_payments", path="inbox/none.csv")


# Opening balances ---------------------------------------------------------------------------------

OPENING = [
    {"client_id": "C-0017", "initials": "Z.Q.", "amount": Decimal("85.00"), "as_of": "2026-09-01"},
    {"client_id": "C-0018", "amount": Decimal("-40.00"), "as_of": "2026-09-01"},
    {"client_id": "C-0019", "amount": Decimal("0.00"), "as_of": "2026-09-01"},
]


def test_balances_from_before_are_carried_over_outside_the_numbered_series(billing):
    done = billing.run("open_balances", balances=OPENING)

    assert (done["new"], done["owed"], done["credit"]) == (2, Decimal(85), Decimal(40))
    assert (billing.balance(), billing.balance("C-0018")) == (85, -40)
    assert billing.issue(session(1)) == ["INV-2026-00001"]
    billing.pay("85")
    assert paid(billing, client_ids=["C-0017"]) == [
        ("PMT-2026-00001", [("OB-C-0017", Decimal(85))])
    ]


def test_carrying_over_again_changes_nothing_and_another_balance_is_an_error(billing):
    billing.run("open_balances", balances=OPENING)

    assert billing.run("open_balances", balances=OPENING)["unchanged"] == 2
    with pytest.raises(StepError, match="another opening balance of C-0018"):
        billing.run("open_balances", balances=[OPENING[1] | {"amount": Decimal(-41)}])


def test_a_credit_from_before_pays_the_first_invoice(billing):
    billing.run("open_balances", balances=OPENING)

    issued = billing.run("issue", drafts=billing.draft(session(who=client(18)))["ids"])

    assert issued["invoices"][0]["balance"] == Decimal("110.00")
