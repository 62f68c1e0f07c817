from __future__ import annotations

from datetime import date
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from dayhand import Taken, UserError, checked, read_rows, write_rows


class Walk(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    on: date
    minutes: Annotated[int, Field(gt=0)]
    where: str = ""
    with_whom: list[str] = Field(default_factory=list)
    rain: bool = False
    id: str = ""


COLUMNS = ["on", "minutes", "where", "with_whom", "rain"]


def read(text, **more):
    return read_rows(Walk, text.encode(), "walks.csv", **more)


def test_what_is_written_is_read_back():
    walks = [
        Walk(on=date(2026, 11, 1), minutes=30, where="=lake", with_whom=["Ana", "Bo"], rain=True),
        Walk(on=date(2026, 11, 2), minutes=5),
    ]

    text = write_rows(Walk, walks, columns=COLUMNS)

    assert text.splitlines()[1:] == ["2026-11-01,30,'=lake,Ana; Bo,yes", "2026-11-02,5,,,no"]
    assert read(text, columns=COLUMNS) == walks


def test_an_empty_cell_is_left_out_and_empty_last_cells_may_be_missing():
    assert (
        read("on,minutes,where,with_whom\n2026-11-01, 7 ,,\n2026-11-01,7\n")
        == [Walk(on=date(2026, 11, 1), minutes=7)] * 2
    )


def test_what_is_usual_stands_for_a_cell_or_a_column_that_is_left_out():
    (one, other) = read(
        "on,where\n2026-11-01,\n2026-11-01,park\n", usual={"minutes": 9, "where": "lake"}
    )

    assert (one.minutes, one.where, other.where) == (9, "lake", "park")


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "walks.csv: columns missing on, minutes"),
        ("on\n", "missing minutes"),
        ("on,minutes,hue\n", "unknown 'hue'"),
        ("on,minutes,id\n", "unknown 'id'"),
        ("on,minutes,where,where\n", "where there twice"),
        ('"on', "walks.csv: line 1 is not well-formed"),
    ],
)
def test_a_file_of_another_kind_is_told(text, said):
    with pytest.raises(UserError, match=said):
        read(text, columns=COLUMNS)


def test_a_column_can_be_asked_for_though_its_field_may_be_left_out():
    with pytest.raises(UserError, match="missing where"):
        read("on,minutes\n", required=["where"])


def too_long(walk):
    if walk.minutes > 600:
        raise ValueError("nobody walks that long")


def test_every_faulty_row_is_told_with_its_line_and_without_its_cells():
    rows = ["2026-11-01,x", "2026-11-01,7,a,b,c", "2026-11-01,601", "Quimby,1"]

    with pytest.raises(UserError, match="4 rows cannot be read, nothing was imported") as told:
        read("on,minutes\n2026-11-01,7\n" + "\n".join(rows), check=too_long)

    parts = told.value.hint.split("; ")
    assert parts[0].startswith("line 3: minutes: ")
    assert parts[1].startswith("line 4: more fields than columns")
    assert "line 5: nobody walks that long" in parts
    assert "Quimby" not in told.value.hint


def test_of_many_faulty_rows_the_first_twenty_are_told():
    with pytest.raises(UserError) as told:
        read("on,minutes\n" + "2026-11-01,0\n" * 25)

    assert told.value.hint.endswith("; and 5 more")
    assert told.value.hint.count("line ") == 20


def test_values_given_by_hand_are_checked():
    assert checked(Walk, on="2026-11-01", minutes="5").minutes == 5
    with pytest.raises(UserError, match=r"^the walk cannot be kept: on: .*, minutes: "):
        checked(Walk, "the walk", on="x", minutes=0)


def test_what_was_taken_in_is_told_in_a_line():
    assert str(Taken(rows=3, new=2, unchanged=1)) == "2 new, 0 changed, 1 unchanged"
