"""An insurer's adjustments: written off, left to the client, or told; and the books after them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal

import pypdf
import pytest
from beancount import loader
from beancount.core import data
from billing_practice import client, session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayhand import UserError
from dayhand_billing.adjustments import judged
from dayhand_billing.posting_models import PaymentRow
from dayhand_billing.remittance import read_remittance

HEAD = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*DAYHAND        "
    "*261102*0915*^*00501*000000001*0*T*:~GS*HP*PAYER*DAYHAND*20261102*0915*1*X*005010X221A1~"
)


def claim(number, *services, status="1", of_claim=""):
    """A claim's segments; a service is `(day, charge, paid, "CO*45*30*...", ...)`."""
    charge = sum(Decimal(one[1]) for one in services)
    paid = sum(Decimal(one[2]) for one in services)
    paid -= sum((Decimal(each) for each in of_claim.split("*")[2::3]), Decimal(0))
    place = re.sub(r"\D", "", number)
    lines = [f"CLP*{number}*{status}*{charge}*{paid}*0*12*PCN{place}"]
    lines += [f"CAS*{of_claim}"] if of_claim else []
    for day, amount, got, *taken in services:
        lines += [f"SVC*HC:SVC45*{amount}*{got}", f"DTM*472*{day}"]
        lines += [f"CAS*{each}" for each in taken]
    return paid, lines


def era(*claims, plb=""):
    """An 835 of these claims, balanced."""
    kept = Decimal(plb.rsplit("*", 1)[1]) if plb else Decimal(0)
    total = sum(paid for paid, _ in claims) - kept
    body = ["ST*835*0001", f"BPR*I*{total}*C*ACH************20261102", "TRN*1*TRACE77*1999999999"]
    body += ["N1*PR*EXAMPLE HEALTH PLAN", "N1*PE*LAKESIDE COUNSELING*XX*1234567893", "LX*1"]
    body += [line for _, lines in claims for line in lines] + ([plb] if plb else [])
    body.append(f"SE*{len(body) + 1}*0001")
    return (HEAD + "".join(f"{line}~" for line in [*body, "GE*1*1", "IEA*1*000000001"])).encode()


def post(billing, content):
    """Read, match and post it; what was matched, and what was posted."""
    (billing.folder / "inbox").mkdir(exist_ok=True)
    (billing.folder / "inbox/era.835").write_bytes(content)
    matched = billing.run("match_payments", file=billing.run("read_payments", path="inbox/era.835"))
    return matched, billing.run("post_payments", payments=matched)


def ledger(billing):
    """What each account comes to, as beancount reads it, after it has checked what clients owe."""
    text = billing.text_of(billing.run("export", format="beancount"))
    entries, errors, _ = loader.load_string(text)
    assert [error.message for error in errors] == []
    sums = defaultdict(Decimal)
    for entry in entries:
        for posting in entry.postings if isinstance(entry, data.Transaction) else ():
            sums[posting.account] += posting.units.number
    if shutil.which("hledger"):
        place = billing.folder / billing.run("export", format="hledger")["path"]
        subprocess.run(["hledger", "-f", str(place), "check", "--strict"], check=True)
    return {name: amount for name, amount in sums.items() if amount}


def fates(matched):
    return [
        (f"{each['group']}-{each['reason']}", each["amount"], each["becomes"])
        for claim in matched["matched"]
        for each in claim["adjustments"]
    ]


def test_what_the_contract_takes_off_is_written_off_and_the_rest_is_the_clients(billing):
    [number] = billing.issue(session())

    matched, posted = post(
        billing, era(claim(number, ("20261005", "150", "90", "CO*45*40", "PR*3*20")))
    )

    assert fates(matched) == [
        ("CO-45", Decimal(40), "written_off"), ("PR-3", Decimal(20), "client"),
    ]  # fmt: skip
    assert (posted["written_off"], posted["write_offs"]) == (Decimal(40), ["WO-2026-00001"])
    assert billing.balance() == Decimal("20.00")
    assert ledger(billing) == {
        "Assets:Receivable:C-0017": Decimal(20),
        "Assets:Bank:Checking": Decimal(90),
        "Income:Therapy": Decimal(-150),
        "Income:WrittenOff": Decimal(40),
    }
    (row,) = billing.select("billing_credit_notes")
    assert row["reason"] == "insurer's adjustment CO-45"


def test_the_same_file_again_writes_nothing_off(billing):
    first, second = billing.issue(session(1), session(2, day="2026-10-12", who=client(18)))
    content = era(
        claim(first, ("20261005", "150", "90", "CO*45*60")),
        claim(second, ("20261012", "150", "0", "CO*45*30", "PR*1*120")),
    )

    post(billing, content)
    before = ledger(billing)
    matched, posted = post(billing, content)

    assert (posted["new"], posted["written_off"], posted["write_offs"]) == (0, Decimal(0), [])
    assert matched["known"] == ["TRACE77/PCN202600001", "TRACE77/PCN202600002"]
    assert ledger(billing) == before


