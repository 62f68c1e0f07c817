"""The steps about load, check-ins and protected time. SQL is imported inside the steps."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dayhand import Effect, StepContext, UserError, step
from dayhand_wellbeing.models import CheckinIn, EventIn, Holds, Load, MatchIn, Page

__all__ = ["ALL"]

_MOST_DAYS = 120


def _days(first: date, count: int) -> list[date]:
    if not 1 <= count <= _MOST_DAYS:
        raise UserError(f"'days' is between 1 and {_MOST_DAYS}", hint="change it in the routine")
    return [first + timedelta(days=number) for number in range(count)]


@step(
    "wellbeing.load",
    effect=Effect.READ,
    summary="How much some days hold: sessions, breaks, stretches, hard ones in a row",
)
def load(
    context: StepContext,
    *,
    matches: list[MatchIn],
    start: date | None = None,
    days: int = 7,
    heavy: list[str] | None = None,
) -> Load:
    """The load of each day, with what is more than the settings allow. Warnings name no client.

    Args:
        matches: the sessions of these days, `matched` of `calendar.match`.
        start: the first day; the run's own if left out.
        days: how many days.
        heavy: clients whose sessions weigh more, besides those flagged with `dayhand wellbeing flag`.
    """
    from dayhand_wellbeing import gauge, kept

    span = _days(start or context.today, days)
    with context.connect() as connection:
        hard = kept.heavy(connection, span[0], span[-1]) | set(heavy or ())
    zone = ZoneInfo(context.info.timezone)
    return gauge.load_of(matches, span, hard, context.settings, zone)


@step("wellbeing.keep_load", effect=Effect.RECORD, summary="Keep what days held")
def keep_load(context: StepContext, *, load: Load) -> int:
    """Keeps sessions, minutes and warnings of days up to today; returns how many are new or changed.

    Args:
        load: what `wellbeing.load` gave.
    """
    from dayhand_wellbeing import kept

    with context.connect() as connection:
        return kept.keep_loads(connection, [one for one in load.days if one.day <= context.today])


@step("wellbeing.load_page", effect=Effect.WRITE, summary="Write the load of some days, as bars")
def load_page(context: StepContext, *, load: Load) -> Page:
    """Writes `out/wellbeing/load-<first day>.md` and, unless the settings want none, a PDF.

    Args:
        load: what `wellbeing.load` gave.
    """
    from dayhand_wellbeing.page import write_load

    return write_load(context, load)


@step(
    "wellbeing.checkin_page",
    effect=Effect.WRITE,
    summary="Write how the scales of your check-ins go, as small charts",
)
def checkin_page(context: StepContext, *, entries: list[CheckinIn]) -> Page:
    """Writes `out/wellbeing/checkin-<date>.md` and, unless the settings want none, a PDF. The words of
    a check-in are not on it. `warnings` counts scales two points worse than the mean of four before.

    Args:
        entries: what `journal.checkins` gave.
    """
    from dayhand_wellbeing.page import write_checkins

    return write_checkins(context, entries)


@step(
    "wellbeing.holds",
    effect=Effect.READ,
    summary="Which protected time is not in the calendar yet, and what lies over it",
)
def holds(
    context: StepContext, *, events: list[EventIn], start: date | None = None, days: int = 28
) -> Holds:
    """Protected time against the calendar: `wanted` is to be made, `taken` is what you decide about.

    A hold that was made and that you took out of the calendar is not made again.

    Args:
        events: what is on in these days, `events` of `calendar.agenda`.
        start: the first day; the run's own if left out.
        days: how many days.
    """
    from dayhand_wellbeing import kept, protection

    span = _days(start or context.today, days)
    with context.connect() as connection:
        blocks = kept.all_of(connection, "protected")
        made = kept.holds_made(connection)
    title = context.settings.hold_title
    zone = ZoneInfo(context.info.timezone)
    return protection.against(blocks, events, made, span, title, zone)


@step(
    "wellbeing.holds_page",
    effect=Effect.WRITE,
    summary="Write which protected time is to be made, and what lies over it",
)
def holds_page(context: StepContext, *, holds: Holds) -> Page:
    """Writes `out/wellbeing/protected-<date>.md` and, unless the settings want none, a PDF.

    Args:
        holds: what `wellbeing.holds` gave.
    """
    from dayhand_wellbeing.page import write_holds

    return write_holds(context, holds)


@step("wellbeing.note_hold", effect=Effect.RECORD, summary="Note that a hold was made")
def note_hold(context: StepContext, *, block: str, on: date, uid: str) -> bool:
    """Notes the event of a hold; false if it was noted before.

    Args:
        block: the protected time, by its name.
        on: the day.
        uid: the event's id, of `calendar.create`.
    """
    from dayhand_wellbeing import kept

    with context.connect() as connection:
        return kept.note_hold(connection, block, on, uid)


ALL = (load, keep_load, load_page, checkin_page, holds, holds_page, note_hold)
"""All of them."""
