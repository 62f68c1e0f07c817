"""`dayhand upcoming`, `backtest`, `why`, `pause`, `resume-schedule`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from dayhand.app import App, clock_changes, diary, forecast
from dayhand.app.calendars import STAND_STILL, calendars_of
from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import CheckFailed, UserError
from dayhand.explanation import trigger_names
from dayhand.model.ledger import Pause
from dayhand.model.routine import Routine

PATIENCE = timedelta(seconds=10)
"""A calendar is waited for so long."""

__all__ = [
    "backtest_command",
    "pause_command",
    "resume_schedule_command",
    "upcoming_command",
    "why_command",
]


def _ready(app: App) -> list[Routine]:
    return [entry.routine for entry in app.book if entry.routine is not None]


def _outlook(app: App, routines: list[Routine], span: forecast.Window) -> forecast.Outlook:
    """Closed days and events, as the calendars are now; of one that gives no answer, as last read."""
    found = diary.look(app, routines, span.after, span.until, patience=PATIENCE)
    for kind, why in found.troubles.items():
        last = found.readings.get(kind)
        since = (
            f"those of {last.read_at.astimezone(app.zone):%Y-%m-%d %H:%M}" if last else "unknown"
        )
        click.echo(f"note: events of the kind '{kind}' are {since}: {why}", err=True)
    return forecast.Outlook(calendars_of(app, found.time_off(app.zone)), found)


def _tell_trouble(outlook: forecast.Outlook) -> None:
    trouble = getattr(outlook.calendars["public_holiday"], "trouble", None)
    if trouble is not None:
        click.echo(f"\nnote: {STAND_STILL}: {trouble.message}", err=True)
        click.echo(f"  hint: {trouble.hint}", err=True)


def _show(entries: list[forecast.Entry], routines: list[Routine]) -> None:
    from dayhand.report import table

    named = trigger_names(routines)
    rows = [
        (
            f"{e.at:%a %Y-%m-%d %H:%M %Z}",
            e.routine,
            named(e.routine, e.trigger),
            e.kind,
            e.state.replace("_", " "),
            "; ".join([*filter(None, [e.reason]), *e.notes]),
        )
        for e in entries
    ]
    click.echo(
        table(("WHEN", "ROUTINE", "TRIGGER", "CLASS", "STATE", "WHY"), rows)
        if rows
        else "nothing in this time"
    )


@click.command("upcoming", epilog="Example: dayhand upcoming --days 14")
@click.argument("routine", required=False)
@click.option(
    "--days",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    help="How far to look, from now or from --from.",
)
@click.option("--from", "begin", metavar="D", help="A date, or an instant to look after.")
@click.option("--to", "end", metavar="D", help="A date, or an instant to look up to.")
@click.option(
    "--diff",
    "edited",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What this edited file would change.",
)
@click.option("--superseded", is_flag=True, help="Also what an edit took back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def upcoming_command(
    ctx: click.Context, routine: str | None, days: int, begin: str | None, end: str | None,
    edited: Path | None, superseded: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show every occurrence to come: zone, shifts and skips with their reason, clock changes, collisions."""
    app = app_of(ctx)
    span = forecast.window(app, begin, end, days=days)
    if edited is not None:
        _diff(app, edited, span, as_json=as_json)
        return
    routines = [app.book.ready(routine)] if routine else _ready(app)
    outlook = _outlook(app, routines, span)
    entries = forecast.ahead(app, routines, span, outlook, superseded=superseded)
    if routine:
        entries = [entry for entry in entries if entry.routine == app.book.find(routine).name]
    if as_json:
        emit_json([entry.as_json() for entry in entries])
        return
    _show(entries, routines)
    _tell_trouble(outlook)
    if begin is None:
        _show_clock_changes(clock_changes.ahead(app, routines, outlook.calendars, span.after))


def _show_clock_changes(found: list[clock_changes.ClockChange]) -> None:
    if found:
        click.echo("\nchanges of the clock in the next two weeks:")
    for one in found:
        click.echo("\n".join([f"  {one.text}", *(f"    {line}" for line in one.touched)]))


