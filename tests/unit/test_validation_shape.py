"""Values against schemas as strangers' plugins may write them: worded and placed."""

from __future__ import annotations

import json

import pytest

from dayhand import document
from dayhand.validation import _forms
from dayhand.validation._shape import Shape


def _problems(schema, text, *, expressions=True):
    read = document.read(f"value: {text}\n", file="any.yaml")
    assert read.problems == ()
    node = read.root.get("value")
    found = Shape(schema, expressions=expressions).problems(node, schema, "value")
    return [(one.mark.column, one.code, one.message) for one in found]


_NUMBER_OR_TEXT = {"anyOf": [{"type": "number"}, {"type": "string", "maxLength": 3}]}
_MONTHS = {"type": "object", "propertyNames": {"pattern": "^[0-9]{4}-[0-9]{2}$"}}
_TWO = {
    "oneOf": [
        {"type": "object", "properties": {"kind": {"const": "a"}, "size": {"type": "integer"}},
         "required": ["kind"]},
        {"type": "object", "properties": {"kind": {"const": "b"}}, "required": ["kind"]},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    "schema, text, expected",
    [
        (_MONTHS, "{2026-1: a}", [(9, "bad-name", "'2026-1' cannot be a key of 'value'")]),
        (_NUMBER_OR_TEXT, "abcd", [(8, "wrong-value", "'abcd' in 'value' is too long: at most 3 characters")]),
        (_NUMBER_OR_TEXT, "[1]", [(8, "wrong-type", "'value' is a list and should be a number or text")]),
        (_TWO, "{kind: c}", [(15, "wrong-value", "'c' is not a value of 'kind'")]),
        (_TWO, "{kind: a, size: x}", [(24, "wrong-type", "'size' is text and should be a whole number")]),
        (_TWO, "text", [(8, "wrong-type", "'value' is text and should be a mapping")]),
        ({"type": "string", "format": "time"}, "25:00", [(8, "bad-date", "'25:00' is not a time of day")]),
        ({"type": "string", "format": "date-time"}, "soon", [(8, "bad-date", "'soon' is not a date and time")]),
        ({"type": "string", "pattern": "^a"}, "b", [(8, "wrong-value", "'b' cannot be a value of 'value'")]),
        ({"type": "integer", "multipleOf": 5}, "3", [(8, "wrong-value", "'3' in 'value' is not a multiple of 5")]),
        ({"type": "array", "maxItems": 1}, "[1, 2]", [(8, "wrong-value", "'value' has too many items: at most 1")]),
        ({"enum": ["a", "b"]}, "null", [(8, "empty", "there is nothing in 'value'")]),
        ({"enum": [True, "auto"]}, "none", [(8, "wrong-value", "'none' is not a value of 'value'")]),
        ({"const": 3}, "4", [(8, "wrong-value", "'4' is not a value of 'value'")]),
        ({"type": "object", "x-type": "secret"}, "hunter2", [(8, "secret-inline", "the secret 'value' is written into the file")]),
        ({"type": ["integer", "number"]}, "x", [(8, "wrong-type", "'value' is text and should be a number")]),
        ({"type": "null"}, "x", [(8, "wrong-type", "'value' is text and should be nothing")]),
        ({"anyOf": [{"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, {"type": "null"}]}, "x",
         [(8, "wrong-type", "'value' is text and should be a whole number or true or false")]),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"]}},
         "[{}]", [(9, "missing-key", "'a' is missing in 'value'"), (9, "missing-key", "'b' is missing in 'value'")]),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told(schema, text, expected):
    assert list(dict.fromkeys(_problems(schema, text))) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 3},
        {"enum": ["a", "b"]},
        {"const": 1},
        {"not": {"type": "string"}},
        {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": "string", "pattern": "^x$"},
        {"type": "string", "x-type": "month"},
        {"type": "object", "required": ["a"]},
    ],
)
def test_an_expression_may_stand_for_anything(schema):
    assert _problems(schema, "${{ anything }}") == []
    assert _problems(schema, "${{ anything }}", expressions=False) != [] or "oneOf" in schema


def test_text_with_an_expression_in_it_is_some_text():
    assert _problems({"type": "string", "enum": ["a"]}, "a ${{ b }}") == []
    assert _problems({"type": "string", "format": "date"}, "2026-${{ b }}-01") == []
    assert _problems({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "a ${{ b }}") == []
    assert [one[1] for one in _problems({"type": "integer"}, "a ${{ b }}")] == ["wrong-type"]


def test_a_schema_is_used_as_it_is_and_stays_so():
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"type": "integer"}},
    }
    before = json.dumps(schema)

    assert [one[1] for one in _problems(schema, "{a: x}")] == ["wrong-type"]
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    "written, meant",
    [
        ("America/NewYork", "America/New_York"),
        ("New York", "America/New_York"),
        ("berlin", "Europe/Berlin"),
        ("Denvr", "America/Denver"),
        ("PST", "America/Los_Angeles"),
        ("america/chicago", "America/Chicago"),
        ("xxxxxxxx", None),
    ],
)
def test_a_zone_is_guessed(written, meant):
    assert _forms.closest_timezone(written) == meant


@pytest.mark.parametrize("text", ["America/New_York", "UTC", "Europe/Berlin", "Etc/UTC"])
def test_a_zone_is_a_place(text):
    assert _forms.is_timezone(text)


@pytest.mark.parametrize(
    "text", ["EST", "America", "America/", "../etc/passwd", "/etc/localtime", "", "utc", "a/\0"]
)
def test_a_zone_is_no_abbreviation_and_no_path(text):
    assert not _forms.is_timezone(text)


@pytest.mark.parametrize(
    "text, right",
    [("1234567893", True), ("1234567890", False), ("3234567893", False), ("123456789", False)],
)
def test_an_npi_has_its_check_digit(text, right):
    assert _forms.is_npi(text) is right
