"""`dayhand disclosures`."""

from __future__ import annotations

from datetime import date

import click

from dayhand import Day, Practice, StepError, UserError, json_option, pass_practice
from dayhand_collaboration.commands.screen import (
    exporter,
    importer,
    reading,
    reveal_option,
    show,
)
from dayhand_collaboration.models import BASES, METHODS, Basis, Method

__all__ = ["disclosures"]


@click.group()
def disclosures() -> None:
    """Disclosures: what left the practice about a client.

    Example: dayhand disclosures list --client C-0017
    """


@disclosures.command("add")
@click.argument("client_id", metavar="CLIENT")
@click.option("--recipient", help="To whom; asked for if left out.")
@click.option("--information", multiple=True, required=True, help="What; repeatable.")
@click.option("--purpose", default="", help="For what.")
@click.option("--basis", type=click.Choice(BASES), default="authorization", show_default=True)
@click.option("--method", type=click.Choice(METHODS), default="other", show_default=True)
@click.option("--on", type=Day, help="The day; today if left out.")
@click.option("--initials", default="", help="The client's initials, for lists.")
@pass_practice
def add(
    practice: Practice,
    *,
    client_id: str,
    recipient: str | None,
    information: tuple[str, ...],
    purpose: str,
    basis: Basis,
    method: Method,
    on: date | None,
    initials: str,
) -> None:
    """Keep a disclosure about CLIENT; under an authorization, only if a release covers it.

    Example: dayhand disclosures add C-0017 --information attendance --basis required_by_law
    """
    from dayhand_collaboration import desk

    who = recipient or click.prompt("To whom")
    given = desk.Given(client_id.upper(), who, information, purpose or "not told", basis)
    day = on or practice.today
    try:
        with practice.transaction(f"keep a disclosure about {given.client_id}") as connection:
            kept = desk.keep_disclosure(
                practice, connection, given, method=method, on=day, initials=initials
            )
    except StepError as error:
        raise UserError(error.message, hint=error.hint) from error
    click.echo(f"{kept.id} is kept" + (f", under {kept.release}" if kept.release else ""))


@disclosures.command("list")
@click.option("--client", "client_id", default="", help="Of one client.")
@click.option("--since", type=Day, help="From this day on.")
@reveal_option
@json_option
@pass_practice
def list_disclosures(
    practice: Practice, *, client_id: str, since: date | None, reveal: bool, as_json: bool
) -> None:
    """List what was disclosed, earliest first. To whom and what is shown with --reveal.

    Example: dayhand disclosures list --since 2026-01-01 --reveal
    """
    from dayhand_collaboration import kept

    with reading(practice, reveal=reveal, what="disclosures") as connection:
        found = kept.disclosures(connection, client_id=client_id.upper(), since=since)
    columns = {"id": "ID", "on": "DATE", "client_id": "CLIENT", "basis": "GROUND", "method": "HOW"}
    columns |= {"release": "RELEASE", "recipient": "RECIPIENT", "information": "WHAT"}
    nothing = "nothing was disclosed"
    show(found, columns, as_json=as_json, reveal=reveal, nothing=nothing)


@disclosures.command("account")
@click.argument("client_id", metavar="CLIENT")
@click.option("--since", type=Day, help="From a later day on than the rule asks.")
@click.option("--short", is_flag=True, help="Leave out what the rule permits; tell how many.")
@pass_practice
def account(practice: Practice, *, client_id: str, since: date | None, short: bool) -> None:
    """Write the accounting of CLIENT's disclosures, as far back as the rule asks.

    Example: dayhand disclosures account C-0017
    """
    from dayhand_collaboration.accounting import write

    with practice.transaction(f"account for disclosures about {client_id.upper()}"):
        done = write(practice, client_id.upper(), since=since, everything=not short)
    click.echo(f"{done.listed} listed, {done.left_out} left out, from {done.since} to {done.until}")
    click.echo(f"wrote {done.pdf or done.path}")


disclosures.add_command(importer("disclosures"))
disclosures.add_command(exporter("disclosures"))
