"""The check of drafts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any

import click
from pydantic import TypeAdapter, ValidationError

from dayhand import Practice, UserError, json_option, pass_practice, show_json

__all__ = ["check"]


@click.command("check")
@click.argument("files", nargs=-1)
@click.option("--clients", type=click.File("r", encoding="utf-8"),
              help="Your clients as JSON, '-' for what is piped in.")  # fmt: skip
@json_option
@pass_practice
def check(
    practice: Practice, *, files: Sequence[str], clients: IO[str] | None, as_json: bool
) -> None:
    """Look in FILES of the practice, or in all drafts, for the eighteen identifiers of 45 CFR
    164.514(b)(2). Ends with 1 if something is found. What is found is never printed, only its place.

    Without --clients only forms are looked for, such as dates and numbers, not your clients' names.

    Example: dayhand clients list --status all --json --reveal | dayhand writing check --clients -
    """
    from dayhand_writing.desk import checked

    done = checked(practice, files, _clients(clients))
    if as_json:
        show_json(done)
    else:
        for one in done.findings:
            known = ", of a client" if one.known else ""
            click.echo(
                f"{one.file}:{one.line}:{one.column}: ({one.identifier}) {one.kind}{known}: {one.shown}"
            )
        click.echo(f"{len(done.files)} files, {len(done.findings)} findings")
    if clients is None:
        click.echo(
            "note: no client list was given, so no client's name was looked for;"
            " 'dayhand run deidentify-check' does it",
            err=True,
        )
    if done.findings:
        raise click.exceptions.Exit(1)


def _clients(file: IO[str] | None) -> Any:
    from dayhand_practice.vocabulary import Client

    if file is None:
        return []
    try:
        rows = TypeAdapter(list[dict[str, Any]]).validate_python(json.load(file))
        return [Client.model_validate(_details(row)) for row in rows]
    except (ValueError, ValidationError) as error:
        raise UserError(
            "the client list cannot be read",
            hint="it is what 'dayhand clients list --status all --json --reveal' prints",
        ) from error


def _details(row: dict[str, Any]) -> dict[str, Any]:
    """What is looked for, as `dayhand clients list --json` prints it; diagnoses are not needed."""
    kept = {name: value for name, value in row.items() if name != "diagnoses"}
    if kept.get("bill_to_name"):
        kept["bill_to"] = {"name": kept["bill_to_name"]}
    return kept
