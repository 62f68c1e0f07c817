"""Dated rules: the day decides the version, the practice's own file wins, a report says how sure they are."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand import DatedRules, RuleBook, RulePart, UserError, rule_book, rule_schema
from dayhand.testing import PracticeKit

OWN = "rules/clocks"


class Part(RulePart):
    days: int


class Clock(DatedRules):
    part: Part


RULES = {
    "id": "us-xx", "title": "Clocks of XX", "part": {"days": 3}, "as_of": "2026-01",
    "confidence": "H", "sources": ["XX 1.2"],
}  # fmt: skip


@pytest.fixture
def practice(tmp_path):
    kit = PracticeKit(tmp_path / "practice")
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped/us-xx.json").write_text(json.dumps(RULES | {"$schema": "x.json"}))
    return kit.context()


@pytest.fixture
def book(practice, tmp_path):
    return lambda: rule_book(practice, Clock, shipped=tmp_path / "shipped", own=OWN)


@pytest.fixture
def own(practice):
    def write(content, name="mine.json"):
        folder = practice.files.resolve(OWN)
        folder.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text)

    return write


def test_a_shipped_rule_set_is_found_on_any_day_where_it_has_no_date(book):
    assert book().ids == ["us-xx"]
    assert book().find("us-xx", on=date.min).part.days == 3


def test_the_practices_file_counts_from_its_day_on_and_the_day_before_does_not(book, own):
    own([RULES | {"valid_from": "2027-01-01", "part": {"days": 5}}])

    assert book().find("us-xx", on=date(2026, 12, 31)).part.days == 3
    assert book().find("us-xx", on=date(2027, 1, 1)).part.days == 5


def test_of_equal_dates_the_practices_file_wins(book, own):
    own(RULES | {"part": {"days": 9}})

    assert book().find("us-xx", on=date(2026, 1, 1)).part.days == 9


@given(days=st.lists(st.dates(), min_size=1, max_size=8, unique=True), on=st.dates())
def test_the_latest_version_that_holds_on_the_day_counts_in_whatever_order_they_lie(days, on):
    versions = [Clock(**RULES | {"valid_from": day}) for day in days]
    held = [day for day in days if day <= on]

    if held:
        assert RuleBook(tuple(versions)).find("us-xx", on=on).valid_from == max(held)
    else:
        with pytest.raises(UserError, match="not valid yet"):
            RuleBook(tuple(versions)).find("us-xx", on=on)


@pytest.mark.parametrize(
    ("content", "said", "place"),
    [
        ("{", r"rules/clocks/mine\.json is not JSON", ""),
        ([RULES, 1], r"rules/clocks/mine\.json is not a rule set", ""),
        (RULES | {"part": {"days": 3, "hours": 1}}, "not a rule set", "part.hours"),
        (RULES | {"surprise": 1}, "not a rule set", "surprise"),
        (RULES | {"as_of": "lately"}, "not a rule set", "as_of"),
        (RULES | {"sources": []}, "not a rule set", "sources"),
        (RULES | {"confidence": "sure"}, "not a rule set", "confidence"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(book, own, content, said, place):
    own(content)

    with pytest.raises(UserError, match=said) as caught:
        book()
    assert place in (caught.value.hint or "")


def test_an_unknown_rule_set_is_told_with_those_there_are(book):
    with pytest.raises(UserError, match="'us-yy' is not known") as caught:
        book().find("us-yy", on=date(2026, 1, 1))
    assert caught.value.hint == "the rule sets are: us-xx"


def test_a_report_says_the_date_the_sources_and_what_is_not_verified():
    doubt = {"field": "part.days", "confidence": "L", "note": "hearsay"}
    rules = Clock(
        **RULES | {"confidence": "M", "as_of": "unknown", "unverified": [doubt], "notes": ["Ask"]}
    )

    assert rules.told() == [
        "Clocks of XX (us-xx), as of an unknown date.",
        "Confidence medium: a secondary source, or only part of the primary text, was read.",
        "us-xx is not verified.",
        "Source: XX 1.2",
        "Not verified: part: days (confidence low): hearsay",
        "Note: Ask",
    ]


def test_what_was_verified_is_not_called_unverified():
    assert not [line for line in Clock(**RULES).told() if "not verified" in line]


def test_rules_are_never_changed():
    with pytest.raises(pydantic.ValidationError):
        Clock(**RULES).title = "another"


def test_the_schema_takes_what_the_model_takes(practice):
    schema = rule_schema(Clock, "Clocks")

    jsonschema.Draft202012Validator(schema).validate(RULES | {"$schema": "x"})
    assert schema["title"] == "Clocks"
    assert not jsonschema.Draft202012Validator(schema).is_valid(RULES | {"surprise": 1})
