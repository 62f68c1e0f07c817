"""The pages of the writing plugin, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dayhand import StepContext, markdown_table
from dayhand_writing.identifiers import KINDS
from dayhand_writing.models import (
    CheckedDrafts,
    DeadlineList,
    DigestNote,
    Page,
    ProjectProgress,
    Submission,
)

__all__ = ["write_deadlines", "write_digest", "write_findings", "write_log"]

_BESIDES = (
    "No finding is no proof. The rule also asks that you know of nothing else in the text that could"
    " tell who it is: a rare event, a job, a family. Read it once more as the client's neighbour would."
)


def write_log(context: StepContext, progress: Sequence[ProjectProgress]) -> Page:
    """Write the word-count log."""
    lines = [f"# Writing, as of {context.today.isoformat()}", ""]
    lines += markdown_table(
        ["Project", "Words", "Added", "Days written", "Minutes held", "Last day"],
        [[p.title, p.words, p.added, p.days_written, p.minutes, p.last or ""] for p in progress],
    )
    for one in progress:
        lines += ["", f"## {one.title}", ""]
        if one.goal:
            lines += [
                f"The goal of {one.goal} words a day was reached on {one.goal_days} days.",
                "",
            ]
        before, rows = None, []
        for day in one.days:
            change = "" if before is None else f"{day.words - before:+}"
            rows.append([day.on.isoformat(), day.words, change, day.minutes or "", day.source])
            before = day.words
        lines += markdown_table(["Day", "Words", "Change", "Minutes held", "From"], rows)
    written = context.files.write("writing/log.md", "\n".join([*lines, ""]))
    return Page(path=written.path)


def write_deadlines(context: StepContext, submissions: Sequence[Submission]) -> DeadlineList:
    """Write the list of deadlines and of what waits for an answer."""
    overdue = [one for one in submissions if (one.days_left or 0) < 0]
    soon = [one for one in submissions if one.problem.startswith("due in")]
    late = [one for one in submissions if one.problem.startswith("no answer")]
    lines = [f"# Submissions, as of {context.today.isoformat()}", ""]
    lines += [f"{len(overdue)} overdue, {len(soon)} due soon, {len(late)} without an answer.", ""]
    for heading, chosen in (
        ("To look at", [one for one in submissions if one.problem]),
        ("On their way", [one for one in submissions if not one.problem]),
    ):
        lines += [f"## {heading}", ""]
        lines += markdown_table(
            ["Title", "Venue", "Status", "Deadline", "Submitted", ""],
            [
                [
                    one.title, one.venue, one.status.replace("_", " "), one.due_on or "",
                    one.submitted_on or "", one.problem,
                ]
                for one in chosen
            ],
        )  # fmt: skip
        lines += [""]
    written = context.files.write("writing/deadlines.md", "\n".join(lines))
    return DeadlineList(
        path=written.path, overdue=len(overdue), soon=len(soon), waiting_long=len(late)
    )


def write_findings(context: StepContext, checked: CheckedDrafts) -> Page:
    """Write where something was found, and what kind it is."""
    lines = [f"# De-identification check, {context.today.isoformat()}", ""]
    lines += [f"- {name}" for name in checked.files]
    lines += [
        "",
        f"**{len(checked.findings)} findings**, {checked.known} of them details of clients.",
        "",
    ]
    lines += markdown_table(
        ["File", "Line", "Column", "45 CFR 164.514(b)(2)(i)", "Begins with", ""],
        [
            [
                one.file, one.line, one.column, f"({one.identifier}) {one.kind}", one.shown,
                "of a client" if one.known else "",
            ]
            for one in checked.findings
        ],
    )  # fmt: skip
    counts = Counter(one.identifier for one in checked.findings)
    lines += ["", "## The eighteen identifiers", ""]
    lines += markdown_table(
        ["", "Identifier", "Found"], [[f"({k})", name, counts[k]] for k, name in KINDS.items()]
    )
    lines += [
        "",
        _BESIDES,
        "",
    ]
    written = context.files.write("writing/deidentify.md", "\n".join(lines))
    return Page(path=written.path, findings=len(checked.findings))


def write_digest(context: StepContext, notes: Sequence[DigestNote], month: str) -> Page:
    """Write the notes by topic."""
    lines = [f"# Literature, {month}", "", f"{len(notes)} read.", ""]
    topics = sorted({topic for one in notes for topic in one.topics or ["other"]})
    for topic in topics:
        lines += [f"## {topic.replace('_', ' ').capitalize()}", ""]
        for one in notes:
            if topic not in (one.topics or ["other"]):
                continue
            lines += [f"### {one.title}", "", one.citation or "No citation.", ""]
            if topic != (one.topics or ["other"])[0]:
                lines += [f"See under {(one.topics or ['other'])[0].replace('_', ' ')}.", ""]
                continue
            for label, text in (("Says", one.summary), ("How", one.method), ("For", one.use)):
                lines += [f"- {label}: {text}"] if text else []
            lines += [f"- “{quote}”" for quote in one.quotes]
            lines += [] if one.summary or one.use else ["- The note is still empty."]
            lines += [""]
    if not notes:
        lines += ["Nothing was finished in this month.", ""]
    written = context.files.write(f"writing/literature-{month}.md", "\n".join(lines))
    return Page(path=written.path, findings=len(notes))