def test_a_claim_that_is_all_deductible_is_no_denial(billing):
    [number] = billing.issue(session())

    matched, posted = post(
        billing, era(claim(number, ("20261005", "150", "0", "CO*45*30", "PR*1*120")))
    )

    assert matched["unmatched"] == []
    assert (posted["new"], posted["written_off"]) == (0, Decimal(30))
    assert billing.balance() == Decimal("120.00")
    assert billing.run("payments") == []


@pytest.mark.parametrize(
    ("services", "status", "why"),
    [
        ([("20261005", "150", "100", "OA*23*50")], "1", "the group OA is not written off"),
        ([("20261005", "150", "100", "PI*104*50")], "1", "the group PI is not written off"),
        ([("20261005", "100", "100"), ("20261006", "50", "0", "CO*50*50")], "1", "a denial"),
        ([("20261005", "150", "100", "CO*45*50")], "2", "a second insurer's"),
        ([("20261005", "150", "160", "CO*45*-10")], "1", "it adds instead"),
        ([("20261005", "900", "100", "CO*45*800")], "1", "more than is left"),
    ],
)
def test_what_is_not_sure_is_told_and_stays_open(billing, services, status, why):
    [number] = billing.issue(session())

    matched, posted = post(billing, era(claim(number, *services, status=status)))

    (adjustment,) = [
        each for one in matched["matched"] for each in one["adjustments"]
        if each["becomes"] == "undecided"
    ]  # fmt: skip
    assert why in adjustment["why"]
    assert posted["written_off"] == 0
    assert ledger(billing).get("Income:WrittenOff") is None


def test_a_whole_denial_is_listed_and_neither_posted_nor_written_off(billing):
    [number] = billing.issue(session())

    matched, posted = post(billing, era(claim(number, ("20261005", "150", "0", "CO*29*150"))))

    assert [each["reason"] for each in matched["unmatched"]] == ["the payer paid nothing"]
    assert (posted["new"], posted["write_offs"], billing.balance()) == (0, [], Decimal(150))


def test_the_practice_may_write_off_other_groups_too(practice_with):
    billing = practice_with(remittance={"write_off": ["CO", "PI"]})
    [number] = billing.issue(session())

    _, posted = post(
        billing, era(claim(number, ("20261005", "150", "100", "CO*45*30*1*253*5", "PI*104*15")))
    )

    assert posted["written_off"] == Decimal(50)
    (row,) = billing.select("billing_credit_notes")
    assert row["reason"] == "insurer's adjustment CO-45, CO-253, PI-104"


def test_what_a_client_had_paid_before_becomes_credit(billing):
    [number] = billing.issue(session())
    billing.pay("150", invoice=number)

    post(billing, era(claim(number, ("20261005", "150", "90", "CO*45*40", "PR*3*20"))))

    assert billing.balance() == Decimal("-130.00")
    assert ledger(billing)["Assets:Receivable:C-0017"] == Decimal(-130)


def test_each_service_is_written_off_its_own_line(billing):
    [number] = billing.issue(session(1), session(2, day="2026-10-12"))

    post(
        billing,
        era(
            claim(
                number,
                ("20261005", "150", "120", "CO*45*30"),
                ("20261012", "150", "100", "CO*45*50"),
            )
        ),
    )

    lines = {row["id"]: row["session_id"] for row in billing.select("billing_lines")}
    (note,) = billing.select("billing_credit_notes")
    parts = {lines[each["line"]]: each["amount"] for each in json.loads(note["parts"])}
    assert parts == {"S-0001": 3000, "S-0002": 5000}
    assert billing.balance() == 0


def test_an_adjustment_of_the_whole_claim_is_spread_over_its_lines(billing):
    [number] = billing.issue(session(1), session(2, day="2026-10-12"))

    _, posted = post(
        billing,
        era(
            claim(
                number, ("20261005", "150", "150"), ("20261012", "150", "150"), of_claim="CO*45*60"
            )
        ),
    )

    assert posted["written_off"] == Decimal(60)
    (note,) = billing.select("billing_credit_notes")
    assert sorted(each["amount"] for each in json.loads(note["parts"])) == [3000, 3000]


def test_two_claims_never_write_off_more_than_the_invoice(billing):
    [number] = billing.issue(session())
    one = claim(number, ("20261005", "150", "50", "CO*45*100"))
    paid, lines = claim(number, ("20261005", "150", "50", "CO*45*100"))
    other = (paid, [line.replace("PCN", "QCN") for line in lines])

    matched, posted = post(billing, era(one, other))

    assert [fate for _, _, fate in fates(matched)] == ["written_off", "undecided"]
    assert posted["written_off"] == Decimal(100)
    ledger(billing)


