"""`dayhand outreach`, as far as posts go."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from dayhand import (
    Day,
    Practice,
    json_option,
    pass_practice,
    put_out,
    read_rows,
    show_json,
    write_rows,
)
from dayhand_outreach.models import STATUSES, Status

__all__ = ["outreach"]

MONTH = click.DateTime(["%Y-%m"])


@click.group()
def outreach() -> None:
    """Being found: posts, profiles in directories, the web site.

    Example: dayhand outreach plan --month 2026-12
    """


@outreach.command("dates")
@click.option("--month", type=MONTH, help="Such as 2026-12; this month if left out.")
@json_option
@pass_practice
def dates(practice: Practice, *, month: datetime | None, as_json: bool) -> None:
    """List the awareness days, weeks and months of a month.

    Example: dayhand outreach dates --month 2026-10
    """
    from dayhand_outreach import desk

    found = desk.observances(practice, _month(practice, month))
    if as_json:
        show_json(found)
        return
    for one in found:
        until = f" to {one.until}" if one.until != one.on else ""
        click.echo(f"{one.on}{until}  {one.title} (confidence {one.confidence})")
    if not found:
        click.echo("nothing is kept in that month")


def _month(practice: Practice, month: datetime | None) -> str:
    day = month.date() if month else practice.today
    return f"{day:%Y-%m}"


@outreach.command("plan")
@click.option("--month", type=MONTH, help="Such as 2026-12; this month if left out.")
@click.option("--keep", is_flag=True, help="Keep the posts; what is there already stays.")
@json_option
@pass_practice
def plan(practice: Practice, *, month: datetime | None, keep: bool, as_json: bool) -> None:
    """Show the plan of a month, and keep it with --keep.

    Example: dayhand outreach plan --month 2026-12 --keep
    """
    from dayhand_outreach import desk

    made = desk.plan(practice, _month(practice, month))
    if as_json:
        show_json(made)
    for one in made.posts if not as_json else ():
        click.echo(f"{one.planned_on}  {one.title}")
    if keep:
        with practice.transaction(f"keep the posts of {made.month}") as connection:
            done = desk.take_in_plan(connection, made)
        click.echo(f"{done.new} new, {done.unchanged} were there", err=as_json)
    elif not as_json:
        click.echo("nothing is kept; keep them with --keep")


@outreach.command("posts")
@click.option("--since", type=Day, help="From this day on.")
@click.option("--until", type=Day, help="Up to this day.")
@json_option
@pass_practice
def posts(practice: Practice, *, since: date | None, until: date | None, as_json: bool) -> None:
    """List posts and how far they are.

    Example: dayhand outreach posts --since 2026-12-01
    """
    from dayhand_outreach import desk

    found = desk.posts(practice, since=since, until=until)
    if as_json:
        show_json(found)
        return
    for one in found:
        click.echo(f"{one.id}  {one.planned_on}  {one.status:10} {one.title}")
    if not found:
        click.echo("no posts; plan some with 'dayhand outreach plan --keep'")


@outreach.command("mark")
@click.argument("post")
@click.argument("status", type=click.Choice(STATUSES))
@pass_practice
def mark(practice: Practice, *, post: str, status: Status) -> None:
    """Note how far a POST is: published, or dropped.

    Example: dayhand outreach mark P-000004 published
    """
    from dayhand_outreach import desk

    with practice.transaction(f"mark post {post} as {status}") as connection:
        done = desk.mark(connection, post, status=status, on=practice.today)
    click.echo(f"{done.id} is {done.status}")


@outreach.command("lint")
@click.argument("file")
@json_option
@pass_practice
def lint(practice: Practice, *, file: str, as_json: bool) -> None:
    """Find what holds up the post in FILE; ends with 1 if something does.

    It does not know your clients' names: the routine 'draft-post' looks for those too.

    Example: dayhand outreach lint out/outreach/drafts/2026-12-01-worry.md
    """
    from dayhand_outreach import desk

    found = desk.findings(practice, file, [])
    if as_json:
        show_json(found)
    for one in found.findings if not as_json else ():
        click.echo(f"{file}:{one.line}:{one.column}: {one.rule}: {one.why}")
    if found.findings:
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo("nothing holds it up; clients' names were not looked for")


@outreach.command("import")
@click.argument("file")
@pass_practice
def import_posts(practice: Practice, *, file: str) -> None:
    """Keep all posts of a CSV FILE of the practice, or none if a row is wrong.

    Example: dayhand outreach import inbox/posts.csv
    """
    from dayhand_outreach.kept import POSTS

    values = read_rows(POSTS.model, practice.files.read(file), file)
    with practice.transaction("import posts") as connection:
        done = POSTS.take_in(connection, values)
    click.echo(str(done))


@outreach.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@pass_practice
def export(practice: Practice, *, file: Path | None) -> None:
    """Write all posts as CSV, to a FILE or to the screen.

    Example: dayhand outreach export posts.csv
    """
    from dayhand_outreach import desk
    from dayhand_outreach.models import Post

    text = write_rows(Post, desk.posts(practice))
    put_out(text, file)
