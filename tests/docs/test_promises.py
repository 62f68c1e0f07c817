"""The table of promises in tests/README.md: every id is there, and the tests it names are."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def rows() -> dict[str, str]:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^\| ([A-Z]\d\d) \|[^|]*\| (.*) \|$", text))


def test_every_promise_of_recovery_and_effects_is_in_the_table():
    expected = [f"A{n:02}" for n in range(1, 22)] + [f"E{n:02}" for n in range(1, 27)]

    assert sorted(rows()) == expected


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
