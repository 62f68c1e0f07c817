"""`dayhand plans`: treatment plans, their goals and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click
from pydantic import ValidationError

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
from dayhand_journal.plan_models import PlanRow

__all__ = ["plans"]

_HIDDEN = "•••"
_FILE = "treatment_plans.csv"


@click.group()
def plans() -> None:
    """Treatment plans: goals, reviews.

    Example: dayhand plans list
    """


@plans.command("list")
@click.option("--client", "client_id", default="", help="Only this client, such as C-0017.")
@json_option
@pass_practice
def list_plans(practice: Practice, *, client_id: str, as_json: bool) -> None:
    """List the plans, without what they say.

    Example: dayhand plans list --client C-0017
    """
    from dayhand_journal import plan_store

    with practice.connect() as connection:
        found = plan_store.all_plans(connection, [client_id] if client_id else None)
    rows = [
        {
            "id": plan.id,
            "client_id": plan.client_id,
            "initials": plan.initials,
            "made_on": str(plan.made_on),
            "reviewed_on": str(plan.reviews[-1]) if plan.reviews else "",
            "active_goals": str(sum(goal.state == "active" for goal in plan.goals)),
            "ended_on": str(plan.ended_on or ""),
        }
        for plan in found
    ]
    if as_json:
        show_json(rows)
    elif rows:
        head = ("plan", "client", "initials", "made", "reviewed", "goals", "ended")
        show_table(head, [tuple(row.values()) for row in rows])
    else:
        click.echo("no treatment plans; keep one with 'dayhand plans add'")


@plans.command()
@click.argument("plan")
@click.option("--reveal", is_flag=True, help="Show what it says; the audit log notes it.")
@pass_practice
def show(practice: Practice, *, plan: str, reveal: bool) -> None:
    """Show a PLAN by its id, or the latest one of a client.

    Example: dayhand plans show T-000003 --reveal
    """
    from dayhand_journal import plan_store

    opened = practice.transaction(f"reveal plan {plan}") if reveal else practice.connect()
    with opened as connection:
        found = plan_store.require(connection, plan)

    def said(text: str) -> str:
        return str(text) if reveal or not text else _HIDDEN

    click.echo(f"{found.id}  {found.initials} {found.client_id}, made {found.made_on}")
    click.echo(f"reviewed {', '.join(map(str, found.reviews)) or 'not yet'}")
    click.echo(f"diagnoses {said('; '.join(found.diagnoses))}")
    click.echo(f"problem {said(found.problem)}")
    for goal in found.goals:
        state = goal.state if goal.changed_on is None else f"{goal.state} since {goal.changed_on}"
        click.echo(f"{goal.n}. {said(goal.goal)} ({state})")
        for name in ("objective", "intervention"):
            if getattr(goal, name):
                click.echo(f"   {name}: {said(getattr(goal, name))}")


@plans.command()
@click.argument("client_id", metavar="CLIENT")
@click.option("--goal", "goals", multiple=True, help="A goal; repeatable. Asked for if left out.")
@click.option("--diagnosis", "codes", multiple=True, help="An ICD-10-CM code; repeatable.")
@click.option("--problem", default="", help="What it is about.")
@click.option("--initials", default="", help="The client's initials, for the lists.")
@click.option("--made-on", type=Day, help="The day; today if left out.")
@click.option("--review-by", type=Day, help="A day before the usual interval is over.")
@pass_practice
def add(
    practice: Practice,
    *,
    client_id: str,
    goals: Sequence[str],
    codes: Sequence[str],
    problem: str,
    initials: str,
    made_on: date | None,
    review_by: date | None,
) -> None:
    """Keep a plan of CLIENT; one from before ends the day before.

    Example: dayhand plans add C-0017 --diagnosis F60.3 --goal "Sleep six hours a night"
    """
    from dayhand_journal import plan_store

    said = list(goals) or [click.prompt("A goal")]
    on = made_on or practice.today
    try:
        rows = [
            PlanRow(
                client_id=client_id,
                initials=initials,
                made_on=on,
                review_by=review_by,
                diagnoses=";".join(codes),
                problem=problem,
                n=number,
                goal=goal,
            )
            for number, goal in enumerate(said, 1)
        ]
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]).replace("_", "-") for one in error.errors()})
        raise UserError(
            f"the plan cannot be kept: look at {', '.join(fields)}",
            hint="a client's id is such as C-0017, and a goal has text",
        ) from error
    with practice.transaction(f"keep a treatment plan of {client_id}") as connection:
        plan_store.end_before(connection, client_id, on)
        plan_store.put(connection, rows)
        kept = plan_store.require(connection, client_id)
    click.echo(f"{kept.id} is kept, with {len(said)} goals")


@plans.command()
@click.argument("plan")
@click.argument("number", type=int)
@click.argument("state", type=click.Choice(["active", "met", "dropped"]))
@click.option("--on", type=Day, help="Since when; today if left out.")
@pass_practice
def goal(practice: Practice, plan: str, number: int, state: str, on: date | None) -> None:
    """Say what became of goal NUMBER of a PLAN.

    Example: dayhand plans goal T-000003 2 met
    """
    from dayhand_journal import plan_store

    with practice.transaction(f"goal {number} of {plan} is {state}") as connection:
        found = plan_store.require(connection, plan)
        day = on or practice.today
        plan_store.set_goal(connection, found.id, number, state, day)
    click.echo(f"goal {number} of {found.id} is {state}")


@plans.command()
@click.argument("plan")
@click.option("--on", type=Day, help="The day; today if left out.")
@click.option("--text", default="", help="What you found.")
@pass_practice
def review(practice: Practice, plan: str, on: date | None, text: str) -> None:
    """Note that a PLAN was reviewed: its interval begins anew.

    Example: dayhand plans review T-000003
    """
    from dayhand_journal import plan_store

    day = on or practice.today
    with practice.transaction(f"review plan {plan}") as connection:
        found = plan_store.require(connection, plan)
        if day < found.made_on or day > practice.today:
            raise UserError(
                f"a review of {found.id} is between {found.made_on} and today",
                hint="give such a day with --on",
            )
        plan_store.review(connection, found.id, day, text)
    click.echo(f"{found.id} was reviewed on {day}")
    paper = f"dayhand paperwork add {found.client_id} treatment_plan --signed-on {day}"
    click.echo(f"if the client signed it: {paper}")


@plans.command("import")
@click.argument("file")
@pass_practice
def import_plans(practice: Practice, file: str) -> None:
    """Keep all plans of a CSV FILE, a row for each goal; or none if a row is wrong.

    Example: dayhand plans import records/treatment_plans.csv
    """
    from dayhand_journal import plan_store

    rows = read_rows(PlanRow, file_bytes(file), file)
    with practice.transaction("import treatment plans") as connection:
        new, goals = plan_store.put(connection, rows)
    click.echo(f"{counted(len(rows), 'row')}: {new} new plans, {goals} new goals")


@plans.command()
@click.argument("file", required=False)
@pass_practice
def export(practice: Practice, file: str | None) -> None:
    """Write all plans as CSV to a FILE under out/, or to the screen with '-'.

    It holds client data in the clear; the audit log notes it.

    Example: dayhand plans export
    """
    from dayhand_journal import plan_store

    with practice.transaction("export treatment plans") as connection:
        rows = plan_store.rows_of(plan_store.all_plans(connection))
    put_out(practice, file, _FILE, write_rows(PlanRow, rows), len(rows))


def file_bytes(file: str) -> bytes:
    """What a file holds.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UserError(
            f"{file} cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error


def put_out(practice: Practice, file: str | None, usual: str, text: str, rows: int) -> None:
    """Write an export under out/, or to the screen."""
    if file == "-":
        click.echo(text.lstrip("\ufeff"), nl=False)
        return
    written = practice.files.write(file or f"exports/{usual}", text)
    click.echo(f"wrote {counted(rows, 'row')} to {written.path}")
