"""`dayhand measures`: which client is given what, and the scores."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from pydantic import BaseModel, ValidationError

from dayhand import (
    Day,
    Practice,
    UserError,
    counted,
    json_option,
    pass_practice,
    read_rows,
    show_json,
    show_table,
    write_rows,
)
from dayhand_journal.plan_commands import file_bytes, put_out
from dayhand_journal.plan_models import MeasureRow, ScoreRow
from dayhand_journal.settings import MeasureSettings

__all__ = ["measures"]

_KINDS: dict[str, type[BaseModel]] = {"scores": ScoreRow, "measures": MeasureRow}
_kind = click.option(
    "--kind",
    type=click.Choice(list(_KINDS)),
    default="scores",
    show_default=True,
    help="What the file holds.",
)


@click.group()
def measures() -> None:
    """Measures: which are due, and how the scores go. dayhand carries their names, no questions.

    Example: dayhand measures due
    """


@measures.command()
@click.argument("client_id", metavar="CLIENT")
@click.argument("measure")
@click.option(
    "--every", type=click.IntRange(1, 730), help="In days; as the settings say if left out."
)
@click.option("--since", type=Day, help="First due on this day; today if left out.")
@click.option("--initials", default="", help="The client's initials, for the lists.")
@pass_practice
def give(
    practice: Practice,
    *,
    client_id: str,
    measure: str,
    every: int | None,
    since: date | None,
    initials: str,
) -> None:
    """Give CLIENT a MEASURE from now on.

    Example: dayhand measures give C-0017 PHQ-9 --every 14 --initials AM
    """
    from dayhand_journal import measure_store

    usual = practice.settings.measures.get(measure, MeasureSettings()).every
    row = _row(
        MeasureRow,
        client_id=client_id,
        measure=measure,
        initials=initials,
        every_days=every or usual.days,
        since=since or practice.today,
    )
    with practice.transaction(f"give {client_id} a measure") as connection:
        measure_store.put_cadences(connection, [row])
    click.echo(f"{client_id} is given {measure} every {row.every_days} days")


def _row(model: Any, **values: Any) -> Any:
    try:
        return model(**values)
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]).replace("_", "-") for one in error.errors()})
        raise UserError(
            f"it cannot be kept: look at {', '.join(fields)}",
            hint="a client's id is such as C-0017, a measure's name has up to 40 characters",
        ) from error


@measures.command()
@click.argument("client_id", metavar="CLIENT")
@click.argument("measure")
@click.option("--on", type=Day, help="The last day; today if left out.")
@pass_practice
def stop(practice: Practice, client_id: str, measure: str, on: date | None) -> None:
    """Give CLIENT a MEASURE no longer.

    Example: dayhand measures stop C-0017 PHQ-9
    """
    from dayhand_journal import measure_store

    with practice.transaction(f"stop a measure of {client_id}") as connection:
        measure_store.stop(connection, client_id, measure, on or practice.today)
    click.echo(f"{client_id} is no longer given {measure}")


@measures.command()
@click.argument("client_id", metavar="CLIENT")
@click.argument("measure")
@click.argument("value", type=click.IntRange(0, 1000), metavar="SCORE")
@click.option("--on", type=Day, help="The day; today if left out.")
@pass_practice
def score(practice: Practice, client_id: str, measure: str, value: int, on: date | None) -> None:
    """Keep a SCORE of CLIENT; another one of the same day takes its place.

    Example: dayhand measures score C-0017 PHQ-9 12
    """
    from dayhand_journal import measure_store

    day = on or practice.today
    row = _row(ScoreRow, client_id=client_id, measure=measure, on=day, score=value)
    with practice.transaction(f"keep a score of {client_id}") as connection:
        measure_store.put_scores(connection, [row], practice.settings.measures, practice.today)
    click.echo("the score is kept")


@measures.command("list")
@click.option("--client", "client_id", default="", help="Only this client.")
@json_option
@pass_practice
def list_measures(practice: Practice, *, client_id: str, as_json: bool) -> None:
    """List which client is given what.

    Example: dayhand measures list
    """
    from dayhand_journal import measure_store

    with practice.connect() as connection:
        found = measure_store.cadences(connection, [client_id] if client_id else None)
    if as_json:
        show_json(found)
        return
    rows = [("client", "initials", "measure", "every", "since", "until")]
    for one in found:
        every = f"{one.every_days} days"
        until = str(one.until or "")
        rows.append((one.client_id, one.initials, one.measure, every, str(one.since), until))
    show_table(rows[0], rows[1:]) if found else click.echo(
        "no measures; begin with 'dayhand measures give'"
    )


@measures.command()
@click.option("--client", "client_id", default="", help="Only this client.")
@json_option
@pass_practice
def due(practice: Practice, *, client_id: str, as_json: bool) -> None:
    """List the measures by the day they are due, without scores.

    Example: dayhand measures due --json
    """
    from datetime import timedelta

    from dayhand_journal import measure_store

    with practice.connect() as connection:
        found = measure_store.due(
            connection,
            practice.settings.measures,
            practice.today,
            client_ids=[client_id] if client_id else None,
            within=timedelta(0),
        )
    rows = [one.model_dump(exclude={"scores", "change", "trend", "maximum"}) for one in found]
    if as_json:
        show_json(rows)
        return
    lines = [("due", "days left", "client", "initials", "measure")]
    lines += [
        (str(one.due_on), str(one.days_left), one.client_id, one.initials, one.measure)
        for one in found
    ]
    show_table(lines[0], lines[1:]) if found else click.echo("nothing is due")


@measures.command("import")
@click.argument("file")
@_kind
@pass_practice
def import_file(practice: Practice, file: str, kind: str) -> None:
    """Keep all scores of a CSV FILE, or none if a row is wrong.

    Example: dayhand measures import scores.csv
    """
    from dayhand_journal import measure_store

    data = file_bytes(file)
    with practice.transaction(f"import {kind}") as connection:
        if kind == "measures":
            rows = read_rows(MeasureRow, data, file)
            click.echo(
                f"{counted(len(rows), 'row')}: {measure_store.put_cadences(connection, rows)} new"
            )
            return
        taken = measure_store.put_scores(
            connection,
            read_rows(ScoreRow, data, file),
            practice.settings.measures,
            practice.today,
        )
    click.echo(f"{counted(taken.rows, 'row')}: {taken.new} new, {taken.changed} changed")


@measures.command()
@click.argument("file", required=False)
@_kind
@pass_practice
def export(practice: Practice, file: str | None, kind: str) -> None:
    """Write the scores as CSV to a FILE under out/, or to the screen with '-'.

    It holds client data in the clear; the audit log notes it.

    Example: dayhand measures export --kind measures
    """
    from dayhand_journal import measure_store

    with practice.transaction(f"export {kind}") as connection:
        if kind == "scores":
            rows: Any = measure_store.score_rows(connection)
        else:
            rows = measure_store.cadences(connection)
    put_out(practice, file, f"{kind}.csv", write_rows(_KINDS[kind], rows), len(rows))
