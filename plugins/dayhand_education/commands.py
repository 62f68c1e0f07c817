"""`dayhand ce`: what is missing, the log of credits, the rule sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from dayhand import Day, Practice, UserError, json_option, pass_practice, show_json, show_table
from dayhand_education.models import Met, read_credit

__all__ = ["ce"]


class _Hours(click.ParamType[Decimal]):
    name = "hours"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            return Decimal(value)
        except InvalidOperation:
            self.fail(f"'{value}' is no number of hours", param, ctx)


def _not_to_come(practice: Practice, day: date, done: str) -> None:
    if day > practice.today:
        raise UserError(
            f"{day.isoformat()} is still to come", hint=f"give the day on which it was {done}: --on"
        )


@click.group()
def ce() -> None:
    """Continuing education: what is missing, the credits, the rules.

    Example: dayhand ce gap NY-LCSW
    """


@ce.command()
@click.argument("licence", required=False)
@json_option
@pass_practice
def gap(practice: Practice, licence: str | None, as_json: bool) -> None:
    """Tell what each licence still needs; ends with 1 if one is overdue.

    Example: dayhand ce gap NY-LCSW
    """
    from dayhand_education.licences import gap_of, licence_statuses

    statuses = licence_statuses(practice)
    keys = [licence] if licence else [each.key for each in statuses if each.rule_set]
    gaps = [gap_of(practice, key) for key in keys]
    if as_json:
        show_json(gaps)
    elif licence:
        _show(practice, gaps[0])
    else:
        _overview(gaps)
        for each in statuses:
            if not each.rule_set:
                choices = ", ".join(each.choices) or "see 'dayhand ce rules list'"
                click.echo(f"{each.key}: {each.problem}; choices: {choices}")
    if any(each.status == "overdue" for each in gaps):
        raise click.exceptions.Exit(1)


def _overview(gaps: Sequence[Any]) -> None:
    from dayhand_education.report import hours

    rows = [("licence", "ends", "counted", "required", "status", "missing")]
    for each in gaps:
        counted, required = hours(each.counted + each.carried_in), hours(each.required)
        missing = each.summary.removeprefix("missing: ")
        end = each.window_end.isoformat()
        rows.append((each.licence, end, counted, required, each.status, missing))
    if gaps:
        show_table(rows[0], rows[1:])
        for each in gaps:
            click.echo(f"{each.licence}: rules as of {each.as_of}; {each.source}")
    else:
        click.echo("practice.yaml lists no licence with a rule set")


def _show(practice: Practice, report: Any) -> None:
    from dayhand_education.report import as_markdown, page

    names = {"practice": practice.info.name, "clinician": practice.info.clinician.name}
    click.echo(as_markdown(page(report) | names))


@ce.group("credits")
def credit_log() -> None:
    """The log of credits.

    Example: dayhand ce credits list
    """


@credit_log.command("list")
@json_option
@pass_practice
def list_credits(practice: Practice, as_json: bool) -> None:
    """List every credit, earliest first.

    Example: dayhand ce credits list --json
    """
    from dayhand_education import tables

    with practice.connect() as connection:
        kept = tables.all_credits(connection)
    if as_json:
        show_json(kept)
        return
    rows = [("id", "completed", "hours", "format", "subjects", "title")]
    for each in kept:
        length = f"{each.hours:f}" if each.hours is not None else f"{each.minutes} min"
        day = each.completed_on.isoformat()
        rows.append((each.id, day, length, each.format, ", ".join(each.subjects), each.title))
    show_table(rows[0], rows[1:]) if kept else click.echo(
        "no credits yet; add one with 'dayhand ce credits add'"
    )


@credit_log.command()
@click.option("--on", "completed_on", type=Day, required=True, help="The day it was completed.")
@click.option("--title", required=True)
@click.option("--provider", default="")
@click.option("--hours", type=_Hours(), help="Hours as on the certificate.")
@click.option("--minutes", type=int, help="Minutes, if the certificate states no hours.")
@click.option("--subject", "subjects", multiple=True, help="A tag such as ethics; repeatable.")
@click.option("--format", "format_", default="live", help="live, webinar or self_study.")
@click.option("--category", default="")
@click.option("--approved-by", multiple=True, help="Such as NBCC; repeatable.")
@click.option("--certificate", default="", help="A file in the practice folder.")
@click.option("--licence", "licences", multiple=True, help="Counts only for this; repeatable.")
@pass_practice
def add(practice: Practice, completed_on: date, format_: str, **values: Any) -> None:
    """Keep a course.

    Example: dayhand ce credits add --on 2026-09-12 --title "Ethics today" --hours 3
    --subject ethics
    """
    from dayhand_education.intake import take_in

    lists = {name: list(values.pop(name)) for name in ("subjects", "approved_by", "licences")}
    credit = read_credit(completed_on=completed_on, format=format_, **values, **lists)
    _not_to_come(practice, completed_on, "completed")
    with practice.transaction("keep a continuing education credit") as connection:
        recorded, warnings = take_in(connection, practice.files, [credit])
    click.echo(f"{recorded[0].id} {recorded[0].state}")
    if recorded[0].duplicate_of:
        warnings.append(f"it has the same title as {recorded[0].duplicate_of}")
    for warning in warnings:
        click.echo(f"note: {warning}", err=True)


@credit_log.command("import")
@click.argument("file")
@pass_practice
def import_file(practice: Practice, file: str) -> None:
    """Keep all courses of a CSV file, or none if a row is wrong.

    Example: dayhand ce credits import inbox/credits.csv
    """
    from dayhand_education.intake import take_in_file

    with practice.transaction("import continuing education credits") as connection:
        done = take_in_file(connection, practice.files, file)
    click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")
    for warning in done.warnings:
        click.echo(f"note: {warning}", err=True)


@credit_log.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@pass_practice
def export(practice: Practice, file: Path | None) -> None:
    """Write the log as CSV, to a file or to the screen.

    Example: dayhand ce credits export credits.csv
    """
    from dayhand_education import tables
    from dayhand_education.credit_file import as_csv

    with practice.connect() as connection:
        text = as_csv(tables.all_credits(connection))
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"wrote {file}")


@ce.command()
@click.argument("tag")
@click.option("--on", "met_on", type=Day, required=True, help="The day it was met.")
@click.option("--licence", default="", help="Only for this licence.")
@click.option("--hours", type=_Hours(), help="All that are asked if left out.")
@click.option("--note", default="", help="Where the proof is.")
@pass_practice
def met(practice: Practice, tag: str, met_on: date, **values: Any) -> None:
    """Keep that a one-time course or a document was done outside the log of credits.

    Example: dayhand ce met suicide_risk --on 2021-05-01 --licence CA-LMFT
    """
    from dayhand_education import tables

    _not_to_come(practice, met_on, "met")
    done = Met(tag=tag, met_on=met_on, **values)
    with practice.transaction("keep a continuing education requirement as met") as connection:
        tables.record_met(connection, done)
    click.echo(f"{tag} met on {done.met_on.isoformat()}")


@ce.group(invoke_without_command=True)
@click.pass_context
def rules(context: click.Context) -> None:
    """The rule sets: listed, or one shown in full.

    Example: dayhand ce rules show us-ny-sw
    """
    if context.invoked_subcommand is None:
        context.invoke(list_rules)


@rules.command("list")
@pass_practice
def list_rules(practice: Practice) -> None:
    """List the rule sets, the practice's own included.

    Example: dayhand ce rules list
    """
    from dayhand_education.rule_book import rule_book

    rows = [("id", "region", "licences", "hours", "as of", "confidence")]
    for each in sorted(rule_book(practice).rules, key=lambda rules: rules.id):
        licences = " ".join(each.licences)
        rows.append(
            (each.id, each.region, licences, f"{each.hours:f}", each.as_of, each.confidence)
        )
    show_table(rows[0], rows[1:])


@rules.command()
@click.argument("rule_set")
@pass_practice
def show(practice: Practice, rule_set: str) -> None:
    """Print a rule set as JSON, the form in which `rules/*.json` may replace it.

    Example: dayhand ce rules show us-ny-sw
    """
    from dayhand_education.rule_book import rule_book

    versions = [each for each in rule_book(practice).rules if each.id == rule_set]
    if not versions:
        raise UserError(f"rule set '{rule_set}' is not known", hint="see 'dayhand ce rules list'")
    found = rule_book(practice).find(rule_set, on=practice.today)
    click.echo(found.model_dump_json(indent=2, by_alias=True, exclude_defaults=True))
