"""`dayhand calendar`: look at the agenda, and check the sources, from the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import click

from dayhand import Practice, UserError, json_option, pass_practice
from dayhand_calendar.steps import MOST_DAYS, take
from dayhand_calendar.vocabulary import Agenda, Event

__all__ = ["calendar"]

_WORDS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_HIDDEN = "•••"
_PRIVATE = ("summary", "description", "location", "url", "attendees")


class _Day(click.ParamType[date | int]):
    """A day: `2026-11-03`, `today`, `tomorrow` or `yesterday`, seen from the practice's today."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date | int:
        if isinstance(value, date | int):
            return value
        if value in _WORDS:
            return _WORDS[value]
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day such as 2026-11-03 or 'tomorrow'", param, ctx)


@click.group()
def calendar() -> None:
    """Look at your calendars."""


@calendar.command()
@pass_practice
@click.option("--day", type=_Day(), default="today", show_default=True, help="The first day.")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=1, show_default=True, help="How many days."
)
@click.option("--source", "sources", multiple=True, help="Only this calendar; may be given again.")
@click.option(
    "--reveal",
    is_flag=True,
    help="Show titles and places, which may name clients; the audit log notes it.",
)
@json_option
def agenda(
    practice: Practice,
    *,
    day: date | int,
    days: int,
    sources: tuple[str, ...],
    reveal: bool,
    as_json: bool,
) -> None:
    r"""What is on, from all calendars.

    Titles and places are hidden unless you ask for them.

    \b
    Example:
      dayhand calendar agenda --day tomorrow --days 5
    """
    first = practice.today + timedelta(days=day) if isinstance(day, int) else day
    if reveal:
        with practice.transaction(f"reveal agenda of {first}"):
            pass
    result = asyncio.run(
        take(practice, first, first + timedelta(days=days - 1), list(sources) or None)
    )
    if as_json:
        click.echo(json.dumps(_as_json(result, reveal=reveal), indent=2, ensure_ascii=False))
        return
    for line in _table(result, reveal=reveal):
        click.echo(line)


def _as_json(result: Agenda, *, reveal: bool) -> dict[str, Any]:
    told: dict[str, Any] = result.model_dump(mode="json")
    if not reveal:
        for event in told["events"]:
            for name in _PRIVATE:
                if event[name]:
                    event[name] = _HIDDEN
    return told


def _table(result: Agenda, *, reveal: bool) -> list[str]:
    lines: list[str] = []
    days = (result.end - result.start).days + 1
    for number in range(days):
        day = result.start + timedelta(days=number)
        events = [event for event in result.events if _is_on(event, day)]
        events.sort(key=lambda event: not event.all_day)
        if not events and days > 7:
            continue
        lines.append(f"{day:%A %Y-%m-%d}")
        lines += [_row(event, day, reveal=reveal) for event in events] or ["  nothing"]
    lines += _notes(result)
    return lines or ["nothing"]


def _is_on(event: Event, day: date) -> bool:
    """True if the event takes any of the day; one that ends at midnight does not take the next."""
    last = (
        (event.end - timedelta(microseconds=1)).date()
        if event.end > event.start
        else event.end.date()
    )
    return event.start.date() <= day <= last


def _row(event: Event, day: date, *, reveal: bool) -> str:
    begins = f"{event.start:%H:%M}" if event.start.date() == day else "  …  "
    ends = f"{event.end:%H:%M}" if event.end.date() == day else "  …  "
    when = "all day    " if event.all_day else f"{begins}-{ends}"
    title = _one_line(event.summary) if reveal else _HIDDEN
    parts = [f"  {when}", f"{event.kind:7}", f"{event.source:12}", title]
    if event.status != "confirmed":
        parts.append(f"({event.status})")
    if event.video:
        parts.append("(video)")
    if reveal and event.location:
        parts.append(f"@ {_one_line(event.location)}")
    return "  ".join(parts).rstrip()


def _one_line(text: str) -> str:
    """The text without anything that could move the cursor or change the line."""
    return "".join(char if char.isprintable() else " " for char in text)[:100]


def _notes(result: Agenda) -> list[str]:
    lines = [""] if result.skipped or result.stale else []
    for stale in result.stale:
        age = (
            f"; its events are of {stale.as_of:%Y-%m-%d %H:%M}"
            if stale.as_of
            else "; its events are missing"
        )
        lines.append(f"calendar '{stale.source}' could not be read: {stale.reason}{age}")
    lines += [
        f"left out: calendar '{skipped.source}', line {skipped.line},"
        f" {skipped.uid or 'no UID'}: {skipped.reason}"
        for skipped in result.skipped
    ]
    return lines


@calendar.command()
@pass_practice
@json_option
@click.pass_context
def check(ctx: click.Context, practice: Practice, as_json: bool) -> None:
    r"""Read every calendar, and name each event that cannot be followed.

    Looks at the year around today. Ends with status 1 if a calendar cannot be read.

    \b
    Example:
      dayhand calendar check
    """
    from dayhand_calendar.health import examined  # loads the calendar libraries

    reports = asyncio.run(examined(practice))
    if as_json:
        click.echo(json.dumps([report.model_dump(mode="json") for report in reports], indent=2))
    elif not reports:
        raise UserError(
            "no calendar is set up", hint="name one under calendar.sources in practice.yaml"
        )
    for report in () if as_json else reports:
        state = report.told or f"{report.events} events in a year"
        click.echo(f"{report.source}: {state}")
        if report.hint:
            click.echo(f"  hint: {report.hint}")
        for skipped in report.skipped:
            click.echo(
                f"  left out: line {skipped.line}, {skipped.uid or 'no UID'}: {skipped.reason}"
            )
    if any(report.problem for report in reports):
        ctx.exit(1)
