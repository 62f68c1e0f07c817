"""`dayhand new`: files and projects to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from dayhand.cli import app_of
from dayhand.cli.new_routine import routine_command

__all__ = ["new_command"]


@click.group("new", epilog="Example: dayhand new plugin my_portal")
def new_command() -> None:
    """Make something to begin with."""


new_command.add_command(routine_command)


@new_command.command(
    "plugin", epilog="Example: dayhand new plugin my_portal --into ~/src/my-portal"
)
@click.argument("name")
@click.option("--into", metavar="DIR", help="The folder to make [default: dayhand-NAME, here].")
@click.pass_context
def plugin_command(ctx: click.Context, name: str, into: str | None) -> None:
    """Make a plugin's project, with a step of each kind and tests that pass."""
    from dayhand.scaffold import make_plugin

    app = app_of(ctx)
    chosen = into or f"dayhand-{name.replace('_', '-')}"
    folder = app.settings.working_folder / Path(chosen).expanduser()
    taken = tuple(plugin.name for plugin in app.catalogue.plugins)
    for line in make_plugin(name, folder, taken=taken):
        click.echo(f"wrote {line}")
    click.echo(
        f"\nNow, in {folder}:\n  pip install --only-binary :all: -e . pytest\n  pytest\n"
        "  dayhand plugins check .\n"
        f"  dayhand plugins approve {name}"
    )
