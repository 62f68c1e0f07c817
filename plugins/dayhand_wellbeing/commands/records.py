"""Protected time, flags and leaves, on the command line."""

from __future__ import annotations

from datetime import date

import click

from dayhand import Day, Practice, checked, json_option, pass_practice
from dayhand_wellbeing.commands.group import show
from dayhand_wellbeing.models import WEEKDAYS, Block, Flag

__all__ = ["COMMANDS"]


@click.command("protect")
@click.argument("name")
@click.argument("weekday", type=click.Choice(WEEKDAYS))
@click.argument("start")
@click.option("--minutes", default=30, show_default=True, help="How long.")
@click.option("--since", type=Day, help="From which day on; today if left out.")
@pass_practice
def protect(
    practice: Practice,
    *,
    name: str,
    weekday: str,
    start: str,
    minutes: int,
    since: date | None,
) -> None:
    """Protect the time from START, as 12:15, on a WEEKDAY; the same NAME again changes it.

    Example: dayhand wellbeing protect lunch-monday mon 12:15 --minutes 45
    """
    from dayhand_wellbeing import kept

    day = since or practice.today
    row = checked(Block, name=name, weekday=weekday, start=start, minutes=minutes, since=day)
    with practice.transaction("protect time") as connection:
        kept.put(connection, "protected", [row])
    click.echo(f"{name} is protected; 'dayhand run protected-time' puts it into the calendar")


@click.command("unprotect")
@click.argument("name")
@click.option("--on", type=Day, help="The last day; today if left out.")
@pass_practice
def unprotect(practice: Practice, name: str, on: date | None) -> None:
    """Protect the time of that NAME no longer. Holds that are in the calendar stay there.

    Example: dayhand wellbeing unprotect lunch-monday
    """
    from dayhand_wellbeing import kept

    with practice.transaction("unprotect time") as connection:
        kept.end(connection, "protected", name, on or practice.today)
    click.echo(f"{name} is no longer protected")


@click.command("flag")
@click.argument("client_id", metavar="CLIENT")
@click.option("--since", type=Day, help="From which day on; today if left out.")
@pass_practice
def flag(practice: Practice, client_id: str, since: date | None) -> None:
    """Note that sessions with CLIENT weigh more for you, so that they are not put in a row.

    Example: dayhand wellbeing flag C-0017
    """
    from dayhand_wellbeing import kept

    row = checked(Flag, client_id=client_id, since=since or practice.today)
    with practice.transaction("flag a client") as connection:
        kept.put(connection, "flags", [row])
    click.echo(f"{client_id} is flagged")


@click.command("unflag")
@click.argument("client_id", metavar="CLIENT")
@click.option("--on", type=Day, help="The last day; today if left out.")
@pass_practice
def unflag(practice: Practice, client_id: str, on: date | None) -> None:
    """Note that sessions with CLIENT weigh no more than others.

    Example: dayhand wellbeing unflag C-0017
    """
    from dayhand_wellbeing import kept

    with practice.transaction("unflag a client") as connection:
        kept.end(connection, "flags", client_id, on or practice.today)
    click.echo(f"{client_id} is no longer flagged")


def _listing(name: str, about: str, nothing: str) -> click.Command:
    @json_option
    @pass_practice
    def run(practice: Practice, *, as_json: bool) -> None:
        from dayhand_wellbeing import kept

        with practice.connect() as connection:
            rows = [one.model_dump() for one in kept.all_of(connection, name)]
        show(rows, as_json=as_json, nothing=nothing)

    return click.command(name, help=f"{about}\n\nExample: dayhand wellbeing {name}")(run)


COMMANDS = (
    protect,
    unprotect,
    flag,
    unflag,
    _listing("protected", "List the time that is protected.", "no time is protected"),
    _listing("flags", "List the clients whose sessions weigh more.", "no client is flagged"),
    _listing("leaves", "List the leaves that were planned.", "no leave was planned"),
)
