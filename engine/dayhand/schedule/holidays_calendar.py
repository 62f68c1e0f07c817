"""Public holidays of a country or region, from the library `holidays`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from dayhand.errors import UserError

__all__ = ["PublicHolidays"]


class PublicHolidays:
    """A `Calendar` of the public holidays of a region, named as in `US`, `US-NY` or `GB-SCT`.

    The library is loaded when the first day is asked for: it takes 50 ms and is an extra.

    Raises:
        UserError: (when asked for a day) the library is absent, or it does not know the region.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self._known: Any = None

    def closed(self, day: date) -> str | None:
        """The holiday's name, if the day is one."""
        if self._known is None:
            self._known = self._load()
        name = self._known.get(day)
        return str(name) if name else None

    def of(self, year: int) -> dict[date, str]:
        """The days of a year, each with the holiday's name."""
        self.closed(date(year, 1, 1))  # to ask for one makes the library reckon its year
        return {day: str(name) for day, name in self._known.items() if day.year == year}

    def _load(self) -> Any:
        try:
            import holidays  # an extra, and slow to load
        except ImportError as error:
            raise UserError(
                "public holidays need the library 'holidays'",
                hint="pip install --only-binary :all: 'dayhand[calendar]'",
            ) from error
        country, _, part = self.region.partition("-")
        try:
            with _one_country_alone():
                return holidays.country_holidays(country, subdiv=part or None)
        except NotImplementedError as error:
            raise UserError(
                f"public holidays of '{self.region}' are not known",
                hint="name a country, or a country and region, as in 'US' or 'US-NY'",
            ) from error


@contextmanager
def _one_country_alone() -> Iterator[None]:
    """Inside, `holidays` loads the country that is asked for, and not all 250.

    Its package of countries imports each of them when it is first touched: 8 MB and a third of a
    second. A package with the same modules, and nothing else in it, stands in for it meanwhile.
    """
    name = "holidays.countries"
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.submodule_search_locations is None:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        del sys.modules[name]
