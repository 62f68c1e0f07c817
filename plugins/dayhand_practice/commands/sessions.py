"""`dayhand sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dayhand import Practice, UserError, counted, pass_practice
from dayhand_practice.commands.entry import added, given, options
from dayhand_practice.commands.files import with_files
from dayhand_practice.commands.listing import json_option, reading, reveal_option, show

if TYPE_CHECKING:
    from dayhand_practice.vocabulary import Session

__all__ = ["sessions"]

_STATES = ("scheduled", "attended", "no_show", "late_cancelled", "cancelled")
_FIELDS = {
    "status": "state; attended or scheduled by its time where empty",
    "service": "service code; chosen by the minutes where empty",
    "fee": "listed fee then; taken from the service where empty",
    "adjustment": "sliding scale, negative or zero",
    "adjustment_reason": "its reason, no client data",
    "place_of_service": "two digits",
    "modality": "in_person, video or phone",
    "modifiers": "up to four",
}


@click.group("sessions", short_help="Sessions, from the calendar or by hand.")
def sessions() -> None:
    """Sessions: recorded from the calendar by routines, or added here."""


@sessions.command("list", epilog="Example: dayhand sessions list --month 2026-10 --unbilled")
@click.option("--month", help="A month, as 2026-11; this one where left out.")
@click.option("--client", "client_id", help="Of one client.")
@click.option("--status", type=click.Choice(_STATES), help="In one state.")
@click.option("--billed/--unbilled", default=None, help="On a document, or on none.")
@reveal_option
@json_option
@pass_practice
def list_sessions(
    practice: Practice,
    *,
    month: str | None,
    client_id: str | None,
    status: str | None,
    billed: bool | None,
    reveal: bool,
    as_json: bool,
) -> None:
    """List the sessions of a month."""
    from dayhand_practice import sessions as store

    try:
        start, end = store.month_range(month or f"{practice.today:%Y-%m}")
    except ValueError as error:
        raise UserError("a month is written as 2026-11", hint="as in --month 2026-11") from error
    zone = ZoneInfo(practice.info.timezone)
    with reading(practice, reveal=reveal, what="sessions") as connection:
        found = store.find(
            connection,
            zone,
            start=start,
            end=end,
            client_ids=[client_id] if client_id else None,
            status=status,
            billed=billed,
        )
        items = store.as_sessions(connection, found, practice.today)
    rows = [_row(one, reveal=reveal) for one in items]
    columns = {"id": "ID", "start": "START", "minutes": "MIN", "client": "CLIENT"}
    columns |= {"name": "NAME"} if reveal else {"initials": "INITIALS"}
    columns |= {"status": "STATUS", "service": "SERVICE", "owed": "OWED", "document": "DOCUMENT"}
    show(rows, columns, as_json=as_json, nothing="no sessions")
    if rows and not as_json:
        minutes = sum(one.minutes for one in items)
        click.echo(f"\n{counted(len(rows), 'session')}, {minutes} minutes")


def _row(one: Session, *, reveal: bool) -> dict[str, Any]:
    name = {"name": str(one.client.name)} if reveal else {}
    return {
        "id": one.id,
        "start": f"{one.start:%Y-%m-%d %H:%M}",
        "minutes": one.minutes,
        "client": one.client.id,
        "initials": one.client.initials,
        **name,
        "status": one.status,
        "service": one.service,
        "owed": one.fee + one.adjustment,
        "modality": one.modality,
        "document": one.document,
    }


@sessions.command(
    "add", epilog="Example: dayhand sessions add C-0017 2026-11-24T09:00 --minutes 45"
)
@click.argument("client_id", metavar="CLIENT")
@click.argument("start")
@click.option("--minutes", required=True, help="Length in minutes.")
@options(_FIELDS)
@pass_practice
def add_session(practice: Practice, **texts: str | None) -> None:
    """Add a session that is in no calendar. START is in the practice's zone."""
    with practice.transaction(f"add session of {texts['client_id']}") as connection:
        record = added(practice, connection, "sessions", given(texts))
    owed = record["fee"] + record["adjustment"]
    what = record["service"] or "no service is set for its minutes"
    click.echo(f"added {record['id']}: {record['status']}, {what}, {owed}")


@sessions.command("set-status", epilog="Example: dayhand sessions set-status S-000042 no_show")
@click.argument("session_id", metavar="ID")
@click.argument("status", type=click.Choice(_STATES))
@pass_practice
def set_status(practice: Practice, *, session_id: str, status: str) -> None:
    """Say what became of a session.

    It stands, whatever the calendar says; 'scheduled' hands the session back to the calendar.
    """
    from dayhand_practice import sessions as store

    zone = ZoneInfo(practice.info.timezone)
    with practice.transaction(f"set session {session_id} to {status}") as connection:
        changed = store.set_status(connection, zone, session_id, status, practice.now)
    click.echo(f"{session_id} is {status}" + ("" if changed else " already"))


@sessions.command("free", epilog="Example: dayhand sessions free INV-2026-00042")
@click.argument("document", metavar="INVOICE")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pass_practice
def free(practice: Practice, *, document: str, yes: bool) -> None:
    """Let the sessions of a void INVOICE be billed again.

    The next monthly billing does it too. An invoice that still holds is told apart there: its
    sessions are never billed twice.
    """
    from dayhand_practice import sessions as store

    zone = ZoneInfo(practice.info.timezone)
    if not yes:
        click.confirm(f"Bill the sessions of {document} again?", abort=True)
    with practice.transaction(f"free the sessions of {document}") as connection:
        number = store.free(connection, zone, document, practice.today)
    click.echo(f"{counted(number, 'session')} can be billed again")


with_files(sessions, ["sessions"])
