"""`dayhand reading`: the list, what to read next, and what was read."""

from __future__ import annotations

from datetime import date
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

__all__ = ["reading"]


def _told(done: Any) -> None:
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")
    for one in done.refused:
        click.echo(f"note: {one} has no title; 'dayhand reading add --fetch' looks it up", err=True)


@click.group()
def reading() -> None:
    """The reading list: what to read next, and what was read.

    Example: dayhand reading pick
    """


@reading.command()
@click.argument("file")
@click.option(
    "--fetch", "look_up", is_flag=True, help="Look up what is missing, at Crossref and PubMed."
)
@pass_practice
def add(practice: Practice, *, file: str, look_up: bool) -> None:
    """Put the citations in a FILE of the practice into the list: .bib, .ris, or DOIs in a .txt.

    Example: dayhand reading add inbox/papers/new.bib
    """
    from dayhand_reading import tables
    from dayhand_reading.desk import parsed

    citations = parsed(practice, file)
    if look_up:
        # the library for HTTP is loaded only where something is looked up
        from dayhand_reading.web import fetch

        found = fetch(practice, citations)
        citations = found.items
        for problem in found.problems:
            click.echo(f"note: {problem}", err=True)
    with practice.transaction("put citations into the reading list") as connection:
        done = tables.add(connection, citations, practice.today)
    _told(done)


@reading.command("list")
@click.option("--status", type=click.Choice(["queued", "reading", "done", "dropped"]))
@json_option
@pass_practice
def list_items(practice: Practice, *, status: str | None, as_json: bool) -> None:
    """List everything, in the order it was added.

    Example: dayhand reading list --status queued
    """
    from dayhand_reading.queue import items_of

    found = [one for one in items_of(practice) if status in (None, one.status)]
    if as_json:
        show_json(found)
    elif not found:
        click.echo("nothing yet; 'dayhand reading add FILE' takes in .bib and .ris files")
    else:
        show_table(
            ["id", "status", "year", "topics", "title"],
            [[o.id, o.status, o.year or "", ", ".join(o.topics), o.title] for o in found],
        )


@reading.command()
@click.option("--count", type=click.IntRange(1, 50), default=3, show_default=True)
@json_option
@pass_practice
def pick(practice: Practice, *, count: int, as_json: bool) -> None:
    """Tell what to read next, and why. Nothing is changed.

    Example: dayhand reading pick --count 5
    """
    from dayhand_reading.queue import items_of, settings_of
    from dayhand_reading.queue import pick as picked

    found = picked(items_of(practice), settings_of(practice).topics, practice.today, count)
    if as_json:
        show_json(found)
        return
    for one in found:
        click.echo(f"{one.item.id}  {one.item.title}\n          {one.why}")
    if not found:
        click.echo("nothing is queued")


@reading.command()
@click.argument("item")
@click.option("--on", "finished_on", type=Day, help="The day; today if left out.")
@click.option("--minutes", type=click.IntRange(1, 100_000), help="How long it took.")
@click.option(
    "--reflection", help="What it changes in your practice; boards that credit reading ask it."
)
@pass_practice
def done(practice: Practice, *, item: str, finished_on: date | None, **values: Any) -> None:
    """Note that an ITEM was read. The note's own file may say the same.

    Example: dayhand reading done R-000003 --minutes 40
    """
    from dayhand_reading import tables
    from dayhand_reading.desk import finished_item

    day = finished_on or practice.today
    if day > practice.today:
        raise UserError(
            f"{day.isoformat()} is still to come", hint="give the day on which it was read: --on"
        )
    given = {name: value for name, value in values.items() if value is not None}
    with practice.transaction(f"note that {item} was read") as connection:
        one = finished_item(tables.find(connection, item), finished_on=day, **given)
        tables.update(connection, one)
    click.echo(f"{one.id} was read on {day.isoformat()}")


@reading.command()
@click.argument("item")
@pass_practice
def drop(practice: Practice, *, item: str) -> None:
    """Take an ITEM off the queue; it stays in the list as dropped.

    Example: dayhand reading drop R-000007
    """
    from dayhand_reading import tables

    with practice.transaction(f"drop {item} from the reading list") as connection:
        one = tables.find(connection, item)
        if one.status == "done":
            raise UserError(
                f"{one.id} was read, and stays",
                hint="nothing is to be done: what was read is not in the queue",
            )
        tables.update(connection, one.model_copy(update={"status": "dropped"}))
    click.echo(f"{one.id} is dropped")


@reading.command("import")
@click.argument("file")
@pass_practice
def import_file(practice: Practice, *, file: str) -> None:
    """Keep all items of a CSV FILE of the practice, or none if a row is wrong.

    Example: dayhand reading import inbox/reading.csv
    """
    from dayhand_reading import tables
    from dayhand_reading.queue import read_items

    rows = [
        one.model_copy(update={"added_on": one.added_on or practice.today})
        for one in read_items(practice, file)
    ]
    with practice.transaction("import the reading list") as connection:
        kept = tables.put_items(connection, rows)
    _told(kept)


@reading.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@pass_practice
def export(practice: Practice, *, file: Path | None) -> None:
    """Write the list as CSV, to a FILE or to the screen.

    Example: dayhand reading export reading.csv
    """
    from dayhand_reading.models import ITEM_COLUMNS, Item
    from dayhand_reading.queue import items_of

    text = write_rows(Item, items_of(practice), columns=ITEM_COLUMNS)
    put_out(text, file)
