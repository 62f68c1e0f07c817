"""Words and tables that the pages of this plugin share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dayhand import Practice, markdown_table, typeset

__all__ = ["long_day", "sender", "write_list"]


def long_day(day: date) -> str:
    """A day as in a letter."""
    return f"{day:%d %B %Y}".lstrip("0")


def sender(practice: Practice) -> dict[str, Any]:
    """Who a letter is from."""
    info = practice.info
    return {
        "practice": info.name,
        "clinician": practice.info.clinician.with_credentials,
        "lines": list(info.address.lines) if info.address else [],
        "contact": " · ".join(part for part in (info.phone, info.email) if part),
    }


def write_list(
    context: Practice,
    path: str,
    *,
    title: str,
    intro: str,
    parts: Sequence[dict[str, Any]],
    notes: Sequence[str] = (),
) -> tuple[str, str]:
    """Write tables as Markdown and, unless the settings want none, as PDF beside it.

    Args:
        context: the practice.
        path: under `out/`, without ending.
        title: of the page.
        intro: a sentence below the title.
        parts: each with `head`, `rows`, the `columns` as Typst's widths, and a `title` or none.
        notes: lines at the end.
    """
    made = context.today.isoformat()
    lines = [
        f"# {title}",
        "",
        f"{context.info.clinician.with_credentials} · {context.info.name} · {made}",
        "",
        intro,
        "",
    ]
    for part in parts:
        lines += [f"## {part['title']}", ""] if part["title"] else []
        lines += [*markdown_table(part["head"], part["rows"]), ""]
    lines += [f"- {note}" for note in notes]
    written = context.files.write(f"{path}.md", "\n".join(lines).rstrip() + "\n")
    if not context.settings.pdf:
        return written.path, ""
    data = {
        "title": title, "intro": intro, "parts": list(parts), "notes": list(notes), "made": made,
        "clinician": context.info.clinician.with_credentials, "practice": context.info.name,
        "paper": context.settings.paper,
    }  # fmt: skip
    pdf = typeset(context, "network_list.typ", data)
    return written.path, context.files.write(f"{path}.pdf", pdf).path
