"""`dayhand notes`: list, read, write, sign, add to and verify progress notes."""

from __future__ import annotations

import sys
from typing import Any

import click

from dayhand import Practice, UserError, json_option, pass_practice, show_json, show_table

__all__ = ["notes", "text_from"]


def text_from(text: str | None, *, stdin: bool, start: str) -> str | None:
    """Text from a flag, standard input or an editor; None if the editor saved nothing."""
    if text is not None:
        return text
    if stdin:
        return sys.stdin.read()
    return click.edit(start, extension=".md", require_save=True)


@click.group()
def notes() -> None:
    """Progress notes: drafts, signing, addenda.

    Example: dayhand notes unsigned
    """


@notes.command("list")
@click.option("--client", "client_id", default="", help="Only this client, such as C-0017.")
@click.option("--state", type=click.Choice(["draft", "signed"]), help="Only these.")
@json_option
@pass_practice
def list_notes(practice: Practice, client_id: str, state: str | None, as_json: bool) -> None:
    """List the notes, newest session first, without their text.

    Example: dayhand notes list --client C-0017
    """
    from dayhand_journal import note_store

    with practice.connect() as connection:
        found = note_store.listed(
            connection, practice.now.tzinfo, client_id=client_id, state=state or ""
        )
    if as_json:
        show_json(found)
        return
    rows = [("note", "session", "client", "initials", "format", "state")]
    for note in found:
        day = f"{note.start:%Y-%m-%d %H:%M}" if note.start else ""
        late = ", late entry" if note.late_entry else ""
        rows.append((note.id, day, note.client_id, note.initials, note.format, note.state + late))
    show_table(rows[0], rows[1:]) if found else click.echo("no notes")


@notes.command()
@click.argument("note_id")
@json_option
@pass_practice
def show(practice: Practice, note_id: str, as_json: bool) -> None:
    """Print a note with its addenda.

    Example: dayhand notes show N-000012
    """
    from dayhand_journal import note_store
    from dayhand_journal.note_text import as_text

    with practice.transaction(f"read note {note_id.strip().upper()}") as connection:
        note = note_store.find(connection, note_id, practice.now.tzinfo)
    show_json(note) if as_json else click.echo(as_text(note))


@notes.command()
@click.argument("note_id")
@click.option("--section", "-s", "pairs", multiple=True, help="NAME=TEXT; repeatable.")
@click.option("--stdin", is_flag=True, help="Read sections under '## Headings' from a pipe.")
@pass_practice
def write(practice: Practice, note_id: str, pairs: tuple[str, ...], stdin: bool) -> None:
    """Write sections of a draft, by default in your editor.

    Example: dayhand notes write N-000012 --section plan="Review the thought record"
    """
    from dayhand_journal import note_store
    from dayhand_journal.note_text import read_sections, to_edit

    with practice.connect() as connection:
        note = note_store.find(connection, note_id, practice.now.tzinfo)
    if note.state == "signed":
        note_store.refuse_change(note.id)
    if pairs:
        sections = dict(_pair(pair) for pair in pairs)
    else:
        text = text_from(None, stdin=stdin, start=to_edit(note, practice.settings))
        if text is None:
            click.echo("nothing was saved")
            return
        sections = read_sections(text, note)
    with practice.transaction(f"write note {note.id}") as connection:
        note_store.write(connection, note.id, sections)
    click.echo(f"{note.id} written: {', '.join(sections)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError("a section is given as NAME=TEXT", hint="as in --section plan='…'")
    return name.strip().lower().replace(" ", "_"), value


@notes.command()
@click.argument("note_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_practice
def sign(practice: Practice, note_ids: tuple[str, ...], yes: bool) -> None:
    """Sign notes and lock them; or, where a note is signed, its addendum.

    Example: dayhand notes sign N-000012
    """
    from dayhand_journal import note_store

    for note_id in note_ids:
        with practice.connect() as connection:
            note = note_store.find(connection, note_id, practice.now.tzinfo)
        what = f"the addendum of {note.id}" if note.state == "signed" else note.id
        question = (
            f"Sign {what} ({note.initials} {note.start:%Y-%m-%d})? It cannot be changed after."
        )
        if not yes and not click.confirm(question):
            click.echo(f"{note.id} not signed")
            continue
        with practice.transaction(f"sign {what}") as connection:
            click.echo(_sign(practice, connection, note))


def _sign(practice: Practice, connection: Any, note: Any) -> str:
    from dayhand_journal import note_store

    by = practice.info.clinician.with_credentials
    if note.state == "signed":
        n = note_store.sign_addendum(connection, note.id, by=by, at=practice.now)
        return f"{note.id} addendum {n} signed"
    late_after = practice.settings.late_after
    signed = note_store.sign(connection, note.id, by=by, at=practice.now, late_after=late_after)
    late = ", as a late entry" if signed.late_entry else ""
    return f"{note.id} signed{late}; seal {signed.sha256[:16]}"


@notes.command()
@click.argument("note_id")
@click.option("--text", help="The text; else it is read from --stdin or your editor.")
@click.option("--stdin", is_flag=True, help="Read the text from a pipe.")
@click.option("--replace", is_flag=True, help="Replace the addendum that is not signed yet.")
@pass_practice
def addendum(
    practice: Practice, note_id: str, text: str | None, stdin: bool, replace: bool
) -> None:
    """Add to a signed note; sign the addendum with 'dayhand notes sign'.

    Example: dayhand notes addendum N-000012 --text "The client called later that day"
    """
    from dayhand_journal import note_store

    given = text_from(text, stdin=stdin, start="")
    if given is None:
        click.echo("nothing was saved")
        return
    with practice.transaction(f"add to note {note_id}") as connection:
        n = note_store.add_addendum(connection, note_id, given, at=practice.now, replace=replace)
    click.echo(f"{note_id} addendum {n} is a draft; sign it with 'dayhand notes sign {note_id}'")


@notes.command()
@click.argument("note_id", required=False)
@pass_practice
def verify(practice: Practice, note_id: str | None) -> None:
    """Compute the seals again; ends with 1 if a signed note was changed.

    Example: dayhand notes verify
    """
    from dayhand_journal import note_store

    with practice.connect() as connection:
        signed, wrong = note_store.verify(connection, note_id or "")
    for note, reasons in wrong.items():
        for reason in reasons:
            click.echo(f"{note}: {reason}")
    if wrong:
        raise click.exceptions.Exit(1)
    click.echo(f"{signed} signed notes are as they were signed")


@notes.command()
@json_option
@pass_practice
def unsigned(practice: Practice, as_json: bool) -> None:
    """List what is to be signed, oldest first.

    Example: dayhand notes unsigned
    """
    from datetime import timedelta

    from dayhand_journal import note_store

    with practice.connect() as connection:
        found = note_store.unsigned(
            connection,
            now=practice.now,
            older_than=timedelta(0),
            late_after=practice.settings.late_after,
        )
    if as_json:
        show_json(found)
        return
    if not found.items:
        click.echo("every note is signed")
        return
    rows = [("note", "session", "client", "initials", "age", "")]
    for item in found.items:
        what = f"addendum {item.addendum}" if item.addendum else "to write" if item.empty else ""
        rows.append(
            (
                item.note_id,
                item.session_date.isoformat(),
                item.client_id,
                item.initials,
                f"{item.age_hours} h",
                ", ".join(part for part in (what, "late entry" if item.late else "") if part),
            )
        )
    show_table(rows[0], rows[1:])
    click.echo(f"{found.over_24h} over 24 hours, {found.over_72h} over 72 hours")
