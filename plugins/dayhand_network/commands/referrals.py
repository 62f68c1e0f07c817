"""`dayhand referrals`."""

from __future__ import annotations

from datetime import date

import click

from dayhand import Day, Practice, checked, json_option, pass_practice, show_json
from dayhand_network.commands.screen import exporter, importer, reading, show
from dayhand_network.models import OUTCOMES, Outcome, Referral

__all__ = ["referrals"]


@click.group()
def referrals() -> None:
    """Referrals: who sent you whom, whom you sent on, and what became of it.

    Example: dayhand referrals add in --contact K-000001 --client C-0017
    """


@referrals.command("add")
@click.argument("direction", type=click.Choice(["in", "out"]))
@click.option("--contact", "contact_id", default="", help="By whom, or to whom.")
@click.option("--source", default="", help="Such as website; the contact's role if left out.")
@click.option("--client", "client_id", default="", help="The client, if there is one yet.")
@click.option("--initials", default="", help="The client's initials.")
@click.option("--reason", default="", help="What for.")
@click.option("--on", type=Day, help="The day; today if left out.")
@pass_practice
def add(
    practice: Practice,
    *,
    direction: str,
    contact_id: str,
    source: str,
    client_id: str,
    initials: str,
    reason: str,
    on: date | None,
) -> None:
    """Log a referral IN or OUT; routines with 'after: referral_logged' follow.

    Example: dayhand referrals add in --contact K-000001 --client C-0017
    """
    from dayhand_network import desk

    referral = checked(
        Referral, direction=direction, on=on or practice.today, contact_id=contact_id.upper(),
        source=source, client_id=client_id.upper(), initials=initials, reason=reason,
    )  # fmt: skip
    with practice.transaction("log a referral") as connection:
        kept = desk.keep_referral(practice, connection, referral)
    click.echo(f"{kept.id} is logged")


@referrals.command("edit")
@click.argument("referral")
@click.option("--contact", "contact_id", help="By whom, or to whom.")
@click.option("--client", "client_id", help="The client.")
@click.option("--initials", help="The client's initials.")
@pass_practice
def edit(
    practice: Practice,
    *,
    referral: str,
    contact_id: str | None,
    client_id: str | None,
    initials: str | None,
) -> None:
    """Change a REFERRAL: name its contact or its client.

    Example: dayhand referrals edit F-000012 --client C-0017 --initials AM
    """
    from dayhand_network import desk, kept

    changes = {
        "contact_id": contact_id.upper() if contact_id is not None else None,
        "client_id": client_id.upper() if client_id is not None else None,
        "initials": initials,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    with practice.transaction(f"change referral {referral}") as connection:
        there = kept.REFERRALS.find(connection, referral)
        done = desk.keep(connection, "referrals", checked(Referral, **there.model_dump() | given))
    click.echo(f"{done.id} is changed")


@referrals.command("list")
@click.option("--direction", type=click.Choice(["in", "out"]), default=None)
@click.option("--since", type=Day, help="From this day on.")
@click.option("--open", "is_open", is_flag=True, help="Those of which no outcome is noted.")
@click.option("--reveal", is_flag=True, help="Show what they were for.")
@json_option
@pass_practice
def list_referrals(
    practice: Practice,
    *,
    direction: str | None,
    since: date | None,
    is_open: bool,
    reveal: bool,
    as_json: bool,
) -> None:
    """List referrals, earliest first. What they were for is shown with --reveal.

    Example: dayhand referrals list --direction in --open
    """
    from dayhand_network import desk

    with reading(practice, reveal=reveal, what="referrals"):
        found = desk.referrals(practice, direction=direction or "", since=since)
    wanted = [one for one in found if not (is_open and one.outcome)]
    columns = {"id": "ID", "direction": "WAY", "on": "DATE", "contact_id": "CONTACT"}
    columns |= {"source": "SOURCE", "client_id": "CLIENT", "outcome": "OUTCOME"}
    columns |= {"reason": "REASON"} if reveal else {}
    hide = () if reveal else ("reason",)
    nothing = "no such referrals; log one with 'dayhand referrals add'"
    show(wanted, columns, as_json=as_json, hide=hide, nothing=nothing)


@referrals.command("outcome")
@click.argument("referral")
@click.argument("outcome", type=click.Choice([one for one in OUTCOMES if one]))
@click.option("--on", type=Day, help="The day; today if left out.")
@pass_practice
def outcome_of(practice: Practice, *, referral: str, outcome: Outcome, on: date | None) -> None:
    """Note what became of a REFERRAL.

    Example: dayhand referrals outcome F-000012 started
    """
    from dayhand_network import desk

    with practice.transaction(f"note the outcome of referral {referral}") as connection:
        done = desk.keep_outcome(connection, referral, outcome=outcome, on=on or practice.today)
    click.echo(f"{done.id}: {done.outcome.replace('_', ' ')}")


@referrals.command("report")
@click.option("--before", type=Day, help="The months before this day's month; today if left out.")
@click.option("--months", type=click.IntRange(1, 60), default=3, show_default=True)
@json_option
@pass_practice
def report(practice: Practice, *, before: date | None, months: int, as_json: bool) -> None:
    """Count referrals by source, with small counts hidden.

    Example: dayhand referrals report --months 12
    """
    from dayhand_network import desk
    from dayhand_network.pages import HIDDEN

    found = desk.source_report(practice, before=before or practice.today, months=months)
    if as_json:
        show_json(found)
        return
    click.echo(f"from {found.start} to {found.end}; counts below {found.small_cell} are hidden")
    for title, counts, total in (
        ("in", found.incoming, found.incoming_total),
        ("out", found.outgoing, found.outgoing_total),
    ):
        for one in counts:
            click.echo(f"{title:4} {one.source:30} {HIDDEN if one.count is None else one.count}")
        click.echo(f"{title:4} {'together':30} {HIDDEN if total is None else total}")


referrals.add_command(importer("referrals", ["referrals"]))
referrals.add_command(exporter("referrals", ["referrals"]))
