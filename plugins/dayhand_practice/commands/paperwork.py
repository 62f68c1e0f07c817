"""`dayhand paperwork`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from dayhand import Practice, UserError, pass_practice
from dayhand_practice.commands.entry import added, given, options
from dayhand_practice.commands.files import with_files
from dayhand_practice.commands.listing import HIDDEN, json_option, reading, reveal_option, show

__all__ = ["paperwork"]

_KINDS = (
    "consent_treatment",
    "consent_telehealth",
    "npp_receipt",
    "fee_agreement",
    "no_show_policy",
    "roi",
    "gfe",
    "treatment_plan",
    "emergency_contact",
    "email_consent",
)


@click.group("paperwork", short_help="Consents and other paperwork.")
def paperwork() -> None:
    """Consents and other paperwork: what is on file, and what is due."""


@paperwork.command("list", epilog="Example: dayhand paperwork list --client C-0017")
@click.option("--client", "client_id", help="Of one client.")
@click.option("--kind", type=click.Choice(_KINDS), help="Of one kind.")
@reveal_option
@json_option
@pass_practice
def list_paperwork(
    practice: Practice, *, client_id: str | None, kind: str | None, reveal: bool, as_json: bool
) -> None:
    """List what is on file. Recipients of releases and addresses are shown with --reveal."""
    from dayhand_practice import paperwork as store

    with reading(practice, reveal=reveal, what="paperwork") as connection:
        found = store.on_file(connection, [client_id] if client_id else None)
    rows: list[dict[str, Any]] = [one for one in found if kind in (None, one["kind"])]
    for row in rows if not reveal else ():
        hidden = ["address"] if row["kind"] == "email_consent" else ["address", "scope"]
        row |= {name: HIDDEN for name in hidden if row[name]}
    columns = {"id": "ID", "client_id": "CLIENT", "kind": "KIND", "signed_on": "SIGNED"}
    columns |= {"expires_on": "EXPIRES", "revoked_at": "REVOKED", "scope": "SCOPE"}
    columns |= {"address": "ADDRESS"} if reveal else {}
    show(rows, columns, as_json=as_json, nothing="no paperwork on file")


@paperwork.command(
    "add",
    epilog="Example: dayhand paperwork add C-0017 roi --scope 'Dr. Vance' --expires-on 2027-05-31",
)
@click.argument("client_id", metavar="CLIENT")
@click.argument("kind", type=click.Choice(_KINDS))
@options(
    {
        "signed_on": "signed, or of a plan: made; today where empty",
        "expires_on": "last day it is good for",
        "scope": "e-mail: reminders; billing; clinical. Release: to whom",
        "address": "e-mail consent: the address; the client's where empty",
        "warned_at": "e-mail consent: told of the risk",
    }
)
@pass_practice
def add_paperwork(practice: Practice, **texts: str | None) -> None:
    """Note a paper on file.

    An e-mail consent counts only with --warned-at, the day on which the client was told that e-mail
    is not private.
    """
    texts["signed_on"] = texts["signed_on"] or practice.today.isoformat()
    with practice.transaction(f"add {texts['kind']} of {texts['client_id']}") as connection:
        record = added(practice, connection, "paperwork", given(texts))
    click.echo(f"added {record['id']}")


@paperwork.command("revoke", epilog="Example: dayhand paperwork revoke D-000012")
@click.argument("paper_id", metavar="ID")
@click.option("--on", help="The day; today where left out.")
@pass_practice
def revoke(practice: Practice, *, paper_id: str, on: str | None) -> None:
    """Note that a consent or a release was taken back. It counts no longer, from that day on."""
    from dayhand_practice import intake
    from dayhand_practice import paperwork as store

    with practice.transaction(f"revoke paper {paper_id}") as connection:
        if paper_id not in {paper["id"] for paper in store.on_file(connection)}:
            raise UserError(
                f"there is no paper {paper_id}", hint="'dayhand paperwork list' shows the ids"
            )
        entry = {"id": paper_id, "revoked_at": on or practice.today.isoformat()}
        intake.put(practice, connection, "paperwork", entry)
    click.echo(f"{paper_id} is revoked")


@paperwork.command("due", epilog="Example: dayhand paperwork due --days 14")
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(0, 3650),
    help="How far to look ahead.",
)
@click.option("--client", "client_id", help="Of one client; of every active one where left out.")
@json_option
@pass_practice
def list_due(practice: Practice, *, days: int, client_id: str | None, as_json: bool) -> None:
    """List what is missing, has expired or soon will."""
    from dayhand_practice import clients
    from dayhand_practice import paperwork as store

    with practice.connect() as connection:
        if client_id:
            people = clients.require(connection, [client_id], practice.today)
        else:
            people = clients.with_status(connection, "active", practice.today)
        items = store.due(
            connection,
            people,
            settings=practice.settings,
            today=practice.today,
            within=timedelta(days=days),
        )
    columns = {"client_id": "CLIENT", "initials": "INITIALS", "title": "WHAT", "state": "STATE"}
    columns |= {"expires": "GOOD UNTIL", "days_left": "DAYS LEFT"}
    rows = [item.model_dump() for item in items]
    show(rows, columns, as_json=as_json, nothing="nothing is due")


with_files(paperwork, ["paperwork"])
