"""Which days are closed, besides weekends: public holidays, and the practice's time off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from dayhand.errors import UserError
from dayhand.schedule.holidays_calendar import PublicHolidays
from dayhand.schedule.open_days import Calendar, ListedDays

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = ["calendars_of"]


class _Regional:
    """A region's holidays, else its country's where the region has none of its own."""

    def __init__(self, country: str, region: str) -> None:
        self._choices = [PublicHolidays(f"{country}-{region}")] if region else []
        self._choices.append(PublicHolidays(country))

    def closed(self, day: date) -> str | None:
        while True:
            try:
                return self._choices[0].closed(day)
            except UserError:
                if len(self._choices) == 1:
                    raise
                self._choices.pop(0)


def calendars_of(app: App, time_off: Calendar | None = None) -> Mapping[str, Calendar]:
    """What `skip_on` can name besides `weekend`; without `time_off` none is known."""
    address = app.info.address
    return {
        "public_holiday": _Regional(address.country, address.region),
        "time_off": time_off or ListedDays({}),
    }
