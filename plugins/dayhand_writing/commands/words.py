"""Words by day: counted, listed, imported, exported."""

from __future__ import annotations

from pathlib import Path

import click

from dayhand import (
    Practice,
    json_option,
    pass_practice,
    put_out,
    read_rows,
    show_json,
    show_table,
    write_rows,
)

__all__ = ["words"]


@click.group()
def words() -> None:
    """The words of your drafts, day by day.

    Example: dayhand writing words log
    """


@words.command("log")
@click.argument("projects", nargs=-1)
@click.option("--back", type=click.IntRange(0, 3660), default=14, show_default=True,
              help="Days of a git history to look at.")  # fmt: skip
@pass_practice
def log_words(practice: Practice, *, projects: tuple[str, ...], back: int) -> None:
    """Count the words of PROJECTS, or of all, and keep them.

    Example: dayhand writing words log grief-paper
    """
    from dayhand_writing.desk import counts_of
    from dayhand_writing.tables import put_counts

    counts = counts_of(practice, projects, back, [])
    with practice.transaction("keep word counts") as connection:
        done = put_counts(connection, counts)
    for one in counts:
        click.echo(f"{one.project}  {one.on}  {one.words} words")
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")


@words.command("list")
@click.option("--back", type=click.IntRange(1, 3660), default=28, show_default=True, help="Days.")
@json_option
@pass_practice
def list_words(practice: Practice, *, back: int, as_json: bool) -> None:
    """Tell how each project has grown.

    Example: dayhand writing words list --back 90
    """
    from dayhand_writing.desk import progress_of

    found = progress_of(practice, back)
    if as_json:
        show_json(found)
    elif not found:
        click.echo("no words yet; name a project under writing: projects: in practice.yaml")
    else:
        show_table(
            ["project", "words", "added", "days", "minutes", "last"],
            [[p.project, p.words, p.added, p.days_written, p.minutes, p.last or ""] for p in found],
        )


@words.command("import")
@click.argument("file")
@pass_practice
def import_words(practice: Practice, *, file: str) -> None:
    """Keep all word counts of a CSV FILE of the practice, or none if a row is wrong.

    Example: dayhand writing words import inbox/words.csv
    """
    from dayhand_writing.models import DayCount
    from dayhand_writing.tables import put_counts

    rows = read_rows(DayCount, practice.files.read(file), file)
    with practice.transaction("import word counts") as connection:
        done = put_counts(connection, rows)
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")


@words.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@pass_practice
def export_words(practice: Practice, *, file: Path | None) -> None:
    """Write the word counts as CSV, to a FILE or to the screen.

    Example: dayhand writing words export words.csv
    """
    from dayhand_writing.models import DayCount
    from dayhand_writing.tables import all_counts

    with practice.connect() as connection:
        put_out(write_rows(DayCount, all_counts(connection)), file)
