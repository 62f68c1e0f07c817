"""Estimates that clients ask for, and those that a change of charges makes necessary."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from billing_practice import client, session
from click.testing import CliRunner

import dayhand_billing
from dayhand import UserError

GROUPS = {command.name: command for command in dayhand_billing.dayhand_commands()}
SERVICES = [
    {"code": "SVC-45", "name": "Session, 45 minutes", "minutes": 45, "fee": 150,
     "effective_from": "2026-01-01"},
    {"code": "SVC-60", "name": "Session, 60 minutes", "minutes": 60, "fee": 190,
     "effective_from": "2026-01-01"},
]  # fmt: skip


def d(text):
    return date.fromisoformat(text)


@pytest.fixture
def say(billing):
    """Run `dayhand estimates …` on Monday, 2 November 2026; what it printed."""

    def run(line, code=0):
        context = billing.kit.context("billing")
        result = CliRunner().invoke(GROUPS["estimates"], line.split(), obj=context)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


def match(day, who="C-0017"):
    start = f"{day}T09:00:00-05:00"
    event = {"key": f"{who} {day}", "start": start, "end": f"{day}T09:45:00-05:00"}
    return {"event": event, "client_id": who, "attendance": "scheduled"}


def due(billing, *days, who=None, paperwork=()):
    people = [client()] if who is None else who
    return billing.run(
        "estimates_due",
        clients=people,
        matches=[match(day) for day in days],
        paperwork=list(paperwork),
    )["items"]


def drafted(billing, *days, who=None, sessions=(), service=""):
    people = [client()] if who is None else who
    return billing.run(
        "draft_estimates",
        due=due(billing, *days, who=people),
        clients=people,
        services=SERVICES,
        sessions=list(sessions),
        service=service,
    )


def give(billing, *days, **more):
    made = drafted(billing, *days, **more)
    return billing.run("deliver_estimates", estimates=made["ids"])[0]


def states(billing):
    return [row["outcome"] for row in billing.select("billing_estimate_requests")]


# Noting -------------------------------------------------------------------------------------------


def test_a_request_is_noted_with_its_last_day(billing, say):
    said = say("request c-0017")

    assert said.startswith("the estimate is to be given to C-0017 by 2026-11-05\n")
    assert "dayhand run gfe-check" in said
    assert say("requests") == (
        "CLIENT  WHAT     NOTED       FROM  GIVE BY     STATE  ESTIMATE  SERVICE  FEE\n"
        "C-0017  request  2026-11-02  -     2026-11-05  due    -         -          -\n"
    )
    assert billing.kit.audit == ["billing.estimate_request C-0017"]


def test_one_that_is_late_as_it_is_noted_says_so_and_fails_the_list(say):
    said = say("request C-0017 --on 2026-10-26")

    assert "by 2026-10-29, which has passed: give it at once\n" in said
    assert json.loads(say("requests --json", code=1))[0]["state"] == "overdue"


def test_a_change_is_due_a_business_day_before(say):
    said = say("change C-0017 --from 2026-11-16 --service SVC-60 --fee 165.50")

    assert "by 2026-11-13\n" in said
    assert say("requests").splitlines()[1] == (
        "C-0017  change  2026-11-02  2026-11-16  2026-11-13  due    -         SVC-60   165.50"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("request C-0017 --on 2026-11-03", "2026-11-03 is still to come"),
        ("change C-0017 --from 2026-11-01", "2026-11-01 has passed"),
        ("request C~17", "'C~17' is no client's id"),
        ("request C-0017 --fee 0", "a fee is above 0"),
        (f"request C-0017 --service {'S' * 33}", "at most 32 letters"),
        ("withdraw C-0017", "no estimate is noted as to be given to C-0017"),
    ],
)
def test_what_cannot_be_noted_is_refused_with_the_reason(billing, say, line, why):
    with pytest.raises(UserError, match=why) as refused:
        say(line)

    assert refused.value.hint
    assert states(billing) == []


@pytest.mark.parametrize("again", ["request C-0017", "change C-0017 --from 2026-12-01"])
def test_a_client_waits_for_one_estimate_at_a_time(billing, say, again):
    say("request C-0017 --on 2026-10-30")

    with pytest.raises(UserError, match="C-0017 asked on 2026-10-30 is noted already") as refused:
        say(again)

    assert "dayhand estimates withdraw C-0017" in refused.value.hint
    assert states(billing) == ["open"]
    say("request C-0018")


def test_what_is_withdrawn_is_no_longer_due_and_can_be_noted_anew(billing, say):
    say("request C-0017")

    assert "C-0017 no longer waits" in say("withdraw c-0017")

    assert due(billing) == []
    assert say("requests") == "nobody waits for an estimate\n"
    say("request C-0017")
    assert [row["state"] for row in json.loads(say("requests --all --json"))] == [
        "withdrawn",
        "due",
    ]


# Who is due one -----------------------------------------------------------------------------------


def test_who_asked_is_due_one_without_an_appointment(billing, say):
    say("request C-0017 --on 2026-10-30")

    (item,) = due(billing)
    (later,) = due(billing.on("2026-11-06T09:00:00-05:00"))

    assert (item["kind"], item["due_on"], item["state"]) == ("request", d("2026-11-04"), "due")
    assert (item["scheduled_on"], item["service_on"], item["initials"]) == (None, None, "Z.Q.17")
    assert later["state"] == "overdue"


def test_the_earlier_of_both_last_days_counts(billing, say):
    say("request C-0017")
    (asked,) = due(billing, "2026-11-06")  # scheduled 4 business days ahead: within 1
    (far,) = due(billing, "2026-11-24")  # 14 ahead: within 3, as asked for

    assert (asked["due_on"], asked["service_on"]) == (d("2026-11-03"), d("2026-11-06"))
    assert far["due_on"] == d("2026-11-05")


def test_who_asked_is_due_one_though_a_payer_or_an_estimate_is_on_file(billing, say):
    paper = {"client_id": "C-0017", "signed_on": "2026-01-05", "kind": "gfe"}
    say("request C-0017")

    (insured,) = due(billing, "2026-11-19", who=[client(payer="Example Health")])
    (item,) = due(billing, "2026-11-18", "2026-11-25", paperwork=[paper])

    assert insured["service_on"] == d("2026-11-19")
    assert (item["service_on"], item["visits"]) == (d("2026-11-18"), 2)
    assert item["due_on"] == d("2026-11-05")


def test_a_request_of_an_unknown_client_is_told_and_left_out_of_the_drafts(billing, say):
    say("request C-0099")

    (item,) = due(billing)
    made = drafted(billing)

    assert (item["client_id"], item["initials"]) == ("C-0099", "")
    assert made["items"] == []
    assert made["left_out"] == [
        {"client_id": "C-0099", "reason": "the client is not known", "noted": True}
    ]


def test_a_run_for_an_earlier_day_knows_nothing_of_it_yet(billing, say):
    say("request C-0017")

    assert due(billing.on("2026-11-01T09:00:00-05:00")) == []


def test_an_estimate_on_paper_since_then_answers_it_and_an_earlier_one_does_not(billing, say):
    before = {"client_id": "C-0017", "signed_on": "2026-10-30", "kind": "gfe"}
    other = {"client_id": "C-0017", "signed_on": "2026-11-02", "kind": "roi"}
    say("request C-0017")

    assert len(due(billing, paperwork=[before, other])) == 1
    assert due(billing, paperwork=[before | {"signed_on": "2026-11-02"}]) == []
    assert states(billing) == ["on paper"]


# Drafts -------------------------------------------------------------------------------------------


def test_an_estimate_without_an_appointment_is_of_a_visit_a_week_from_the_day_on(billing, say):
    say("request C-0017")

    (item,) = drafted(billing, sessions=[session()])["items"]

    assert (item["starts_on"], item["ends_on"]) == (d("2026-11-02"), d("2027-11-01"))
    assert (item["lines"][0]["quantity"], item["total"]) == (53, Decimal(7950))


def test_what_was_said_of_service_fee_and_visits_goes_before(billing, say):
    say("request C-0017 --service SVC-60 --fee 95.50 --visits 10")

    (item,) = drafted(billing, "2026-11-18", sessions=[session()], service="SVC-45")["items"]

    (line,) = item["lines"]
    assert (line["service"], line["quantity"], item["total"]) == ("SVC-60", 10, Decimal(955))
    assert item["starts_on"] == d("2026-11-18")


def test_the_service_that_was_asked_about_costs_what_the_client_paid_for_it(billing, say):
    say("request C-0017 --service SVC-60 --visits 1")
    sessions = [
        session(1, day="2026-10-01", service="SVC-60", fee=Decimal(120)),
        session(2, day="2026-10-08"),
    ]

    (item,) = drafted(billing, sessions=sessions)["items"]

    assert item["total"] == Decimal(120)


def test_a_service_that_the_price_list_lacks_is_told(billing, say):
    say("request C-0017 --service SVC-99")

    made = drafted(billing, sessions=[session()])

    assert made["left_out"][0]["reason"] == "the price list has no SVC-99"


def test_the_draft_stays_the_same_the_next_day(billing, say):
    say("request C-0017 --service SVC-45")
    (first,) = drafted(billing)["ids"]

    (again,) = drafted(billing.on("2026-11-03T09:00:00-05:00"))["ids"]

    assert again == first


def test_the_page_says_that_no_day_is_agreed_and_how_often(billing, say):
    say("request C-0017 --service SVC-45")
    (name,) = drafted(billing)["ids"]

    written = billing.run("render_estimate", estimate=name)

    pages = pypdf.PdfReader(io.BytesIO(billing.bytes_of(written))).pages
    said = " ".join(pages[0].extract_text().split())
    assert "Session, 45 minutes, first on a day still to be agreed, once a week." in said


def test_the_list_tells_when_it_was_asked_for(billing, say):
    say("request C-0017 --on 2026-10-30")
    found = billing.run("estimates_due", clients=[client()], matches=[])

    written = billing.run("estimate_list", due=found)

    row = next(line for line in billing.text_of(written).splitlines() if "C-0017" in line)
    told = [cell.strip() for cell in row.strip("|").split("|")]
    assert told == ["C-0017", "Z.Q.17", "request", "2026-10-30", "-", "-", "2026-11-04", "due"]


# Given --------------------------------------------------------------------------------------------


def test_a_draft_answers_nothing_and_the_estimate_that_is_given_does(billing, say):
    say("request C-0017")
    (name,) = drafted(billing, sessions=[session()])["ids"]
    assert states(billing) == ["open"]

    say(f"given {name}")

    (row,) = json.loads(say("requests --all --json"))
    assert (row["state"], row["estimate_id"], row["closed_on"]) == ("given", name, "2026-11-02")
    assert due(billing) == []


def test_an_estimate_drafted_before_answers_it_unless_another_service_was_asked_about(billing, say):
    (first,) = drafted(billing, "2026-11-18")["ids"]
    say("request C-0017 --service SVC-60")
    billing.run("deliver_estimates", estimates=[first])
    assert states(billing) == ["open"]

    say("withdraw C-0017")
    (second,) = drafted(billing, "2026-11-04", "2027-11-20")["ids"]
    say("request C-0017")
    billing.run("deliver_estimates", estimates=[second])

    assert states(billing) == ["withdrawn", "given"]


def test_an_estimate_given_before_the_day_of_the_request_does_not_answer_it(billing, say):
    drafted(billing, "2026-11-18")
    billing.on("2026-11-04T09:00:00-05:00")
    say("request C-0017")

    say("given E-00001 --on 2026-11-03")

    assert states(billing) == ["open"]


def test_a_paper_that_dayhand_filed_does_not_answer_what_was_asked_after_it(billing, say):
    given = give(billing, "2026-11-18")
    paper = {"client_id": "C-0017", "kind": "gfe", "signed_on": given["delivered_on"],
             "expires_on": given["ends_on"]}  # fmt: skip
    say("request C-0017")

    assert len(due(billing, paperwork=[paper])) == 1


# Changes ------------------------------------------------------------------------------------------


def test_a_change_makes_a_new_estimate_from_its_day_on_and_the_old_one_covers_until_then(
    billing, say
):
    give(billing, "2026-11-04", sessions=[session()])
    say("change C-0017 --from 2026-11-16 --fee 165")

    made = drafted(billing, "2026-11-09", "2026-11-16", sessions=[session()])

    (item,) = made["items"]
    assert (item["starts_on"], item["lines"][0]["charge"]) == (d("2026-11-16"), Decimal(165))
    billing.run("deliver_estimates", estimates=made["ids"])
    assert states(billing) == ["given"]
    assert due(billing, "2026-11-09", "2026-11-16", "2026-11-23") == []


def test_a_service_before_the_day_of_a_change_has_its_own_estimate_first(billing, say):
    say("change C-0017 --from 2026-11-16 --fee 165")

    first = give(billing, "2026-11-09", "2026-11-16", sessions=[session()])
    assert (first["starts_on"], first["lines"][0]["charge"]) == (d("2026-11-09"), Decimal(150))
    assert states(billing) == ["open"]

    second = give(billing, "2026-11-09", "2026-11-16", sessions=[session()])
    assert (second["starts_on"], second["lines"][0]["charge"]) == (d("2026-11-16"), Decimal(165))
    assert states(billing) == ["given"]


# Health -------------------------------------------------------------------------------------------


def findings(billing):
    context = billing.kit.context("billing")
    (check,) = [one for one in dayhand_billing.dayhand_health() if "estimates" in one.name]
    return list(check.run(context))


def test_doctor_names_who_waits_too_long(billing, say):
    say("request C-0017")
    assert [found.level for found in findings(billing)] == ["ok"]

    (told,) = findings(billing.on("2026-11-06T09:00:00-05:00"))

    assert (told.level, told.message) == (
        "failure", "estimates that should have been given: C-0017"
    )  # fmt: skip
    assert "dayhand estimates requests" in told.hint
