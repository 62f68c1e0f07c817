"""`dayhand notify`."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import Any

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json, style
from dayhand.errors import UserError

__all__ = ["notify_command"]

_MARKS = {"ok": ("✓", "done"), "warning": ("!", "warning"), "failure": ("✗", "error")}
_LEVELS = {"told": "ok", "unclear": "warning", "failed": "failure"}


@click.command("notify", epilog="Example: dayhand notify --test")
@click.option("--test", is_flag=True, help="Send a trial notice by each way.")
@click.option("--way", "only", metavar="NAME", help="Only this way, such as webhook.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def notify_command(ctx: click.Context, test: bool, only: str | None, as_json: bool) -> None:
    """Show the ways by which you are told that something waits or failed; try them with --test.

    Exit code 1 if a way fails.
    """
    from dayhand.app.ways import ways_of

    app = app_of(ctx)
    _ = app.info  # with mistakes in practice.yaml nobody knows which ways are meant
    ways = ways_of(app)
    names = [way.name for way in ways]
    if only is not None and only not in names:
        raise UserError(f"notify names no way '{only}'", hint=f"there are: {', '.join(names)}")
    chosen = [way for way in ways if only in (None, way.name)]
    found = asyncio.run(_try(chosen)) if test else [(w.name, asdict(w.examine())) for w in chosen]
    if as_json:
        emit_json([{"way": name, **told} for name, told in found])
    else:
        _show(found)
    ctx.exit(1 if any(told["level"] == "failure" for _, told in found) else 0)


async def _try(ways: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    from dayhand.app.notice import Notice

    found = []
    for way in ways:
        notice = Notice(
            f"test/{secrets.token_hex(8)}", "dayhand: a trial notice",
            "You would be told like this that a routine waits for you or has failed.",
        )  # fmt: skip
        told = await way.tell(notice)
        message = {"told": "told", "unclear": "may have been told"}.get(told.state, "not told")
        because = f": {told.reason}" if told.reason else ""
        found.append(
            (way.name, {"level": _LEVELS[told.state], "message": f"{way.name}: {message}{because}",
                        "hint": "see notify in practice.yaml" if told.state == "failed" else ""})
        )  # fmt: skip
    return found


def _show(found: list[tuple[str, dict[str, Any]]]) -> None:
    for _, told in found:
        click.echo(f"{style(*_MARKS[told['level']])} {told['message']}")
        if told["hint"]:
            click.echo(f"    hint: {told['hint']}")
