"""`dayhand releases`."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dayhand import Day, Practice, checked, json_option, pass_practice
from dayhand_collaboration.commands.screen import (
    exporter,
    importer,
    reading,
    reveal_option,
    show,
)
from dayhand_collaboration.models import INFORMATION, Part2Client, Release

__all__ = ["releases"]


@click.group()
def releases() -> None:
    """Releases of information: what may go to whom, until when.

    Example: dayhand releases check
    """


@releases.command("add")
@click.argument("client_id", metavar="CLIENT")
@click.option("--initials", default="", help="The client's initials, for lists.")
@click.option("--recipient", help="Who may receive; asked for if left out.")
@click.option("--recipient-address", default="", help="Lines of the address, separated by ';'.")
@click.option(
    "--information", type=click.Choice(INFORMATION), multiple=True, help="What; repeatable."
)
@click.option("--description", default="", help="The information in the words of the form.")
@click.option("--discloser", default="", help="Who may disclose; you if left out.")
@click.option("--purpose", default="", help="For what.")
@click.option("--expires-on", type=Day, help="It holds up to the day before.")
@click.option("--expires-event", default="", help="Or the event with which it ends.")
@click.option("--signed-on", type=Day, help="The day on the form.")
@click.option("--signed-by", type=click.Choice(["client", "representative"]), help="Who signed.")
@click.option("--authority", default="", help="Of a representative: on what ground.")
@click.option("--says-revocation", is_flag=True, help="It says how it can be revoked.")
@click.option("--says-conditions", is_flag=True, help="It says whether treatment depends on it.")
@click.option("--says-redisclosure", is_flag=True, help="It says it may be disclosed again.")
@click.option("--copy-given-on", type=Day, help="When the client was given a copy.")
@click.option("--part2", is_flag=True, help="It covers records under 42 CFR part 2.")
@pass_practice
def add(practice: Practice, **values: Any) -> None:
    """Keep a release of CLIENT; the same recipient and day again change it.

    Example: dayhand releases add C-0017 --information progress --signed-on 2026-11-20
    """
    from dayhand_collaboration import desk

    values["recipient"] = values["recipient"] or click.prompt("Who may receive")
    values["information"] = list(values["information"])
    given = {name: one for name, one in values.items() if one is not None}
    release = checked(Release, **given)
    with practice.transaction(f"keep a release of {release.client_id}") as connection:
        kept = desk.keep_release(practice, connection, release)
    click.echo(f"{kept.id} is {kept.state}")
    for defect in kept.defects:
        click.echo(f"note: it {defect}", err=True)


@releases.command("list")
@click.option("--client", "client_id", default="", help="Of one client.")
@reveal_option
@json_option
@pass_practice
def list_releases(practice: Practice, *, client_id: str, reveal: bool, as_json: bool) -> None:
    """List the releases. Recipients and purposes are shown with --reveal.

    Example: dayhand releases list --client C-0017 --reveal
    """
    from dayhand_collaboration import desk

    with reading(practice, reveal=reveal, what="releases"):
        found = desk.releases(practice, client_id.upper())
    columns = {"id": "ID", "client_id": "CLIENT", "signed_on": "SIGNED", "expires_on": "EXPIRES"}
    columns |= {"state": "STATE", "days_left": "DAYS", "recipient": "RECIPIENT"}
    columns |= {"information": "WHAT"} if reveal else {}
    nothing = "no releases; keep one with 'dayhand releases add'"
    show(found, columns, as_json=as_json, reveal=reveal, nothing=nothing)


@releases.command("show")
@click.argument("release")
@reveal_option
@pass_practice
def show_release(practice: Practice, *, release: str, reveal: bool) -> None:
    """Tell what a RELEASE says and what it lacks.

    Example: dayhand releases show R-000004
    """
    from dayhand_collaboration import desk, kept

    with reading(practice, reveal=reveal, what=f"release {release}") as connection:
        wanted = kept.RELEASES.find(connection, release).id
    found = next(one for one in desk.releases(practice) if one.id == wanted)
    show([found], {}, as_json=True, reveal=reveal, nothing="")
    for defect in found.defects:
        click.echo(f"it {defect}")


@releases.command("revoke")
@click.argument("release")
@click.option("--on", type=Day, help="The day; today if left out.")
@pass_practice
def revoke(practice: Practice, *, release: str, on: date | None) -> None:
    """Note that a RELEASE was taken back: from that day on nothing goes out under it.

    Example: dayhand releases revoke R-000004
    """
    from dayhand_collaboration import desk

    with practice.transaction(f"revoke release {release}") as connection:
        done = desk.revoke(connection, release, on or practice.today)
    click.echo(f"{done.id} is revoked since {done.revoked_on}")


@releases.command("ended")
@click.argument("release")
@click.option("--on", type=Day, help="The day of its event; today if left out.")
@pass_practice
def ended(practice: Practice, *, release: str, on: date | None) -> None:
    """Note that the event with which a RELEASE ends took place.

    Example: dayhand releases ended R-000004 --on 2026-11-20
    """
    from dayhand_collaboration import kept

    with practice.transaction(f"end release {release}") as connection:
        found = kept.RELEASES.find(connection, release)
        done = found.model_copy(update={"event_on": on or practice.today})
        kept.RELEASES.put(connection, done)
    click.echo(f"{done.id} has ended on {done.event_on}")


@releases.command("check")
@json_option
@reveal_option
@pass_practice
def check(practice: Practice, *, as_json: bool, reveal: bool) -> None:
    """List the releases that lack something, have ended, or end soon.

    Example: dayhand releases check
    """
    from dayhand_collaboration import desk

    with reading(practice, reveal=reveal, what="releases"):
        found = desk.check_releases(practice, [])
    columns = {"release": "ID", "client_id": "CLIENT", "state": "STATE", "days_left": "DAYS"}
    columns |= {"recipient": "RECIPIENT", "reasons": "WHY"}
    show(found.items, columns, as_json=as_json, reveal=reveal, nothing="all releases hold")
    if not as_json:
        for line in found.rules:
            click.echo(line)


@releases.command("part-two")
@click.argument("client_id", metavar="CLIENT", required=False)
@click.option("--since", type=Day, help="From this day on; today if left out.")
@pass_practice
def part2(practice: Practice, *, client_id: str | None, since: date | None) -> None:
    """Note that records of CLIENT are under 42 CFR part 2; without one, list those that are.

    Example: dayhand releases part-two C-0016 --since 2026-02-01
    """
    from dayhand_collaboration import kept

    if client_id:
        marked = checked(Part2Client, client_id=client_id.upper(), since=since or practice.today)
        with practice.transaction(f"mark {marked.client_id} as under part 2") as connection:
            kept.mark_part2(connection, marked)
        click.echo(f"{marked.client_id} is under 42 CFR part 2 since {marked.since}")
        return
    with practice.connect() as connection:
        found = kept.part2_clients(connection)
    for one in found:
        click.echo(f"{one.client_id} since {one.since}")
    if not found:
        click.echo("no client is marked as under 42 CFR part 2")


releases.add_command(importer("releases"))
releases.add_command(exporter("releases"))
