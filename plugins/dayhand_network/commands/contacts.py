"""`dayhand contacts`."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dayhand import Day, Practice, checked, json_option, pass_practice
from dayhand_network.commands.screen import exporter, importer, show
from dayhand_network.models import AVAILABILITY, HOW, Availability, Contact, How, Touch

__all__ = ["contacts"]

_COLUMNS = {"id": "ID", "name": "NAME", "role": "ROLE", "organisation": "ORGANISATION"}


@click.group()
def contacts() -> None:
    """Contacts: professionals you refer to, and who refer to you.

    Example: dayhand contacts list --role psychiatrist
    """


@contacts.command("add")
@click.argument("name")
@click.option("--role", default="", help="Such as psychiatrist; reports count by it.")
@click.option("--organisation", default="", help="Where they work.")
@click.option("--phone", default="")
@click.option("--email", default="")
@click.option("--address", default="", help="Lines of the address, separated by ';'.")
@click.option("--insurance", multiple=True, help="What they take; repeatable.")
@click.option("--specialty", "specialties", multiple=True, help="Repeatable.")
@click.option("--availability", type=click.Choice(AVAILABILITY), default="unknown")
@click.option("--touch-every", "touch_every_days", type=int, help="Days; 0 is never.")
@click.option("--recipient", default="", help="How releases name them, if otherwise.")
@click.option("--note", default="", help="For yourself. No client in it.")
@pass_practice
def add(practice: Practice, **values: Any) -> None:
    """Keep a contact; the same NAME and organisation again change it.

    Example: dayhand contacts add "Dr. Theodora Vance" --role psychiatrist --phone 518-555-0131
    """
    from dayhand_network import desk

    lists = {name: list(values[name]) for name in ("insurance", "specialties")}
    verified = {} if values["availability"] == "unknown" else {"verified_on": practice.today}
    contact = checked(Contact, **values | lists | verified)
    with practice.transaction("keep a contact") as connection:
        kept = desk.keep(connection, "contacts", contact)
    click.echo(f"{kept.id} is kept")


@contacts.command("list")
@click.option("--role", default="", help="Whose role holds this.")
@click.option("--insurance", default="", help="Who take it.")
@click.option("--availability", type=click.Choice(AVAILABILITY), default=None)
@click.option("--all", "everyone", is_flag=True, help="Those no longer active too.")
@json_option
@pass_practice
def list_contacts(
    practice: Practice,
    *,
    role: str,
    insurance: str,
    availability: str | None,
    everyone: bool,
    as_json: bool,
) -> None:
    """List contacts: who takes whom, and which insurance.

    Example: dayhand contacts list --insurance "Evergreen Mutual" --availability open
    """
    from dayhand_network import desk

    found = desk.contacts(
        practice, role=role, insurance=insurance, availability=availability or "",
        everyone=everyone,
    )  # fmt: skip
    columns = _COLUMNS | {"phone": "PHONE", "insurance": "INSURANCE", "availability": "TAKES"}
    nothing = "no such contacts; keep one with 'dayhand contacts add'"
    show(found, columns, as_json=as_json, nothing=nothing)


@contacts.command("touch")
@click.argument("contact", metavar="CONTACT")
@click.option("--how", type=click.Choice(HOW), default="other", show_default=True)
@click.option("--on", type=Day, help="The day; today if left out.")
@click.option("--note", default="", help="What about. No client in it.")
@click.option("--follow-up-on", type=Day, help="When to come back to it.")
@pass_practice
def touch(
    practice: Practice,
    *,
    contact: str,
    how: How,
    on: date | None,
    note: str,
    follow_up_on: date | None,
) -> None:
    """Keep that you were in touch with CONTACT.

    Example: dayhand contacts touch K-000001 --how telephone --follow-up-on 2026-12-10
    """
    from dayhand_network import desk

    value = checked(
        Touch, contact_id=contact.upper(), how=how, on=on or practice.today, note=note,
        follow_up_on=follow_up_on,
    )  # fmt: skip
    with practice.transaction(f"keep a touch with {value.contact_id}") as connection:
        kept = desk.keep(connection, "touches", value)
    click.echo(f"{kept.id} is kept")


@contacts.command("verify")
@click.argument("contact", metavar="CONTACT")
@click.option("--on", type=Day, help="The day; today if left out.")
@click.option("--phone", help="If it changed.")
@click.option("--insurance", multiple=True, help="All that they take; repeatable.")
@click.option("--availability", type=click.Choice(AVAILABILITY), help="If it changed.")
@click.option("--inactive", is_flag=True, help="They are no longer there.")
@pass_practice
def verify(
    practice: Practice,
    *,
    contact: str,
    on: date | None,
    phone: str | None,
    insurance: tuple[str, ...],
    availability: Availability | None,
    inactive: bool,
) -> None:
    """Note that the entry of CONTACT is right, or what changed.

    Example: dayhand contacts verify K-000001 --availability open
    """
    from dayhand_network import desk, kept

    changes = {
        "phone": phone,
        "insurance": list(insurance) or None,
        "availability": availability,
        "active": False if inactive else None,
        "verified_on": on or practice.today,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    with practice.transaction(f"verify contact {contact}") as connection:
        there = kept.CONTACTS.find(connection, contact)
        done = desk.keep(connection, "contacts", checked(Contact, **there.model_dump() | given))
    click.echo(f"{done.id} is verified on {done.verified_on}")


@contacts.command("due")
@json_option
@pass_practice
def due(practice: Practice, *, as_json: bool) -> None:
    """List whom to get in touch with, the longest due first.

    Example: dayhand contacts due
    """
    from dayhand_network import desk

    found = desk.due(practice)
    if as_json:
        show(found.items, {}, as_json=True, nothing="")
        return
    for one in found.items:
        click.echo(f"{one.due_on}  {one.contact.id}  {one.contact.name}: {one.reason}")
    if not found.items:
        click.echo(f"nobody is due; {found.in_touch} in touch")


@contacts.command("stale")
@json_option
@pass_practice
def stale(practice: Practice, *, as_json: bool) -> None:
    """List the entries to verify; ends with 1 if there are any.

    Example: dayhand contacts stale
    """
    from dayhand_network import desk

    found = [one for one in desk.directory(practice).entries if one.stale]
    if as_json:
        show(found, {}, as_json=True, nothing="")
    for one in found if not as_json else ():
        when = "never verified" if one.days is None else f"verified {one.days} days ago"
        missing = f"; missing: {', '.join(one.missing)}" if one.missing else ""
        click.echo(f"{one.contact.id}  {one.contact.name}: {when}{missing}")
    if found:
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("every entry is verified")


contacts.add_command(importer("contacts", ["contacts", "touches"]))
contacts.add_command(exporter("contacts", ["contacts", "touches"]))
