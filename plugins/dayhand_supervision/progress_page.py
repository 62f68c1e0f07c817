"""The progress of a track as a page."""

from __future__ import annotations

from typing import Any

from dayhand import StepContext, markdown_table, rule_sources
from dayhand_supervision.models import PageFiles, Progress, Requirement, SettingWeek
from dayhand_supervision.wording import figure, write_page

__all__ = ["as_markdown", "page", "write"]

_STATUS = {
    "complete": "Complete",
    "open": "On the way",
    "problems": "On the way, with weeks that do not count in full",
}
_SHOWN = 20
_DOUBTS = {"H": "", "M": " (rule not verified)", "L": " (rule unconfirmed)"}


def write(context: StepContext, progress: Progress) -> PageFiles:
    """Write the page under `out/supervision/`."""
    data = page(progress) | {"practice": context.info.name}
    name = f"supervision/progress-{progress.track}"
    path, pdf = write_page(context, name, as_markdown(data), "hours_progress.typ", data)
    return PageFiles(path=path, pdf=pdf)


def page(progress: Progress) -> dict[str, Any]:
    """What stands on the page, as text."""
    return {
        "title": f"Supervised experience: {progress.licence}",
        "person": progress.person,
        "track": progress.track,
        "stage": progress.stage,
        "status": _STATUS[progress.status],
        "summary": _capital(progress.summary),
        "computed_on": progress.computed_on.isoformat(),
        "since": progress.since.isoformat() if progress.since else "",
        **_tables(progress),
        "projection": _projection(progress),
        "rules": progress.rule_title,
        "rule_set": progress.rule_set,
        "as_of": progress.as_of if progress.as_of != "unknown" else "an unknown date",
        "about_rules": rule_sources(
            confidence=progress.confidence,
            sources=progress.sources,
            unverified=progress.unverified,
            notes=progress.notes,
        ),
    }


def _tables(progress: Progress) -> dict[str, Any]:
    pace = progress.projection
    return {
        "figures": [
            ["Hours that count", figure(progress.total)],
            ["Hours kept", figure(progress.worked)],
            ["Weeks that count", str(progress.weeks)],
            ["Hours a week, lately", figure(pace.hours_a_week)],
        ],
        "needs": [_need(one) for one in progress.requirements],
        "limits": [
            [_capital(one.title), figure(one.max), figure(one.worked), figure(one.left)]
            for one in progress.limits
        ],
        "weeks": [_week(one) for one in progress.recent],
        "ratios": [
            [
                one.setting,
                one.stage,
                figure(one.direct),
                figure(one.units),
                "none" if one.per_unit is None else figure(one.per_unit),
                ("within " if one.met else "above ") + f"{one.most:f}"
                if one.most
                else "by the week",
            ]
            for one in progress.ratios
        ],
        "windows": [
            [one.start.isoformat(), one.end.isoformat(), figure(one.hours), figure(one.over)]
            for one in progress.windows[-_SHOWN:]
        ],
        "lost": [
            [one.week.isoformat(), one.setting, figure(one.hours), one.reason]
            for one in progress.lost[:_SHOWN]
        ],
        "more_lost": max(0, len(progress.lost) - _SHOWN),
    }


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _need(one: Requirement) -> list[str]:
    return [
        _capital(one.title) + (f" ({one.note})" if one.note else ""),
        {"hours": "h", "weeks": "weeks", "paper": ""}[one.unit],
        figure(one.required),
        figure(one.counted),
        figure(one.missing),
        one.done_by.isoformat() if one.done_by else "",
        ("met" if one.met else "open") + _DOUBTS[one.confidence],
    ]


def _week(week: SettingWeek) -> list[str]:
    return [
        week.start.isoformat(),
        week.setting,
        figure(week.direct),
        figure(week.other),
        f"{figure(week.units)} of {week.needed}" if week.needed else figure(week.units),
        figure(week.counted),
        week.problem if week.is_over else "goes on",
    ]


def _projection(progress: Progress) -> str:
    pace = progress.projection
    if progress.status == "complete":
        return ""
    if pace.done_by:
        text = (
            f"At the pace of the last {pace.weeks_looked_at} weeks it is complete by "
            f"{pace.done_by.isoformat()}; what takes longest: {pace.slowest}"
        )
    else:
        text = f"No day of completion can be told: {pace.reason}"
        if pace.rest_by:
            text += f". At the present pace all else is met by {pace.rest_by.isoformat()}"
    if pace.earliest:
        text += f". At the most that counts it is complete on {pace.earliest.isoformat()}"
    if pace.lapsing:
        text += f". {figure(pace.lapsing)} of the hours will be too old by then"
    return f"{text}."


def as_markdown(data: dict[str, Any]) -> str:
    """The page as Markdown."""
    since = f" since {data['since']}" if data["since"] else ""
    lines = [
        f"# {data['title']}",
        "",
        f"{data['person']} · {data['practice']} · track {data['track']}, {data['stage']}{since}",
        "",
        f"**{data['status']}.** {data['summary']}.",
        "",
        *([data["projection"], ""] if data["projection"] else []),
        *markdown_table(["Figures", ""], data["figures"], right=(1,)),
        "",
        "## What is asked",
        "",
        *markdown_table(
            ["What", "", "Required", "Counted", "Missing", "By, at this pace", ""],
            data["needs"],
            right=(2, 3, 4),
        ),
        "",
    ]
    lines += _more(data)
    lines += ["", "## Where the rules come from", ""]
    lines += [f"{data['rules']} (`{data['rule_set']}`), **as of {data['as_of']}**.", ""]
    lines += [f"- {line}" for line in data["about_rules"]]
    lines += ["", f"Computed on {data['computed_on']}. Rules change: compare with your board.", ""]
    return "\n".join(lines)


def _more(data: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if data["limits"]:
        lines += ["## Limits", ""]
        lines += markdown_table(
            ["What", "At most", "Kept", "Left"], data["limits"], right=(1, 2, 3)
        )
        lines.append("")
    lines += ["## The last weeks", ""]
    lines += markdown_table(
        ["Week of", "Setting", "Direct", "Other", "Units", "Counted", ""],
        data["weeks"],
        right=(2, 3, 4, 5),
    )
    if data["ratios"]:
        lines += ["", "## Direct hours for each unit, to date", ""]
        head = ["Setting", "Stage", "Direct", "Units", "For each", "Rule"]
        lines += markdown_table(head, data["ratios"], right=(2, 3, 4))
    if data["windows"]:
        lines += ["", "## Days with more hours than count", ""]
        lines += markdown_table(["From", "To", "Hours", "Over"], data["windows"], right=(2, 3))
    if data["lost"]:
        lines += ["", "## Not counted", ""]
        lines += markdown_table(["Week of", "Setting", "Hours", "Why"], data["lost"], right=(2,))
    if data["more_lost"]:
        lines += ["", f"And {data['more_lost']} more."]
    return lines
