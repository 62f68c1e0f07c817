"""Questions for supervision: kept, listed, closed."""

from __future__ import annotations

import click

from dayhand import Practice, json_option, pass_practice, show_json, show_table

__all__ = ["COMMANDS"]

_HIDDEN = "•••"


@click.command("ask")
@click.option("--client", "client_id", default="", help="The client's id, if it is about one.")
@click.option("--risk", is_flag=True, help="It is about a risk: it comes first.")
@click.option(
    "--text", help="What to ask; asked for if left out, and so not in the shell's history."
)
@pass_practice
def ask(practice: Practice, *, client_id: str, risk: bool, text: str | None) -> None:
    """Keep a question for the next supervision.

    Example: dayhand supervision ask --client C-0017 --risk
    """
    from dayhand_supervision.questions import keep

    said = text if text is not None else click.prompt("What to ask")
    with practice.transaction("keep a question for supervision") as connection:
        kept = keep(connection, said, client_id=client_id, risk=risk, on=practice.today)
    click.echo(f"{kept.id} is on the next agenda")


@click.command("questions")
@click.option("--all", "everything", is_flag=True, help="The settled ones too.")
@click.option("--reveal", is_flag=True, help="Show what they say.")
@json_option
@pass_practice
def list_questions(practice: Practice, *, everything: bool, reveal: bool, as_json: bool) -> None:
    """List the questions for supervision. What they say is shown with --reveal.

    Example: dayhand supervision questions --reveal
    """
    from dayhand_supervision.questions import open_questions

    if reveal:
        with practice.transaction("reveal questions for supervision") as connection:
            found = open_questions(connection, everything=everything)
    else:
        with practice.connect() as connection:
            found = open_questions(connection, everything=everything)
    rows = [one.model_dump() | {"text": str(one.text) if reveal else _HIDDEN} for one in found]
    if as_json:
        show_json(rows)
    elif not rows:
        click.echo("no questions; keep one with 'dayhand supervision ask'")
    else:
        show_table(
            ["id", "client", "risk", "raised", "closed", "text"],
            [
                [
                    row["id"],
                    row["client_id"],
                    "risk" if row["risk"] else "",
                    str(row["raised_on"]),
                    str(row["closed_on"] or ""),
                    row["text"],
                ]
                for row in rows
            ],
        )


@click.command("settle")
@click.argument("questions", nargs=-1, required=True)
@pass_practice
def settle(practice: Practice, *, questions: tuple[str, ...]) -> None:
    """Note that QUESTIONS are settled, so that they leave the agenda.

    Example: dayhand supervision settle Q-000002
    """
    from dayhand_supervision.questions import close

    with practice.transaction("settle questions for supervision") as connection:
        for question in questions:
            close(connection, question, practice.today)
    click.echo(f"{', '.join(questions)} settled")


COMMANDS = (ask, list_questions, settle)
