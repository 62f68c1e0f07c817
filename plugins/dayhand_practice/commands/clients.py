"""`dayhand clients`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dayhand import Practice, pass_practice
from dayhand_practice.commands.entry import added, given, options
from dayhand_practice.commands.files import with_files
from dayhand_practice.commands.listing import (
    HIDDEN,
    json_option,
    reading,
    reveal_option,
    show,
)

if TYPE_CHECKING:
    from dayhand_practice.vocabulary import Client

__all__ = ["CLIENT_FIELDS", "clients"]

# Stated here and not taken from the kind, whose models need pydantic, so that --help stays quick; a
# test holds the two together.
CLIENT_FIELDS = {
    "initials": "at most four letters; made from the name where empty",
    "preferred_name": "how the client likes to be called",
    "date_of_birth": "date of birth",
    "email": "e-mail address",
    "phone": "telephone",
    "address": "lines of the postal address",
    "region": "state the client is in, as NY",
    "bill_to_name": "who pays, if not the client",
    "bill_to_email": "their e-mail address",
    "bill_to_address": "their postal address",
    "status": "state",
    "discharged_on": "day the treatment ended, if discharged",
    "note_format": "form of notes",
    "wants_superbill": "gets a superbill each month",
    "payer": "insurer named on the superbill",
    "member_id": "number with that insurer",
    "aliases": "names in the calendar",
}
_STATES = ("active", "paused", "discharged", "all")


@click.group("clients", short_help="The practice's clients.")
def clients() -> None:
    """The practice's clients. Ids and initials are shown; names only with --reveal."""


@clients.command("list", epilog="Example: dayhand clients list --status all")
@click.option("--status", type=click.Choice(_STATES), default="active", show_default=True)
@reveal_option
@json_option
@pass_practice
def list_clients(practice: Practice, *, status: str, reveal: bool, as_json: bool) -> None:
    """List clients."""
    from dayhand_practice import clients as store

    with reading(practice, reveal=reveal, what="clients") as connection:
        people = store.with_status(connection, None if status == "all" else status, practice.today)
    columns = {"id": "ID", "initials": "INITIALS", "status": "STATUS", "region": "REGION"}
    columns |= {"note_format": "NOTES", "email_scopes": "E-MAIL FOR"}
    if reveal:
        columns |= {"name": "NAME", "email": "E-MAIL"}
    rows = [_shown(person, reveal=reveal) for person in people]
    show(rows, columns, as_json=as_json, nothing="no clients")


@clients.command("show", epilog="Example: dayhand clients show C-0017 --reveal")
@click.argument("client_id", metavar="ID")
@reveal_option
@json_option
@pass_practice
def show_client(practice: Practice, *, client_id: str, reveal: bool, as_json: bool) -> None:
    """Show one client."""
    from dayhand_practice import clients as store

    with reading(practice, reveal=reveal, what=f"client {client_id}") as connection:
        person = store.require(connection, [client_id], practice.today)[0]
    shown = _shown(person, reveal=reveal)
    if as_json:
        show([shown], {}, as_json=True, nothing="")
        return
    width = max(len(name) for name in shown)
    for name, value in shown.items():
        text = "; ".join(map(str, value)) if isinstance(value, list) else value
        text = ("yes" if value else "no") if isinstance(value, bool) else text
        if value not in (None, "", []):
            click.echo(f"{name.replace('_', ' '):{width}}  {text}")


def _shown(person: Client, *, reveal: bool) -> dict[str, Any]:
    """What may be shown of a client."""
    from dayhand_practice.kinds import kind_of

    details = person.model_dump(exclude={"bill_to", "diagnoses"})
    payer = person.bill_to
    details["bill_to_name"] = payer.name if payer else ""
    details["bill_to_email"] = payer.email if payer else ""
    details["bill_to_address"] = payer.address if payer else []
    details["diagnoses"] = [
        f"{one.code} from {one.effective_from}"
        + (f" to {one.effective_to}" if one.effective_to else "")
        for one in person.diagnoses
    ]
    exposing = {field.name for field in kind_of("clients", ZoneInfo("UTC")).fields if field.exposes}
    for name in () if reveal else exposing | {"diagnoses"}:
        details[name] = HIDDEN if details[name] else details[name]
    return details


