"""Plain values: kept as JSON and back, sensitive or not, and what is refused."""

from __future__ import annotations

import copy
import dataclasses
import enum
import json
import math
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dayhand.values import (
    REDACTED,
    SensitiveDate,
    SensitiveDateTime,
    SensitiveDecimal,
    SensitiveDuration,
    SensitiveStr,
    SensitiveTime,
    SensitiveValue,
    decode,
    encode,
    is_sensitive,
    mark_sensitive,
    plain,
    redact,
    redact_text,
)

NEW_YORK = ZoneInfo("America/New_York")
LEAVES = ["Ana Sample", "", 5, Decimal("12.50"), date(1990, 5, 1), datetime(2026, 11, 1, 9, 0),
          datetime(2026, 11, 1, 9, 0, tzinfo=NEW_YORK), time(9, 30), timedelta(days=2, minutes=5)]  # fmt: skip

texts = st.text(max_size=20) | st.sampled_from(["$decimal", "$", "$map", "$sensitive", "$date"])
moments = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.sampled_from([timezone(timedelta(hours=-3, minutes=-30))])),
    st.datetimes(
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.sampled_from([NEW_YORK, ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"),
                                   ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")]),
    ),
)  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False), texts, st.dates(),
    moments, st.times(), st.timedeltas(),
)  # fmt: skip
plain_values = st.recursive(
    leaves | leaves.map(mark_sensitive),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


def alike(one, two) -> bool:
    """Equal, of the same types, with the same zones, and equally sensitive, all the way down."""
    if type(one) is not type(two):
        return False
    if isinstance(one, list):
        return len(one) == len(two) and all(map(alike, one, two))
    if isinstance(one, dict):
        return list(one) == list(two) and all(alike(one[key], two[key]) for key in one)
    if isinstance(one, datetime):
        zones = [getattr(value.tzinfo, "key", value.tzinfo) for value in (one, two)]
        return (
            zones[0] == zones[1]
            and one.replace(tzinfo=None) == two.replace(tzinfo=None)
            and one.utcoffset() == two.utcoffset()
        )
    if isinstance(one, Decimal):
        return one.as_tuple() == two.as_tuple()
    return one == two


# --- as JSON and back --------------------------------------------------------------------------


@settings(max_examples=300, deadline=None, derandomize=True)
@given(plain_values)
@example({"$decimal": "1"})
@example({"$map": [["a", 1]]})
@example({"a": {"$date": "2026-11-01"}})
@example([{"$sensitive": "x"}, {"$x": SensitiveStr("y")}])
@example(datetime(2026, 3, 8, 2, 30, tzinfo=NEW_YORK))
@example(datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1))
@example(timedelta.max)
@example(timedelta(microseconds=-1))
@example(Decimal("-0.00"))
def test_a_value_that_was_kept_comes_back_as_it_was(value):
    assert alike(decode(encode(value)), value)


def test_the_text_a_value_is_kept_as_is_stable():
    value = {
        "decimal": Decimal("12.50"),
        "date": date(2026, 11, 1),
        "moment": datetime(2026, 11, 1, 9, 0, tzinfo=NEW_YORK),
        "time": time(9, 0),
        "length": timedelta(hours=1),
        "name": SensitiveStr("Ana"),
        "fee": SensitiveDecimal("12.50"),
        "odd": {"$x": 1},
        "plain": [None, True, 5, "ü"],
    }

    assert json.loads(encode(value)) == {
        "decimal": {"$decimal": "12.50"},
        "date": {"$date": "2026-11-01"},
        "moment": {"$datetime": "2026-11-01T09:00:00-05:00[America/New_York]"},
        "time": {"$time": "09:00:00"},
        "length": {"$seconds": "3600"},
        "name": {"$sensitive": "Ana"},
        "fee": {"$sensitive": {"$decimal": "12.50"}},
        "odd": {"$map": [["$x", 1]]},
        "plain": [None, True, 5, "ü"],
    }
    assert "ü" in encode(value)


