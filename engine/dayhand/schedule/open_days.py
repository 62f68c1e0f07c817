"""Which days are open, and where an occurrence on a closed one goes.

`skip_on` names what closes a day: `weekend` (known here), and others, such as `public_holiday` and
`time_off`, for which a `Calendar` is given. Without `shift` an occurrence on a closed day is
dropped with the reason; with it, it moves to the nearest open day after it (or before it) at the
same wall time. The nearest open day never moves back as days go on, so order is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from dayhand.errors import UserError

__all__ = ["FURTHEST", "Calendar", "ListedDays", "OpenDays", "Shift", "Weekend"]

Shift = Literal["next_open_day", "previous_open_day"]
FURTHEST = 366
"""How many days away an open day is looked for; past that the occurrence is dropped."""

_DAY = timedelta(days=1)
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Calendar(Protocol):
    """Tells why a day is closed, such as 'Thanksgiving', or None. The same day, the same answer."""

    def closed(self, day: date) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday and Sunday, or other days of the week, Monday being 0."""

    weekdays: frozenset[int] = frozenset({5, 6})

    def closed(self, day: date) -> str | None:
        """The name of the day, if it is one of them."""
        return _NAMES[day.weekday()] if day.weekday() in self.weekdays else None


@dataclass(frozen=True, slots=True)
class ListedDays:
    """Days listed one by one, each with its reason."""

    days: Mapping[date, str]

    @classmethod
    def of(cls, days: Iterable[date], reason: str) -> ListedDays:
        """These days, all for one reason."""
        return cls(dict.fromkeys(days, reason))

    def closed(self, day: date) -> str | None:
        """The reason, if the day is listed."""
        return self.days.get(day)


class OpenDays:
    """The day rules of a trigger.

    Answers are kept: make a new one when a calendar has changed.

    Raises:
        UserError: `skip_on` names something for which no calendar is given.
    """

    def __init__(
        self,
        skip_on: Iterable[str] = (),
        shift: Shift | None = None,
        calendars: Mapping[str, Calendar] | None = None,
    ) -> None:
        known: dict[str, Calendar] = {"weekend": Weekend(), **(calendars or {})}
        for name in skip_on:
            if name not in known:
                raise UserError(
                    f"nothing says which days are '{name}'",
                    hint=f"without it they cannot be left out; known are {', '.join(known)}",
                )
        self._calendars = {name: known[name] for name in skip_on}
        self._reasons: dict[date, str | None] = {}
        self.shift = shift if self._calendars else None

    @property
    def are_all(self) -> bool:
        """True if no rule closes a day."""
        return not self._calendars

    def closed(self, day: date) -> str | None:
        """Why the day is closed, by the first rule that says so, as in 'weekend (Sunday)'."""
        if not self._calendars:
            return None
        if day not in self._reasons:
            told = ((name, one.closed(day)) for name, one in self._calendars.items())
            said = (f"{name.replace('_', ' ')} ({why})" for name, why in told if why)
            self._reasons[day] = next(said, None)
        return self._reasons[day]

    def target(self, day: date) -> date | None:
        """The day on which what is due that day runs: itself, another one, or None."""
        if self.closed(day) is None:
            return day
        if self.shift is None:
            return None
        step = _DAY if self.shift == "next_open_day" else -_DAY
        return next((one for one in _days(day, step) if self.closed(one) is None), None)

    def moved_to(self, day: date) -> list[date]:
        """The closed days whose occurrences move to this open day, the nearest first."""
        if self.shift is None or self.closed(day) is not None:
            return []
        return list(self.closed_run(day, -1 if self.shift == "next_open_day" else 1))

    def closed_run(self, day: date, direction: int) -> Iterator[date]:
        """The closed days that follow each other right after a day, or before it (-1)."""
        for one in _days(day, direction * _DAY):
            if self.closed(one) is None:
                return
            yield one


def _days(day: date, step: timedelta) -> Iterator[date]:
    """The days after a day in one direction, as far as anything moves."""
    for _ in range(FURTHEST):
        try:
            day += step
        except OverflowError:
            return
        yield day
