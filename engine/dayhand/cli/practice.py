"""`dayhand init`, and `pass_practice` for plugins' commands."""

from __future__ import annotations

import functools
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
    raise UserError(f"no installed plugin brings {package}")


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
@click.option("--currency", default="USD", show_default=True, help="An ISO 4217 code.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    hidden=True,
    help="The day the sample is made for.",
)
@click.pass_context
def init_command(
    ctx: click.Context, folder: Path, sample: bool, name: str | None, clinician: str | None,
    timezone: str | None, currency: str, today: datetime | None,
) -> None:  # fmt: skip
    """Make a practice in FOLDER: settings, routines, an encrypted database and its key."""
    from dayhand.app.founding import found

    day = today.date() if today else None
    for line in found(
        app_of(ctx), folder, sample=sample, name=name, clinician=clinician,
        timezone=timezone, currency=currency, today=day,
    ):  # fmt: skip
        click.echo(line)
