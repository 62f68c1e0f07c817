"""When a trigger makes its routine due. The rules first.

*Wall* is local date and time without an offset in the trigger's zone; *instant* is a moment in UTC;
*nominal* is the wall minute that the expression names.

A cron trigger is an **interval** trigger if its minute or hour field begins with `*`, and follows
elapsed time; any other is a **fixed-time** trigger, and follows the clock on the wall:

| the wall time        | interval trigger | fixed-time trigger              | changed by          |
|----------------------|------------------|---------------------------------|---------------------|
| comes once           | there            | there                           |                     |
| comes twice          | both times       | the first time                  | `dst_overlap: last` |
|                      |                  |                                 | or `both`           |
| is in a gap of ≤ 3 h | not              | the first instant after the gap | `dst_gap: skip`     |
|                      |                  |                                 | or `before`         |
| is in a longer gap   | not              | skipped: no such local time     |                     |

- All nominals that come to one instant are one occurrence, which lists them: those of one gap, one
  of a gap and the one that stands at its end, those that a day rule moved to the same time.
  `before` is one minute before the gap begins.
- Day rules look at the nominal's date. `skip_on` drops an occurrence with its reason; with `shift`
  it moves to the nearest open day at the same wall time, and that time is then read by the table.
- An `every` trigger counts elapsed time from an anchor (`steady_times`), so no change of the clock
  touches it. A day rule drops what falls on a closed day.
- An occurrence is known by its key (routine, trigger, nominal, and 1 for a nominal's second copy),
  not by its instant: planning again, however the instant changed, makes no second one. What is
  collapsed is known by the nominal that really stands there, else by its earliest.
- `next(after)` is the first occurrence strictly after any instant, one inside a repeated hour
  included; `prev` is its inverse; instants strictly increase; none is a time that does not exist.
  Where there is none for eight years it never comes.
- `jitter` delays an occurrence by a share of it that follows from its key, always the same, and
  less than the time to the next one, so that what is due strictly increases too. Windows and `next`
  go by `at`, without it; `due` is with it.

| method                  | gives                                                           |
|-------------------------|-----------------------------------------------------------------|
| `next(after)`           | the first after, or None                                        |
| `prev(before)`          | the last before, or None                                        |
| `between(after, until)` | all after the first instant, up to and with the second          |
| `… skipped=True`        | also what does not run, with the reason: the rows of the ledger |

Calendar events, files and other routines make occurrences elsewhere: no clock tells their times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from dayhand import cron
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.occurrence import Occurrence, delay
from dayhand.schedule.open_days import Calendar, OpenDays
from dayhand.schedule.resolution import Resolution
from dayhand.schedule.steady_times import SteadyTimes
from dayhand.schedule.wall_times import WallTimes
from dayhand.schedule.zones import Zone

__all__ = ["Timetable", "is_interval", "is_timed", "timetable_of", "timetables"]


def is_timed(trigger: Trigger) -> bool:
    """True if its times follow from the clock alone, so that it has a timetable."""
    return trigger.kind in ("cron", "every")


def is_interval(trigger: Trigger) -> bool:
    """True if a timed trigger follows elapsed time, and not the clock on the wall."""
    return trigger.kind == "every" or cron.is_interval(trigger.value)


def timetables(
    routine: Routine, timezone: str, calendars: Mapping[str, Calendar] | None = None
) -> tuple[Timetable, ...]:
    """The timetables of a routine's timed triggers; `timezone` is the practice's.

    Raises:
        UserError: a zone is unknown, or a day rule names days of which no calendar is given.
    """
    return tuple(
        timetable_of(routine, trigger, timezone, calendars)
        for trigger in routine.triggers
        if is_timed(trigger)
    )


def timetable_of(
    routine: Routine,
    trigger: Trigger,
    timezone: str,
    calendars: Mapping[str, Calendar] | None = None,
) -> Timetable:
    """The timetable of one timed trigger of a routine; raises as `timetables` does."""
    return Timetable(
        trigger,
        routine.timezone or timezone,
        routine=routine.name,
        open_days=OpenDays(trigger.skip_on, trigger.shift, calendars),
    )


class Timetable:
    """The occurrences of one trigger of a routine.

    `zone` is the one meant where the trigger names none: the routine's, else the practice's. All
    instants given have to be aware.

    Raises:
        UserError: the zone is unknown.
        CronError: the expression is none.
        ValueError: the trigger has no times of its own.
    """

    def __init__(
        self,
        trigger: Trigger,
        zone: str,
        *,
        routine: str = "",
        open_days: OpenDays | None = None,
        anchor: datetime | None = None,
    ) -> None:
        self.routine = routine
        self.trigger = trigger
        self.zone = Zone(trigger.timezone or zone)
        days = open_days or OpenDays()
        self.is_interval = True
        """True if it follows elapsed time, and not the clock on the wall."""
        self._times: SteadyTimes | WallTimes
        if trigger.kind == "every" and trigger.every is not None:
            self._times = SteadyTimes(routine, trigger.id, trigger.every, self.zone, days, anchor)
        elif trigger.kind == "cron":
            expression = cron.parse(trigger.value, trigger.day_match)
            self.is_interval = expression.is_interval
            rules = Resolution(routine, trigger, self.zone, expression.is_interval)
            self._times = WallTimes(expression, rules, days)
        else:
            raise ValueError(f"a trigger of the kind '{trigger.kind}' has no timetable")

    def __repr__(self) -> str:
        return f"Timetable({self.routine}, {self.trigger.value!r}, {self.zone.name})"

    def next(self, after: datetime) -> Occurrence | None:
        """The first occurrence that runs after an instant; None if there is none in eight years."""
        return next(self.ahead(after), None)

    def prev(self, before: datetime) -> Occurrence | None:
        """The last occurrence that runs before an instant; None if there is none in eight years."""
        return next(self.behind(before), None)

    def between(
        self, after: datetime, until: datetime, *, skipped: bool = False
    ) -> Iterator[Occurrence]:
        """Those after `after`, up to and with `until`, in order.

        With `skipped` also those that do not run, each with its reason. They stand at the instant
        they would have had: two of them may share one, also with an occurrence that runs.
        """
        end = until.astimezone(UTC)
        found = self._times.ahead(after.astimezone(UTC), until=end, skipped=skipped)
        return map(self._delayed, takewhile(lambda one: one.at <= end, found))

    def ahead(self, after: datetime) -> Iterator[Occurrence]:
        """Those that run after an instant, in order, without end."""
        return map(self._delayed, self._times.ahead(after.astimezone(UTC)))

    def behind(self, before: datetime) -> Iterator[Occurrence]:
        """Those that ran before an instant, the latest first, without end."""
        return map(self._delayed, self._times.behind(before.astimezone(UTC)))

    def _delayed(self, found: Occurrence) -> Occurrence:
        if self.trigger.jitter <= timedelta(0) or not found.is_to_run:
            return found
        following = next(self._times.ahead(found.at), None)
        room = following.at - found.at if following else None
        return replace(found, delay=delay(found.key, self.trigger.jitter, room))
