"""What steps and commands do with posts, profiles and pages of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dayhand import Practice, StepError, Taken, read_rows
from dayhand_outreach import planning
from dayhand_outreach.models import (
    Audit,
    Fee,
    Findings,
    Observance,
    Plan,
    Post,
    Status,
    Topic,
)
from dayhand_outreach.rule_set import the_dates, the_wording
from dayhand_practice.vocabulary import Client

if TYPE_CHECKING:
    import sqlalchemy

# SQL is imported inside the functions: listing the steps must not load it.

__all__ = [
    "audit",
    "due_posts",
    "findings",
    "mark",
    "observances",
    "plan",
    "posts",
    "take_in_plan",
    "topics",
]

_LONGEST_POST = 256 * 1024


def observances(practice: Practice, month: str) -> list[Observance]:
    """What is kept in a month, in the regions of the settings."""
    return planning.observances(the_dates(practice), month, regions=practice.settings.regions)


def topics(practice: Practice) -> list[Topic]:
    """The topics of the topics file; none if there is no file.

    Raises:
        UserError: the file cannot be read.
    """
    name = practice.settings.topics
    if not practice.files.resolve(name).is_file():
        return []
    return read_rows(Topic, practice.files.read(name), name)


def plan(practice: Practice, month: str) -> Plan:
    """The plan of a month; what was planned before counts for which topics are due."""
    first, _ = planning.month_of(month)
    before = posts(practice, until=first - timedelta(days=1))
    settings = practice.settings
    made_posts, also = planning.plan(
        month, observances(practice, month), topics(practice),
        before=before, tags=settings.tags, weekday=settings.weekday, most=settings.posts_per_month,
    )  # fmt: skip
    rules = [line for one in the_dates(practice) for line in one.told()]
    return Plan(month=month, posts=made_posts, also=also, rules=rules)


def take_in_plan(connection: sqlalchemy.Connection, month_plan: Plan) -> Taken:
    """Keep the posts of a plan. What is there already stays as you have changed it."""
    from dayhand_outreach import kept

    return kept.POSTS.take_in(connection, month_plan.posts, only_new=True)


def posts(
    practice: Practice,
    *,
    since: date | None = None,
    until: date | None = None,
    statuses: Sequence[Status] = (),
) -> list[Post]:
    """The posts that meet every condition given."""
    from dayhand_outreach import kept

    with practice.connect() as connection:
        found = kept.posts_between(connection, since, until)
    return [one for one in found if not statuses or one.status in statuses]


def due_posts(practice: Practice, within_days: int) -> list[Post]:
    """Planned posts of the next days, and those whose day has passed in the last month."""
    today = practice.today
    return posts(
        practice, since=today - timedelta(days=31), until=today + timedelta(days=within_days),
        statuses=["planned"],
    )  # fmt: skip


def mark(
    connection: sqlalchemy.Connection,
    post_id: str,
    *,
    status: Status,
    on: date,
    path: str = "",
    sha256: str = "",
) -> Post:
    """Note how far a post is.

    Raises:
        UserError: there is none.
    """
    from dayhand_outreach import kept

    there = kept.POSTS.find(connection, post_id)
    changes: dict[str, Any] = {"status": status, "status_on": on}
    changes |= {"path": path, "sha256": sha256} if path else {}
    return kept.POSTS.put(connection, there.model_copy(update=changes))[0]


# Findings -----------------------------------------------------------------------------------------


def findings(practice: Practice, path: str, clients: Iterable[Client]) -> Findings:
    """What holds up a post, as its file is now.

    Raises:
        StepError: the file is no text, or too long for a post.
    """
    from dayhand_outreach.lint import lint

    data = practice.files.read(path)
    if len(data) > _LONGEST_POST:
        raise StepError(
            f"{path} is larger than 256 KiB", hint="no post is so long; is it that file?"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StepError(f"{path} is no text in UTF-8") from error
    sets = the_wording(practice)
    found = lint(text, list(clients), sets, own=_own(practice))
    return Findings(path=path, findings=found, rules=[line for one in sets for line in one.told()])


def _own(practice: Practice) -> list[str]:
    info = practice.info
    return [
        info.name, info.phone, info.email, info.clinician.email, info.clinician.name, info.website,
        *(info.address.lines if info.address else ()),
    ]  # fmt: skip


# Profiles -----------------------------------------------------------------------------------------


def audit(practice: Practice, fees: Sequence[Fee]) -> Audit:
    """The copies of your profiles, compared with what is true.

    Raises:
        StepError: there is no copy.
    """
    from dayhand_outreach.page_text import is_html, text_of
    from dayhand_outreach.profiles import Facts, compare

    settings, info = practice.settings, practice.info
    copies = {}
    for name in _copies(practice):
        text = practice.files.read(name).decode("utf-8", errors="replace")
        copies[name] = text_of(text) if is_html(text) else text
    if not copies:
        raise StepError(
            f"there is no copy of a profile in {settings.profiles}/",
            hint="save what each directory shows of you there, as text or HTML, one file each",
        )
    valid = [one for one in info.clinician.licences if one.is_valid_on(practice.today)]
    facts = Facts(
        npis=tuple(one for one in (info.clinician.npi, info.npi) if one),
        licences=tuple(one.number for one in valid),
        types=tuple(dict.fromkeys(one.type for one in valid)),
        fees=tuple({one.fee for one in fees} | set(settings.other_fees)) if fees else (),
        telephone=info.phone,
        availability=settings.availability,
    )
    return Audit(
        computed_on=practice.today,
        files=sorted(copies),
        differences=compare(copies, facts),
        facts=facts.told(),
    )


def _copies(practice: Practice) -> list[str]:
    folder = practice.files.resolve(practice.settings.profiles)
    if not folder.is_dir():
        return []
    found = [file for file in folder.iterdir() if re.search(r"\.(?:txt|md|html?)$", file.name)]
    return [f"{practice.settings.profiles}/{file.name}" for file in sorted(found)]
