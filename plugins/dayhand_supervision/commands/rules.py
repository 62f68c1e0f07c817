"""The rule sets: listed, or one shown in full."""

from __future__ import annotations

import click

from dayhand import Practice, UserError, pass_practice, show_table

__all__ = ["COMMANDS"]


@click.group("rules")
def rules() -> None:
    """The rule sets: listed, or one shown in full.

    Example: dayhand supervision rules show us-ca-lmft
    """


@rules.command("list")
@pass_practice
def list_rules(practice: Practice) -> None:
    """List the rule sets, the practice's own included.

    Example: dayhand supervision rules list
    """
    from dayhand_supervision.rule_book import rule_book

    found = sorted(rule_book(practice).rules, key=lambda one: (one.id, str(one.valid_from or "")))
    rows = [
        [
            one.id,
            one.region,
            one.licence,
            f"{one.total_hours:f}" if one.total_hours is not None else "not told",
            str(one.valid_from or ""),
            one.as_of,
            one.confidence,
        ]
        for one in found
    ]
    show_table(["id", "region", "licence", "hours", "valid from", "as of", "confidence"], rows)


@rules.command()
@click.argument("rule_set")
@pass_practice
def show(practice: Practice, rule_set: str) -> None:
    """Print a RULE_SET as JSON, the form in which `rules/supervision/*.json` may replace it.

    Example: dayhand supervision rules show us-ca-lmft
    """
    from dayhand_supervision.rule_book import rule_book

    book = rule_book(practice)
    if rule_set not in book.ids:
        raise UserError(
            f"rule set '{rule_set}' is not known", hint="see 'dayhand supervision rules list'"
        )
    found = book.find(rule_set, on=practice.today)
    click.echo(found.model_dump_json(indent=2, exclude_defaults=True))


COMMANDS = (rules,)
