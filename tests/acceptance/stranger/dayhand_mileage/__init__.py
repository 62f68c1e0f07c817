"""Miles driven to home visits: kept, counted, written down. It uses what any stranger may use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
import sqlalchemy as sa
from pydantic import BaseModel, Field

from dayhand import (
    Effect,
    Practice,
    Settings,
    Step,
    StepContext,
    Tables,
    WrittenFile,
    hookimpl,
    pass_practice,
    step,
)

metadata = sa.MetaData()
drives = sa.Table(
    "mileage_drives",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("driven_on", sa.Date, nullable=False),
    sa.Column("miles", sa.Integer, nullable=False),
)


class MileageSettings(BaseModel):
    """The section `mileage` of practice.yaml."""

    rate: Decimal = Field(Decimal("0.70"), description="What a mile is worth.")


class Total(BaseModel):
    """Miles so far."""

    miles: int
    worth: Decimal


@step("mileage.keep", effect=Effect.RECORD, summary="Keep a drive")
def keep(context: StepContext, *, on: date, miles: int) -> int:
    """Keep a drive; its number."""
    with context.connect() as connection:
        done = connection.execute(drives.insert().values(driven_on=on, miles=miles))
        return int(done.inserted_primary_key[0])


@step("mileage.total", effect=Effect.READ, summary="Count the miles")
def total(context: StepContext) -> Total:
    """Count the miles."""
    return count(context)


@step("mileage.sheet", effect=Effect.WRITE, summary="Write the miles down")
async def sheet(context: StepContext, *, total: Total) -> WrittenFile:
    """Write the miles down."""
    return context.files.write("mileage.txt", f"{total.miles} miles, {total.worth}\n")


def count(practice: Practice) -> Total:
    with practice.connect() as connection:
        miles = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(drives.c.miles), 0))
        ).scalar_one()
    return Total(miles=miles, worth=miles * practice.settings.rate)


@click.command("mileage")
@click.option("--stumble", is_flag=True, help="Show what a bug looks like.")
@pass_practice
def command(practice: Practice, stumble: bool) -> None:
    """Show the miles."""
    if stumble:
        raise ZeroDivisionError
    click.echo(f"{count(practice).miles} miles")


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    return [keep, total, sheet]


@hookimpl
def dayhand_settings() -> Settings:
    return Settings("mileage", lambda: MileageSettings)


@hookimpl
def dayhand_tables() -> Tables:
    return Tables("mileage", lambda: metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    return [command]
