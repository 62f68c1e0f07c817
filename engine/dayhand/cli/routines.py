"""`dayhand routines`: the practice's routines, and those that dayhand or a plugin ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dayhand.cli import app_of
from dayhand.cli.check import entry_json
from dayhand.cli.output import emit_json, style

if TYPE_CHECKING:
    from dayhand.app.shipped_routines import Outcome, ShippedRoutine, ShippedRoutines, Take
    from dayhand.model.routine import Routine

__all__ = ["routines_command"]

_MOST_TRIGGERS = 2


@click.group("routines")
def routines_command() -> None:
    """The practice's routines, and those that dayhand or a plugin ships."""


@routines_command.command("list", epilog="Example: dayhand routines list --shipped")
@click.option(
    "--shipped", is_flag=True, help="Those that dayhand or a plugin ships, copied or not."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _list(ctx: click.Context, shipped: bool, as_json: bool) -> None:
    """List the practice's routines and whether each can run.

    With --shipped, those that dayhand or a plugin ships: the activity or the plugin, the gate (auto:
    nothing leaves this machine; draft: what leaves is released by you first), what became of your copy,
    and when each is due.
    """
    from dayhand.report import table

    if shipped:
        _list_shipped(ctx, as_json=as_json)
        return
    entries = list(app_of(ctx).book.entries.values())
    if as_json:
        emit_json(
            [{**entry_json(e), "title": e.routine.title if e.routine else ""} for e in entries]
        )
        return
    rows = [
        (e.name, e.state, e.routine.title if e.routine else "see: dayhand check",
         _in_words(e.routine) if e.routine else "")
        for e in entries
    ]  # fmt: skip
    click.echo(table(("ROUTINE", "STATE", "TITLE", "WHEN"), rows))


def _list_shipped(ctx: click.Context, *, as_json: bool) -> None:
    from dayhand.report import table

    shelf = _shelf(ctx)
    read = [(one, _read(ctx, one)) for one in shelf.routines]
    if as_json:
        emit_json([_shipped_json(shelf, one, routine) for one, routine in read])
        return
    rows = [
        (one.activity, one.name, one.gate, shelf.state(one), _in_words(routine) if routine else "")
        for one, routine in read
    ]
    click.echo(table(("ACTIVITY", "ROUTINE", "GATE", "COPY", "WHEN"), rows))


def _read(ctx: click.Context, one: ShippedRoutine) -> Routine | None:
    from dayhand.document import read
    from dayhand.validation.routine import check_routine

    text = read(one.text, file=one.path.name)
    return check_routine(text, app_of(ctx).catalogue, file_stem=one.name).routine


def _in_words(routine: Routine) -> str:
    """When a routine is due; of many triggers the first ones, since `explain` tells them all."""
    from dayhand.explanation import when

    told = list(dict.fromkeys(when(trigger) for trigger in routine.triggers))
    more = len(told) - _MOST_TRIGGERS
    return "; ".join(told[:_MOST_TRIGGERS]) + (f"; {more} more" if more > 0 else "") or "by hand"


def _shipped_json(
    shelf: ShippedRoutines, one: ShippedRoutine, routine: Routine | None
) -> dict[str, Any]:
    when = [trigger.value for trigger in routine.triggers] if routine else []
    return {
        "activity": one.activity,
        "routine": one.name,
        "title": routine.title if routine else "",
        "when": ", ".join(when) or "by hand",
        "gate": one.gate,
        "phi": one.phi,
        "copy": shelf.state(one),
    }


@routines_command.command("add", epilog="Example: dayhand routines add ar-ageing")
@click.argument("names", metavar="ROUTINE...", nargs=-1, required=True)
@click.pass_context
def _add(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Copy shipped routines into the practice. Nothing is started."""
    shelf = _shelf(ctx)
    for routine in [shelf.find(name) for name in names]:
        file = shelf.add(routine)
        click.echo(f"wrote {app_of(ctx).book.shown(file)}")
    click.echo(f"next:  dayhand check, then  dayhand run {names[0]} --dry-run")


@routines_command.command("diff", epilog="Example: dayhand routines diff monthly-billing")
@click.argument("name", metavar="ROUTINE")
@click.pass_context
def _diff(ctx: click.Context, name: str) -> None:
    """Show how the practice's copy differs from the shipped text."""
    shelf = _shelf(ctx)
    found = shelf.diff(shelf.find(name))
    click.echo(found or f"{name} is as shipped")


@routines_command.command("update", epilog="Example: dayhand routines update --dry-run")
@click.argument("names", metavar="[ROUTINE...]", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Tell what would be done; write nothing.")
@click.option(
    "--take",
    type=click.Choice(["mine", "shipped"]),
    help="Where you and dayhand both changed a place: keep yours, or take the shipped one.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _update(
    ctx: click.Context, names: tuple[str, ...], dry_run: bool, take: Take | None, as_json: bool
) -> None:
    """Bring what is new in shipped routines into the practice's copies; your edits stay.

    Of each copy three texts are merged: what it was copied from, yours, and what is shipped now. Where
    both changed the same place it is shown, and the copy is left as it is until you choose with --take.
    """
    shelf = _shelf(ctx)
    wanted = [shelf.find(name) for name in names] if names else _copied(shelf)
    outcomes = [shelf.plan(one, take=take) for one in wanted]
    if not dry_run:
        for outcome in outcomes:
            if outcome.changes:
                shelf.apply(outcome)
        shelf.adopt()
    if as_json:
        emit_json([_as_json(one, dry_run=dry_run) for one in outcomes])
    else:
        _tell(outcomes, dry_run=dry_run)
    if any(one.refused for one in outcomes):
        ctx.exit(1)


def _copied(shelf: ShippedRoutines) -> list[ShippedRoutine]:
    return [one for one in shelf.routines if shelf.copy_of(one) is not None]


def _as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    return {
        "routine": outcome.routine.name,
        "state": outcome.state,
        "written": outcome.changes and not dry_run,
        "refused": outcome.refused,
        "conflicts": [
            {"line": one.line, "base": one.base, "mine": one.mine, "shipped": one.theirs}
            for one in outcome.conflicts
        ],
    }


def _tell(outcomes: list[Outcome], *, dry_run: bool) -> None:
    quiet = 0
    for outcome in outcomes:
        name = outcome.routine.name
        if outcome.refused:
            click.echo(f"{style(name, 'warning')}: left as it is: {outcome.refused}")
            _tell_conflicts(outcome)
            click.echo(f"  to choose:  dayhand routines update {name} --take mine   (or shipped)")
        elif outcome.changes:
            said = "would be updated" if dry_run else "updated"
            kept = ", your edits kept" if outcome.state.startswith("edited") else ""
            click.echo(f"{style(name, 'done')}: {said}{kept}")
        else:
            quiet += 1
    if quiet:
        click.echo(f"{quiet} routine{'s' * (quiet != 1)} up to date")


def _tell_conflicts(outcome: Outcome) -> None:
    for one in outcome.conflicts:
        click.echo(f"  line {one.line}:")
        for title, lines in (("yours", one.mine), ("shipped", one.theirs)):
            click.echo(f"    {title}:")
            for line in lines or ("(nothing)",):
                click.echo(f"      {line}")


def _shelf(ctx: click.Context) -> ShippedRoutines:
    from dayhand.app.shipped_routines import ShippedRoutines

    return ShippedRoutines(app_of(ctx))
