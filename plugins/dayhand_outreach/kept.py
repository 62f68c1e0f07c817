"""Planned posts in the database. A post is known by its id, else by its day and title."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from dayhand import Records
from dayhand_outreach import tables
from dayhand_outreach.models import Post

__all__ = ["POSTS", "posts_between"]

POSTS = Records(
    tables.posts,
    Post,
    prefix="P",
    known_by=("planned_on", "title"),
    order=("planned_on", "id"),
    title="post",
    shown_by="dayhand outreach posts",
)


def posts_between(
    connection: sa.Connection, since: date | None = None, until: date | None = None
) -> list[Post]:
    """The posts planned from a day on, up to a day, in the order of their days."""
    planned = tables.posts.c.planned_on
    conditions = [planned >= since] if since else []
    conditions += [planned <= until] if until else []
    return POSTS.all(connection, *conditions)
