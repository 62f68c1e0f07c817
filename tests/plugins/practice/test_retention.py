"""How long records are kept: vectors reckoned by hand from the rule's text, not from the code.

California (B&P 2919, 4980.49, 4989.51; SB 578): seven years from the day the therapy ended; of a minor, seven years
from the 18th birthday, that is until the 25th.
"""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand_practice.commands.clients import clients
from dayhand_practice.retention import SHIPPED, RetentionRules, json_schema

CALIFORNIA = RetentionRules.model_validate(json.loads((SHIPPED / "us-ca-records.json").read_text()))
HEAD = "id,name,date_of_birth,region,status,discharged_on\n"


@pytest.mark.parametrize(
    ("born", "left", "until"),
    [
        # adults: seven years from the end
        ("1988-03-14", "2026-03-31", "2033-03-31"),
        ("1950-01-01", "2019-12-31", "2026-12-31"),
        # the end on a leap day: 2031 has none, so the first of March and not a day early
        ("1988-03-14", "2024-02-29", "2031-03-01"),
        ("1988-03-14", "2021-02-28", "2028-02-28"),
        # minors: the 25th birthday
        ("2012-06-15", "2026-01-10", "2037-06-15"),
        ("2026-01-01", "2026-06-01", "2051-01-01"),
        # the day before the 18th birthday is a minor's, the birthday an adult's: the same last day
        ("2008-11-20", "2026-11-19", "2033-11-20"),
        ("2008-11-20", "2026-11-20", "2033-11-20"),
        ("2008-11-20", "2026-11-21", "2033-11-21"),
        # seen as a child, ended as an adult: seven years from the end, which is the later
        ("2001-07-04", "2026-07-03", "2033-07-03"),
        # born on a leap day: of age on 1 March 2026, so until 1 March 2033
        ("2008-02-29", "2026-02-28", "2033-03-01"),
        ("2008-02-29", "2026-03-01", "2033-03-01"),
        ("2008-02-29", "2020-05-05", "2033-03-01"),
    ],
)
def test_the_last_day_by_the_rule_of_california(born, left, until):
    day = CALIFORNIA.keep_until(date.fromisoformat(left), date.fromisoformat(born))

    assert day == date.fromisoformat(until)


@pytest.mark.parametrize(
    ("born", "left", "until"),
    [
        # six years, and of minors one year after coming of age at 21 where that is later
        ("1988-03-14", "2020-11-20", "2026-11-20"),
        (
            "2004-05-06",
            "2019-05-06",
            "2026-05-06",
        ),  # of age 2025-05-06, and a year; six years: 2025
        ("2004-05-06", "2024-05-06", "2030-05-06"),  # six years are the later
        ("2007-02-28", "2027-12-31", "2033-12-31"),
    ],
)
def test_a_rule_with_another_age_takes_the_later_of_both_days(born, left, until):
    rules = CALIFORNIA.model_copy(update={"years": 6, "minor_years": 1, "age_of_majority": 21})

    day = rules.keep_until(date.fromisoformat(left), date.fromisoformat(born))

    assert day == date.fromisoformat(until)


def test_a_rule_without_a_word_of_minors_counts_from_the_discharge():
    rules = CALIFORNIA.model_copy(update={"minor_years": None})

    assert rules.keep_until(date(2026, 1, 10), date(2020, 1, 1)) == date(2033, 1, 10)


def test_the_schema_is_that_of_the_model():
    assert json.loads((SHIPPED.parent / "rules.schema.json").read_text()) == json_schema()


def items(records):
    return {one["client_id"]: one for one in records.kit.run("practice.retention")["items"]}


def test_the_report_tells_each_discharged_client_by_the_state_they_are_in(records):
    records.load(
        "clients",
        HEAD + "C-0001,Ana,1988-03-14,CA,discharged,2019-11-23\n"
        "C-0002,Des,2012-06-15,CA,discharged,2026-01-10\n"
        "C-0003,Zoë,1990-01-01,CA,active,\n"
        "C-0004,Ute,1990-01-01,CA,discharged,2019-11-24\n",
    )

    found = records.kit.run("practice.retention")

    assert [(one["client_id"], str(one["keep_until"]), one["state"]) for one in found["items"]] == [
        ("C-0001", "2026-11-23", "past"),
        ("C-0004", "2026-11-24", "keep"),
        ("C-0002", "2037-06-15", "keep"),
    ]
    assert [one["was_minor"] for one in found["items"]] == [False, False, True]
    assert any("4980.49" in line for line in found["sources"])


