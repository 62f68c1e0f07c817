"""`dayhand init`, and `pass_practice` for plugins' commands."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from dayhand.cli import app_of
from dayhand.errors import UserError

__all__ = ["init_command", "pass_practice"]

R = TypeVar("R")


def pass_practice(function: Callable[..., R]) -> Callable[..., R]:
    """Hand a plugin's command the practice as its first argument.

    The practice is scoped to the plugin the function's module belongs to: `practice.settings` is
    that plugin's section. In tests, pass a `Practice` as click's `obj`.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> R:
        ctx = click.get_current_context()
        given = ctx.find_root().obj if ctx.obj is None else ctx.obj
        if given is not None and hasattr(given, "connect"):
            return function(given, *args, **kwargs)
        app = app_of(ctx)
        return function(app.context(_plugin_of(app, function.__module__)), *args, **kwargs)

    return wrapper


def _plugin_of(app: Any, module: str) -> str:
    package = module.partition(".")[0]
    for plugin in app.catalogue.plugins:
        if plugin.module.partition(".")[0] == package:
            return str(plugin.name)
    raise UserError(
        f"no installed plugin brings {package}",
        hint="'dayhand plugins' tells which are left out, and why",
    )


@click.command("init", epilog="Example: dayhand init --sample lakeside")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--sample",
    is_flag=True,
    help="Fill it with a fictional practice of 27 clients and a year of sessions.",
)
@click.option("--name", help="The practice's name.")
@click.option("--clinician", help="Your name, as on your licence.")
@click.option("--timezone", help="An IANA name such as America/New_York [default: this machine's].")
@click.option(
    "--activities",
    metavar="A,B",
    help="Copy the routines of these activities only, such as administration,supervision.",
)
@click.option("--all", "everything", is_flag=True, help="Copy every routine; do not ask.")
@click.option("--currency", default="USD", show_default=True, help="An ISO 4217 code.")
@click.option(
    "--database",
    metavar="ADDRESS",
    help="Keep the database on a PostgreSQL server: postgresql://user@host/name.",
)
@click.option(
    "--database-password",
    metavar="WHERE",
    help="Where its password is: env:NAME, file:PATH, keyring:SERVICE/USER, credential:NAME"
    " [default: PostgreSQL's password file].",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    hidden=True,
    help="The day the sample is made for.",
)
@click.pass_context
def init_command(
    ctx: click.Context, folder: Path, sample: bool, name: str | None, clinician: str | None,
    timezone: str | None, activities: str | None, everything: bool, currency: str,
    database: str | None, database_password: str | None, today: datetime | None,
) -> None:  # fmt: skip
    """Make a practice in FOLDER: settings, routines, an encrypted database and its key.

    On a terminal it asks which activities you want routines for; elsewhere it copies all of them. Others
    can be added at any time with 'dayhand routines add'.
    """
    from dayhand.app.database_place import DatabasePlace
    from dayhand.app.founding import found

    if database_password and not database:
        raise UserError("--database-password needs --database", hint="dayhand init --help")
    place = DatabasePlace.read(database, database_password) if database else None
    wanted = None if everything or (sample and activities is None) else _activities(activities)
    day = today.date() if today else None
    for line in found(
        app_of(ctx), folder, sample=sample, name=name, clinician=clinician,
        timezone=timezone, currency=currency, today=day, activities=wanted, database=place,
    ):  # fmt: skip
        click.echo(line)


def _activities(text: str | None) -> list[str] | None:
    """The activities that were named, or that a person chooses; None for all of them."""
    from dayhand.app.shipped_routines import activities

    if text is None and not sys.stdin.isatty():
        return None
    if text is not None:
        return _named(text, [])
    known = activities()
    click.echo("Which activities do you want routines for?")
    for place, name in enumerate(known, 1):
        click.echo(f"  {place}  {name.replace('-', ' ')}")
    text = click.prompt("Numbers or names with commas between, or 'all'", default="all")
    return None if text.strip() == "all" else _named(text, known)


def _named(text: str, known: list[str]) -> list[str]:
    given = [part.strip() for part in text.split(",") if part.strip()]
    return [
        known[int(one) - 1] if one.isdigit() and 0 < int(one) <= len(known) else one
        for one in given
    ]
