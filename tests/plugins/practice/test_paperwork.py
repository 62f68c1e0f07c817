from __future__ import annotations

from datetime import date

import pytest

from dayhand import UserError
from dayhand_practice.clients import email_scopes

HEADER = "client_id,kind,signed_on,expires_on,scope,warned_at,revoked_at"


@pytest.fixture
def bare(tmp_path, make_records):
    """A practice that requires nothing, so that a test sees only its own papers."""
    made = make_records(
        tmp_path, required_paperwork=[], required_for_video=[], required_for_self_pay=[]
    )
    made.load("clients", "id,name,email\nC-0001,Ana Ruiz,ana@client.example\n")
    return made


def due(records, **inputs):
    return [
        (one["kind"], one["state"], one["days_left"])
        for one in records.kit.run("practice.paperwork_due", **inputs)
    ]


def test_what_is_required_and_not_on_file_is_missing(records):
    records.load("paperwork", f"{HEADER}\nC-0001,npp_receipt,2026-01-01,,,,\n")

    found = {(one["client_id"], one["kind"]) for one in records.kit.run("practice.paperwork_due")}

    assert ("C-0001", "consent_treatment") in found
    assert ("C-0001", "npp_receipt") not in found
    assert len(found) == 20


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-11-23", [("roi", "expired", -1)]),
        ("2026-11-24", [("roi", "expiring", 0)]),
        ("2026-12-24", [("roi", "expiring", 30)]),
        ("2026-12-25", []),
        ("", []),
    ],
)
def test_a_paper_is_good_through_its_last_day(bare, expires, expected):
    bare.load("paperwork", f"{HEADER}\nC-0001,roi,2026-01-01,{expires},Dr. Vance,,\n")

    assert due(bare) == expected


def test_a_later_paper_replaces_an_expired_one_to_the_same_recipient(bare):
    rows = "C-0001,roi,2025-01-01,2026-01-01,{},,\nC-0001,roi,2026-01-02,2027-06-01,Dr. Vance,,\n"
    bare.load("paperwork", f"{HEADER}\n{rows.format('dr. vance')}")
    assert due(bare) == []

    bare.load("paperwork", f"{HEADER}\n{rows.format('School')}")
    assert due(bare) == [("roi", "expired", -327)]


def test_a_revoked_paper_no_longer_counts(tmp_path, make_records):
    made = make_records(
        tmp_path, required_paperwork=["consent_treatment"], required_for_self_pay=[]
    )
    made.load("clients", "id,name\nC-0001,Ana Ruiz\n")
    made.load("paperwork", f"{HEADER}\nC-0001,consent_treatment,2026-01-01,,,,2026-11-24\n")

    assert due(made) == [("consent_treatment", "missing", None)]


def test_a_treatment_plan_and_an_estimate_last_as_long_as_the_settings_say(bare):
    bare.load(
        "paperwork",
        f"{HEADER}\nC-0001,treatment_plan,2026-09-01,,,,\nC-0001,gfe,2025-12-01,,,,\n",
    )

    assert due(bare) == [("treatment_plan", "expiring", 6), ("gfe", "expiring", 7)]
    assert due(bare, within="6 days") == [("treatment_plan", "expiring", 6)]


def test_telehealth_consent_is_required_of_those_who_come_by_video(records, make_match):
    records.record(make_match(video=True), make_match("C-0002"))

    found = records.kit.run("practice.paperwork_due")

    assert [one["client_id"] for one in found if one["kind"] == "consent_telehealth"] == ["C-0001"]


def test_a_sliding_scales_review_is_due_on_its_day(bare):
    bare.load(
        "fee_agreements",
        "client_id,effective_from,effective_to,agreed_fee,review_on\n"
        "C-0001,2025-01-01,2025-12-31,80,2025-12-01\nC-0001,2026-01-01,,90,2026-11-30\n",
    )

    assert due(bare) == [("fee_review", "expiring", 6)]


def test_only_active_clients_are_looked_at_unless_named(records):
    records.load("clients", "id,name,status\nC-0001,Ana Quintanilla,discharged\n")

    assert not any(
        one["client_id"] == "C-0001" for one in records.kit.run("practice.paperwork_due")
    )
    assert due(records, client_ids=["C-0001"])


