"""Drafts: what is billed, what is left out, and what the approver is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from billing_practice import client, session

from dayhand import Clinician, Licence, UserError
from dayhand.testing import sample_info


def codes(drafts):
    return sorted(problem["code"] for problem in drafts["problems"])


def test_sessions_become_a_draft_for_each_client(billing):
    drafts = billing.draft(
        session(1), session(2, day="2026-10-12"), session(3, who=client(18), hour=11)
    )

    assert [(d["client_id"], d["sessions"], d["total"]) for d in drafts["invoices"]] == [
        ("C-0017", 2, Decimal("300.00")),
        ("C-0018", 1, Decimal("150.00")),
    ]
    assert drafts["total"] == Decimal("450.00")
    assert drafts["problems"] == []
    assert drafts["skipped"] == []


def test_a_draft_for_each_session_is_made_when_asked(billing):
    drafts = billing.draft(session(1), session(2, day="2026-10-12"), group_by="session")

    assert [d["session_ids"] for d in drafts["invoices"]] == [["S-0001"], ["S-0002"]]


def test_no_session_makes_no_draft(billing):
    drafts = billing.draft()

    assert drafts["ids"] == []
    assert drafts["total"] == Decimal("0.00")
    assert drafts["summary"] == "There is nothing to invoice.\n"


def test_a_draft_uses_no_number_and_owes_nothing(billing):
    billing.draft(session())

    assert [row["number"] for row in billing.select("billing_invoices")] == [None]
    assert billing.balance() == 0


def test_the_summary_is_an_aligned_table_with_ids_and_initials_only(billing):
    drafts = billing.draft(
        session(1, adjustment=Decimal("-37.50"), adjustment_reason="sliding scale"),
        session(2, who=client(18, address=[]), fee=Decimal(1150), hour=11),
        session(3, who=client(19), service=""),
    )

    assert drafts["summary"] == (
        "| Draft    | Client | Initials | Sessions |   Charge | Adjustment | Total USD |\n"
        "| :------- | :----- | :------- | -------: | -------: | ---------: | --------: |\n"
        "| D-00001  | C-0017 | Z.Q.17   |        1 |   150.00 |     -37.50 |    112.50 |\n"
        "| D-00002  | C-0018 | Z.Q.18   |        1 | 1,150.00 |       0.00 |  1,150.00 |\n"
        "| 2 drafts |        |          |        2 | 1,300.00 |     -37.50 |  1,262.50 |\n"
        "\n"
        "**Please look at**\n"
        "\n"
        "- C-0019, session S-0003: no service (left out)\n"
        "- C-0018: no address to bill to\n"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"day": "2026-11-20"}, "in-the-future"),
        ({"service": ""}, "no-service"),
        ({"fee": Decimal(0)}, "no-fee"),
        ({"adjustment": Decimal(5)}, "wrong-adjustment"),
        ({"adjustment": Decimal(-151)}, "wrong-adjustment"),
        ({"day": "2015-05-31"}, "licence-not-valid"),
        ({"who": client(name="  ")}, "no-client-name"),
    ],
)
def test_a_session_with_something_missing_is_left_out_and_told(billing, changes, code):
    drafts = billing.draft(session(**changes))

    assert drafts["ids"] == []
    assert [each["session_id"] for each in drafts["skipped"]] == ["S-0001"]
    assert [(p["code"], p["blocks"]) for p in drafts["problems"]] == [(code, True)]


@pytest.mark.parametrize("status", ["scheduled", "cancelled", "no_show", "late_cancelled"])
def test_E25_a_session_that_was_not_attended_is_not_billed(billing, status):
    drafts = billing.draft(session(status=status))

    assert drafts["ids"] == []
    assert drafts["problems"] == []
    assert len(drafts["skipped"]) == 1


def test_a_pro_bono_session_is_billed_at_nothing(billing):
    drafts = billing.draft(session(adjustment=Decimal(-150)))

    assert drafts["total"] == Decimal("0.00")
    assert drafts["invoices"][0]["charge"] == 150


def test_a_wrong_npi_or_tax_id_and_a_missing_licence_for_the_region_are_told(practice_with):
    info = sample_info()
    wrong = replace(info, tax_id="", clinician=replace(info.clinician, npi="1234567890"))
    billing = practice_with(info=wrong)

    drafts = billing.draft(session(who=client(region="CA")))

    assert codes(drafts) == ["bad-npi", "bad-tax-id", "no-licence-in-region"]
    assert len(drafts["ids"]) == 1


def test_a_session_is_billed_under_whichever_licence_held_on_its_day(practice_with):
    old = Licence("LMSW", "NY", "1", date(2010, 1, 1), date(2015, 5, 31))
    clinician = Clinician("Jane Doe", "LCSW", npi="1234567893", licences=(old,))
    billing = practice_with(info=sample_info(clinician=clinician))

    drafts = billing.draft(session(1), session(2, day="2015-05-31"))

    assert [d["session_ids"] for d in drafts["invoices"]] == [["S-0002"]]


def test_a_session_on_an_issued_invoice_is_left_out_with_its_number(billing):
    [number] = billing.issue(session())

    drafts = billing.draft(session(), session(2, day="2026-10-12"))

    assert drafts["skipped"] == [{"session_id": "S-0001", "reason": f"already billed on {number}"}]
    assert drafts["invoices"][0]["session_ids"] == ["S-0002"]
    assert drafts["problems"] == []


def test_a_session_billed_before_the_books_began_is_left_out(practice_with):
    billing = practice_with(books_began_on="2026-10-10")

    drafts = billing.draft(session(), session(2, document="EARLIER-2026-10", day="2026-10-12"))

    assert [each["reason"] for each in drafts["skipped"]] == [
        "before 2026-10-10, when these books begin",
        "already billed on EARLIER-2026-10",
    ]


def test_E26_an_hour_of_a_client_is_billed_once(billing):
    drafts = billing.draft(session(1), session(1), session(2))

    assert drafts["invoices"][0]["sessions"] == 1
    assert [each["reason"] for each in drafts["skipped"]] == [
        "given twice",
        "the same hour as S-0001",
    ]

    billing.run("issue", drafts=drafts["ids"])
    again = billing.draft(session(3))

    assert again["ids"] == []
    assert codes(again) == ["same-hour"]


def test_the_same_hour_of_two_clients_is_billed_to_each(billing):
    drafts = billing.draft(session(1), session(2, who=client(18)))

    assert len(drafts["ids"]) == 2


def test_drafting_again_keeps_an_equal_draft(billing):
    first = billing.draft(session(1), session(2, day="2026-10-12"))

    again = billing.draft(session(1), session(2, day="2026-10-12"))

    assert again["ids"] == first["ids"]
    assert len(billing.select("billing_lines")) == 2


def test_drafting_again_after_a_correction_replaces_the_draft(billing):
    first = billing.draft(session(1), session(2, day="2026-10-12"))

    again = billing.draft(session(1, fee=Decimal(160)), session(2, day="2026-10-12"))

    assert again["ids"] != first["ids"]
    assert [row["id"] for row in billing.select("billing_invoices")] == again["ids"]
    assert again["total"] == Decimal("310.00")


def test_a_session_moves_from_a_larger_draft_which_keeps_the_rest(billing):
    [first] = billing.draft(session(1), session(2, day="2026-10-12"))["ids"]

    [second] = billing.draft(session(2, day="2026-10-12"))["ids"]

    totals = {row["id"]: row["total"] for row in billing.select("billing_invoices")}
    assert totals == {first: 15000, second: 15000}


def test_a_later_change_of_the_client_does_not_alter_an_issued_invoice(billing):
    [number] = billing.issue(session())
    billing.draft(session(2, day="2026-10-12", who=client(name="Another Name")))

    [row] = [row for row in billing.select("billing_invoices") if row["number"] == number]
    assert row["client_name"] == "Zoë Quist-17"


def test_the_bill_goes_to_whoever_pays(billing):
    minor = client(
        bill_to={"name": "Parent Quist", "email": "p@client.example", "address": ["9 Elm"]}
    )

    issued = billing.run("issue", drafts=billing.draft(session(who=minor))["ids"])

    [invoice] = issued["invoices"]
    assert (invoice["name"], invoice["email"]) == ("Parent Quist", "p@client.example")
    [row] = billing.select("billing_invoices")
    assert row["address"] == '["9 Elm"]'


def test_discarded_drafts_are_gone_and_can_be_made_again(billing):
    ids = billing.draft(session())["ids"]

    done = billing.run("discard", drafts=[*ids, "D-99999"])

    assert done == {"ids": ids, "session_ids": ["S-0001"]}
    assert billing.select("billing_lines") == []
    assert len(billing.draft(session())["ids"]) == 1


# Missed sessions ----------------------------------------------------------------------------------

SIGNED = [{"client_id": "C-0017", "signed_on": "2026-01-01", "kind": "no_show_policy"}]


def missed(number=1, **changes):
    return session(number, **({"status": "no_show"} | changes))


def test_a_missed_session_is_charged_as_the_policy_says(practice_with):
    billing = practice_with(no_show={"fee": "percent", "amount": 50, "first_waived": False})

    drafts = billing.draft(missed(adjustment=Decimal("-50.25")), paperwork=SIGNED)

    assert drafts["total"] == Decimal("49.88")  # half of 99.75, half a cent up
    [line] = billing.select("billing_lines")
    assert (line["kind"], line["name"]) == ("no_show", "Missed appointment")
    assert (line["service"], line["diagnoses"], line["minutes"]) == ("", "[]", 0)


def test_a_full_or_a_fixed_fee_is_charged(practice_with):
    billing = practice_with(no_show={"fee": "full", "first_waived": False})
    full = billing.draft(missed(adjustment=Decimal(-50)), paperwork=SIGNED)
    fixed = practice_with(no_show={"fee": "fixed", "amount": 75, "first_waived": False})

    late = fixed.draft(missed(2, status="late_cancelled", day="2026-10-06"), paperwork=SIGNED)

    assert (full["total"], late["total"]) == (Decimal("100.00"), Decimal("75.00"))
    assert fixed.select("billing_lines")[-1]["name"] == (
        "Late cancellation (less than 24 hours' notice)"
    )


def test_the_first_missed_session_is_waived_and_shown(practice_with):
    billing = practice_with(no_show={"fee": "full"})

    drafts = billing.draft(missed(1), missed(2, day="2026-10-12"), paperwork=SIGNED)

    lines = billing.select("billing_lines")
    assert [(line["charge"], line["adjustment"]) for line in lines] == [(15000, -15000), (15000, 0)]
    assert lines[0]["adjustment_reason"] == "waived the first time"
    assert (
        billing.draft(missed(1), missed(2, day="2026-10-12"), paperwork=SIGNED)["ids"]
        == drafts["ids"]
    )


def test_a_missed_session_after_one_that_was_waived_is_charged(practice_with):
    billing = practice_with(no_show={"fee": "full"})
    billing.issue(missed(1), paperwork=SIGNED)

    drafts = billing.draft(missed(2, day="2026-10-12"), paperwork=SIGNED)

    assert drafts["total"] == Decimal("150.00")


def test_no_fee_without_a_policy_signed_before(practice_with):
    billing = practice_with(no_show={"fee": "full", "first_waived": False})
    late = [{"client_id": "C-0017", "signed_on": "2026-10-06"}]
    other = [{"client_id": "C-0017", "signed_on": "2026-01-06", "kind": "roi"}]

    for paperwork in (None, late, other):
        drafts = billing.draft(missed(), paperwork=paperwork)

        assert codes(drafts) == ["no-policy"]
        assert drafts["ids"] == []


def test_no_fee_where_the_payer_bars_it(practice_with):
    policy = {"fee": "full", "not_for_payers": ["Example Health"], "require_agreement": False}
    billing = practice_with(no_show=policy)

    drafts = billing.draft(missed(who=client(payer="EXAMPLE health")))

    assert drafts["skipped"][0]["reason"] == "missed, and the payer's contract bars a fee"


def test_a_missed_session_whose_fee_is_nothing_is_left_out(practice_with):
    billing = practice_with(no_show={"fee": "full", "require_agreement": False})

    drafts = billing.draft(missed(fee=Decimal(0)))

    assert drafts["skipped"][0]["reason"] == "missed, and the fee comes to nothing"


# Signed notes and tax -----------------------------------------------------------------------------


def test_with_signed_notes_required_a_session_with_an_open_note_waits(practice_with):
    billing = practice_with(require_signed_note=True)
    unsigned = [{"client_id": "C-0017", "session_date": "2026-10-05", "note_id": "N-1"}]

    drafts = billing.draft(session(1), session(2, day="2026-10-12"), unsigned_notes=unsigned)

    assert codes(drafts) == ["unsigned-note"]
    assert drafts["invoices"][0]["session_ids"] == ["S-0002"]


def test_with_signed_notes_required_somebody_must_tell_which_are_open(practice_with):
    billing = practice_with(require_signed_note=True)

    with pytest.raises(UserError) as caught:
        billing.draft(session())

    assert "unsigned_notes" in caught.value.hint


def test_tax_is_on_what_is_owed_and_rounded_on_each_line(practice_with):
    billing = practice_with(tax={"code": "GST", "name": "GST", "rate": "8.25"})

    drafts = billing.draft(
        session(1, fee=Decimal("100.30")),
        session(2, day="2026-10-12", fee=Decimal("100.30"), adjustment=Decimal("-50.15")),
    )

    assert [line["tax"] for line in billing.select("billing_lines")] == [827, 414]
    assert drafts["invoices"][0]["tax"] == Decimal("12.41")
    assert drafts["total"] == Decimal("162.86")
    assert "Tax" in drafts["summary"]


def test_many_sessions_left_out_are_told_by_reason(billing):
    sessions = [session(n, day=f"2026-10-{n:02}", status="cancelled") for n in range(1, 10)]

    summary = billing.draft(*sessions)["summary"]

    assert "**Left out: 9 sessions**" in summary
    assert (
        "- status is cancelled: S-0001, S-0002, S-0003, S-0004, S-0005, S-0006 and 3 more"
        in summary
    )