def test_a_moment_in_the_hour_that_comes_twice_keeps_which_it_was():
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    second = first.replace(fold=1)

    assert decode(encode(first)).utcoffset() == timedelta(hours=-4)
    assert decode(encode(second)).utcoffset() == timedelta(hours=-5)


def test_a_moment_whose_zone_has_changed_its_rules_since_stays_the_same_moment():
    kept = '{"$datetime":"2026-07-01T09:00:00-05:00[America/New_York]"}'  # it is -04:00

    found = decode(kept)

    assert found.astimezone(UTC) == datetime(2026, 7, 1, 14, 0, tzinfo=UTC)
    assert found.tzinfo is NEW_YORK


@pytest.mark.parametrize("value", [1.5, object(), {1}, (1,), b"x", print, PurePosixPath("a"), 1j])
def test_what_is_not_plain_is_not_kept(value):
    with pytest.raises(TypeError, match="is not a plain value"):
        encode(value)


# --- sensitive ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", LEAVES, ids=repr)
def test_a_marked_value_is_sensitive_and_still_equal(value):
    marked = mark_sensitive(value)

    assert isinstance(marked, SensitiveValue)
    assert marked == value
    assert hash(marked) == hash(value)
    assert is_sensitive(marked)
    assert mark_sensitive(marked) is marked
    assert repr(marked) == REDACTED
    assert f"{[marked]!r}" == f"[{REDACTED}]"
    assert isinstance(copy.deepcopy(marked), SensitiveValue)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("a", SensitiveStr), (1, SensitiveDecimal), (Decimal(1), SensitiveDecimal),
     (date(2026, 1, 1), SensitiveDate), (datetime(2026, 1, 1), SensitiveDateTime),
     (time(1), SensitiveTime), (timedelta(1), SensitiveDuration)],
)  # fmt: skip
def test_each_kind_of_value_has_a_sensitive_kind(value, kind):
    assert type(mark_sensitive(value)) is kind


def test_a_marked_moment_keeps_its_zone_and_its_fold():
    moment = datetime(2026, 11, 1, 1, 30, 5, 7, tzinfo=NEW_YORK, fold=1)

    marked = mark_sensitive(moment)

    assert (marked.tzinfo, marked.fold, marked.microsecond) == (NEW_YORK, 1, 7)
    assert mark_sensitive(time(1, 2, 3, 4, tzinfo=UTC, fold=1)).tzinfo is UTC


@pytest.mark.parametrize("value", [None, True, False])
def test_nothing_and_true_and_false_cannot_be_marked(value):
    assert mark_sensitive(value) is value
    assert not is_sensitive(value)


def test_marking_goes_deep_and_leaves_keys_alone():
    marked = mark_sensitive({"a": [1, {"b": "x", "c": None}]})

    assert marked == {"a": [1, {"b": "x", "c": None}]}
    assert type(next(iter(marked))) is str
    assert isinstance(marked["a"][1]["b"], SensitiveStr)


def test_one_sensitive_value_makes_a_container_sensitive():
    assert is_sensitive([{"a": [1, SensitiveStr("x")]}])
    assert not is_sensitive([{"a": [1, "x"]}])
    assert not is_sensitive([])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plain_values)
def test_a_redacted_value_holds_nothing_sensitive_and_all_the_rest(value):
    shown = redact(value)

    assert not is_sensitive(shown)
    if not is_sensitive(value):
        assert alike(shown, value)


def test_redaction_replaces_values_and_keeps_their_places():
    value = {"client": SensitiveStr("Ana"), "rows": [SensitiveDecimal(5), "x"]}

    assert redact(value) == {"client": REDACTED, "rows": [REDACTED, "x"]}
    assert value["client"] == "Ana"


# --- plain -------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Mode(enum.StrEnum):
    FAST = "fast"


@dataclasses.dataclass
class Point:
    x: int
    note: str


