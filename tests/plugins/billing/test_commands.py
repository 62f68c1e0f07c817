"""The commands, run as a person would run them."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from billing_practice import client, session
from click.testing import CliRunner

import dayhand_billing
from dayhand import UserError

GROUPS = {command.name: command for command in dayhand_billing.dayhand_commands()}


@pytest.fixture
def say(billing):
    """Run a command line; what it printed."""

    def run(line, *more, answer=None, code=0):
        first, *rest = line.split()
        result = CliRunner().invoke(
            GROUPS[first], [*rest, *more], obj=billing.kit.context("billing"), input=answer
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_invoices_are_listed_in_aligned_columns(billing, say):
    assert say("invoices list") == "no invoices\n"
    billing.issue(session(1, fee=Decimal(1150)))
    billing.draft(session(2, who=client(18)))
    billing.on("2026-11-20T09:00:00-05:00")

    assert say("invoices list") == (
        "NUMBER          STATE   CLIENT         ISSUED      DUE            TOTAL   BALANCE  LATE\n"
        "INV-2026-00001  issued  C-0017 Z.Q.17  2026-11-02  2026-11-16  1,150.00  1,150.00   4 d\n"
        "D-00002         draft   C-0018 Z.Q.18  -           -             150.00      0.00     -\n"
    )
    assert say("invoices list --state draft --client C-0017") == "no invoices\n"
    assert len(json.loads(say("invoices list --json --month 2026-11"))) == 2


def test_an_invoice_is_shown_without_names(billing, say):
    [number] = billing.issue(session(1, adjustment=Decimal(-30)))

    shown = say(f"invoices show {number}")

    assert shown.startswith("Invoice INV-2026-00001 · Issued November 2, 2026 · Due")
    assert (
        "Oct 5, 2026  Individual session, 45 minutes       45  150.00      −30.00  120.00" in shown
    )
    assert "Balance due         $120.00" in shown
    told = json.loads(say(f"invoices show {number} --json"))
    assert told["balance"] == ["Balance due", "$120.00"]
    assert "Quist" not in shown + json.dumps(told, ensure_ascii=False)
    billing.run("void", invoice=number, reason="x")
    assert "Void since" in say(f"invoices show {number}")


def test_a_void_asks_first(billing, say):
    [number] = billing.issue(session())
    billing.pay("20")

    assert "Aborted" in say(f"invoices void {number} --reason x", answer="n\n", code=1)
    assert billing.select("billing_invoices")[0]["state"] == "issued"

    said = say(f"invoices void {number} --reason x", answer="y\n")
    assert "INV-2026-00001 is void; 20.00 is C-0017's credit\n" in said
    assert said.endswith("dayhand sessions free INV-2026-00001\n")
    assert billing.kit.audit == ["billing.void INV-2026-00001"]
    assert "is void; 0.00" in say(f"invoices void {number} --reason x --yes")


def test_a_credit_note_asks_first(billing, say):
    [number] = billing.issue(session(1), session(2, day="2026-10-12"))

    said = say(f"invoices credit {number} --amount 40 --reason x", answer="y\n")
    assert "Credit 40.00 on INV-2026-00001? This cannot be undone" in said
    assert "CN-2026-00001: 40.00 off INV-2026-00001\nstill to pay on it: 260.00\n" in said
    said = say(f"invoices credit {number} --session S-0001 --reason x --yes")
    assert said.startswith("CN-2026-00002: 130.00")
    assert "all that is left" in say(f"invoices credit {number} --reason x", answer="n\n", code=1)


def test_an_invoice_is_typeset(billing, say):
    [number] = billing.issue(session())

    path = say(f"invoices pdf {number}").strip()

    assert (billing.folder / path).read_bytes().startswith(b"%PDF")


@pytest.fixture
def estimate(billing):
    """A drafted estimate of one session a month from 18 November on."""
    due = {
        "client_id": "C-0017", "initials": "Z.Q.17", "kind": "new", "scheduled_on": "2026-11-02",
        "service_on": "2026-11-18", "due_on": "2026-11-05", "state": "due", "visits": 1,
        "minutes": 45, "weeks": 4,
    }  # fmt: skip
    service = {"code": "SVC-45", "name": "Session", "minutes": 45, "fee": 150,
               "effective_from": "2026-01-01"}  # fmt: skip
    made = billing.run("draft_estimates", due=[due], clients=[client()], services=[service])
    return made["ids"][0]


def test_estimates_are_listed_and_shown_without_names(say, estimate):
    assert say("estimates list") == (
        "ESTIMATE  STATE  CLIENT         FROM        TO          GIVEN  BY     TOTAL\n"
        "E-00001   draft  C-0017 Z.Q.17  2026-11-18  2027-11-17  -      -   2,100.00\n"
    )
    assert say("estimates list --state given --client C-0017") == "no estimates\n"
    shown = say("estimates show E-00001")
    assert shown.startswith("E-00001 · draft · C-0017 Z.Q.17 · 2026-11-18 to 2027-11-17\n")
    assert "SVC-45   Session     14  150.00  2,100.00" in shown
    told = say("estimates show E-00001 --json") + say("estimates list --json")
    assert not [word for word in ("Quist", "zoe17", "1988") if word in told + shown]
    with pytest.raises(UserError, match="there is no estimate E-00009"):
        say("estimates show E-00009")


def test_an_estimate_is_noted_as_given_and_told_how_to_file_it(billing, say, estimate):
    draft = say("estimates pdf E-00001").strip()
    clean = say("estimates pdf E-00001 --for-client").strip()
    assert (draft, clean) == ("out/estimates/drafts/E-00001.pdf", "out/estimates/2026/E-00001.pdf")
    with pytest.raises(UserError, match="2026-11-03 is still to come"):
        say("estimates given E-00001 --on 2026-11-03")

    said = say("estimates given E-00001")

    assert "E-00001 was given to C-0017 on 2026-11-02" in said
    assert "paperwork add C-0017 gfe --signed-on 2026-11-02 --expires-on 2027-11-17" in said
    assert "given 2026-11-02 by paper" in say("estimates show E-00001")
    assert billing.select("billing_estimates")[0]["state"] == "delivered"


def test_a_mistyped_amount_month_or_number_is_told(billing, say):
    assert "'12,50' is no amount" in say("payments add C-0017 12,50", code=2)
    assert "'1.005' is no amount" in say("payments add C-0017 1.005", code=2)
    assert "'NaN' is no amount" in say("payments add C-0017 NaN", code=2)
    assert "'2026' is no month" in say("invoices list --month 2026", code=2)
    with pytest.raises(UserError, match="there is no invoice INV-9"):
        say("invoices show INV-9")


def test_payments_are_added_listed_and_given_back(billing, say):
    assert say("payments list") == "no payments\n"
    billing.issue(session())

    said = say("payments add C-0017 100 --on 2026-11-01 --method check --reference 1042 --fee 1.50")
    assert said == "PMT-2026-00001 recorded; C-0017 now owes 50.00\n"
    again = say(
        "payments add C-0017 100 --on 2026-11-01 --method check --reference 1042 --fee 1.50"
    )
    assert again == "PMT-2026-00001 was recorded before; C-0017 now owes 50.00\n"
    assert say("payments add C-0017 10 --refund-of PMT-2026-00001").endswith("owes 60.00\n")
    assert say("payments list --month 2026-11 --client C-0017") == (
        "PAYMENT         CLIENT  RECEIVED    METHOD  FOR             AMOUNT   FEE  CREDIT\n"
        "PMT-2026-00001  C-0017  2026-11-01  check   INV-2026-00001  100.00  1.50    0.00\n"
        "PMT-2026-00002  C-0017  2026-11-02  other   PMT-2026-00001  -10.00  0.00    0.00\n"
    )
    assert len(json.loads(say("payments list --json"))) == 2


def test_payments_are_imported(billing, say):
    (billing.folder / "p.csv").write_text(
        "date,client_id,amount,method,reference\n2026-10-20,C-0017,100.00,card,TX-1\n"
    )

    assert say("payments import p.csv") == "1 new, 100.00 in all; 0 were known\n"
    assert say("payments import p.csv") == "0 new, 0.00 in all; 1 were known\n"


def test_ageing_is_printed_as_table_csv_and_json(billing, say):
    billing.issue(session(1, fee=Decimal(1150)))
    billing.pay("40", "C-0018")

    assert say("ageing --as-of 2026-12-10") == (
        "CLIENT         0-30     31-60  61-90  91-120  120+     GROSS  CREDITS       NET\n"
        "C-0017 Z.Q.17  0.00  1,150.00   0.00    0.00  0.00  1,150.00     0.00  1,150.00\n"
        "C-0018         0.00      0.00   0.00    0.00  0.00      0.00    40.00    -40.00\n"
        "TOTAL          0.00  1,150.00   0.00    0.00  0.00  1,150.00    40.00  1,110.00\n"
    )
    [first, _] = csv.DictReader(io.StringIO(say("ageing --csv --basis due_date")))
    assert (first["client"], first["0-30"]) == ("C-0017", "1150.00")
    assert json.loads(say("ageing --json"))["net"] == "1110.00"


def test_the_ledger_is_exported(billing, say):
    billing.issue(session())

    assert say("ledger export --format hledger --month 2026-11") == (
        "out/ledger/2026-11.journal (1 entries)\n"
    )


@pytest.mark.parametrize(
    "line",
    ["estimates", "estimates list", "estimates show", "estimates given", "estimates pdf",
     "estimates request", "estimates change", "estimates requests", "estimates withdraw",
     "invoices", "invoices list", "invoices show", "invoices void", "invoices credit",
     "invoices pdf", "payments", "payments list", "payments add", "payments import", "ageing",
     "ledger", "ledger export"],
)  # fmt: skip
def test_every_command_has_an_example_in_its_help(say, line):
    assert f"Example: dayhand {line}" in say(f"{line} --help") or len(line.split()) == 1
