"""The table of promises in tests/README.md: every id is there, and the tests it names are."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def rows() -> dict[str, str]:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^\| ([A-Z]\d\d) \|[^|]*\| (.*) \|$", text))


HOW_MANY = {"A": 21, "B": 9, "C": 13, "E": 26, "F": 5, "L": 10, "T": 7, "Y": 7}


def test_every_promise_of_recovery_and_effects_is_in_the_table():
    expected = {f"{group}{n:02}" for group, last in HOW_MANY.items() for n in range(1, last + 1)}

    assert expected - set(rows()) == set()


def test_every_promise_is_shown_by_a_test_that_bears_its_id():
    """Or says what is not shown, and why; "the same" is the row before it."""
    silent, before = [], ""
    for one, shown in rows().items():
        said = f"{before} {shown}" if shown.startswith("the same") else shown
        bearing = re.search(rf"`test_(?:[a-z]\d\d_)*{one}_", said, re.IGNORECASE)
        if not bearing and not re.search(r"not shown.*: ", shown, re.IGNORECASE):
            silent.append(one)
        before = said

    assert silent == []


def test_every_test_in_the_table_exists_and_every_promise_has_one_or_a_reason():
    there = {
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"(?m)^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"))
    }
    named = {one: re.findall(r"`(test_\w+)`", shown) for one, shown in rows().items()}

    assert {name for names in named.values() for name in names} - there == set()
    assert [
        one
        for one, names in named.items()
        if not names and not re.search(r"^the same|not shown.*: ", rows()[one], re.IGNORECASE)
    ] == []
