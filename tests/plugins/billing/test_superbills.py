"""Superbills: the rules R-SB1 to R-SB6, what is required, and the figures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from billing_practice import client, session

from dayhand import Address, Licence, UserError
from dayhand.testing import sample_info


def make(billing, *sessions, **inputs):
    return billing.run("superbills", sessions=list(sessions), **({"month": "2026-10"} | inputs))


def content(billing):
    return json.loads(billing.select("billing_superbills")[-1]["content"])


def four(who=None):
    return [session(n, day=f"2026-10-{n:02}", who=who) for n in (5, 12, 19, 26)]


def test_a_superbill_is_made_for_each_client_who_wants_one(billing):
    rows = [session(1), session(2, who=client(18, wants_superbill=False), hour=11)]
    billing.issue(*rows)

    made = make(billing, *rows)

    assert made["ids"] == ["SB-2026-00001"]
    [item] = made["items"]
    assert (item["client_id"], item["total"], item["balance"]) == ("C-0017", 150, 150)
    assert (item["name"], item["email_scopes"]) == ("Zoë Quist-17", ["billing"])
    assert len(make(billing, *rows, wanted_only=False)["ids"]) == 2


def test_R_SB1_a_missed_session_is_never_on_a_superbill(practice_with):
    policy = {"fee": "full", "first_waived": False, "require_agreement": False}
    billing = practice_with(no_show=policy)
    rows = [session(1), session(2, day="2026-10-12", status="no_show"),
            session(3, day="2026-10-19", status="late_cancelled")]  # fmt: skip
    billing.issue(*rows)
    billing.pay("450")

    made = make(billing, *rows)

    assert [line["session_id"] for line in content(billing)["lines"]] == ["S-0001"]
    assert made["items"][0]["paid"] == 150
    assert {each["reason"] for each in made["left_out"]} == {
        "status is no_show", "status is late_cancelled",
    }  # fmt: skip


def test_R_SB1_a_session_billed_as_missed_stays_off_even_if_it_is_now_said_to_be_attended(
    practice_with,
):
    billing = practice_with(no_show={"fee": "full", "require_agreement": False})
    billing.issue(session(1, status="no_show"), session(2, day="2026-10-12"))

    make(billing, session(1), session(2, day="2026-10-12"))

    assert [line["session_id"] for line in content(billing)["lines"]] == ["S-0002"]


def test_R_SB1_a_client_with_nothing_but_missed_sessions_gets_no_superbill(practice_with):
    billing = practice_with(no_show={"fee": "full", "require_agreement": False})
    billing.issue(session(1, status="no_show"))

    made = make(billing, session(1))

    assert made["ids"] == []
    assert made["blocked"] == []
    assert made["left_out"][0]["reason"] == "its invoice bills it as missed"


def test_R_SB2_each_line_has_the_diagnoses_in_force_on_its_day(billing):
    diagnoses = [
        {"code": "F43.10", "effective_from": "2026-10-12", "effective_to": "2026-10-19"},
        {"code": "F41.1", "effective_from": "2026-01-01"},
        {"code": "F32.9", "effective_from": "2026-10-27"},
    ]
    rows = four(client(diagnoses=diagnoses))
    billing.issue(*rows)

    make(billing, *rows)

    assert [line["diagnoses"] for line in content(billing)["lines"]] == [
        ["F41.1"], ["F41.1", "F43.10"], ["F41.1", "F43.10"], ["F41.1"],
    ]  # fmt: skip


def test_R_SB2_a_diagnosis_made_after_the_session_blocks_the_superbill(billing):
    rows = four(client(diagnoses=[{"code": "F41.1", "effective_from": "2026-10-13"}]))
    billing.issue(*rows)

    made = make(billing, *rows)

    assert made["ids"] == []
    assert made["blocked"] == [
        {
            "client_id": "C-0017",
            "reasons": [
                "2026-10-05: no diagnosis is in force on that day",
                "2026-10-12: no diagnosis is in force on that day",
            ],
        }
    ]
    assert "- C-0017: 2026-10-05: no diagnosis" in made["summary"]


def test_R_SB3_paid_and_balance_come_to_charge_and_adjustment_on_every_line(billing):
    scale = {"adjustment": Decimal("-37.55"), "adjustment_reason": "sliding scale"}
    rows = [session(n, day=f"2026-10-{n:02}", **(scale if n % 2 else {})) for n in range(1, 6)]
    [number] = billing.issue(*rows)
    billing.pay("200.01")
    billing.run("credit", invoice=number, sessions=["S-0005"], amount=Decimal("12.45"), reason="x")

    make(billing, *rows)

    kept = content(billing)
    for line in [*kept["lines"], kept["totals"]]:
        assert line["paid"] + line["balance"] == line["charge"] + line["adjustment"]
    assert [line["paid"] for line in kept["lines"]] == [11245, 8756, 0, 0, 0]
    assert [line["charge"] for line in kept["lines"]] == [15000] * 5
    assert kept["lines"][4]["adjustment"] == -3755 - 1245
    assert kept["totals"]["paid"] == 20001


def test_R_SB3_credit_and_waivers_are_never_shown_as_paid(billing):
    rows = four()
    [number] = billing.issue(*rows)
    billing.run("credit", invoice=number, reason="x")

    make(billing, *rows)

    totals = content(billing)["totals"]
    assert (totals["paid"], totals["adjustment"], totals["balance"]) == (0, -60000, 0)


def test_R_SB4_only_attended_sessions_up_to_today_in_the_period_that_are_invoiced(billing):
    rows = [
        session(1),
        session(2, day="2026-10-06", status="cancelled"),
        session(3, day="2026-09-30"),
        session(4, day="2026-10-07"),
        session(5, day="2026-11-20"),
    ]
    billing.issue(rows[0], rows[2])

    made = make(billing, *rows)

    assert [line["session_id"] for line in content(billing)["lines"]] == ["S-0001"]
    assert {each["session_id"]: each["reason"] for each in made["left_out"]} == {
        "S-0002": "status is cancelled",
        "S-0003": "not between 2026-10-01 and 2026-10-31",
        "S-0004": "not on an issued invoice",
        "S-0005": "in the future",
    }


def test_R_SB4_the_licence_must_be_valid_on_the_day_where_the_client_is(billing):
    rows = four()
    billing.issue(*rows)
    info = billing.kit.info
    licences = (
        Licence("LCSW", "NY", "081234", date(2015, 6, 1), date(2026, 10, 12)),
        Licence("LCSW", "CA", "999", date(2015, 6, 1), date(2030, 1, 1)),
    )
    billing.kit.info = replace(info, clinician=replace(info.clinician, licences=licences))

    made = make(billing, *rows)

    assert made["blocked"][0]["reasons"] == [
        "2026-10-19: no licence with a number is valid on that day",
        "2026-10-26: no licence with a number is valid on that day",
    ]


def test_R_SB4_a_supervised_provider_needs_the_whole_supervisor(billing):
    rows = four()
    billing.issue(*rows)
    info = billing.kit.info
    supervised = replace(info.clinician, supervisor={"name": "Ada Byron-Lind, PhD"})
    billing.kit.info = replace(info, clinician=supervised)

    assert make(billing, *rows)["blocked"][0]["reasons"] == [
        "the supervisor's licence is missing",
        "supervisor: the NPI is missing",
    ]

    whole = {"name": "Ada Byron-Lind, PhD", "licence": "PSY 1", "npi": "1245319599"}
    billing.kit.info = replace(info, clinician=replace(info.clinician, supervisor=whole))

    assert make(billing, *rows)["blocked"] == []
    assert content(billing)["supervisor"] == whole


def test_R_SB5_a_period_of_one_day_works(billing):
    rows = four()
    billing.issue(*rows)

    made = make(billing, *rows, month=None, start="2026-10-12", end="2026-10-12")

    assert made["items"][0]["lines"] == 1


def test_R_SB5_the_last_day_of_the_month_is_in_it(billing):
    rows = [session(1, day="2026-10-31", hour=23), session(2, day="2026-10-01", hour=0)]
    billing.issue(*rows)

    assert make(billing, *rows)["items"][0]["lines"] == 2


def test_R_SB6_the_same_again_is_the_same_superbill(billing):
    rows = four()
    billing.issue(*rows)
    first = make(billing, *rows)
    billing.on("2026-11-20T09:00:00-05:00")

    again = make(billing, *reversed(rows), rows[0])

    assert again["ids"] == first["ids"]
    assert (first["items"][0]["new"], again["items"][0]["new"]) == (True, False)
    assert len(billing.select("billing_superbills")) == 1


def test_R_SB6_another_figure_is_a_new_version_that_supersedes(billing):
    rows = four()
    billing.issue(*rows)
    first = make(billing, *rows)
    billing.pay("100")

    second = make(billing, *rows)
    third = make(billing, *four(client(member_id="M-1")))

    [item] = second["items"]
    assert (item["id"], item["version"], item["supersedes"]) == (
        "SB-2026-00002", 2, first["ids"][0],
    )  # fmt: skip
    assert third["items"][0]["supersedes"] == "SB-2026-00002"
    kept = [
        json.loads(row["content"])["totals"]["paid"] for row in billing.select("billing_superbills")
    ]
    assert kept == [0, 10000, 10000]
    assert "SB-2026-00002 (replaces SB-2026-00001)" in second["summary"]


def test_every_missing_thing_is_told_at_once(billing):
    who = client(date_of_birth=None, diagnoses=[{"code": "bad", "effective_from": "2026-01-01"}])
    rows = [session(1, who=who, place_of_service="", service_name="Talk")]
    billing.issue(*rows)
    info = sample_info(phone="", tax_id="", npi="1234567890", address=Address())
    nobody = replace(info.clinician, name="", credentials="", npi="1234567890", licences=())
    billing.kit.info = replace(info, name="", clinician=nobody)

    made = make(billing, *rows)

    assert made["blocked"][0]["reasons"] == [
        "the provider's name is missing",
        "the provider's credentials are missing",
        "the practice's name is missing",
        "the practice's address is missing",
        "the practice's phone is missing",
        "the name to sign with is missing",
        "the NPI has a wrong check digit or is not ten digits",
        "the tax id (EIN) is missing",
        "the practice's own NPI has a wrong check digit",
        "the client's date of birth is missing",
        "2026-10-05: a diagnosis code does not have the form of ICD-10-CM",
        "2026-10-05: no licence with a number is valid on that day",
        "2026-10-05: the place of service is missing",
    ]
    assert "Quist" not in made["summary"]


def test_a_service_without_a_code_or_a_client_without_a_name_blocks(billing):
    billing.issue(session(1))
    with billing.kit.engine.begin() as connection:
        import sqlalchemy as sa

        connection.execute(sa.text("UPDATE billing_lines SET service = '', units = 0"))

    made = make(billing, session(1, who=client(name=" ")))

    assert made["blocked"][0]["reasons"] == [
        "the client's name is missing",
        "2026-10-05: the service code is missing",
        "2026-10-05: the charge or the units are missing",
    ]


def test_the_name_to_sign_with_can_be_another(practice_with):
    billing = practice_with(superbill_signature="J. M. Doe")
    billing.issue(session())

    make(billing, session())

    assert content(billing)["provider"]["signature"] == "J. M. Doe"


def test_a_superbill_needs_a_period_that_can_be(billing):
    with pytest.raises(UserError, match="needs a month"):
        make(billing, month=None)
    with pytest.raises(UserError, match="before the start"):
        make(billing, month=None, start="2026-10-02", end="2026-10-01")


def test_no_sessions_make_no_superbill(billing):
    made = make(billing)

    assert made["ids"] == []
    assert made["summary"] == "There is no superbill to make.\n"


def test_an_unknown_superbill_is_told(billing):
    with pytest.raises(UserError, match="there is no superbill SB-1"):
        billing.run("render_superbill", superbill="SB-1")
