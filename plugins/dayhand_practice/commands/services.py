"""`dayhand services`."""

from __future__ import annotations

import click

from dayhand import Practice, pass_practice
from dayhand_practice.commands.entry import given
from dayhand_practice.commands.files import with_files
from dayhand_practice.commands.listing import json_option, show

__all__ = ["services"]


@click.group("services", short_help="Services and their fees.")
def services() -> None:
    """Services and their fees, each from a day on. Sessions recorded before keep theirs."""


@services.command("list", epilog="Example: dayhand services list --all")
@click.option("--all", "everything", is_flag=True, help="Past and coming fees too.")
@json_option
@pass_practice
def list_services(practice: Practice, *, everything: bool, as_json: bool) -> None:
    """List the fees in force today."""
    from dayhand_practice import clients as store
    from dayhand_practice.pricing import in_force

    with practice.connect() as connection:
        found = store.services(connection)
    current = {
        code: in_force((one for one in found if one.code == code), practice.today)
        for code in dict.fromkeys(one.code for one in found)
    }
    columns = {"code": "CODE", "name": "NAME", "minutes": "MINUTES", "fee": "FEE"}
    columns |= {"effective_from": "FROM", "effective_to": "TO"}
    rows = [one.model_dump() for one in found if everything or one is current[one.code]]
    show(rows, columns, as_json=as_json, nothing="no services; 'dayhand services add --help'")


@services.command(
    "add",
    epilog='Example: dayhand services add SVC-45 --name "Session" --minutes 45 --fee 150',
)
@click.argument("code")
@click.option("--name", required=True, help="What invoices call it.")
@click.option("--minutes", required=True, help="Length in minutes.")
@click.option("--fee", required=True, help="Listed fee.")
@click.option("--from", "effective_from", help="First day of this fee; today where left out.")
@click.option("--to", "effective_to", help="Last day; open where left out.")
@pass_practice
def add_service(practice: Practice, **texts: str | None) -> None:
    """Add a service, or a new fee of one from a day on."""
    from dayhand_practice import intake

    texts["effective_from"] = texts["effective_from"] or practice.today.isoformat()
    with practice.transaction(f"add service {texts['code']}") as connection:
        planned = intake.put(practice, connection, "services", given(texts))
    done = "added" if planned.new else "changed" if planned.changed else "is so already:"
    click.echo(f"{done} {texts['code']} from {texts['effective_from']}")


with_files(services, ["services"])
