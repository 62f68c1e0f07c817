"""`dayhand completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dayhand.cli import cli

__all__ = ["completion_command"]


@click.command("completion", epilog='Example: eval "$(dayhand completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the completion script for your shell; put it into your shell's start-up file."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(cli, {}, "dayhand", "_DAYHAND_COMPLETE").source())
