"""Payments from a processor's CSV and from a remittance: held in balance, matched, never guessed."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from itertools import permutations

import pytest
from billing_practice import client, session
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import UserError
from dayhand_billing.processor_file import read_processor_file
from dayhand_billing.remittance import read_remittance

HEADER = "id,Created (UTC),Amount,Fee,Net,Description\n"


def csv(*rows, header=HEADER):
    return (header + "".join(f"{row}\n" for row in rows)).encode()


def remittance(claims, *, paid=None, plb="", trailer=None):
    """An 835 of claims `(number, charge, adjusted, paid)`; sums as they should be unless given."""
    total = sum((Decimal(one[3]) for one in claims), Decimal(0)) if paid is None else Decimal(paid)
    body = [
        "ST*835*0001",
        f"BPR*I*{total}*C*ACH************20261102",
        "TRN*1*TRACE77*1999999999",
        "N1*PR*EXAMPLE HEALTH PLAN",
        "N1*PE*LAKESIDE COUNSELING*XX*1234567893",
        "LX*1",
    ]
    for place, (number, charge, adjusted, amount, *more) in enumerate(claims, 1):
        status = more[0] if more else "1"
        body += [
            f"CLP*{number}*{status}*{charge}*{amount}*0*12*PCN{place}",
            f"SVC*HC:SVC45*{charge}*{amount}",
            "DTM*472*20261005",
            *([f"CAS*CO*45*{adjusted}"] if Decimal(adjusted) else []),
        ]
    body += [plb] if plb else []
    body.append(f"SE*{trailer or len(body) + 1}*0001")
    head = (
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*DAYHAND        "
        "*261102*0915*^*00501*000000001*0*T*:~"
    )
    envelope = [
        "GS*HP*PAYER*DAYHAND*20261102*0915*1*X*005010X221A1", *body, "GE*1*1", "IEA*1*000000001",
    ]  # fmt: skip
    return (head + "".join(f"{each}~" for each in envelope)).encode()


def found(billing, content, name="inbox/payments.csv"):
    (billing.folder / "inbox").mkdir(exist_ok=True)
    (billing.folder / name).write_bytes(content)
    return billing.run("match_payments", file=billing.run("read_payments", path=name))


def reasons(matched):
    return [each["reason"] for each in matched["unmatched"]]


# Reading ------------------------------------------------------------------------------------------


def test_a_processors_file_is_read_by_the_usual_names_of_its_columns():
    file = read_processor_file(csv('pi_1,2026-11-03 10:00:00,"1,150.00",33.65,1116.35,INV-1'), "p")

    (row,) = file.rows
    assert (row.amount, row.fee, row.received_on.isoformat()) == (
        Decimal("1150.00"), Decimal("33.65"), "2026-11-03",
    )  # fmt: skip
    assert (row.reference, row.number, file.total) == ("pi_1", "INV-1", Decimal("1150.00"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("pi_1,2026-11-03,150.00,4.65,145.00,x", "amount less fee is not its net"),
        ("pi_1,03.11.2026,150.00,0,150.00,x", "its date is not written"),
        ("pi_1,2026-02-30,150.00,0,150.00,x", "its date is not written"),
        ("pi_1,2026-11-03,15O.00,0,150.00,x", "its amount is no amount"),
        (",2026-11-03,150.00,0,150.00,x", "its reference is empty"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_taken(row, said):
    good = "pi_0,2026-11-03,10.00,0,10.00,x"

    with pytest.raises(UserError, match=f"line 3: .*{said}"):
        read_processor_file(csv(good, row), "p.csv")


def test_a_file_without_a_column_says_which_names_it_may_have():
    with pytest.raises(UserError, match="no column for amount") as caught:
        read_processor_file(b"id,date\nx,2026-11-03\n", "p.csv")
    assert "gross" in caught.value.hint


def test_a_remittance_is_read_with_its_sums_held():
    file = read_remittance(
        remittance([("INV-1", "200", "50", "150"), ("C-1", "90", "0", "90")]), "r"
    )

    assert [(row.number, row.amount, row.service_date.isoformat()) for row in file.rows] == [
        ("INV-1", Decimal(150), "2026-10-05"),
        ("C-1", Decimal(90), "2026-10-05"),
    ]
    assert (file.total, file.kind) == (Decimal(240), "835")
    assert [row.reference for row in file.rows] == ["TRACE77/PCN1", "TRACE77/PCN2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (remittance([("INV-1", "200", "40", "150")]), "claim 1, service 1: charge less adjustments"),
        (remittance([("INV-1", "200", "50", "150")], paid="140"), "are not the amount paid"),
        (remittance([("INV-1", "200", "50", "150")], plb="PLB*1234567893*20261231*WO*10"),
         "are not the amount paid"),
        (remittance([("INV-1", "200", "50", "150")], trailer=3), "is damaged: .*count"),
        (remittance([("INV-1", "2OO", "50", "150")], paid="150"), "CLP of claim 0 is not well-formed"),
        (remittance([("INV-1", "200", "50", "150")]).replace(b"835", b"837"), "no remittance"),
        (b"ISA*nonsense", "no X12 file"),
    ],
)  # fmt: skip
def test_a_remittance_that_is_damaged_or_does_not_balance_is_refused_whole(content, said):
    with pytest.raises(UserError, match=said):
        read_remittance(content, "era.835")


def test_what_the_payer_kept_back_counts_in_the_balance():
    kept = remittance(
        [("INV-1", "200", "50", "150")], paid="140", plb="PLB*1234567893*20261231*WO:AB*10"
    )

    assert read_remittance(kept, "era.835").total == Decimal(140)


amounts = st.integers(1, 99_999).map(lambda cents: Decimal(cents) / 100)


@given(claims=st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), off=amounts)
@settings(max_examples=60)
def test_any_balanced_remittance_is_read_and_a_cent_off_is_refused(claims, off):
    told = [(f"INV-{n}", paid + kept, kept, paid) for n, (paid, kept) in enumerate(claims)]

    assert read_remittance(remittance(told), "r").total == sum(paid for paid, _ in claims)
    with pytest.raises(UserError, match="does not balance"):
        read_remittance(remittance(told, paid=sum(p for p, _ in claims) + off), "r")


@pytest.mark.parametrize(
    "amount",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e999999",
        "1e9999999",
        "9" * 5000,
        "1_0",
        "１",
        "",
        " 1",
        "1e2",
    ],
)
@pytest.mark.parametrize("place", ["charge", "adjusted", "paid", "plb", "whole"])
def test_an_amount_that_is_none_is_told_and_nothing_is_taken(amount, place):
    written = remittance(
        [("INV-1", "211", "57", "154")], paid="144", plb="PLB*1234567893*20261231*WO*10"
    ).decode()
    usual = {
        "charge": "*211",
        "adjusted": "*45*57",
        "paid": "*154",
        "plb": "*WO*10",
        "whole": "*I*144",
    }
    put = usual[place].rpartition("*")[0] + f"*{amount}"
    assert usual[place] in written

    with pytest.raises(UserError) as caught:
        read_remittance(written.replace(usual[place], put).encode(), "era.835")
    assert len(caught.value.message) < 2000


@given(at=st.integers(0, 700), put=st.binary(max_size=6), cut=st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_a_remittance_that_was_changed_anywhere_is_read_or_told(at, put, cut):
    whole = remittance([("INV-1", "200", "50", "150"), ("INV-2", "80", "0", "80")])

    with contextlib.suppress(UserError):
        read_remittance(whole[:at] + put + whole[at + cut :], "era.835")


# Matching -----------------------------------------------------------------------------------------


def test_our_number_is_found_in_the_memo_and_the_payment_posted_once(billing):
    number = billing.issue(session())[0]
    content = csv(
        f"pi_1,2026-11-02,150.00,4.65,145.35,Invoice {number}, thank you".replace(", t", " t")
    )

    matched = found(billing, content)
    posted = billing.run("post_payments", payments=matched)

    assert [(each["invoice"], each["by"]) for each in matched["matched"]] == [(number, "number")]
    assert (posted["new"], posted["total"], billing.balance()) == (1, Decimal("150.00"), 0)
    again = found(billing, content)
    assert (again["matched"], again["known"]) == ([], ["pi_1"])
    assert billing.run("post_payments", payments=again)["new"] == 0


def test_without_a_number_the_one_open_invoice_of_the_amount_is_taken(billing):
    (number,) = billing.issue(session())

    matched = found(billing, csv("pi_1,2026-11-02,150.00,0,150.00,card"))

    assert [(m["invoice"], m["by"]) for m in matched["matched"]] == [(number, "amount and date")]


def test_two_invoices_of_the_amount_are_never_guessed_between(billing):
    billing.issue(session(1), session(2, hour=11, who=client(18)))

    matched = found(billing, csv("pi_1,2026-11-02,150.00,0,150.00,card"))

    assert matched["matched"] == []
    assert reasons(matched) == ["2 open invoices of this amount: it could be any of them"]


def test_two_payments_for_one_invoice_are_both_listed(billing):
    billing.issue(session())

    matched = found(
        billing,
        csv("pi_1,2026-11-02,150.00,0,150.00,card", "pi_2,2026-11-02,150.00,0,150.00,card"),
    )

    assert reasons(matched) == ["2 payments of this amount for one open invoice"] * 2


ROWS = (
    "pi_1,2026-11-02,150.00,0,150.00,INV-2026-00001",
    "pi_2,2026-11-02,150.00,0,150.00,card",
    "pi_3,2026-11-02,99.00,0,99.00,card",
)


@pytest.mark.parametrize("rows", list(permutations(ROWS)), ids=str)
def test_the_order_of_the_rows_makes_no_difference(billing, rows):
    billing.issue(session(1), session(2, hour=11, who=client(18)))

    matched = found(billing, csv(*rows))

    assert {each["row"]["reference"]: each["invoice"] for each in matched["matched"]} == {
        "pi_1": "INV-2026-00001",
        "pi_2": "INV-2026-00002",
    }
    assert [each["row"]["reference"] for each in matched["unmatched"]] == ["pi_3"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("pi_1,2026-11-02,150.01,0,150.01,card", "no number of ours"),
        ("pi_1,2026-01-02,150.00,0,150.00,card", "no number of ours"),
        ("pi_1,2026-11-02,-150.00,0,-150.00,INV-2026-00001", "record a refund"),
        ("pi_1,2026-11-02,150.00,0,150.00,XINV-2026-000011", None),
    ],
)
def test_a_near_miss_is_listed_and_a_longer_number_is_not_ours(billing, row, said):
    billing.issue(session())

    matched = found(billing, csv(row))

    if said is None:  # by amount and date, not by a number that only looks like ours
        assert [each["by"] for each in matched["matched"]] == ["amount and date"]
    else:
        assert matched["matched"] == []
        assert said in reasons(matched)[0]


def test_a_clients_id_alone_credits_the_client(billing):
    billing.issue(session())

    matched = found(billing, csv("pi_1,2026-11-02,200.00,0,200.00,C-0017"))
    billing.run("post_payments", payments=matched)

    assert billing.balance() == Decimal("-50.00")


def test_claims_are_posted_and_denials_listed(billing):
    first, second = billing.issue(session(1), session(2, hour=11, who=client(18)))
    content = remittance([(first, "150", "30", "120"), (second, "150", "150", "0", "4")])

    matched = found(billing, content, "inbox/era.835")
    billing.run("post_payments", payments=matched)

    assert billing.balance() == Decimal("0.00")  # what the contract takes off is written off
    assert reasons(matched) == ["denied by the payer"]
    (paid,) = billing.run("payments")
    assert (paid["method"], paid["reference"]) == ("insurer", "TRACE77/PCN1")


def test_the_list_of_the_rest_has_lines_and_reasons_and_no_name(billing):
    billing.issue(session())

    written = billing.run(
        "unmatched_list", payments=found(billing, csv("pi_9,2026-11-02,1.00,0,1.00,Zoe Quist"))
    )

    text = billing.text_of(written)
    assert "pi_9" in text
    assert "no number of ours" in text
    assert "Quist" not in text
