"""100: whatever is typed, the answer says what is wrong and what to do, and ends with 2."""

from __future__ import annotations

import pytest
from tests_support.wrong_calls import TYPED


@pytest.fixture(scope="module")
def shared(made):
    """None of these changes anything, so they share the practice."""
    return made["sample"]


@pytest.mark.parametrize(("command", "told"), TYPED)
def test_a_mistake_is_told_in_words(shared, command, told):
    assert told in shared(*command.split(), expect=2).err


def test_none_of_them_changed_anything(shared):
    assert shared("runs", "--json").json == []


@pytest.mark.parametrize(
    "command", ["run x", "runs", "inbox", "resume", "check", "routines list", "schema --write"]
)
def test_outside_a_practice_it_is_told_how_to_get_into_one(nowhere, command):
    told = nowhere(*command.split(), expect=2)

    assert "there is no practice here or in any folder above" in told.err
    assert "dayhand init DIR" in told.err
