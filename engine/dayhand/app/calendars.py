"""Which days are closed, besides weekends: public holidays, and the practice's time off.

Where public holidays cannot be told, since their library is absent or does not know the country, every day
counts as one: what skips them does not run, and says why, and all else goes on. Once they are known the
rows to come are planned anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.app.kept_holidays import KeptHolidays
from dayhand.errors import UserError
from dayhand.schedule.open_days import Calendar, ListedDays

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.model.routine import Routine

__all__ = ["STAND_STILL", "Holidays", "calendars_of", "holidays_of", "skips_holidays"]

STAND_STILL = "routines that skip public holidays do not run"


class Holidays:
    """A region's holidays, else its country's where the region has none of its own."""

    def __init__(self, file: Path, country: str, region: str) -> None:
        self._choices = [KeptHolidays(file, f"{country}-{region}")] if region else []
        self._choices.append(KeptHolidays(file, country))
        self.trouble: UserError | None = None
        """Why they cannot be told, once a day was asked for."""

    def closed(self, day: date) -> str | None:
        """The holiday's name; what is wrong, if none can be told."""
        while self.trouble is None:
            try:
                return self._choices[0].closed(day)
            except UserError as error:
                self._choices.pop(0)
                if not self._choices:
                    self.trouble = error
        return f"not known: {self.trouble.message}"


def holidays_of(app: App) -> Holidays:
    """The public holidays where the practice is."""
    address = app.info.address
    return Holidays(app.data / "holidays.json", address.country, address.region)


def skips_holidays(routine: Routine) -> bool:
    """True if one of its triggers leaves public holidays out."""
    return any("public_holiday" in trigger.skip_on for trigger in routine.triggers)


def calendars_of(app: App, time_off: Calendar | None = None) -> Mapping[str, Calendar]:
    """What `skip_on` can name besides `weekend`; without `time_off` none is known."""
    return {
        "public_holiday": holidays_of(app),
        "time_off": time_off or ListedDays({}),
    }
