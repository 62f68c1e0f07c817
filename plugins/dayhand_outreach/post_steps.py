"""The steps about posts: dates, topics, the plan, drafts. SQLAlchemy is imported inside the steps."""

from __future__ import annotations

from datetime import date
from typing import Literal

from dayhand import Effect, Month, StepContext, Taken, read_rows, step
from dayhand_outreach.models import (
    Draft,
    Findings,
    Observance,
    PageFiles,
    Plan,
    Post,
    Topic,
)
from dayhand_practice.vocabulary import Client

__all__ = ["ALL"]


@step("outreach.dates", effect=Effect.READ, summary="Awareness days, weeks and months of a month")
def dates(context: StepContext, *, month: Month) -> list[Observance]:
    """In the order of days; each with how sure it is.

    Args:
        month: the month, such as `2026-12`.
    """
    from dayhand_outreach import desk

    return desk.observances(context, month)


@step("outreach.topics", effect=Effect.READ, summary="Your topics, from the topics file")
def topics(context: StepContext) -> list[Topic]:
    """None if there is no file."""
    from dayhand_outreach import desk

    return desk.topics(context)


@step("outreach.plan", effect=Effect.READ, summary="Plan the posts of a month")
def plan(context: StepContext, *, month: Month) -> Plan:
    """At most half of the posts are for awareness dates, those with your `tags` first; the rest are your
    topics: those for this month, then those never used, then the longest unused.

    Args:
        month: the month, such as `2026-12`.
    """
    from dayhand_outreach import desk

    return desk.plan(context, month)


@step("outreach.plan_page", effect=Effect.WRITE, summary="Write the plan of a month")
def plan_page(context: StepContext, *, plan: Plan) -> PageFiles:
    """Writes `out/outreach/plan-<month>.md` and, unless the settings want none, a PDF.

    Args:
        plan: what `outreach.plan` gave.
    """
    from dayhand_outreach.pages import write_plan

    return write_plan(context, plan)


@step("outreach.keep_plan", effect=Effect.RECORD, summary="Keep the posts of a plan")
def keep_plan(context: StepContext, *, plan: Plan) -> Taken:
    """A post that is there already stays as you have changed it.

    Args:
        plan: what `outreach.plan` gave.
    """
    from dayhand_outreach import desk

    with context.connect() as connection:
        return desk.take_in_plan(connection, plan)


@step("outreach.posts", effect=Effect.READ, summary="List posts")
def posts(
    context: StepContext,
    *,
    due_within_days: int | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Post]:
    """In the order of their days.

    Args:
        due_within_days: only those that are planned and due in so many days, or late by up to a month.
        since: from this day on.
        until: up to this day.
    """
    from dayhand_outreach import desk

    if due_within_days is not None:
        return desk.due_posts(context, due_within_days)
    return desk.posts(context, since=since, until=until)


@step(
    "outreach.draft", effect=Effect.WRITE, summary="Write the frame of a post, to be written by you"
)
def draft(context: StepContext, *, post: Post) -> Draft:
    """Writes `out/outreach/drafts/<day>-<title>.md` from the template `post.md`, with a place for the
    words that tell a picture. A draft that is there already stays as it is.

    Args:
        post: one of `outreach.posts`.
    """
    from dayhand_outreach.drafts import write

    return write(context, post)


@step("outreach.lint", effect=Effect.READ, summary="Find what holds up a post")
def lint(context: StepContext, *, path: str, clients: list[Client]) -> Findings:
    """Client details, words that sound like a case, testimonials, promises, pictures without words, and
    what is still to be written; each with line and column, never with the text.

    Args:
        path: the file, as it is now.
        clients: whose details must not stand in it, from `practice.clients`.
    """
    from dayhand_outreach import desk

    return desk.findings(context, path, clients)


@step("outreach.finish", effect=Effect.WRITE, summary="Write a post that nothing holds up")
def finish(context: StepContext, *, draft: Draft, clients: list[Client]) -> Draft:
    """Writes `out/outreach/ready/<day>-<title>.md` from the draft as you have edited it. Fails, with
    the places, if something holds it up.

    Args:
        draft: what `outreach.draft` gave.
        clients: whose details must not stand in it, from `practice.clients`.
    """
    from dayhand_outreach.drafts import finish as finished

    return finished(context, draft, clients)


@step("outreach.mark", effect=Effect.RECORD, summary="Keep how far a post is")
def mark(
    context: StepContext,
    *,
    post: str,
    status: Literal["planned", "drafted", "ready", "published", "dropped"],
    on: date | None = None,
    file: Draft | None = None,
) -> Post:
    """`dropped` keeps it from being planned or drafted again.

    Args:
        post: the post's id.
        status: how far it is.
        on: the day; the run's own day if left out.
        file: its draft or finished text.
    """
    from dayhand_outreach import desk

    day = on or context.today
    path, digest = (file.path, file.sha256) if file else ("", "")
    with context.connect() as connection:
        return desk.mark(connection, post, status=status, on=day, path=path, sha256=digest)


@step("outreach.import_csv", effect=Effect.RECORD, summary="Keep all the posts in a CSV file")
def import_csv(context: StepContext, *, file: str) -> Taken:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        file: a CSV file in the practice folder, such as `inbox/posts.csv`.
    """
    from dayhand_outreach.kept import POSTS

    values = read_rows(Post, context.files.read(file), file)
    with context.connect() as connection:
        return POSTS.take_in(connection, values)


ALL = (
    dates, topics, plan, plan_page, keep_plan, posts, draft, lint, finish, mark, import_csv,
)  # fmt: skip
