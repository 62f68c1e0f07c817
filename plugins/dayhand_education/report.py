"""The gap report for people: Markdown and a PDF that can be printed and kept for an audit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dayhand import StepContext, markdown_table, rule_sources, typeset
from dayhand_education.licences import settings_of
from dayhand_education.models import GapReport, ReportFiles

__all__ = ["as_markdown", "file_name", "heading", "hours", "page", "write"]

_CENT = Decimal("0.01")
_STATUS = {
    "ok": "Complete",
    "gap": "On pace, hours missing",
    "behind_pace": "Behind pace",
    "overdue": "Overdue",
}
_WORDS = {"H": "high", "M": "medium", "L": "low"}


def write(context: StepContext, gap: GapReport) -> ReportFiles:
    """Write the report's files under `out/ce/`."""
    name, settings, data = file_name(gap), settings_of(context), page(gap)
    data |= heading(context)
    written = context.files.write(f"ce/{name}.md", as_markdown(data))
    if not settings.pdf:
        return ReportFiles(path=written.path, pdf="")
    data["paper"] = settings.paper
    printed = context.files.write(f"ce/{name}.pdf", typeset(context, "ce_report.typ", data))
    return ReportFiles(path=written.path, pdf=printed.path)


def heading(context: StepContext) -> dict[str, str]:
    """Whose report it is."""
    return {"practice": context.info.name, "clinician": context.info.clinician.with_credentials}


def file_name(gap: GapReport) -> str:
    """The report's file name without its ending."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in gap.licence)
    return f"gap-{plain}"


def hours(number: Decimal) -> str:
    """A number of hours without idle zeros."""
    return f"{number.quantize(_CENT).normalize():f}"


def page(gap: GapReport) -> dict[str, Any]:
    """What stands on the page, as text."""
    left = f"{gap.days_left} days left" if gap.days_left >= 0 else f"{-gap.days_left} days ago"
    return {
        "title": f"Continuing education {gap.region} {gap.type}",
        "licence": gap.licence,
        "number": gap.number,
        "status": _STATUS[gap.status],
        "severity": gap.severity,
        "summary": gap.summary[0].upper() + gap.summary[1:],
        "computed_on": gap.computed_on.isoformat(),
        "cycle": f"{gap.window_start.isoformat()} to {gap.window_end.isoformat()}",
        "left": left,
        "figures": _figures(gap),
        "needs": [*_subjects(gap), *_floors(gap), *_artefacts(gap)],
        "credits": [
            [
                each.completed_on.isoformat(),
                f"{each.title}{f' ({each.provider})' if each.provider else ''}",
                ", ".join([*each.subjects, each.format, *filter(None, [each.category])]),
                hours(each.hours),
                hours(each.counted),
                "yes" if each.certificate else "none",
            ]
            for each in gap.credits
        ],
        "rejected": [[each.title, hours(each.hours), each.reason] for each in gap.rejected],
        "rules": gap.rule_title,
        "rule_set": gap.rule_set,
        "as_of": gap.as_of if gap.as_of != "unknown" else "unknown date",
        "about_rules": rule_sources(
            confidence=gap.confidence,
            sources=gap.sources,
            unverified=gap.unverified,
            notes=gap.notes,
        ),
        "without_certificate": gap.without_certificate,
    }


def _figures(gap: GapReport) -> list[list[str]]:
    figures: list[tuple[str, Decimal]] = [
        ("Required", gap.required),
        ("Earned in this cycle", gap.earned),
        ("Counted", gap.counted),
        ("Carried in from the last cycle", gap.carried_in),
        ("Missing", gap.missing),
        ("May be carried into the next cycle", gap.carry_forward),
    ]
    always = {"Required", "Earned in this cycle", "Counted", "Missing"}
    return [[name, hours(n)] for name, n in figures if n or name in always]


def _subjects(gap: GapReport) -> list[list[str]]:
    rows = []
    for each in gap.subjects:
        doubt = "" if each.confidence == "H" else f"confidence {_WORDS[each.confidence]}"
        note = "; ".join(part for part in (each.every, each.note, doubt) if part)
        row = [hours(each.required), hours(each.earned), hours(each.missing)]
        rows.append([_name(each.tag), note, *row, _met(met=each.met)])
    return rows


def _floors(gap: GapReport) -> list[list[str]]:
    kinds = {
        "format": "of this format",
        "share": "from listed providers",
        "categories": "different ones",
        "category": "in this category",
        "year": "in this year",
    }
    return [
        [
            _name(each.name),
            kinds[each.kind],
            hours(each.required),
            hours(each.counted),
            hours(each.missing),
            _met(met=each.met),
        ]
        for each in gap.floors
    ]


def _artefacts(gap: GapReport) -> list[list[str]]:
    return [
        [
            _name(each.tag),
            f"made on {each.met_on.isoformat()}" if each.met_on else "document to have ready",
            "",
            "",
            "",
            _met(met=each.met),
        ]
        for each in gap.artefacts
    ]


def _met(*, met: bool) -> str:
    return "met" if met else "open"


def _name(tag: str) -> str:
    return tag.replace("_", " ").capitalize()


def as_markdown(data: dict[str, Any]) -> str:
    """The page as Markdown."""
    number = f", number {data['number']}" if data["number"] else ""
    lines = [
        f"# {data['title']}",
        "",
        f"{data['clinician']} · {data['practice']} · licence {data['licence']}{number}",
        "",
        f"**{data['status']}.** {data['summary']}.",
        "",
        f"Cycle {data['cycle']} ({data['left']}). Computed on {data['computed_on']}.",
        "",
        *markdown_table(["Hours", ""], data["figures"], right=(1,)),
        "",
        "## What is asked",
        "",
        *markdown_table(
            ["Subject or minimum", "", "Required", "Earned", "Missing", ""],
            data["needs"],
            right=(2, 3, 4),
        ),
        "",
        "## Credits of this cycle",
        "",
        *markdown_table(
            ["Date", "Course", "Tags", "Hours", "Counted", "Certificate"],
            data["credits"],
            right=(3, 4),
        ),
        "",
    ]
    if data["rejected"]:
        lines += ["## Not counted", ""]
        lines += [*markdown_table(["Course", "Hours", "Why"], data["rejected"], right=(1,)), ""]
    lines += ["## Where the rules come from", ""]
    lines += [f"{data['rules']} (`{data['rule_set']}`), **as of {data['as_of']}**.", ""]
    lines += [f"- {line}" for line in data["about_rules"]]
    lines += ["", "Rules change. Before you renew, compare with your board's own page.", ""]
    return "\n".join(lines)
