"""Public holidays of a country or region, from the library `holidays`."""

from __future__ import annotations

from datetime import date
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

    def _load(self) -> Any:
        try:
            import holidays  # an extra, and slow to load
        except ImportError as error:
            raise UserError(
                "public holidays need the library 'holidays'",
                hint="install it with 'pip install dayhand[calendar]'",
            ) from error
        country, _, part = self.region.partition("-")
        try:
            return holidays.country_holidays(country, subdiv=part or None)
        except NotImplementedError as error:
            raise UserError(
                f"public holidays of '{self.region}' are not known",
                hint="name a country, or a country and region, as in 'US' or 'US-NY'",
            ) from error
