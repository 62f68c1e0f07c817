"""The rule sets: valid, dated, replaced by the practice's own, and told in every report."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from dayhand import RuleBook, UserError
from dayhand_supervision.rule_book import SHIPPED, json_schema, rule_book
from dayhand_supervision.rule_set import RuleSet

FILES = sorted(SHIPPED.glob("*.json"))
SCHEMA = json.loads((SHIPPED.parent / "rules.schema.json").read_text())
BOOK = RuleBook(tuple(RuleSet.model_validate_json(file.read_text()) for file in FILES))


def test_each_rule_set_is_in_the_file_of_its_name_and_says_where_it_is_from():
    assert sorted(file.stem for file in FILES) == BOOK.ids
    for rules in BOOK.rules:
        assert rules.sources
        assert rules.as_of
        assert rules.confidence == "H" or rules.unverified


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_rule_file_is_valid_by_the_schema(file):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(file.read_text()))


def test_the_schema_is_that_of_the_model():
    assert json_schema() == SCHEMA


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total_hours": -1}, "total_hours"),
        ({"as_of": "lately"}, "as_of"),
        ({"surprise": 1}, "surprise"),
        ({"sources": []}, "sources"),
        ({"limits": [{"id": "x", "title": "x", "hours": 1, "groups": ["nope"]}]}, "'nope'"),
    ],
)
def test_a_wrong_rule_set_is_told_with_its_place(kit, change, said):
    folder = kit.files.root / "rules/supervision"
    folder.mkdir(parents=True)
    wrong = json.loads(FILES[0].read_text()) | change
    (folder / "wrong.json").write_text(json.dumps(wrong))

    with pytest.raises(
        UserError, match=r"rules/supervision/wrong\.json is not a rule set"
    ) as caught:
        rule_book(kit.context("supervision"))

    assert said in caught.value.hint


def test_a_rule_set_of_the_practice_counts_from_its_day_on(kit, keep):
    keep("2026-11-16", 600)
    keep("2026-11-18", 60, "supervision_individual")
    folder = kit.files.root / "rules/supervision"
    folder.mkdir(parents=True)
    newer = json.loads((SHIPPED / "us-ca-lmft.json").read_text())
    newer |= {
        "valid_from": "2026-11-20",
        "total_hours": 2500,
        "as_of": "2026-11-01",
        "confidence": "H",
    }
    (folder / "mine.json").write_text(json.dumps(newer))

    before = kit.run("supervision.progress", on="2026-11-19")
    after = kit.run("supervision.progress", on="2026-11-20")

    assert (before["requirements"][0]["required"], after["requirements"][0]["required"]) == (
        3000,
        2500,
    )
    assert after["as_of"] == "2026-11-01"


def test_the_rules_of_continuing_education_are_not_in_the_way(kit):
    (kit.files.root / "rules").mkdir()
    (kit.files.root / "rules/ce.json").write_text('{"id": "something-else"}')

    assert rule_book(kit.context("supervision")).ids == BOOK.ids


def test_an_unknown_rule_set_is_told_with_those_there_are(make_kit):
    kit = make_kit(track={"rule_set": "us-zz"})

    with pytest.raises(UserError, match="'us-zz' is not known") as caught:
        kit.run("supervision.progress")

    assert "us-ca-lmft" in caught.value.hint


def test_a_rule_that_is_not_valid_yet_says_so():
    later = RuleBook((BOOK.rules[0].model_copy(update={"valid_from": date(2030, 1, 1)}),))

    with pytest.raises(UserError, match="is not valid yet"):
        later.find(BOOK.rules[0].id, on=date(2026, 1, 1))