def _diff(app: App, edited: Path, span: forecast.Window, *, as_json: bool) -> None:
    (entry,) = app.book.check([edited]).values()
    if entry.routine is None:
        raise CheckFailed(entry.problems)
    known = app.book.entries.get(entry.routine.name)
    before = [known.routine] if known is not None and known.routine is not None else []
    outlook = _outlook(app, [entry.routine, *before], span)
    new = forecast.ahead(app, [entry.routine], span, outlook, with_ledger=False)
    old = forecast.ahead(app, before, span, outlook, with_ledger=False)
    if as_json:
        emit_json(forecast.changes(old, new))
        return
    lines = forecast.changes(old, new, _of_both(before, [entry.routine]))
    click.echo("\n".join(lines) if lines else "nothing changes in this time")


def _of_both(before: list[Routine], after: list[Routine]) -> forecast.Named:
    """What triggers are called before and after an edit; by its id what is not called the same."""
    was, will_be = trigger_names(before), trigger_names(after)
    ids = {trigger.id for routine in before for trigger in routine.triggers}
    still = {trigger.id for routine in after for trigger in routine.triggers}

    def named(routine: str, trigger: str) -> str:
        names = {was(routine, trigger)} if trigger in ids else set()
        names |= {will_be(routine, trigger)} if trigger in still else set()
        return names.pop() if len(names) == 1 else trigger

    return named


