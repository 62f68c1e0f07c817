"""Balances and ageing: on any past day, with credit beside and not inside."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from billing_practice import client, session

from dayhand_billing.ageing import bucket_of


def row(billing, who="C-0017", **inputs):
    found = [each for each in billing.run("ageing", **inputs)["rows"] if each["client_id"] == who]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-14, "0-30"), (0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
        (90, "61-90"), (91, "91-120"), (120, "91-120"), (121, "120+"), (4000, "120+"),
    ],
)  # fmt: skip
def test_the_buckets_have_the_limits_of_the_field(days, bucket):
    assert bucket_of(days) == bucket


@pytest.mark.parametrize(
    ("as_of", "bucket"),
    [
        ("2026-11-02", "0-30"), ("2026-12-02", "0-30"), ("2026-12-03", "31-60"),
        ("2027-01-02", "61-90"), ("2027-02-01", "91-120"), ("2027-03-03", "120+"),
    ],
)  # fmt: skip
def test_an_invoice_moves_through_the_buckets_by_its_date(billing, as_of, bucket):
    billing.issue(session())

    buckets = row(billing, as_of=as_of)["buckets"]
    assert {name for name, amount in buckets.items() if amount} == {bucket}


def test_the_age_counts_from_the_due_date_or_the_service_when_asked(billing):
    billing.issue(session(1, day="2026-08-20"), session(2, day="2026-10-20"))
    billing.pay("50")
    billing.issue(session(3, who=client(18)))
    billing.pay("150", "C-0018")
    as_of = date(2026, 12, 10)  # 38 days after the invoice, 24 after it was due

    def ages(basis):
        found = row(billing, as_of=as_of, basis=basis)["buckets"]
        return {name: amount for name, amount in found.items() if amount}

    assert ages("invoice_date") == {"31-60": Decimal("250.00")}
    assert ages("due_date") == {"0-30": Decimal("250.00")}
    assert ages("service_date") == {"91-120": Decimal("100.00"), "31-60": Decimal("150.00")}


def test_credit_stands_in_its_own_column_and_the_net_is_told(billing):
    billing.issue(session(1))
    billing.pay("40", "C-0018")

    report = billing.run("ageing")

    assert (report["gross"], report["credits"], report["net"]) == (150, 40, 110)
    assert row(billing, "C-0018")["net"] == -40
    assert report["buckets"]["0-30"] == 150


def test_a_past_day_is_worked_out_anew(billing):
    [first] = billing.issue(session(1))
    billing.on("2026-11-10T09:00:00-05:00").pay("100")
    billing.on("2026-11-20T09:00:00-05:00").run(
        "credit", invoice=first, amount=Decimal(20), reason="x"
    )
    [second] = billing.on("2026-11-25T09:00:00-05:00").issue(session(2, day="2026-11-12"))
    billing.on("2026-12-05T09:00:00-05:00").run("void", invoice=second, reason="x")
    payment = billing.run("payments")[0]["id"]
    billing.on("2026-12-10T09:00:00-05:00").pay("100", refund_of=payment)

    nets = {
        day: sum(each["balance"] for each in billing.run("balances", as_of=f"2026-{day}"))
        for day in ("11-01", "11-02", "11-09", "11-10", "11-19", "11-20", "11-25", "12-05", "12-10")
    }

    assert nets == {
        "11-01": 0, "11-02": 150, "11-09": 150, "11-10": 50, "11-19": 50, "11-20": 30,
        "11-25": 180, "12-05": 30, "12-10": 130,
    }  # fmt: skip


def test_a_payment_recorded_late_counts_from_the_day_it_came_in(billing):
    billing.issue(session(1))
    billing.on("2026-11-20T09:00:00-05:00").pay("150", received_on=date(2026, 11, 5))

    assert row(billing, as_of="2026-11-04")["gross"] == 150
    assert row(billing, as_of="2026-11-05") is None


def test_balances_tell_what_is_overdue_and_how_old_the_oldest_is(billing):
    billing.issue(session(1))
    billing.on("2026-11-20T09:00:00-05:00").issue(session(2, day="2026-11-12"))
    billing.pay("30", "C-0018")

    [owing, credit, unknown] = billing.run("balances", client_ids=["C-0017", "C-0018", "C-0099"])

    assert owing == {
        "client_id": "C-0017",
        "balance": Decimal("300.00"),
        "overdue": Decimal("150.00"),
        "credit": Decimal("0.00"),
        "oldest_days": 18,
    }
    assert (credit["balance"], credit["credit"]) == (-30, 30)
    assert unknown["balance"] == 0


def test_drafts_are_owed_by_nobody(billing):
    billing.draft(session())

    assert billing.run("balances") == []
    assert billing.run("ageing")["rows"] == []


def test_the_report_is_written_as_markdown_and_csv(billing):
    billing.issue(session(1, fee=Decimal(1150)))
    billing.issue(session(2, who=client(18, initials="=Z")))
    billing.pay("150", "C-0018")
    billing.pay("40", "C-0018")

    written = billing.run("ageing_report", as_of="2026-12-20")

    assert written["path"] == "out/reports/ageing-2026-12-20.md"
    assert billing.text_of(written) == (
        "# Accounts receivable by age, 2026-12-20\n\n"
        "Amounts in USD; age counted from the invoice's date. Gross is what open invoices come to,"
        " credits what clients have paid beyond them, net the difference.\n\n"
        "| Client | Initials | 0-30 days | 31-60 days | 61-90 days | 91-120 days | 120+ days |    Gross | Credits |      Net |\n"
        "| :----- | :------- | --------: | ---------: | ---------: | ----------: | --------: | -------: | ------: | -------: |\n"
        "| C-0017 | Z.Q.17   |         - |   1,150.00 |          - |           - |         - | 1,150.00 |       - | 1,150.00 |\n"
        "| C-0018 | =Z       |         - |          - |          - |           - |         - |        - |   40.00 |   -40.00 |\n"
        "| Total  |          |         - |   1,150.00 |          - |           - |         - | 1,150.00 |   40.00 | 1,110.00 |\n"
    )
    rows = list(csv.DictReader(io.StringIO(billing.text_of({"path": written["csv"]}))))
    assert [(each["client"], each["31-60"], each["net"]) for each in rows] == [
        ("C-0017", "1150.00", "1150.00"),
        ("C-0018", "0.00", "-40.00"),
    ]
    assert rows[1]["initials"] == "'=Z"
    assert "Quist" not in billing.text_of(written) + billing.text_of({"path": written["csv"]})


def test_an_empty_report_says_so(billing):
    assert "Nobody owes anything" in billing.text_of(billing.run("ageing_report"))


@pytest.mark.parametrize(
    ("issued", "as_of", "bucket"),
    [
        # thirty days on are not yet past thirty: a February without a 29th, and one with it
        ("2027-01-30", "2027-03-01", "0-30"), ("2027-01-30", "2027-03-02", "31-60"),
        ("2028-01-30", "2028-02-29", "0-30"), ("2028-01-30", "2028-03-01", "31-60"),
        ("2027-12-31", "2028-02-29", "31-60"), ("2027-12-31", "2028-03-01", "61-90"),
        # over the turn of a year, and over both changes of the clock
        ("2026-12-15", "2027-01-14", "0-30"), ("2026-12-15", "2027-01-15", "31-60"),
        ("2026-12-15", "2027-03-15", "61-90"), ("2026-12-15", "2027-03-16", "91-120"),
        ("2026-10-20", "2027-02-17", "91-120"), ("2026-10-20", "2027-02-18", "120+"),
        ("2027-02-20", "2027-06-20", "91-120"), ("2027-02-20", "2027-06-21", "120+"),
    ],
)  # fmt: skip
def test_days_are_counted_whatever_the_calendar(billing, issued, as_of, bucket):
    billing.on(f"{issued}T09:00:00-05:00").issue(session())

    buckets = row(billing.on(f"{as_of}T23:30:00-04:00"))["buckets"]
    assert {name for name, amount in buckets.items() if amount} == {bucket}