class Visit(pydantic.BaseModel):
    on: date
    fee: float
    client: str
    tags: set[str] = set()
    at: Point | None = None

    @pydantic.computed_field
    @property
    def label(self) -> str:
        return f"{self.on}"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Mode.FAST, "fast"),
        (1.1, Decimal("1.1")),
        (1e20, Decimal("1E+20")),
        (-0.0, Decimal("-0.0")),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({1: "a", Colour.RED: "b", Mode.FAST: "c"}, {"1": "a", "red": "b", "fast": "c"}),
        (PurePosixPath("a/b"), "a/b"),
        (Path("a/b"), "a/b"),
        (frozenset({5}), [5]),
        (None, None),
        (True, True),
    ],
)
def test_things_of_python_become_plain(value, found):
    made = plain(value)

    assert made == found
    assert type(made) is type(found)


def test_a_dataclass_becomes_plain_and_keeps_what_is_sensitive():
    made = plain([Point(1, SensitiveStr("x"))])

    assert made == [{"x": 1, "note": "x"}]
    assert isinstance(made[0]["note"], SensitiveStr)


def test_a_model_becomes_plain_with_its_computed_fields():
    made = plain(Visit(on=date(2026, 11, 1), fee=1.5, client="Ana", at=Point(1, SensitiveStr("n"))))

    assert made == {
        "on": date(2026, 11, 1), "fee": Decimal("1.5"), "client": "Ana", "tags": [],
        "at": {"x": 1, "note": "n"}, "label": "2026-11-01",
    }  # fmt: skip
    assert encode(made)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plain_values)
def test_a_plain_value_is_plain_already(value):
    assert alike(plain(value), value)


def test_a_set_has_the_same_order_in_every_process():
    code = "from dayhand.values import plain; print(plain({'b', 'c', 'a', 'e', 'd', 7, None}))"
    orders = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(orders) == 1


class Odd(pydantic.BaseModel):
    deep: list[float]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (print, "the value is a builtin_function_or_method"),
        ({"a": [object()]}, r"\.a\[0\] is a object"),
        ({"a": math.nan}, r"\.a is nan"),
        ([math.inf], r"\[0\] is inf"),
        ({"a": Decimal("NaN")}, r"\.a is NaN"),
        ([Decimal("-Infinity")], r"\[0\] is -Infinity"),
        (Decimal("sNaN"), "the value is sNaN"),
        (Odd(deep=[1.0, math.nan]), r"\.deep\[1\] is nan"),
        (b"bytes", "the value is a bytes"),
        (Point, "the value is a type"),
        (Visit, "the value is a ModelMetaclass"),
        (1j, "the value is a complex"),
        (iter([]), "cannot be kept"),
    ],
)  # fmt: skip
def test_p08_what_cannot_be_told_plainly_is_refused_with_its_place(value, message):
    with pytest.raises(TypeError, match=message):
        plain(value)


def test_p08_a_value_that_holds_itself_is_refused():
    ring: list[object] = []
    ring.append({"again": ring})

    with pytest.raises(TypeError, match="nested too deeply"):
        plain(ring)


def test_a_sensitive_number_that_is_none_is_refused_without_telling():
    with pytest.raises(TypeError) as caught:
        plain({"fee": SensitiveDecimal("NaN")})

    assert ".fee" in str(caught.value)


def test_what_is_not_plain_cannot_be_marked_and_stays_what_it_is():
    thing = object()

    assert mark_sensitive(thing) is thing


def test_a_number_of_another_kind_is_kept_as_a_number():
    assert encode(Level.HIGH) == "3"
    assert encode([Mode.FAST]) == '["fast"]'


def test_text_is_shown_without_what_is_sensitive_among_the_values_known():
    known = [
        {
            "name": SensitiveStr("Mari"),
            "mail": [SensitiveStr("mari@x.example")],
            "in": SensitiveStr("MQ"),
        }
    ]

    told = redact_text("To: mari@x.example. Dear Mari, MQ owes 5.", known)

    assert told == f"To: {REDACTED}. Dear {REDACTED}, MQ owes 5."
    assert redact_text("Dear Mari", [{"name": "Mari"}]) == "Dear Mari"
