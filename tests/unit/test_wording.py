"""Words and tables that pages, commands and health checks share."""

from __future__ import annotations

import pytest

from dayhand import Clinician, counted, first_of, markdown_table


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "session", "0 sessions"),
        (1, "session", "1 session"),
        (2, "open invoice", "2 open invoices"),
        (1, "entry", "1 entry"),
        (3, "entry", "3 entries"),
        (3, "day", "3 days"),
    ],
)
def test_a_noun_goes_with_its_number(number, noun, told):
    assert counted(number, noun) == told


def test_of_many_names_the_first_are_told_and_how_many_are_not():
    names = [f"C-{number}" for number in range(1, 8)]

    assert first_of(names) == "C-1, C-2, C-3, C-4, C-5 and 2 more"
    assert first_of(names, most=7) == ", ".join(names)
    assert first_of([]) == ""


def test_a_table_is_set_to_the_right_where_it_says_so():
    told = markdown_table(["Client", "Total"], [["C-1", 12], ["C-2", 3]], right=[1])

    assert told == ["| Client | Total |", "| --- | ---: |", "| C-1 | 12 |", "| C-2 | 3 |"]


def test_a_table_without_rows_says_so():
    assert markdown_table(["Client"], []) == ["None."]


def test_what_stands_in_a_cell_adds_neither_a_cell_nor_a_line():
    told = markdown_table(["a | b"], [["one\r\ntwo | three"], ["  four\u2028five "]])

    assert told == ["| a \\| b |", "| --- |", "| one two \\| three |", "| four five |"]


def test_a_clinician_is_named_with_the_credentials_there_are():
    assert Clinician("Jane Doe", "LCSW").with_credentials == "Jane Doe, LCSW"
    assert Clinician("Jane Doe").with_credentials == "Jane Doe"
