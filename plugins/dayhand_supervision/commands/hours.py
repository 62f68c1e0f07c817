"""Hours: kept, listed, imported, exported, counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from dayhand import (
    Day,
    Practice,
    UserError,
    json_option,
    pass_practice,
    put_out,
    show_json,
    show_table,
    write_rows,
)
from dayhand_supervision.commands.group import track_option
from dayhand_supervision.models import ENTRY_COLUMNS, Entry
from dayhand_supervision.rule_set import CATEGORIES

__all__ = ["COMMANDS"]


def _told(done: Any) -> None:
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")
    for held in done.held:
        click.echo(f"note: {held.on} {held.reference}: {held.reason}", err=True)


@click.command("add")
@click.option("--on", type=Day, help="The day; today if left out.")
@click.option("--minutes", type=click.IntRange(1, 1440), required=True, help="How long it took.")
@click.option("--category", type=click.Choice(CATEGORIES), required=True, help="What it was.")
@click.option("--setting", default="", help="The workplace; the track's own if left out.")
@click.option("--supervisor", default="", help="Who supervises; the track's own if left out.")
@click.option("--telehealth", is_flag=True, help="By video or phone.")
@click.option("--group-size", type=int, help="How many were in the group.")
@click.option("--topics", default="", help="What it was about; nothing of a client.")
@click.option("--reference", default="", help="Tells two rows of one day apart.")
@track_option
@pass_practice
def add(practice: Practice, *, on: date | None, track: str, **values: Any) -> None:
    """Keep hours.

    Example: dayhand supervision add --minutes 60 --category supervision_individual
    """
    from dayhand_supervision.intake import book_of, entry_of, settings_of

    name, settings = settings_of(practice).track(track)
    entry = entry_of(settings, on=on or practice.today, **values)
    with practice.transaction("keep supervised hours") as connection:
        done = book_of(practice, connection, name).put([entry])
    if done.held:
        raise UserError(
            f"the hours of {entry.on} stay: {done.held[0].reason}",
            hint="change them before they are signed; see: dayhand supervision logs",
        )
    _told(done)


@click.command("remove")
@click.argument("entry")
@track_option
@pass_practice
def remove(practice: Practice, *, entry: str, track: str) -> None:
    """Remove an ENTRY typed by mistake, unless its log is signed.

    Example: dayhand supervision remove H-000012
    """
    from dayhand_supervision.intake import book_of, settings_of

    name, _ = settings_of(practice).track(track)
    with practice.transaction(f"remove supervised hours {entry}") as connection:
        gone = book_of(practice, connection, name).remove(entry.strip().upper())
    click.echo(f"{entry} is removed: {gone.minutes} minutes of {gone.on}")


@click.command("list")
@click.option("--from", "start", type=Day, help="The first day.")
@click.option("--to", "end", type=Day, help="The last day.")
@track_option
@json_option
@pass_practice
def list_hours(
    practice: Practice, *, start: date | None, end: date | None, track: str, as_json: bool
) -> None:
    """List the hours kept, earliest first.

    Example: dayhand supervision list --from 2026-11-01 --json
    """
    from dayhand_supervision.intake import book_of, settings_of

    name, _ = settings_of(practice).track(track)
    with practice.connect() as connection:
        book = book_of(practice, connection, name)
        found = book.all(start, end)
    if as_json:
        show_json(found)
    elif not found:
        click.echo("no hours yet; keep some with 'dayhand supervision add'")
    else:
        show_table(
            ["id", "on", "minutes", "category", "setting", "supervisor", "reference"],
            [
                [e.id, str(e.on), str(e.minutes), e.category, e.setting, e.supervisor, e.reference]
                for e in found
            ],
        )


@click.command("import")
@click.argument("file")
@track_option
@pass_practice
def import_file(practice: Practice, *, file: str, track: str) -> None:
    """Keep all hours of a CSV FILE of the practice, or none if a row is wrong.

    Example: dayhand supervision import inbox/hours.csv
    """
    from dayhand_supervision.intake import take_in_file

    with practice.transaction("import supervised hours") as connection:
        done = take_in_file(practice, connection, file, track)
    _told(done)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@track_option
@pass_practice
def export(practice: Practice, *, file: Path | None, track: str) -> None:
    """Write the hours as CSV, to a FILE or to the screen.

    Example: dayhand supervision export hours.csv
    """
    from dayhand_supervision.intake import book_of, settings_of

    name, _ = settings_of(practice).track(track)
    with practice.connect() as connection:
        entries = book_of(practice, connection, name).all()
    put_out(write_rows(Entry, entries, columns=ENTRY_COLUMNS), file)


@click.command("progress")
@click.argument("track", required=False, default="")
@click.option("--on", type=Day, help="As of another day.")
@json_option
@pass_practice
def show_progress(practice: Practice, *, track: str, on: date | None, as_json: bool) -> None:
    """Tell how far a TRACK has come: what is asked, what does not count, when it is complete.

    Example: dayhand supervision progress --on 2026-12-31
    """
    from dayhand_supervision.progress_page import as_markdown, page
    from dayhand_supervision.tracks import progress_of

    found = progress_of(practice, track, on)
    if as_json:
        show_json(found)
    else:
        click.echo(as_markdown(page(found) | {"practice": practice.info.name}))


class _Hours(click.ParamType[Decimal]):
    name = "hours"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            number = Decimal(value)
        except ArithmeticError:
            number = Decimal("NaN")
        if not (number.is_finite() and 0 <= number <= 168):
            self.fail(f"'{value}' is no number of hours of a week", param, ctx)
        return number


@click.command("units")
@click.option("--direct", type=_Hours(), required=True, help="Direct hours of the week.")
@click.option("--stage", type=click.Choice(["trainee", "associate"]), default="associate")
@click.option("--rule-set", default="us-ca-lmft", show_default=True, help="By which rules.")
@json_option
@pass_practice
def show_units(
    practice: Practice, *, direct: Decimal, stage: str, rule_set: str, as_json: bool
) -> None:
    """Tell how many units of supervision a week in one setting needs.

    Example: dayhand supervision units --direct 10.25
    """
    from dayhand_supervision.counting import needed_of
    from dayhand_supervision.rule_book import rule_book

    rules = rule_book(practice).find(rule_set, on=practice.today)
    found = needed_of(rules, stage, direct)  # type: ignore[arg-type] # one of the choices
    if found is None:
        raise UserError(
            f"rule set '{rule_set}' says nothing of units for a {stage}",
            hint="'dayhand supervision rules list' shows the others",
        )
    if as_json:
        show_json(found)
        return
    average = ", on average to date" if found.averaged else ""
    click.echo(
        f"{found.needed} for {direct:f} direct hours{average}"
        f" ({rule_set}, as of {found.as_of}, confidence {found.confidence})"
    )


COMMANDS = (add, remove, list_hours, import_file, export, show_progress, show_units)
