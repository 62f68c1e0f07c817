"""What is known of a value before the run, and when two kinds can never fit."""

from __future__ import annotations

import pytest

from dayhand.validation import _clash, _types
from dayhand.validation._types import ANYTHING, ListOf, Made, NoMember, Schema

TEXT = Schema({"type": "string"}, {})
RECORD = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/Inner"}},
    "$defs": {
        "Inner": {"type": "object", "properties": {"day": {"type": "string", "format": "date"}}}
    },
}


def _member(schema, *path):
    found = Schema(schema, schema)
    for name in path:
        found = _types.member(found, name)
        if isinstance(found, NoMember):
            return found
    return _types.kinds(found)


@pytest.mark.parametrize(
    "schema, path, kinds",
    [
        (RECORD, ("name",), {"text"}),
        (RECORD, ("inner", "day"), {"date"}),
        (RECORD, ("inner", "day", "year"), {"number"}),
        ({"$ref": "#/$defs/Inner", "$defs": RECORD["$defs"]}, ("day",), {"date"}),
        ({"anyOf": [RECORD, {"type": "null"}], "$defs": RECORD["$defs"]}, ("name",), {"text"}),
        ({"allOf": [{"type": "array", "items": {"type": "integer"}}]}, (0,), {"number"}),
        ({"type": "array", "prefixItems": [{"type": "boolean"}]}, (0,), {"boolean"}),
        ({"type": ["string", "null"]}, (), {"text"}),
        ({"enum": ["a", None]}, (), {"text"}),
        ({"const": "a"}, (), {"text"}),
        ({"type": "string", "x-type": "month"}, (), {"month"}),
        ({"type": "string", "format": "date-time"}, ("hour",), {"number"}),
        ({"type": "object", "additionalProperties": {"type": "array"}}, ("any",), {"list"}),
        ({"type": "string", "pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}, (), {"decimal"}),
        ({"type": ["string", "integer"]}, (), {"text", "number"}),
    ],
)
def test_a_schema_tells_what_a_value_is(schema, path, kinds):
    assert _member(schema, *path) == frozenset(kinds)


@pytest.mark.parametrize(
    "schema, path",
    [
        ({}, ("a", "b")),
        ({"type": "object"}, ("a",)),
        ({"type": "object", "additionalProperties": True, "properties": {"a": {}}}, ("b",)),
        ({"type": "object", "patternProperties": {"x": {}}, "properties": {"a": {}}}, ("b",)),
        ({"type": "array"}, (0, "a")),
        ({"$ref": "#/$defs/Gone"}, ("a",)),
        ({"$ref": "elsewhere.json"}, ("a",)),
        ({"allOf": [{}, {}]}, ("a",)),
        ({"anyOf": [{"type": "string"}, {}]}, ("a",)),
        ({"enum": [1, "a"]}, ("a",)),
        ({"type": "null"}, ("a",)),
        ({"type": "strange"}, ("a",)),
        ({"$ref": "#"}, ("a",)),
        ({"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}},
                    {"type": "object", "properties": {"a": {"type": "integer"}}}]}, ("a",)),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": {}}, (3,)),
    ],
)  # fmt: skip
def test_where_nothing_is_known_everything_is_allowed(schema, path):
    assert _member(schema, *path) is None


@pytest.mark.parametrize(
    "schema, path, names",
    [
        (RECORD, ("nme",), ("name", "inner")),
        ({"type": "string"}, ("a",), ()),
        ({"type": "string"}, (0,), ()),
        ({"type": "array", "items": {}}, ("a",), ()),
        ({"type": "boolean"}, ("a",), ()),
        ({"type": "object", "properties": {}, "additionalProperties": False}, ("a",), ()),
        (
            {"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "integer"}]},
            ("b",),
            ("a",),
        ),
    ],
)
def test_a_member_that_is_not_there_is_told_with_those_that_are(schema, path, names):
    found = _member(schema, *path)

    assert isinstance(found, NoMember)
    assert found.names == names


def test_a_value_made_in_the_routine_has_its_members():
    made = Made({"a": ListOf(Made({"b": TEXT}))})

    assert _types.member(_types.item(_types.member(made, "a")), "b") == TEXT
    assert isinstance(_types.member(made, "c"), NoMember)
    assert isinstance(_types.member(ListOf(TEXT), "c"), NoMember)
    assert _types.member(Made({}, is_open=True), "c") == ANYTHING


def _of(kind: str) -> Schema:
    return Schema({
        "text": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date"}, "list": {"type": "array"},
        "mapping": {"type": "object"}, "month": {"type": "string", "x-type": "month"},
        "moment": {"type": "string", "format": "date-time"},
        "length": {"type": "string", "x-type": "duration"},
    }[kind], {})  # fmt: skip


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("list", "text"), ("list", "mapping"), ("mapping", "list"), ("mapping", "number"),
        ("text", "list"), ("number", "text"), ("boolean", "text"), ("date", "text"),
        ("date", "boolean"), ("moment", "number"), ("length", "date"), ("month", "number"),
    ],
)  # fmt: skip
def test_kinds_that_never_fit(given, wanted):
    assert _clash.clash(_of(given), _of(wanted)) is not None


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("text", "text"), ("text", "number"), ("text", "date"), ("text", "boolean"),
        ("date", "month"), ("moment", "month"), ("month", "text"), ("moment", "date"),
        ("date", "moment"), ("boolean", "number"), ("number", "length"), ("length", "number"),
    ],
)  # fmt: skip
def test_kinds_that_may_be_converted(given, wanted):
    assert _clash.clash(_of(given), _of(wanted)) is None


def test_one_fitting_alternative_is_enough():
    either = Schema({"anyOf": [{"type": "array"}, {"type": "string"}, {"type": "null"}]}, {})

    assert _clash.clash(_of("text"), either) is None
    assert _clash.clash(either, _of("text")) is None
    assert _clash.clash(_of("list"), ANYTHING) is None


def test_items_clash_only_between_records_and_plain_values():
    texts, records = ListOf(_of("text")), ListOf(_of("mapping"))

    found = _clash.clash(texts, records)

    assert (found.have, found.want) == ("a list of texts", "a list of records")
    assert _clash.clash(ListOf(_of("number")), texts) is None
    assert _clash.clash(ListOf(ANYTHING), records) is None
