"""`dayhand audit`: who did what to which record, and whether the log is as it was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import UserError

__all__ = ["audit_command"]

F = TypeVar("F", bound=Callable[..., Any])


@click.group("audit")
def audit_command() -> None:
    """The audit log: who did what to which record; every entry holds the hash of the one before."""


def _choosing(function: F) -> F:
    """The options that choose entries, for `list` and `export`."""
    for option in (
        click.option("--disclosures", is_flag=True, help="Only what left the practice."),
        click.option("--about", metavar="TEXT", default="", help="Only what names this: a run, an id."),
        click.option("--who", default="", help="Only what this user did."),
        click.option("--action", "actions", multiple=True, help="Only this, as in send; repeatable."),
        click.option("--to", "end", metavar="D", help="Up to this date, or before this instant."),
        click.option("--from", "begin", metavar="D", help="From this date or instant on."),
    ):  # fmt: skip
        function = option(function)
    return function


def _chosen(
    app: Any, begin: str | None, end: str | None, actions: tuple[str, ...], who: str, about: str,
    *, disclosures: bool, before: int | None = None,
) -> Any:  # fmt: skip
    from dayhand.app import forecast
    from dayhand.app.audit_export import DISCLOSURES
    from dayhand.store.audit import Chosen

    return Chosen(
        since=forecast.beginning(app, begin) if begin else None,
        until=forecast.ending(app, end) if end else None,
        actions=(*actions, *(DISCLOSURES if disclosures else ())),
        who=who,
        subject=about,
        before=before,
    )


@audit_command.command("verify", epilog="Example: dayhand audit verify --against lakeside.dhb")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A backup, or a file with a head you noted: NUMBER HASH.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _verify(ctx: click.Context, against: Path | None, as_json: bool) -> None:
    """Compute every hash again, and compare with the heads noted elsewhere. Exit code 1 if it is not well.

    An entry that was changed, removed or swapped always shows. An end that was cut off, or a log written
    anew, shows against a head: dayhand notes one a day in your user data folder and one in each backup.
    """
    from dayhand.app import audit_notes

    app = app_of(ctx)
    anchors = audit_notes.noted(app)
    if against is not None:
        from dayhand.app.backups import heads_in

        anchors = [*anchors, *heads_in(against)]
    wrong = app.store.verify_audit(*anchors)
    head = app.store.audit_head()
    if not wrong:
        audit_notes.note_head(app)
    if as_json:
        emit_json(
            {"entries": head.n, "head": asdict(head), "compared_with": len(anchors), "wrong": wrong}
        )
    elif wrong:
        for line in wrong:
            click.echo(f"✗ {line}")
    else:
        click.echo(
            f"{head.n} entries, as they were written; compared with {len(anchors)} noted heads"
        )
        click.echo(f"head, to be noted elsewhere: {head.n} {head.hash}")
    ctx.exit(1 if wrong else 0)


@audit_command.command("list", epilog="Example: dayhand audit list --disclosures --from 2026-01-01")
@_choosing
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option("--before", type=click.IntRange(1), metavar="N", help="Older than entry N.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _list(
    ctx: click.Context, begin: str | None, end: str | None, actions: tuple[str, ...], who: str,
    about: str, disclosures: bool, limit: int, before: int | None, as_json: bool,
) -> None:  # fmt: skip
    """List entries, newest first: when, who, what, to which record. No content of records."""
    from dayhand.report import table

    app = app_of(ctx)
    chosen = _chosen(app, begin, end, actions, who, about, disclosures=disclosures, before=before)
    found = app.store.audit(limit=limit, chosen=chosen)
    if as_json:
        emit_json([asdict(entry) for entry in found])
        return
    if not found:
        click.echo("no entries of that kind")
        return
    rows = [
        (entry.n, f"{entry.at.astimezone(app.zone):%Y-%m-%d %H:%M:%S}", entry.who, entry.action,
         entry.subject)
        for entry in found
    ]  # fmt: skip
    click.echo(table(("N", "WHEN", "WHO", "ACTION", "TO WHAT"), rows))


@audit_command.command("review", epilog="Example: dayhand audit review --days 30")
@click.option(
    "--days", type=click.IntRange(1), default=7, show_default=True, help="How far back to look."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _review(ctx: click.Context, days: int, as_json: bool) -> None:
    """Count what happened: acts by kind and user, runs and occurrences by state, what is in doubt.

    Look at it every week. The daemon puts a line of it into its log each week.
    """
    from datetime import timedelta

    from dayhand.app import activity

    app = app_of(ctx)
    found = activity.review(app, timedelta(days=days))
    wrong = app.store.verify_audit()
    if as_json:
        emit_json({**asdict(found), "wrong": wrong})
        return
    zone = app.zone
    click.echo(
        f"from {found.since.astimezone(zone):%Y-%m-%d %H:%M} to {found.until.astimezone(zone):%Y-%m-%d %H:%M}"
    )
    for title, counts in (
        ("acts", found.acts), ("by", found.users), ("runs ended", found.runs), ("due", found.occurrences)
    ):  # fmt: skip
        told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
        click.echo(f"  {title}: {told or 'none'}")
    click.echo(f"now: {found.in_doubt} in doubt, {found.waiting} questions wait for you")
    for line in wrong:
        click.echo(f"✗ {line}")


@audit_command.command(
    "export", epilog="Example: dayhand audit export audit-2026.csv --from 2026-01-01"
)
@click.argument("file")
@_choosing
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), help="[default: by FILE's ending]."
)
@click.pass_context
def _export(
    ctx: click.Context, file: str, begin: str | None, end: str | None, actions: tuple[str, ...],
    who: str, about: str, disclosures: bool, form: str | None,
) -> None:  # fmt: skip
    """Write entries to FILE, oldest first, or with - to standard output. This is noted in the log too.

    CSV opens in a spreadsheet and runs no formula. JSON lines hold what each hash was computed from.
    """
    from dayhand.app import audit_export

    app = app_of(ctx)
    form = form or ("csv" if file.endswith(".csv") else "jsonl")
    target = None if file == "-" else Path(file).expanduser()
    if target is not None and target.exists():
        raise UserError(f"{target} is there already", hint="choose another name")
    chosen = _chosen(app, begin, end, actions, who, about, disclosures=disclosures)
    app.note("audit.export", f"as {form}")
    write = audit_export.as_csv if form == "csv" else audit_export.as_json_lines
    made = write(audit_export.chosen_entries(app, chosen))
    if target is None:
        click.echo(made, nl=False)
        return
    from dayhand.app.key_recovery import write_file

    write_file(target, made)
    click.echo(f"wrote {target}")
