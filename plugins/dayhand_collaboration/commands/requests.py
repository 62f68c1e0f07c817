"""`dayhand requests`."""

from __future__ import annotations

from datetime import date

import click

from dayhand import Day, Practice, json_option, pass_practice
from dayhand_collaboration.commands.screen import (
    exporter,
    importer,
    reading,
    reveal_option,
    show,
)

__all__ = ["requests"]


@click.group()
def requests() -> None:
    """Requests for records, each with its clock.

    Example: dayhand requests list
    """


@requests.command("add")
@click.argument("client_id", metavar="CLIENT")
@click.option("--scope", help="What is asked for; asked for if left out.")
@click.option("--requested-on", type=Day, help="The day it came; today if left out.")
@click.option(
    "--requester",
    type=click.Choice(["individual", "representative", "third_party"]),
    default="individual",
    show_default=True,
)
@click.option("--deliver-to", default="", help="To whom it goes, lines separated by ';'.")
@click.option("--form", default="", help="In what form, such as PDF.")
@click.option("--initials", default="", help="The client's initials, for lists.")
@click.option("--identity-checked-on", type=Day, help="When you made sure who asks.")
@pass_practice
def add(
    practice: Practice,
    *,
    client_id: str,
    scope: str | None,
    requested_on: date | None,
    requester: str,
    deliver_to: str,
    form: str,
    initials: str,
    identity_checked_on: date | None,
) -> None:
    """Keep a request for the records of CLIENT, which starts its clock.

    Example: dayhand requests add C-0009 --requested-on 2026-11-20 --form PDF
    """
    from dayhand_collaboration import desk

    request = desk.request_of(
        client_id=client_id.upper(),
        scope=scope or click.prompt("What is asked for"),
        requested_on=requested_on or practice.today,
        requester=requester,
        deliver_to=deliver_to,
        form=form,
        initials=initials,
        identity_checked_on=identity_checked_on,
    )
    with practice.transaction(f"keep a request for records of {request.client_id}") as connection:
        kept = desk.keep_request(practice, connection, request)
    click.echo(f"{kept.id} is due on {kept.due_on}, in {kept.days_left} days")


@requests.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are closed too.")
@reveal_option
@json_option
@pass_practice
def list_requests(practice: Practice, *, everything: bool, reveal: bool, as_json: bool) -> None:
    """List the requests, the first due first; ends with 1 if one is overdue.

    Example: dayhand requests list --json
    """
    from dayhand_collaboration import desk
    from dayhand_collaboration.rule_set import rules_of

    with reading(practice, reveal=reveal, what="requests for records"):
        found = [one for one in desk.requests(practice) if everything or one.state != "closed"]
    columns = {"id": "ID", "client_id": "CLIENT", "requested_on": "ASKED", "due_on": "DUE"}
    columns |= {"days_left": "DAYS", "state": "STATE", "may_extend_until": "MAY EXTEND UNTIL"}
    columns |= {"scope": "WHAT"} if reveal else {}
    show(found, columns, as_json=as_json, reveal=reveal, nothing="no requests are open")
    if found and not as_json:
        for line in rules_of(practice).told():
            click.echo(line)
    if any(one.state == "overdue" for one in found):
        raise click.exceptions.Exit(1)


@requests.command("extend")
@click.argument("request")
@click.option("--reason", required=True, help="Why; the person is told it in writing.")
@click.option("--on", type=Day, help="The day the person was told; today if left out.")
@pass_practice
def extend(practice: Practice, *, request: str, reason: str, on: date | None) -> None:
    """Extend a REQUEST, once, before its day has passed.

    Example: dayhand requests extend Q-000001 --reason "The older notes are in storage"
    """
    from dayhand_collaboration import desk

    with practice.transaction(f"extend request {request}") as connection:
        done = desk.extend_request(
            practice, connection, request, reason=reason, on=on or practice.today
        )
    click.echo(f"{done.id} is due on {done.due_on} now")


@requests.command("close")
@click.argument("request")
@click.option(
    "--outcome",
    type=click.Choice(["given", "given_in_part", "denied", "withdrawn"]),
    default="given",
    show_default=True,
)
@click.option("--on", type=Day, help="The day; today if left out.")
@pass_practice
def close(practice: Practice, *, request: str, outcome: str, on: date | None) -> None:
    """Note how a REQUEST ended, which stops its clock.

    Example: dayhand requests close Q-000001
    """
    from dayhand_collaboration import desk

    with practice.transaction(f"close request {request}") as connection:
        done = desk.close_request(connection, request, outcome=outcome, on=on or practice.today)
    click.echo(f"{done.id} is closed: {done.outcome.replace('_', ' ')}")


requests.add_command(importer("requests"))
requests.add_command(exporter("requests"))
