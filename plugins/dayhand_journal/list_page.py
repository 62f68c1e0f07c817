"""Pages that are lists: a title, and under each heading a table, as Markdown and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dayhand import StepContext, markdown_table, typeset
from dayhand_journal.wording import Wording

__all__ = ["Chart", "Row", "Section", "as_markdown", "write"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; an urgent one is printed strong, so that it shows without colour."""

    cells: Sequence[str]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A small chart of whole numbers from 0 to `most` over days; black on white."""

    title: str
    points: Sequence[tuple[date, int]]
    most: int
    first: str
    """The first day, as it is written under the chart."""
    last: str
    remark: str = ""

    @property
    def drawn(self) -> dict[str, Any]:
        """Places from 0 to 1 for the layout, and what the chart shows in words."""
        begin = self.points[0][0]
        days = (self.points[-1][0] - begin).days or 1
        values = ", ".join(str(value) for _, value in self.points)
        return {
            "title": self.title,
            "points": [
                [(day - begin).days / days, value / self.most] for day, value in self.points
            ],
            "values": [str(value) for _, value in self.points],
            "most": str(self.most),
            "first": self.first,
            "last": self.last,
            "remark": self.remark,
            "alt": f"{self.title}: {values}, of {self.most}, from {self.first} to {self.last}",
        }


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its table; `widths` are those of Typst, such as `auto` or `1fr`."""

    heading: str
    header: Sequence[str] = ()
    widths: Sequence[str] = ()
    rows: Sequence[Row] = ()
    nothing: str = "Nothing."
    lines: Sequence[str] = field(default_factory=tuple)
    """What stands above the table, a paragraph each."""
    room: int = 0
    """Lines to write on."""
    charts: Sequence[Chart] = ()


def write(
    context: StepContext, name: str, title: str, intro: str, sections: Sequence[Section]
) -> tuple[str, str]:
    """Write `out/<name>.md` and, unless the settings want none, a PDF; their paths."""
    wording = Wording.of(context)
    data = {
        "title": title,
        "intro": intro,
        "practice": context.info.name,
        "clinician": context.info.clinician.name,
        "made": f"{wording.short_date(context.today)}, {wording.time(context.now)}",
        "paper": context.settings.day_sheet.paper,
        "sections": [_plain(section) for section in sections],
    }
    path = context.files.write(f"{name}.md", as_markdown(data)).path
    if not context.settings.day_sheet.pdf:
        return path, ""
    printed = typeset(context, "list_page.typ", data)
    return path, context.files.write(f"{name}.pdf", printed).path


def _plain(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "lines": list(section.lines),
        "header": list(section.header),
        "widths": list(section.widths) or ["1fr"] * len(section.header),
        "rows": [{"cells": list(row.cells), "urgent": row.urgent} for row in section.rows],
        "nothing": section.nothing,
        "room": section.room,
        "charts": [chart.drawn for chart in section.charts],
    }


def as_markdown(data: dict[str, Any]) -> str:
    """The page as Markdown."""
    lines = [f"# {data['title']}", "", f"{data['clinician']} · {data['practice']}", ""]
    lines += [data["intro"], ""] if data["intro"] else []
    for section in data["sections"]:
        lines += [f"## {section['heading']}", ""]
        lines += [part for text in section["lines"] for part in (text, "")]
        if section["rows"]:
            cells = [row["cells"] for row in section["rows"]]
            lines += [*markdown_table(section["header"], cells), ""]
        elif section["header"]:
            lines += [section["nothing"], ""]
        lines += [f"- {chart['alt']}" for chart in section["charts"]]
        lines += [""] if section["charts"] else []
    return "\n".join([*lines, f"Made {data['made']}.", ""])
