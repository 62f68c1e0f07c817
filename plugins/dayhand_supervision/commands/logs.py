"""Weekly logs: listed against the hours as they are now, and signed."""

from __future__ import annotations

from datetime import date

import click

from dayhand import Day, Practice, json_option, pass_practice, show_json, show_table
from dayhand_supervision.commands.group import track_option

__all__ = ["COMMANDS"]


@click.command("logs")
@track_option
@json_option
@pass_practice
def list_logs(practice: Practice, *, track: str, as_json: bool) -> None:
    """List the weekly logs, the latest first; ends with 1 if the hours of a signed one changed.

    Example: dayhand supervision logs
    """
    from dayhand_supervision.intake import book_of, settings_of
    from dayhand_supervision.signed_logs import listed

    name, _ = settings_of(practice).track(track)
    with practice.connect() as connection:
        found = listed(book_of(practice, connection, name))
    if as_json:
        show_json(found)
    elif not found:
        click.echo("no logs yet; 'dayhand run weekly-hours-log' makes the first")
    else:
        rows = [
            [
                log.id,
                str(log.week),
                log.setting,
                log.supervisor,
                log.state,
                str(log.signed_on or ""),
                log.sha256[:12],
            ]
            for log in found
        ]
        head = ["id", "week of", "setting", "supervisor", "state", "signed on", "sha256"]
        show_table(head, rows)
    if any(log.signed_on and log.state == "changed" for log in found):
        raise click.exceptions.Exit(1)


@click.command("sign")
@click.argument("logs", nargs=-1, required=True)
@click.option("--on", type=Day, help="The day on the paper; today if left out.")
@click.option("--by", default="", help="Who signed; the log's supervisor if left out.")
@track_option
@pass_practice
def sign(
    practice: Practice, *, logs: tuple[str, ...], on: date | None, by: str, track: str
) -> None:
    """Note that LOGS were signed on paper; their hours cannot be changed after that.

    Example: dayhand supervision sign L-000003 --on 2026-11-23
    """
    from dayhand_supervision import signed_logs
    from dayhand_supervision.intake import book_of, settings_of

    name, _ = settings_of(practice).track(track)
    day = on or practice.today
    with practice.transaction("note signatures of weekly logs") as connection:
        done = signed_logs.sign(book_of(practice, connection, name), logs, on=day, by=by)
    for log in done:
        click.echo(f"{log.id}, week of {log.week}: signed on {log.signed_on} by {log.signed_by}")


COMMANDS = (list_logs, sign)