@clients.command("retention", epilog="Example: dayhand clients retention")
@json_option
@pass_practice
def tell_retention(practice: Practice, *, as_json: bool) -> None:
    """Tell until when the records of discharged clients are kept. Nothing is removed."""
    from dayhand_practice import retention

    with practice.connect() as connection:
        found = retention.report(practice, connection)
    rows = [item.model_dump() for item in found.items]
    columns = {"client_id": "CLIENT", "initials": "INITIALS", "discharged_on": "DISCHARGED"}
    columns |= {"was_minor": "MINOR", "keep_until": "KEEP UNTIL", "state": "STATE", "region": "IN"}
    for row in rows if not as_json else ():
        row["was_minor"] = {True: "yes", False: "no", None: None}[row["was_minor"]]
    show(rows, columns, as_json=as_json, nothing="no client is discharged")
    if as_json or not rows:
        return
    for item in found.items:
        if item.why:
            click.echo(f"{item.client_id}: {item.why}")
    click.echo("Removing a record is yours to decide; dayhand removes none.")
    for line in found.sources:
        click.echo(f"- {line}")


@clients.command(
    "add",
    epilog="Example: dayhand clients add --date-of-birth 1990-05-17 --email ana@client.example",
)
@click.option("--id", "client_id", help="The id; the next one where left out.")
@click.option("--name", prompt="Full legal name", help="Asked for where left out.")
@options(CLIENT_FIELDS)
@pass_practice
def add_client(
    practice: Practice, *, client_id: str | None, name: str, **texts: str | None
) -> None:
    """Add a client. Without --name it is asked for, and stays out of the shell's history."""
    entry = given({"id": client_id, "name": name, **texts})
    with practice.transaction("add client") as connection:
        record = added(practice, connection, "clients", entry)
    click.echo(f"added {record['id']} ({record['initials']})")


@clients.command("edit", epilog="Example: dayhand clients edit C-0017 --status paused")
@click.argument("client_id", metavar="ID")
@options({"name": "full legal name"} | CLIENT_FIELDS)
@pass_practice
def edit_client(practice: Practice, *, client_id: str, **texts: str | None) -> None:
    """Change a client. An empty value, as --phone "", empties a field."""
    from dayhand_practice import clients as store
    from dayhand_practice import intake

    with practice.transaction(f"edit client {client_id}") as connection:
        store.require(connection, [client_id], practice.today)
        entry = {"id": client_id, **given(texts)}
        planned = intake.put(practice, connection, "clients", entry)
    names = [name for _, changed in planned.changed for name in changed]
    done = ", ".join(name.replace("_", " ") for name in names)
    click.echo(f"changed {client_id}: {done}" if names else f"{client_id} is so already")


@clients.command(
    "diagnose", epilog="Example: dayhand clients diagnose C-0017 F41.1 --from 2026-02-03"
)
@click.argument("client_id", metavar="ID")
@click.argument("code")
@click.option("--from", "effective_from", required=True, help="First day it holds.")
@click.option("--to", "effective_to", help="Last day it holds.")
@pass_practice
def diagnose(practice: Practice, *, client_id: str, **texts: str | None) -> None:
    """Note a diagnosis and the days it holds for."""
    _put(practice, "diagnoses", client_id, texts)


@clients.command(
    "fee",
    epilog="Example: dayhand clients fee C-0017 --agreed-fee 90 --from 2026-12-01",
)
@click.argument("client_id", metavar="ID")
@click.option("--from", "effective_from", required=True, help="First day it holds.")
@click.option("--to", "effective_to", help="Last day it holds.")
@options(
    {
        "service": "service code; empty for every service",
        "agreed_fee": "what the client pays a session",
        "percent": "or the percentage of the listed fee the client pays",
        "reason": "reason shown with the adjustment, no client data",
        "review_on": "day to look at it again",
    }
)
@pass_practice
def fee(practice: Practice, *, client_id: str, **texts: str | None) -> None:
    """Note a fee agreement (sliding scale). Sessions recorded before keep their fee."""
    _put(practice, "fee_agreements", client_id, {"service": "", **texts})


@clients.command(
    "opening-balance",
    epilog="Example: dayhand clients opening-balance --as-of 2026-10-01 -- C-0017 -40.00",
)
@click.argument("client_id", metavar="ID")
@click.argument("amount")
@click.option("--as-of", required=True, help="The day the books begin.")
@pass_practice
def opening_balance(practice: Practice, *, client_id: str, **texts: str | None) -> None:
    """Note what a client owed when the books began; a credit with --, as in the example."""
    _put(practice, "opening_balances", client_id, texts)


def _put(practice: Practice, name: str, client_id: str, texts: dict[str, Any]) -> None:
    from dayhand_practice import intake

    with practice.transaction(f"enter {name.replace('_', ' ')} of {client_id}") as connection:
        entry = {"client_id": client_id, **given(texts)}
        planned = intake.put(practice, connection, name, entry)
    done = "noted" if planned.new or planned.changed else "is so already"
    click.echo(f"{planned.kind.title} of {client_id} {done}")


with_files(clients, ["clients", "diagnoses", "fee_agreements", "opening_balances"])
