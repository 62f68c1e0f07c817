"""The pages of the reading plugin, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dayhand import StepContext
from dayhand_reading.models import Citation, Credits, FeedEntries, Page, Pick
from dayhand_reading.notes import path_of

__all__ = ["write_credits", "write_shortlist", "write_watch"]


def write_shortlist(context: StepContext, picks: Sequence[Pick]) -> Page:
    """Write what to read this week."""
    day = (context.today + timedelta(days=1)).isoformat()
    lines = [f"# Reading for the week of {day}", ""]
    for one in picks:
        lines += [f"- [ ] **{one.item.title}** ({one.item.id})", f"  {one.item.text}"]
        lines += [f"  Why: {one.why}. Note: out/{path_of(one.item)}"]
    if not picks:
        lines += ["The reading list is empty. Put a .bib or .ris file into inbox/papers/."]
    written = context.files.write(f"day/{day}-reading.md", "\n".join([*lines, ""]))
    return Page(path=written.path, count=len(picks))


def write_watch(context: StepContext, entries: FeedEntries, most: int) -> Page:
    """Write what is new in the feeds, what fits a topic first."""
    day = context.today.isoformat()
    chosen = sorted(entries.items, key=lambda one: not one.topics)[:most]
    fitting = [one for one in chosen if one.topics]
    lines = [
        f"# New in the journals, {day}",
        "",
        f"{len(entries.items)} new, {len(fitting)} on your topics.",
        "",
    ]
    for heading, part in (
        ("On your topics", fitting),
        ("Others", [o for o in chosen if not o.topics]),
    ):
        if part:
            lines += [f"## {heading}", "", *(_line(one) for one in part), ""]
    if entries.problems:
        lines += ["## Not read", "", *(f"- {one}" for one in entries.problems), ""]
    lines += ["To keep one, put its DOI on a line of a .txt file in inbox/papers/.", ""]
    written = context.files.write(f"reading/journals-{day}.md", "\n".join(lines))
    return Page(path=written.path, count=len(chosen))


def _line(one: Citation) -> str:
    topics = f" [{', '.join(one.topics)}]" if one.topics else ""
    return f"- {one.text}{topics} ({one.source})"


def write_credits(context: StepContext, rows: Credits, month: str) -> Page:
    """Write the reading that is credited, with its reflections."""
    lines = [f"# Reading as professional development, {month}", ""]
    lines += [f"{len(rows.rows)} credited, {sum(one.minutes for one in rows.rows)} minutes.", ""]
    for one in rows.rows:
        subjects = ", ".join(one.subjects) or "none"
        lines += [f"## {one.title}", "", f"- Finished: {one.completed_on.isoformat()}"]
        lines += [f"- Minutes: {one.minutes}", f"- Subjects: {subjects}", "", one.reflection, ""]
    if rows.missing:
        lines += ["## Not credited yet", "", *(f"- {one}" for one in rows.missing), ""]
        lines += ["Write what is missing into the note; the next run takes it.", ""]
    written = context.files.write(f"reading/cpd-{month}.md", "\n".join(lines))
    return Page(path=written.path, count=len(rows.rows))
