"""The rule sets: valid, complete, found by licence, replaced by the practice's own."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from dayhand import Licence, UserError
from dayhand.testing import PracticeKit, sample_info
from dayhand_education.rule_book import SHIPPED, RuleBook, json_schema, rule_book
from dayhand_education.rule_set import RuleSet

FILES = sorted(SHIPPED.glob("*.json"))
SCHEMA = json.loads((SHIPPED.parent / "rules.schema.json").read_text())
BOOK = RuleBook(tuple(RuleSet.model_validate_json(file.read_text()) for file in FILES))


def test_there_are_29_rule_sets_each_in_the_file_of_its_name():
    assert len(FILES) == 29
    assert sorted(file.stem for file in FILES) == BOOK.ids


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_rule_file_is_valid_by_the_schema(file):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(file.read_text()))


def test_the_schema_is_that_of_the_model():
    assert json_schema() == SCHEMA


@pytest.mark.parametrize(
    "change",
    [
        {"hours": -1},
        {"as_of": "lately"},
        {"surprise": 1},
        {"sources": []},
        {"hour_minutes": 55},
        {"period": {"years": 2, "ends": "someday"}},
    ],
)
def test_the_schema_and_the_model_refuse_what_is_wrong(change, tmp_path):
    wrong = json.loads(FILES[0].read_text()) | change

    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(wrong)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/wrong.json").write_text(json.dumps(wrong))
    with pytest.raises(UserError, match=r"rules/wrong\.json is not a rule set"):
        rule_book(kit_of(tmp_path).context("education"))


@pytest.mark.parametrize(
    "kind, region, rule_set",
    [
        ("LCSW", "NY", "us-ny-sw"),
        ("lcsw", "fl", "us-fl-491"),
        ("LMFT", "CA", "us-ca-bbs"),
        ("AMFT", "CA", "us-ca-bbs-associate"),
        ("Psychologist", "TX", "us-tx-psych"),
        ("PSY", "AU", "au-psyba"),
        ("MBACP", "GB", "uk-bacp"),
        ("NCC", "OH", "us-nbcc-ncc"),
        ("LICSW", "MA", "us-ma-licsw"),
        ("LICSW", "WA", "us-wa-246-809"),
    ],
)
def test_a_licence_finds_its_rule_set(kind, region, rule_set):
    assert BOOK.matching(kind, region) == [rule_set]


def test_every_licence_of_a_region_has_one_rule_set():
    for rules in BOOK.rules:
        for kind in rules.licences:
            assert BOOK.matching(kind, rules.region) == [rules.id]


def test_an_unknown_rule_set_is_told_with_those_there_are():
    with pytest.raises(UserError, match="'us-xx' is not known") as caught:
        BOOK.find("us-xx", on=date(2026, 1, 1))

    assert "us-ny-sw" in caught.value.hint


def practice_rules(tmp_path, **changes):
    (tmp_path / "rules").mkdir(exist_ok=True)
    content = json.loads((SHIPPED / "us-ny-sw.json").read_text()) | changes
    name = f"own-{changes.get('valid_from', 'always')}-{changes.get('id', '')}.json"
    (tmp_path / "rules" / name).write_text(json.dumps(content))


def kit_of(tmp_path, *licences, **settings):
    info = sample_info()
    clinician = info.clinician
    if licences:
        clinician = type(clinician)(clinician.name, clinician.credentials, licences=licences)
    return PracticeKit(
        tmp_path,
        plugins=["dayhand_education"],
        info=sample_info(clinician=clinician),
        settings={"education": settings},
    )


def test_the_practices_own_rule_set_wins_from_its_day_on(tmp_path):
    practice_rules(tmp_path, hours=40)
    practice_rules(tmp_path, hours=48, valid_from="2027-01-01")
    book = rule_book(kit_of(tmp_path).context("education"))

    assert book.find("us-ny-sw", on=date(2026, 12, 31)).hours == 40
    assert book.find("us-ny-sw", on=date(2027, 1, 1)).hours == 48


def test_a_rule_set_not_yet_valid_is_told(tmp_path):
    practice_rules(tmp_path, id="mine", valid_from="2030-01-01")
    book = rule_book(kit_of(tmp_path).context("education"))

    with pytest.raises(UserError, match="not valid yet"):
        book.find("mine", on=date(2027, 1, 1))


def test_a_broken_file_of_the_practice_is_named(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.json").write_text("{")

    with pytest.raises(UserError, match=r"rules/mine\.json is not JSON"):
        kit_of(tmp_path).run("education.licences")


def test_a_licence_with_more_than_one_rule_set_is_a_problem_with_choices(tmp_path):
    practice_rules(tmp_path, id="mine")
    kit = kit_of(tmp_path)

    (licence,) = kit.run("education.licences")

    assert (licence["rule_set"], licence["choices"]) == ("", ["mine", "us-ny-sw"])
    assert licence["problem"] == "more than one rule set fits"
    with pytest.raises(UserError, match="more than one") as caught:
        kit.run("education.gap", licence="NY-LCSW")
    assert "education.licences.NY-LCSW.rule_set" in caught.value.hint


def test_the_settings_choose_a_rule_set(tmp_path):
    practice_rules(tmp_path, id="mine")

    (licence,) = kit_of(tmp_path, licences={"NY-LCSW": {"rule_set": "mine"}}).run(
        "education.licences"
    )

    assert (licence["rule_set"], licence["problem"]) == ("mine", "")


def test_a_licence_without_a_rule_set_and_a_wrong_choice_are_problems(tmp_path):
    kit = kit_of(
        tmp_path,
        Licence("LCSW", "ZZ"),
        Licence("LCSW", "NY"),
        licences={"NY-LCSW": {"rule_set": "nope"}},
    )

    nowhere, wrong = kit.run("education.licences")

    assert nowhere["problem"] == "no rule set fits"
    assert wrong["problem"] == "there is no rule set 'nope'"


def test_two_licences_of_a_kind_have_two_keys(tmp_path):
    kit = kit_of(tmp_path, Licence("LCSW", "NY", "1"), Licence("LCSW", "NY", "2"))

    assert [each["key"] for each in kit.run("education.licences")] == ["NY-LCSW", "NY-LCSW-2"]


def test_a_licence_without_any_date_says_which_to_write(tmp_path):
    kit = kit_of(tmp_path, Licence("LCSW", "NY"))

    with pytest.raises(UserError, match="no date on which its cycle ends") as caught:
        kit.run("education.gap", licence="NY-LCSW")
    assert "'expires'" in caught.value.hint


def test_the_cycle_can_be_set(tmp_path):
    cycle = {"start": "2026-01-01", "end": "2026-12-31"}
    kit = kit_of(tmp_path, licences={"NY-LCSW": {"cycle": cycle}})

    gap = kit.run("education.gap", licence="ny-lcsw")

    assert (gap["window_start"], gap["window_end"]) == (date(2026, 1, 1), date(2026, 12, 31))
    assert kit.run("education.licences")[0]["expires"] == date(2026, 12, 31)


def test_an_unknown_licence_is_told_with_those_there_are(tmp_path):
    with pytest.raises(UserError, match="no licence 'TX-LPC'") as caught:
        kit_of(tmp_path).run("education.gap", licence="TX-LPC")

    assert "NY-LCSW" in caught.value.hint
