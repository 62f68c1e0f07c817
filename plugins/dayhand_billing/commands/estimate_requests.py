"""`dayhand estimates request`, `change`, `requests` and `withdraw`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from dayhand import Day, Practice, json_option, pass_practice, show_json, show_table
from dayhand_billing.commands.screen import Amount, money

if TYPE_CHECKING:
    from dayhand_billing.estimate_models import EstimateRequest
    from dayhand_billing.estimate_requests import Expected

__all__ = ["REQUESTS"]


def _expected(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what the estimate is to be of."""
    for option in (
        click.option(
            "--visits",
            type=click.IntRange(1, 1000),
            help="How many are expected in its time; as often as ahead, else every week.",
        ),
        click.option(
            "--fee", type=Amount(), help="What each visit is to cost; as before if left out."
        ),
        click.option(
            "--service", default="", help="The code of the service; the last one by default."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("client_id", metavar="CLIENT")
@click.option("--on", "day", type=Day, metavar="DAY", help="The day; today by default.")
@_expected
@pass_practice
def request(
    practice: Practice,
    *,
    client_id: str,
    day: date | None,
    service: str,
    fee: Decimal | None,
    visits: int | None,
) -> None:
    """Note that CLIENT asked for an estimate; a question about cost counts.

    Example: dayhand estimates request C-0017 --on 2026-11-24
    """
    from dayhand_billing.estimate_requests import Expected

    expected = Expected(service.strip(), fee, visits or 0)
    _note(practice, client_id.upper(), on=day or practice.today, expected=expected)


@click.command()
@click.argument("client_id", metavar="CLIENT")
@click.option(
    "--from", "starts_on", type=Day, metavar="DAY", required=True,
    help="The day of the first session with the new charge.",
)  # fmt: skip
@_expected
@pass_practice
def change(
    practice: Practice,
    *,
    client_id: str,
    starts_on: date,
    service: str,
    fee: Decimal | None,
    visits: int | None,
) -> None:
    """Note that what CLIENT is to pay changes, so that a new estimate is due.

    Example: dayhand estimates change C-0017 --from 2027-01-04 --fee 165
    """
    from dayhand_billing.estimate_requests import Expected

    expected = Expected(service.strip(), fee, visits or 0)
    name = client_id.upper()
    _note(practice, name, on=practice.today, starts_on=starts_on, expected=expected)


def _note(
    practice: Practice,
    client_id: str,
    *,
    on: date,
    starts_on: date | None = None,
    expected: Expected,
) -> None:
    from dayhand_billing import estimate_requests as kept
    from dayhand_billing.books import Books
    from dayhand_billing.estimate_rules import rules_of

    rules, action = rules_of(practice), "request" if starts_on is None else "change"
    with practice.transaction(f"billing.estimate_{action} {client_id}") as connection:
        books = Books.of(practice, connection)
        done = kept.note(books, rules, client_id, on=on, starts_on=starts_on, expected=expected)
    late = ", which has passed: give it at once" if done.state == "overdue" else ""
    click.echo(f"the estimate is to be given to {done.client_id} by {done.due_on}{late}")
    click.echo("gfe-check drafts it on its next run; to have it now:  dayhand run gfe-check")


@click.command()
@click.option("--all", "closed", is_flag=True, help="Those that have ended too.")
@json_option
@pass_practice
def requests(practice: Practice, *, closed: bool, as_json: bool) -> None:
    """List who waits for an estimate, the first due first; ends with 1 if one is overdue.

    Example: dayhand estimates requests --all
    """
    from dayhand_billing import estimate_requests as kept
    from dayhand_billing.books import Books

    with practice.connect() as connection:
        found = kept.requests(Books.of(practice, connection), closed=closed)
    if as_json:
        show_json([each.model_dump() for each in found])
    elif not found:
        click.echo("nobody waits for an estimate")
    else:
        header = [
            "CLIENT", "WHAT", "NOTED", "FROM", "GIVE BY", "STATE", "ESTIMATE", "SERVICE", "FEE",
        ]  # fmt: skip
        show_table(header, [_row(each) for each in found], left=8)
    if any(each.state == "overdue" for each in found):
        raise click.exceptions.Exit(1)


def _row(each: EstimateRequest) -> list[str]:
    return [
        each.client_id,
        each.kind,
        str(each.noted_on),
        str(each.starts_on or "-"),
        str(each.due_on),
        each.state,
        each.estimate_id or "-",
        each.service or "-",
        "-" if each.fee is None else money(each.fee),
    ]


@click.command()
@click.argument("client_id", metavar="CLIENT")
@pass_practice
def withdraw(practice: Practice, *, client_id: str) -> None:
    """Take back what was noted for CLIENT: a mistake, or no estimate is wanted.

    Example: dayhand estimates withdraw C-0017
    """
    from dayhand_billing import estimate_requests as kept
    from dayhand_billing.books import Books

    name = client_id.upper()
    with practice.transaction(f"billing.estimate_withdraw {name}") as connection:
        done = kept.withdraw(Books.of(practice, connection), name)
    click.echo(f"{done.client_id} no longer waits for the estimate that was due on {done.due_on}")


REQUESTS = (request, change, requests, withdraw)
