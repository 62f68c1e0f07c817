"""`dayhand effects`."""

from __future__ import annotations

from typing import get_args

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.model.run import EffectState

__all__ = ["effects_command"]

_ALL = 10_000_000


@click.command("effects", epilog="Example: dayhand effects --since 2026-11-01 --state unknown")
@click.option("--run", metavar="RUN", help="Only what this run sent.")
@click.option(
    "--since", metavar="D", help="Only what was begun on this date, or instant, or later."
)
@click.option(
    "--state",
    type=click.Choice(get_args(EffectState)),
    metavar="STATE",
    help="Only in this state: done, not_sent, unknown, intended.",
)
@click.option("--reveal", is_flag=True, help="Show to whom; this is noted in the audit log.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def effects_command(
    ctx: click.Context, run: str | None, since: str | None, state: str | None, reveal: bool,
    as_json: bool,
) -> None:  # fmt: skip
    r"""List everything that left the machine, or may have, newest first: when, to whom, which receipt.

    \b
    intended   it was about to be sent when the process stopped; 'dayhand resume' finds out
    done       it was sent, and this is the receipt
    not sent   it certainly was not
    unknown    it may have been; 'dayhand inbox' has the question
    """
    from dayhand.app.forecast import beginning
    from dayhand.report import effect_json, effects_text

    app = app_of(ctx)
    after = beginning(app, since) if since else None
    run_id = app.store.find_run(run).id if run else None
    found = app.store.effects(run_id=run_id, state=state, since=after, limit=_ALL)
    if reveal:
        app.note_reveal(
            f"effects of run {run_id}" if run_id else f"effects since {since or 'ever'}"
        )
    if as_json:
        emit_json([effect_json(effect, reveal=reveal) for effect in found])
    elif found:
        click.echo(effects_text(found, app.zone, reveal=reveal))
    else:
        click.echo(
            "nothing of that kind" if run or since or state else "nothing has left the machine"
        )
