"""Public holidays by the year, noted in `.dayhand/holidays.json` as the library gave them.

The library is large: it takes 50 ms and 4 MB, and a year has a dozen holidays. A note holds under the
release of the library that it was made by, so that a new release is asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dayhand.notes import noted, write_note
from dayhand.schedule.holidays_calendar import PublicHolidays

__all__ = ["KeptHolidays"]


class KeptHolidays:
    """A `Calendar` like `PublicHolidays`, which is asked once for each year.

    Raises:
        UserError: (when asked for a day) the library is absent, or it does not know the region.
    """

    def __init__(self, file: Path, region: str) -> None:
        self._file = file
        self._region = region
        self._years: dict[int, dict[date, str]] | None = None

    def closed(self, day: date) -> str | None:
        """The holiday's name, if the day is one."""
        if self._years is None:
            self._years = _read(self._told())
        year = self._years.get(day.year)
        if year is None:
            year = self._years[day.year] = PublicHolidays(self._region).of(day.year)
            self._note(day.year, year)
        return year.get(day)

    def _told(self) -> Mapping[str, Any]:
        """What the note says of the region's years, if it is of the library that is installed."""
        told = noted(self._file)
        if not isinstance(told, dict) or told.get("library") != _library():
            return {}
        found = told.get(self._region)
        return found if isinstance(found, dict) else {}

    def _note(self, year: int, days: Mapping[date, str]) -> None:
        told = noted(self._file)
        if not isinstance(told, dict) or told.get("library") != _library():
            told = {"library": _library()}
        known = {str(day): name for day, name in days.items()}
        write_note(self._file, {**told, self._region: {**self._told(), str(year): known}})


def _library() -> str:
    from importlib.metadata import PackageNotFoundError, version  # 15 ms, and only for holidays

    try:
        return version("holidays")
    except PackageNotFoundError:
        return ""


def _read(told: Mapping[str, Any]) -> dict[int, dict[date, str]]:
    """The years of a note; none at all if it is not as it was written."""
    try:
        return {
            int(year): {date.fromisoformat(day): str(name) for day, name in days.items()}
            for year, days in told.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
