"""`dayhand checkin` and `dayhand psychotherapy-notes`: entries kept apart from the record."""

from __future__ import annotations

import secrets

import click

from dayhand import Practice, UserError, pass_practice, show_json, show_table
from dayhand_journal.commands import text_from

__all__ = ["checkin", "psychotherapy_notes"]


def _key() -> str:
    """What makes an entry of a command another one; nothing of the entry, of which a hash would tell."""
    return secrets.token_hex(16)


@click.command()
@click.option("--scale", "-s", "pairs", multiple=True, help="NAME=0..10; repeatable.")
@click.option("--text", help="Anything you want to keep.")
@click.option("--edit", is_flag=True, help="Write the text in your editor.")
@pass_practice
def checkin(practice: Practice, *, pairs: tuple[str, ...], text: str | None, edit: bool) -> None:
    """Keep a private check-in with yourself and see how each scale goes.

    Example: dayhand checkin --scale energy=6 --scale strain=4 --text "A full week"
    """
    from dayhand_journal import private_store

    scales = dict(_scale(pair) for pair in pairs)
    given = text_from(text, stdin=False, start="") if edit else text
    with practice.transaction("keep a check-in") as connection:
        kept = private_store.check_in(
            practice, connection, scales=scales, text=given or "", key=_key()
        )
    click.echo(f"{kept.id} kept")
    for each in kept.trend:
        before = f", mean of the last entries {each.mean_before}" if each.mean_before else ""
        click.echo(f"{each.scale}: {each.value}{before}")


def _scale(pair: str) -> tuple[str, int]:
    name, _, value = pair.partition("=")
    if not name or not value.isdigit():
        raise UserError("a scale is given as NAME=NUMBER from 0 to 10", hint="as in energy=6")
    return name.strip(), int(value)


@click.group("psychotherapy-notes")
def psychotherapy_notes() -> None:
    """Psychotherapy (process) notes, kept apart from the record.

    Example: dayhand psychotherapy-notes write C-0017
    """


@psychotherapy_notes.command("list")
@click.option("--client", "client_id", default="", help="Only this client, such as C-0017.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the texts.")
@pass_practice
def list_notes(practice: Practice, *, client_id: str, as_json: bool) -> None:
    """List the notes, newest first, without their text.

    Example: dayhand psychotherapy-notes list --client C-0017
    """
    from dayhand_journal import private_store

    with practice.connect() as connection:
        found = private_store.psychotherapy_notes(
            connection, practice.now.tzinfo, client_id=client_id
        )
    if as_json:
        show_json([note.model_dump() for note in found])
        return
    rows = [("note", "written", "client", "initials")]
    rows += [(n.id, f"{n.written_at:%Y-%m-%d %H:%M}", n.client_id, n.initials) for n in found]
    show_table(rows[0], rows[1:]) if found else click.echo("no psychotherapy notes")


@psychotherapy_notes.command()
@click.argument("client_id")
@click.option("--text", help="The text; else it is read from --stdin or your editor.")
@click.option("--stdin", is_flag=True, help="Read the text from a pipe.")
@click.option("--initials", default="", help="The client's initials, for the list.")
@pass_practice
def write(
    practice: Practice, *, client_id: str, text: str | None, stdin: bool, initials: str
) -> None:
    """Keep a note; warns of lines that belong in the progress note.

    Example: dayhand psychotherapy-notes write C-0017
    """
    from dayhand_journal import private_store

    given = text_from(text, stdin=stdin, start="")
    if given is None:
        click.echo("nothing was saved")
        return
    with practice.transaction("keep a psychotherapy note") as connection:
        kept = private_store.write_psychotherapy(
            practice,
            connection,
            client_id=client_id,
            initials=initials,
            text=given,
            key=_key(),
        )
    click.echo(f"{kept.id} kept")
    for warned in kept.warnings:
        click.echo(f"warning: line {warned.line}, {warned.field}: {warned.message}", err=True)


@psychotherapy_notes.command()
@click.argument("note_id")
@pass_practice
def show(practice: Practice, note_id: str) -> None:
    """Print a note.

    Example: dayhand psychotherapy-notes show P-000003
    """
    from dayhand_journal import private_store

    with practice.transaction(f"read psychotherapy note {note_id.strip().upper()}") as connection:
        note = private_store.psychotherapy_note(practice, connection, note_id)
    click.echo(f"{note.id}  {note.initials} {note.client_id}  {note.written_at:%Y-%m-%d %H:%M}")
    click.echo()
    click.echo(note.text)