@pytest.mark.parametrize(
    ("row", "scopes"),
    [
        ("2026-01-01,,reminders; billing,2026-01-01,", ["reminders", "billing"]),
        ("2026-01-01,2026-11-23,billing,2026-01-01,", []),
        ("2026-01-01,2026-11-24,billing,2026-01-01,", ["billing"]),
        ("2026-01-01,,billing,2026-01-01,2026-11-24", []),
        ("2026-01-01,,billing,2026-01-01,2026-11-25", ["billing"]),
    ],
)
def test_what_may_be_emailed_comes_from_consents_that_hold_today(bare, row, scopes):
    bare.load("paperwork", f"{HEADER}\nC-0001,email_consent,{row}\n")

    assert bare.kit.run("practice.client", id="C-0001")["email_scopes"] == scopes


def test_a_consent_without_telling_of_the_risk_or_without_an_address_is_none():
    client = {"email": "ana@client.example", "bill_to_email": ""}
    day = date(2026, 1, 1)
    paper = {
        "kind": "email_consent",
        "signed_on": day,
        "expires_on": None,
        "scope": "billing",
        "address": "ana@client.example",
        "warned_at": day,
        "revoked_at": None,
    }

    def scopes(**changed):
        return email_scopes(client, [paper | changed], date(2026, 11, 24))

    assert scopes() == ["billing"]
    assert scopes(warned_at=None) == []
    assert scopes(warned_at=date(2026, 11, 25)) == []
    assert scopes(address="") == []
    assert scopes(address="other@client.example") == []
    assert scopes(kind="roi") == []
    assert email_scopes({"email": "", "bill_to_email": ""}, [paper], day) == []


def test_mail_about_bills_needs_the_consent_of_whom_it_goes_to(bare):
    bare.load(
        "paperwork",
        f"{HEADER}\nC-0001,email_consent,2026-01-01,,reminders; billing,2026-01-01,\n",
    )
    bare.load(
        "clients",
        "id,name,bill_to_name,bill_to_email\nC-0001,Ana Ruiz,Pa Ruiz,pa@client.example\n",
    )
    assert bare.kit.run("practice.client", id="C-0001")["email_scopes"] == ["reminders"]

    bare.load(
        "paperwork",
        "client_id,kind,signed_on,scope,address,warned_at\n"
        "C-0001,email_consent,2026-01-02,billing,PA@client.example,2026-01-02\n",
    )
    scopes = bare.kit.run("practice.client", id="C-0001")["email_scopes"]
    assert scopes == ["reminders", "billing"]


def test_papers_on_file_are_listed_without_those_that_no_longer_hold(bare):
    bare.load(
        "paperwork",
        f"{HEADER}\nC-0001,no_show_policy,2026-01-01,,,,\nC-0001,roi,2026-01-01,,Dr. V,,2026-02-01\n",
    )

    def kinds(**inputs):
        return [one["kind"] for one in bare.kit.run("practice.paperwork", **inputs)]

    assert kinds() == ["no_show_policy"]
    assert sorted(kinds(valid=False)) == ["no_show_policy", "roi"]
    assert kinds(kind="roi") == []


def test_papers_are_filed_once_and_fill_the_gap(bare):
    paper = {"client_id": "C-0001", "kind": "gfe", "signed_on": "2026-11-20"}
    paper |= {"expires_on": "2026-12-01"}

    first = bare.kit.run("practice.file_paperwork", papers=[paper, paper])
    again = bare.kit.run("practice.file_paperwork", papers=[paper | {"expires_on": "2027-01-01"}])

    assert (len(first["ids"]), first["unchanged"]) == (1, 1)
    assert (again["ids"], again["unchanged"]) == ([], 1)
    assert due(bare) == [("gfe", "expiring", 7)]


def test_a_paper_of_nobody_or_of_tomorrow_files_none_of_them(bare):
    good = {"client_id": "C-0001", "kind": "gfe", "signed_on": "2026-11-20"}
    for wrong in (good | {"client_id": "C-0099"}, good | {"signed_on": "2026-11-25"}):
        with pytest.raises(UserError, match=r"client-id|signed-on"):
            bare.kit.run("practice.file_paperwork", papers=[good, wrong])

    assert bare.kit.run("practice.paperwork") == []
