"""`dayhand email`: try the server, and look at a letter before anyone else does."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from dayhand import Practice, UserError, json_option, pass_practice
from dayhand_email.settings import EmailSettings

# Letters and conversations are imported inside the commands: they load their libraries.

__all__ = ["email"]


@click.group()
def email() -> None:
    """Try your mail server, and see letters before they are sent."""


@email.command(epilog="Example: dayhand email test --send")
@pass_practice
@click.option("--send", is_flag=True, help="Also send a message, to yourself.")
@json_option
def test(practice: Practice, *, send: bool, as_json: bool) -> None:
    """Connect to the mail server, check its certificate, and log in."""
    from dayhand_email.delivery import connected, deliver, server_of

    server = server_of(practice)
    report: dict[str, Any] = {"server": server.shown, "security": server.security}

    async def connect() -> None:
        async with connected(server):
            report["logged_in"] = bool(server.username)

    async def nothing() -> None:
        """A command keeps no intents: the person who runs it sees how it ends."""

    asyncio.run(connect())
    if send:
        message = _test_message(practice)
        report["server_reply"] = asyncio.run(deliver(server, message, nothing))
        report["message_id"] = message.id
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(f"connected   {server.shown} ({server.security})")
    click.echo(f"logged in   {'yes' if server.username else 'no user name is set'}")
    if send:
        click.echo(f"sent        {report['message_id']}")
        click.echo(f"reply       {report['server_reply']}")


@email.command(epilog="Example: dayhand email preview reminder --values reminder.json")
@pass_practice
@click.argument("template")
@click.option(
    "--values",
    "values_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file with what the template may use; dates as 2026-11-02.",
)
@click.option("--reminder", is_flag=True, help="Check it as a reminder (rule E2) too.")
@click.option("--html", "as_html", is_flag=True, help="Print the HTML instead of the text.")
@json_option
def preview(
    practice: Practice,
    *,
    template: str,
    values_file: Path | None,
    reminder: bool,
    as_html: bool,
    as_json: bool,
) -> None:
    """Show the letter a TEMPLATE gives, and what the lint says of it."""
    from dayhand_email.letters import written
    from dayhand_email.lint import Rules, private_parts

    values = _read_values(values_file)
    settings: EmailSettings = practice.settings
    letter = written(practice, template=template, subject="", values=values, footer=settings.footer)
    rules = Rules(settings.lint_words, practice.info.name, settings.neutral_practice_name)
    private = private_parts(values)
    found = rules.subject_problems(letter.subject, private, source=letter.source)
    problems = [f"the subject tells too much (rule E1): {one}" for one in found]
    if reminder:
        found = rules.reminder_problems(letter.text, private, source=letter.source)
        problems += [f"the reminder tells too much (rule E2): {one}" for one in found]
    if as_json:
        shown = {"subject": letter.subject, "text": letter.text, "html": letter.html}
        click.echo(json.dumps(shown | {"problems": problems}, indent=2, ensure_ascii=False))
    elif as_html:
        click.echo(letter.html, nl=False)
    else:
        click.echo(f"Subject: {letter.subject}\n\n{letter.text}", nl=False)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        click.get_current_context().exit(1)


def _test_message(practice: Practice) -> Any:
    from dayhand_email.addresses import recipient
    from dayhand_email.letters import plain_letter
    from dayhand_email.message import Envelope, compose

    settings: EmailSettings = practice.settings
    to = settings.notify_to or practice.info.clinician.email or practice.info.email
    if settings.sender is None or not to:
        raise UserError(
            "there is no address to send the test to", hint="set email.notify_to in practice.yaml"
        )
    letter = plain_letter(
        practice, subject="Test message", body="Mail from dayhand reaches you.", footer=""
    )
    key = hashlib.sha256(f"email test {practice.now.isoformat()}".encode()).hexdigest()
    return compose(Envelope(settings.sender, recipient(to), None, practice.now, key), letter)


def _read_values(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = json.loads(file.read_text(encoding="utf-8"), parse_float=str)
    except (OSError, ValueError) as error:
        raise UserError(f"{file.name} is no JSON", hint="check it with a JSON editor") from error
    if not isinstance(values, dict):
        raise UserError(f"{file.name} holds no names", hint='write {"first_name": "Ana"}')
    found: dict[str, Any] = _dated(values)
    return found


def _dated(value: Any) -> Any:
    """The same with dates and moments read, as a routine would hand them over."""
    if isinstance(value, dict):
        return {key: _dated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item) for item in value]
    if isinstance(value, str):
        for read in (date.fromisoformat, datetime.fromisoformat):
            try:
                return read(value)
            except ValueError:
                continue
    return value
