"""Loads the credits of a sample practice, `records/credits.csv`, where it has them."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand import Practice
from dayhand_education.intake import take_in_file

__all__ = ["load"]

_FILE = "records/credits.csv"


def load(practice: Practice) -> Iterable[str]:
    """Import the file; says what was done, or nothing if there is no such file."""
    if not practice.files.resolve(_FILE).is_file():
        return []
    with practice.transaction("load the sample's continuing education credits") as connection:
        done = take_in_file(connection, practice.files, _FILE)
    return [f"{len(done.ids)} continuing education credits from {_FILE} ({done.new} new)"]
