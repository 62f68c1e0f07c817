"""What goes in a later version is told at the line that uses it."""

from __future__ import annotations

import warnings

import pytest

import dayhand
from dayhand.deprecation import DeprecatedUse, caught, tell


def test_a_name_that_goes_still_works_and_is_told_where_it_is_used(monkeypatch):
    monkeypatch.setitem(dayhand._DEPRECATED, "do_step", ("step", "0.4"))

    with caught() as found:
        from dayhand import do_step

    assert do_step is dayhand.step
    assert found == [
        f"{__file__}:17: 'dayhand.do_step' is gone from dayhand 0.4 on; use 'dayhand.step'"
    ]


def test_it_is_told_once_for_each_place_and_other_warnings_pass():
    found = []

    def uses():
        with caught() as told:
            for _ in range(3):
                tell("'a'", gone_in="0.4", instead="'b'")
            warnings.warn("another", stacklevel=1)
        found.extend(told)

    with pytest.warns(UserWarning, match="another"):
        uses()

    assert len(found) == 1


def test_in_a_plugins_tests_it_is_a_warning_of_pythons_own():
    with pytest.warns(DeprecationWarning, match="is gone from dayhand 0.4 on") as seen:
        tell("'a'", gone_in="0.4", instead="'b'")

    assert seen[0].category is DeprecatedUse
    assert seen[0].filename == __file__
