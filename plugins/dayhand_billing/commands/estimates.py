"""`dayhand estimates`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dayhand import Day, Practice, UserError, json_option, pass_practice, show_json, show_table
from dayhand_billing.commands.estimate_requests import REQUESTS
from dayhand_billing.commands.screen import money

if TYPE_CHECKING:
    from dayhand_billing.estimate_models import Estimate

__all__ = ["estimates"]

_STATES = {"draft": "draft", "given": "delivered", "replaced": "replaced"}
_PRIVATE = {"name", "email", "email_scopes"}


@click.group()
def estimates() -> None:
    """Good-faith estimates: list, show, typeset, note as given or as asked for.

    Example: dayhand estimates list --state draft
    """


@estimates.command("list")
@click.option("--state", type=click.Choice([*_STATES]), help="Only those in this state.")
@click.option("--client", help="Only those of this client's id.")
@json_option
@pass_practice
def list_command(
    practice: Practice, *, state: str | None, client: str | None, as_json: bool
) -> None:
    """List estimates, with the day each was given.

    Example: dayhand estimates list --client C-0017
    """
    from dayhand_billing import estimates as kept
    from dayhand_billing.books import Books

    with practice.connect() as connection:
        found = kept.listed(
            Books.of(practice, connection),
            state=_STATES[state] if state else None,
            client_ids=[client] if client else None,
        ).items
    if as_json:
        show_json([_shown(each) for each in found])
    elif not found:
        click.echo("no estimates")
    else:
        header = ["ESTIMATE", "STATE", "CLIENT", "FROM", "TO", "GIVEN", "BY", "TOTAL"]
        rows = [
            [
                each.id,
                _told(each.state),
                f"{each.client_id} {each.initials}".strip(),
                str(each.starts_on),
                str(each.ends_on),
                str(each.delivered_on or "-"),
                each.delivered_by or "-",
                money(each.total),
            ]
            for each in found
        ]
        show_table(header, rows, left=7)


@estimates.command()
@click.argument("estimate", metavar="ID")
@json_option
@pass_practice
def show(practice: Practice, *, estimate: str, as_json: bool) -> None:
    """Show an estimate's services and total.

    Example: dayhand estimates show E-00001
    """
    from dayhand_billing.books import Books
    from dayhand_billing.estimates import estimate_of

    with practice.connect() as connection:
        found = estimate_of(Books.of(practice, connection), estimate)
    if as_json:
        show_json(_shown(found))
        return
    given = f"given {found.delivered_on} by {found.delivered_by}" if found.delivered_on else ""
    client = f"{found.client_id} {found.initials}".strip()
    told = [found.id, _told(found.state), client, f"{found.starts_on} to {found.ends_on}", given]
    click.echo(" · ".join(part for part in told if part))
    click.echo()
    header = ["SERVICE", "NAME", "TIMES", "CHARGE", "TOTAL"]
    rows = [
        [line.service, line.name, str(line.quantity), money(line.charge), money(line.total)]
        for line in found.lines
    ]
    show_table(header, [*rows, ["", "", "", "", money(found.total)]], left=2)


@estimates.command()
@click.argument("names", metavar="ID", nargs=-1, required=True)
@click.option(
    "--by",
    type=click.Choice(["paper", "portal", "mail", "email"]),
    default="paper",
    show_default=True,
    help="How; mail is by post.",
)
@click.option("--on", "day", type=Day, metavar="DAY", help="The day; today by default.")
@pass_practice
def given(practice: Practice, *, names: tuple[str, ...], by: str, day: date | None) -> None:
    """Note estimates as given to the client: you handed them over yourself.

    Example: dayhand estimates given E-00001 --by paper
    """
    from dayhand_billing import estimates as kept
    from dayhand_billing.books import Books

    on = day or practice.today
    if on > practice.today:
        raise UserError(f"{on} is still to come", hint="note it once it was given")
    with practice.transaction(f"billing.deliver_estimates {' '.join(names)}") as connection:
        done = kept.deliver(Books.of(practice, connection), names, by=by, on=on)
    for each in done:
        click.echo(f"{each.id} was given to {each.client_id} on {each.delivered_on}")
    click.echo("gfe-check files it as paperwork on its next run; to file it now:")
    for each in done:
        click.echo(
            f"  dayhand paperwork add {each.client_id} gfe --signed-on {each.delivered_on}"
            f" --expires-on {each.ends_on}"
        )


@estimates.command()
@click.argument("estimate", metavar="ID")
@click.option("--for-client", is_flag=True, help="Without the mark of a draft, to be handed over.")
@pass_practice
def pdf(practice: Practice, *, estimate: str, for_client: bool) -> None:
    """Typeset an estimate under out/estimates/.

    Example: dayhand estimates pdf E-00001 --for-client
    """
    from dayhand_billing.estimate_page import write_estimate

    click.echo(write_estimate(practice, estimate, for_client=for_client).path)


def _shown(found: Estimate) -> dict[str, Any]:
    """Without what tells the client's name or address."""
    return found.model_dump(exclude=_PRIVATE) | {"state": _told(found.state)}


def _told(state: str) -> str:
    return next(said for said, kept in _STATES.items() if kept == state)


for _command in REQUESTS:
    estimates.add_command(_command)
