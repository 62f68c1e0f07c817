"""Submissions: kept, listed, removed, imported, exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from dayhand import (
    Day,
    Practice,
    checked,
    json_option,
    pass_practice,
    put_out,
    read_rows,
    show_json,
    show_table,
    write_rows,
)
from dayhand_writing.models import SUBMISSION_COLUMNS, Submission, SubmissionStatus

__all__ = ["submissions"]


@click.group()
def submissions() -> None:
    """What is on its way to journals, editors and conferences.

    Example: dayhand writing submissions list
    """


@submissions.command("add")
@click.argument("title")
@click.option("--venue", default="", help="The journal, press or conference.")
@click.option("--kind", default="article", show_default=True)
@click.option("--status", type=click.Choice(get_args(SubmissionStatus)), default="planned",
              show_default=True)  # fmt: skip
@click.option("--due", "due_on", type=Day, help="The deadline.")
@click.option("--submitted", "submitted_on", type=Day, help="The day it was sent.")
@click.option("--decided", "decided_on", type=Day, help="The day of the decision.")
@click.option("--project", default="", help="The writing project it comes from.")
@click.option("--note", default="")
@pass_practice
def add(practice: Practice, **values: Any) -> None:
    """Keep a submission; the same TITLE to the same venue again changes it.

    Example: dayhand writing submissions add "Endings" --venue "Brief Work" --due 2027-01-15
    """
    from dayhand_writing.tables import put_submissions

    one = checked(Submission, "the submission", **values)
    with practice.transaction("keep a submission") as connection:
        done = put_submissions(connection, [one])
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")


@submissions.command("list")
@click.option("--all", "everything", is_flag=True, help="Those at their end too.")
@json_option
@pass_practice
def list_submissions(practice: Practice, *, everything: bool, as_json: bool) -> None:
    """List the submissions, most urgent first.

    Example: dayhand writing submissions list --json
    """
    from dayhand_writing.desk import open_submissions
    from dayhand_writing.tables import all_submissions

    if everything:
        with practice.connect() as connection:
            found = all_submissions(connection)
    else:
        found = open_submissions(practice)
    if as_json:
        show_json(found)
    elif not found:
        click.echo("no submissions; keep one with 'dayhand writing submissions add'")
    else:
        show_table(
            ["id", "status", "due", "title", "venue", ""],
            [[o.id, o.status, o.due_on or "", o.title, o.venue, o.problem] for o in found],
        )


@submissions.command("remove")
@click.argument("submission")
@pass_practice
def remove(practice: Practice, *, submission: str) -> None:
    """Remove a SUBMISSION typed by mistake.

    Example: dayhand writing submissions remove W-000003
    """
    from dayhand_writing.tables import remove_submission

    with practice.transaction(f"remove the submission {submission}") as connection:
        remove_submission(connection, submission.strip().upper())
    click.echo(f"{submission} is removed")


@submissions.command("import")
@click.argument("file")
@pass_practice
def import_submissions(practice: Practice, *, file: str) -> None:
    """Keep all submissions of a CSV FILE of the practice, or none if a row is wrong.

    Example: dayhand writing submissions import inbox/submissions.csv
    """
    from dayhand_writing.tables import put_submissions

    rows = read_rows(Submission, practice.files.read(file), file, columns=SUBMISSION_COLUMNS)
    with practice.transaction("import submissions") as connection:
        done = put_submissions(connection, rows)
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")


@submissions.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@pass_practice
def export_submissions(practice: Practice, *, file: Path | None) -> None:
    """Write the submissions as CSV, to a FILE or to the screen.

    Example: dayhand writing submissions export submissions.csv
    """
    from dayhand_writing.tables import all_submissions

    with practice.connect() as connection:
        put_out(
            write_rows(Submission, all_submissions(connection), columns=SUBMISSION_COLUMNS), file
        )