def test_what_is_missing_is_told_and_nothing_is_guessed(records):
    records.load(
        "clients",
        HEAD + "C-0001,Ana,1988-03-14,CA,discharged,\nC-0002,Des,,CA,discharged,2026-01-10\n"
        "C-0003,Zoë,1990-01-01,VT,discharged,2020-01-01\nC-0004,Ute,1990-01-01,,discharged,2020-01-01\n",
    )
    records.load(
        "sessions",
        "client_id,start,minutes,status\nC-0001,2026-10-01T09:00,45,attended\n"
        "C-0001,2026-10-08T09:00,45,no_show\n",
    )

    found = items(records)

    assert {one["state"] for one in found.values()} == {"unknown"}
    assert "whose last session was on 2026-10-01" in found["C-0001"]["why"]
    assert "no date of birth is kept" in found["C-0002"]["why"]
    assert found["C-0003"]["why"] == "no rule is known for VT"


def test_a_practice_brings_the_rule_of_its_own_state(records):
    records.load("clients", HEAD + "C-0001,Ana,1988-03-14,VT,discharged,2020-02-29\n")
    folder = records.folder / "rules/practice"
    folder.mkdir(parents=True)
    own = {
        "id": "us-vt-records",
        "title": "Vermont",
        "region": "VT",
        "years": 6,
        "as_of": "2026",
        "confidence": "L",
        "sources": ["a colleague"],
    }
    (folder / "vt.json").write_text(json.dumps(own))

    assert str(items(records)["C-0001"]["keep_until"]) == "2026-03-01"

    (folder / "vt.json").write_text(json.dumps(own | {"years": 0}))
    with pytest.raises(UserError, match="is not a rule set"):
        items(records)


# The day of the discharge ------------------------------------------------------------------------


def call(records, *arguments):
    result = CliRunner().invoke(clients, arguments, obj=records.context)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def discharged_on(records):
    return records.kit.run("practice.client", id="C-0001")["discharged_on"]


def test_who_is_discharged_by_hand_is_so_from_today_or_the_day_that_is_named(records):
    call(records, "edit", "C-0001", "--status", "discharged")
    assert discharged_on(records) == date(2026, 11, 24)

    call(records, "edit", "C-0001", "--discharged-on", "2026-11-20")
    assert discharged_on(records) == date(2026, 11, 20)

    call(records, "edit", "C-0001", "--phone", "518-555-0100")
    assert discharged_on(records) == date(2026, 11, 20)


def test_who_comes_back_is_not_discharged_any_more(records):
    call(records, "edit", "C-0001", "--status", "discharged")

    call(records, "edit", "C-0001", "--status", "active")

    assert discharged_on(records) is None


def test_an_import_does_not_guess_the_day(records):
    records.load("clients", "id,name,status\nC-0001,Ana Quintanilla,discharged\n")

    assert discharged_on(records) is None


@pytest.mark.parametrize(
    ("status", "day", "told"),
    [
        ("active", "2026-11-20", "the client is not discharged"),
        ("discharged", "2026-11-25", "it is in the future"),
        ("discharged", "1988-03-13", "it is before the date of birth"),
    ],
)
def test_a_day_that_cannot_be_is_refused(records, status, day, told):
    with pytest.raises(UserError, match=told):
        call(records, "edit", "C-0001", "--status", status, "--discharged-on", day)


def test_the_day_goes_out_and_comes_in_by_csv(records):
    records.load("clients", HEAD + "C-0001,Ana,1988-03-14,CA,discharged,2026-01-10\n")

    text = records.export("clients")

    assert "2026-01-10" in (text.decode() if isinstance(text, bytes) else text)
    assert records.load("clients", text)["changed"] == 0


def test_the_command_tells_the_days_what_is_missing_and_the_sources(records):
    assert "no client is discharged" in call(records, "retention")
    records.load(
        "clients",
        HEAD
        + "C-0001,Ana,2012-06-15,CA,discharged,2026-01-10\nC-0002,Des,1990-01-01,VT,discharged,\n",
    )

    told = call(records, "retention")

    assert "2037-06-15" in told
    assert "C-0002: no day of discharge is kept" in told
    assert "no rule is known for VT" in told
    assert "Source: SB 578" in told
    assert "Ana" not in told
    assert json.loads(call(records, "retention", "--json"))[0]["keep_until"] == "2037-06-15"
