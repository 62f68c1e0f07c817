"""100: whatever is typed, the answer says what is wrong and what to do, and ends with 2."""

from __future__ import annotations

import pytest

WRONG = [
    ("rnu", "Did you mean 'run'?"),
    ("run", "Missing argument"),
    ("run morning", "did you mean 'morning-prep'?"),
    ("run morning-prep --as-of tomorrow", "write a date such as 2026-11-01"),
    ("run morning-prep --as-of 2026-13-01", "write a date such as 2026-11-01"),
    ("run morning-prep --as-of 2026-11-01T25:00", "write a date such as 2026-11-01"),
    ("run morning-prep -i day=xx", "input 'day' is not a date"),
    ("run morning-prep -i dya=2026-11-24", "did you mean 'day'?"),
    ("run morning-prep -i day", "write it as NAME=VALUE"),
    ("run morning-prep --answer x=approve", "--answer is for --dry-run"),
    ("run morning-prep --dryrun", "--dry-run"),
    ("run ../../etc/passwd", "there is no routine"),
    ("show nope", "there is no run 'nope'"),
    ("resume nope", "there is no run 'nope'"),
    ("retry nope", "there is no run 'nope'"),
    ("cancel nope", "there is no run 'nope'"),
    ("answer nope --approve", "there is no question 'nope'"),
    ("steps biling.draft", "did you mean 'billing.draft'?"),
    ("check nope", "there is no routine 'nope'"),
    ("check nope", "'dayhand routines list' lists the 44 there are"),
    ("check nope.yaml", "there is no file 'nope.yaml'"),
    ("schema --of other", "'other' is not one of"),
    ("completion tcsh", "'tcsh' is not one of"),
    ("--practice elsewhere runs", "there is no practice in"),
    ("backup --verify none.dhb", "there is no file none.dhb"),
    ("backup --verify none.dhb", "'dayhand backup --list' shows the backups"),
    ("restore none.dhb --into ../none", "there is no file none.dhb"),
    ("upcoming --from tomorrow", "is neither a date nor a moment"),
]


@pytest.fixture(scope="module")
def shared(made):
    """None of these changes anything, so they share the practice."""
    return made["sample"]


@pytest.mark.parametrize(("command", "told"), WRONG)
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