@click.command(
    "backtest", epilog="Example: dayhand backtest monthly-billing --from 2026-01-01 --to 2026-12-31"
)
@click.argument("routine")
@click.option(
    "--from", "begin", metavar="D", required=True, help="A date, or an instant to look after."
)
@click.option(
    "--to", "end", metavar="D", required=True, help="A date, or an instant to look up to."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def backtest_command(ctx: click.Context, routine: str, begin: str, end: str, as_json: bool) -> None:
    """Show when a routine, as it is now, would have been due."""
    app = app_of(ctx)
    span = forecast.window(app, begin, end, days=0)
    routines = [app.book.ready(routine)]
    outlook = _outlook(app, routines, span)
    entries = forecast.ahead(app, routines, span, outlook, with_ledger=False)
    if as_json:
        emit_json([entry.as_json() for entry in entries])
    else:
        _show(entries, routines)
        _tell_trouble(outlook)


@click.command("why", epilog="Example: dayhand why morning-prep 2026-11-26")
@click.argument("routine")
@click.argument("day", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def why_command(ctx: click.Context, routine: str, day: str | None, as_json: bool) -> None:
    """Answer "why did it run, or not?" for a day, by default today."""
    app = app_of(ctx)
    try:
        chosen = date.fromisoformat(day) if day else app.now().date()
    except ValueError:
        raise UserError(f"'{day}' is not a date", hint="write one such as 2026-11-26") from None
    text = chosen.isoformat()
    name = app.book.find(routine).name
    span = forecast.window(app, text, text, days=1)
    found = app.book.find(name).routine
    routines = [found] if found is not None else []
    entries = forecast.ahead(app, routines, span, _outlook(app, routines, span), superseded=True)
    if as_json:
        emit_json({"routine": name, "day": text,
                   "answer": forecast.why(app, name, chosen, entries),
                   "occurrences": [e.as_json() for e in entries if e.routine == name]})  # fmt: skip
    else:
        told = forecast.why(app, name, chosen, entries, trigger_names(routines))
        click.echo("\n".join(told))


def _named(app: App, routine: str | None, everything: bool) -> str:
    if everything == bool(routine):
        raise UserError(
            "name a routine, or say --all", hint="'dayhand routines list' shows their names"
        )
    return app.book.find(routine).name if routine else ""


@click.command("pause", epilog="Example: dayhand pause monthly-billing --until 2027-01-04")
@click.argument("routine", required=False)
@click.option("--all", "everything", is_flag=True, help="Every routine.")
@click.option("--until", metavar="D", help="A date or a moment; without it, until resume-schedule.")
@click.pass_context
def pause_command(
    ctx: click.Context, routine: str | None, everything: bool, until: str | None
) -> None:
    """Hold a routine's schedule. What falls due meanwhile stays in the ledger, and is judged by
    `if_missed` when the pause ends."""
    app = app_of(ctx)
    name = _named(app, routine, everything)
    now = app.clock.now()
    end = forecast.beginning(app, until) if until else None
    if end is not None and end <= now:
        raise UserError(
            f"--until {until} is in the past",
            hint="say a moment that is still to come, or leave it out: then you end the pause",
        )
    app.store.write_ledger_now(
        lambda ledger: ledger.pause(Pause(name, now, end, app.settings.user)),
        action="pause",
        subject=name or "everything",
    )
    told = f" until {end.astimezone(app.zone):%Y-%m-%d %H:%M}" if end else ""
    click.echo(f"{name or 'everything'} is paused{told}")
    span = forecast.Window(now, end or now + timedelta(days=7))
    _preview(app, name, span)


def _preview(app: App, name: str, span: forecast.Window) -> None:
    routines = [app.book.ready(name)] if name else _ready(app)
    entries = forecast.ahead(app, routines, span, _outlook(app, routines, span))
    held = [e for e in entries if e.state == "planned" and (not name or e.routine == name)]
    by_trigger: dict[tuple[str, str], list[datetime]] = {}
    for entry in held:
        by_trigger.setdefault((entry.routine, entry.trigger), []).append(entry.at)
    named = trigger_names(routines)
    for (routine, trigger), moments in by_trigger.items():
        what = app.book.ready(routine)
        policy = next((t.if_missed for t in what.triggers if t.id == trigger), "run_latest")
        told = f"{len(moments)} due meanwhile"
        if policy == "run_latest" and len(moments) > 1:
            told += f"; the last will run then, {len(moments) - 1} are coalesced into it"
        click.echo(
            f"  {routine} ({named(routine, trigger)}): {told} (if_missed: {policy.replace('_', ' ')})"
        )


def _run_new_slot(app: App, name: str) -> None:
    if not name:
        raise UserError(
            "name the routine whose new time is to run",
            hint="as in: dayhand resume-schedule morning-prep --run-new-slot",
        )
    since = app.clock.now() - timedelta(days=1)
    rows = app.store.write_ledger_now(lambda ledger: ledger.reinstate(name, since))
    if not rows:
        hint = f"a daemon takes up an edit within seconds; see: dayhand why {name}"
        raise UserError(f"no time of {name} was given up for an edit", hint=hint)
    for row in rows:
        click.echo(f"{name} runs at {row.due.astimezone(app.zone):%a %Y-%m-%d %H:%M} too")


@click.command("resume-schedule", epilog="Example: dayhand resume-schedule --all")
@click.argument("routine", required=False)
@click.option("--all", "everything", is_flag=True, help="Every routine.")
@click.option(
    "--run-new-slot", "new_slot", is_flag=True,
    help="Run the new time of an edited routine too, though its old one has run today.",
)  # fmt: skip
@click.pass_context
def resume_schedule_command(
    ctx: click.Context, routine: str | None, everything: bool, new_slot: bool
) -> None:
    """Let a paused schedule go on; shows what fell due meanwhile and what becomes of it."""
    app = app_of(ctx)
    name = _named(app, routine, everything)
    if new_slot:
        _run_new_slot(app, name)
        return
    now = app.clock.now()
    pauses: list[Any] = app.store.read_ledger(lambda ledger: ledger.pauses(now))
    mine = [pause for pause in pauses if not name or pause.routine == name]
    if not mine:
        raise UserError(
            f"{name or 'nothing'} is not paused" if name else "nothing is paused",
            hint="nothing is to be done; 'dayhand upcoming' shows what will be due",
        )
    app.store.write_ledger_now(
        lambda ledger: ledger.resume(name), action="resume-schedule", subject=name or "everything"
    )
    click.echo(f"{name or 'everything'} goes on")
    _preview(app, name, forecast.Window(min(pause.since for pause in mine), now))
