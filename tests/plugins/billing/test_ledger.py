"""The ledger: read by beancount and hledger, equal to what the invoices say, without names."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data, realization
from billing_practice import client, session

from dayhand_billing.ledger import account_of
from dayhand_billing.ledger_text import guarded
from dayhand_billing.settings import Accounts

RECEIVABLE = "Assets:Receivable"


@pytest.fixture
def year(practice_with):
    """A practice in which everything that can happen has happened."""
    billing = practice_with(
        tax={"code": "GST", "rate": "5"},
        no_show={"fee": "full", "first_waived": True, "require_agreement": False},
        accounts={"by_method": {"cash": "Assets:Cash"}},
    )
    billing.run(
        "open_balances",
        balances=[
            {"client_id": "C-0017", "amount": Decimal(85), "as_of": "2026-09-01"},
            {"client_id": "C-0018", "amount": Decimal(-40), "as_of": "2026-09-01"},
        ],
    )
    scale = {"adjustment": Decimal("-37.55"), "adjustment_reason": "sliding scale"}
    billing.issue(session(1, **scale), session(2, day="2026-10-12", status="no_show"))
    [second] = billing.issue(
        session(3, who=client(18), hour=11), session(4, who=client(18), status="no_show", hour=14)
    )
    billing.pay("100", method="card", fee=Decimal("3.20"), reference="Zoë Quist 12")
    billing.on("2026-11-10T09:00:00-05:00").pay("20", method="cash")
    billing.run("credit", invoice=second, amount=Decimal("33.33"), reason="x")
    billing.on("2026-12-03T09:00:00-05:00")
    [third] = billing.issue(session(5, day="2026-11-12"))
    billing.run("void", invoice=third, reason="x")
    billing.pay("30", refund_of="PMT-2026-00001", method="card")
    return billing


def owed(billing, **inputs):
    return {each["client_id"]: each["net"] for each in billing.run("ageing", **inputs)["rows"]}


def load(text):
    entries, errors, options = loader.load_string(text)
    assert [error.message for error in errors] == []
    return entries, options


def balances(entries):
    sums = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                sums[posting.account] += posting.units.number
    return sums


def test_beancount_reads_the_whole_ledger_and_finds_what_the_invoices_say(year):
    entries, options = load(year.text_of(year.run("export", format="beancount")))

    sums = balances(entries)
    told = {name.rpartition(":")[2]: sum_ for name, sum_ in sums.items() if RECEIVABLE in name}
    assert told == owed(year)
    assert sum(sums.values()) == 0
    assert options["title"] == "Lakeside Counseling"
    root = realization.realize(entries)
    assert realization.get(root, RECEIVABLE).account == RECEIVABLE


def test_every_kind_of_income_and_cost_has_its_account(year):
    entries, _ = load(year.text_of(year.run("export")))

    sums = balances(entries)
    assert {name: sums[name] for name in sums if RECEIVABLE not in name} == {
        "Equity:Opening-Balances": Decimal("-45.00"),
        "Income:Therapy": Decimal("-268.26"),  # two sessions of 150 less 31.74 credited
        "Income:SlidingScale": Decimal("37.55"),
        "Liabilities:SalesTax": Decimal("-11.53"),  # 5.62 + 7.50 less 1.59 credited
        "Assets:Bank:Checking": Decimal("66.80"),
        "Assets:Cash": Decimal("20.00"),
        "Expenses:CardFees": Decimal("3.20"),
    }


def test_the_fee_for_a_missed_session_is_income_of_its_own(practice_with):
    policy = {"fee": "full", "first_waived": False, "require_agreement": False}
    billing = practice_with(no_show=policy)
    [number] = billing.issue(session(status="no_show"))
    billing.run("credit", invoice=number, amount=Decimal(50), reason="x")

    sums = balances(load(billing.text_of(billing.run("export")))[0])

    assert sums["Income:MissedSessions"] == -100


def test_beancount_would_notice_an_amount_that_was_changed(year):
    text = year.text_of(year.run("export"))
    wrong = text.replace(
        "Assets:Receivable:C-0017        118.07 USD", "Assets:Receivable:C-0017        118.08 USD"
    )
    assert wrong != text

    _, errors, _ = loader.load_string(wrong)

    assert errors


@pytest.mark.parametrize("month", ["2026-09", "2026-10", "2026-11", "2026-12"])
def test_beancount_reads_each_month_alone_with_what_was_owed_at_its_end(year, month):
    entries, _ = load(year.text_of(year.run("export", format="beancount", month=month)))

    end = {
        "2026-09": date(2026, 9, 30),
        "2026-10": date(2026, 10, 31),
        "2026-11": date(2026, 11, 30),
    }
    expected = {k: v for k, v in owed(year, as_of=end.get(month, date(2026, 12, 31))).items() if v}
    told = {
        name.rpartition(":")[2]: amount
        for name, amount in balances(entries).items()
        if RECEIVABLE in name and amount
    }
    assert told == expected


@pytest.mark.skipif(
    not shutil.which("hledger"), reason="hledger is not installed (Debian: hledger)"
)
@pytest.mark.parametrize("month", [None, "2026-11", "2026-12"])
def test_hledger_reads_the_ledger_strictly_and_agrees(year, month):
    written = year.run("export", format="hledger", month=month)
    place = str(year.folder / written["path"])

    checked = subprocess.run(
        ["hledger", "-f", place, "check", "--strict"], capture_output=True, text=True
    )
    assert checked.stderr + checked.stdout == ""
    report = subprocess.run(
        ["hledger", "-f", place, "balance", "-N", "--flat", "-E", "-O", "csv", RECEIVABLE],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = csv.reader(io.StringIO(report.stdout))
    told = {
        account.rpartition(":")[2]: Decimal(amount.replace("USD", "").strip())
        for account, amount in list(rows)[1:]
    }
    as_of = {"2026-11": date(2026, 11, 30)}.get(month, date(2026, 12, 31))
    assert {k: v for k, v in told.items() if v} == owed(year, as_of=as_of)


def test_an_empty_ledger_is_a_ledger(billing):
    load(billing.text_of(billing.run("export")))
    if shutil.which("hledger"):
        place = billing.folder / billing.run("export", format="hledger")["path"]
        subprocess.run(["hledger", "-f", str(place), "check", "--strict"], check=True)


def test_an_entry_names_the_document_the_client_and_what_it_is_about(year):
    text = year.text_of(year.run("export"))

    assert (
        '2026-11-02 * "INV-2026-00001" "C-0017 invoice" #invoice ^INV-2026-00001\n'
        "  Assets:Receivable:C-0017        118.07 USD\n"
        "  Income:Therapy                 -150.00 USD\n"
        "  Income:SlidingScale              37.55 USD\n"
        "  Liabilities:SalesTax             -5.62 USD\n"
    ) in text
    assert (
        '"CN-2026-00001" "C-0018 credit note" #credit-note ^CN-2026-00001 ^INV-2026-00002' in text
    )
    assert '"PMT-2026-00003" "C-0017 refund card" #refund ^PMT-2026-00003 ^PMT-2026-00001' in text


@pytest.mark.parametrize("form", ["beancount", "hledger", "csv"])
def test_no_name_no_diagnosis_and_no_reference_of_a_bank_is_exported(year, form):
    text = year.text_of(year.run("export", format=form))

    for private in ("Quist", "Zoë", "F41", "client.example", "1988", "Elm", "Z.Q."):
        assert private not in text


def test_the_table_sums_to_what_is_owed(year):
    rows = list(csv.DictReader(io.StringIO(year.text_of(year.run("export", format="csv")))))

    sums = defaultdict(Decimal)
    for row in rows:
        sums[row["client"]] += Decimal(row["amount"] or 0) - Decimal(row["paid"] or 0)
    assert sums == owed(year)
    kinds = {"opening", "invoice", "void", "payment", "refund", "credit_note"}
    assert {row["kind"] for row in rows} == kinds
    assert list(rows[0]) == (
        [
            "date",
            "document",
            "kind",
            "client",
            "service",
            "charge",
            "adjustment",
            "tax",
            "amount",
            "paid",
            "fee",
            "method",
            "about",
        ]
    )


def test_the_table_of_a_month_has_that_month_only(year):
    rows = list(
        csv.DictReader(io.StringIO(year.text_of(year.run("export", format="csv", month="2026-12"))))
    )

    assert [(row["document"], row["kind"]) for row in rows] == [
        ("INV-2026-00003", "invoice"),
        ("INV-2026-00003", "void"),
        ("PMT-2026-00003", "refund"),
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "\uff1d", "\uff20"])
def test_F02_a_cell_that_would_calculate_is_guarded(sign):
    assert guarded(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["", "SVC-45", "C-0017", "1+1", "'=1"])
def test_F02_other_cells_stay_as_they_are(text):
    assert guarded(text) == text


def test_F02_a_service_code_that_is_a_formula_is_inert_and_amounts_stay_numbers(billing):
    billing.issue(session(service="=1+1", adjustment=Decimal(-5)))

    [row] = csv.DictReader(io.StringIO(billing.text_of(billing.run("export", format="csv"))))
    assert (row["service"], row["adjustment"]) == ("'=1+1", "-5.00")


def test_clients_whose_ids_cannot_be_accounts_stay_apart():
    names = [account_of(Accounts(), each) for each in ("C-0017", "c.1", "c_1", "C.1")]

    assert names[0] == "Assets:Receivable:C-0017"
    assert len(set(names)) == 4
    assert all(name.startswith("Assets:Receivable:C-1-") for name in names[1:])