def test_an_insurers_part_payment_is_never_taken_for_another_invoice_of_its_amount(billing):
    billing.issue(session(1, fee=Decimal(90)))

    matched, _ = post(billing, era(claim("UNKNOWN1", ("20261005", "150", "90", "CO*45*60"))))

    assert [each["reason"][:22] for each in matched["unmatched"]] == ["no number of ours in i"]


def test_what_was_credited_meanwhile_stops_the_whole_file(billing):
    [number] = billing.issue(session())
    content = era(claim(number, ("20261005", "150", "90", "CO*45*60")))
    (billing.folder / "inbox").mkdir(exist_ok=True)
    (billing.folder / "inbox/era.835").write_bytes(content)
    matched = billing.run("match_payments", file=billing.run("read_payments", path="inbox/era.835"))
    billing.run("credit", invoice=number, amount=Decimal(140), reason="x")

    with pytest.raises(UserError, match="cannot be credited"):
        billing.run("post_payments", payments=matched)

    assert billing.run("payments") == []


def test_the_report_tells_each_code_what_became_of_it_and_what_was_kept_back(billing):
    [number] = billing.issue(session())
    matched, posted = post(
        billing,
        era(
            claim(number, ("20261005", "150", "90", "CO*45*30", "PR*3*20", "OA*23*10")),
            plb="PLB*1234567893*20261231*WO:77*12.50",
        ),
    )

    written = billing.run("adjustments_list", payments=matched, posted=posted)

    page = billing.text_of(written)
    for part in (
        "CO-45",
        "written off",
        "the client's to pay",
        "not written off",
        *posted["write_offs"],
        "12.50",
    ):
        assert part in page
    assert ":---- | -----: | :----" in page  # text stands to the left, amounts to the right
    assert "Quist" not in page
    table = (billing.folder / written["path"].replace(".md", ".csv")).read_text()
    assert [row["code"] for row in csv.DictReader(io.StringIO(table))] == ["CO-45", "PR-3", "OA-23"]


def test_the_invoice_and_the_write_off_are_typeset(billing):
    [number] = billing.issue(session())
    _, posted = post(billing, era(claim(number, ("20261005", "150", "90", "CO*45*60"))))

    pages = {}
    for each in (number, *posted["write_offs"]):
        data = billing.bytes_of(billing.run("render", invoice=each))
        pages[each] = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert "Balance due" in pages.pop(number)
    (written_off,) = pages.values()
    assert "Written off" in written_off
    assert "$60.00" in written_off


_AMOUNTS = st.lists(
    st.tuples(st.sampled_from(["CO", "PR", "OA", "PI"]), st.integers(-2000, 20000)), max_size=5
)


@given(taken=_AMOUNTS, left=st.integers(0, 30000), paid=st.integers(1, 9999))
def test_never_more_is_written_off_than_is_left_and_only_what_may_be(taken, left, paid):
    charge = paid + sum(amount for _, amount in taken)
    adjustments = [
        {"group": group, "reason": "45", "amount": Decimal(amount) / 100} for group, amount in taken
    ]
    row = PaymentRow.model_validate(
        {"line": 1, "received_on": "2026-11-02", "amount": Decimal(paid) / 100,
         "charge": Decimal(charge) / 100, "reference": "x", "claim_status": "1",
         "adjustments": adjustments}
    )  # fmt: skip

    found = judged(row, groups=["CO"], invoice="INV-1", left=left)

    gone = [each for each in found if each.becomes == "written_off"]
    assert len(found) == len(taken)
    assert sum(each.amount for each in gone) * 100 <= left
    assert {each.group for each in gone} <= {"CO"}
    assert all(each.becomes == "client" for each in found if each.group == "PR" and each.amount > 0)


_SERVICES = st.lists(
    st.tuples(st.integers(0, 15000), st.integers(0, 9000), st.integers(0, 9000)),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(services=_SERVICES)
def test_any_remittance_keeps_every_adjustment_with_its_service(services):
    lines = [
        (
            f"202610{day:02}",
            str(Decimal(paid + off + own) / 100),
            str(Decimal(paid) / 100),
            f"CO*45*{Decimal(off) / 100}*1*253*0",
            f"PR*3*{Decimal(own) / 100}",
        )
        for day, (paid, off, own) in enumerate(services, 1)
    ]

    (row,) = read_remittance(era(claim("INV-1", *lines)), "era.835").rows

    told = [(each.service_date.day, each.group, each.amount) for each in row.adjustments]
    wanted = [
        (day, group, Decimal(amount) / 100)
        for day, (_, off, own) in enumerate(services, 1)
        for group, amount in (("CO", off), ("CO", 0), ("PR", own))
    ]
    assert told == wanted
