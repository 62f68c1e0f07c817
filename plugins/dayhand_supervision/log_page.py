"""The weekly log: one PDF for each setting and supervisor, with the hash of its hours, to be signed."""

from __future__ import annotations

import hashlib
from typing import Any

from dayhand import StepContext, StepError, rule_sources, typeset
from dayhand_supervision.intake import settings_of
from dayhand_supervision.models import LogFile, SettingWeek, Week, WeekLog
from dayhand_supervision.wording import LABELS, figure, slug, time_text

__all__ = ["page", "write"]


def write(context: StepContext, week: Week) -> list[LogFile]:
    """Write the logs under `out/supervision/`; always PDF, since they are signed on paper."""
    settings = settings_of(context)
    files: list[LogFile] = []
    for log in week.logs:
        data = page(week, log) | {
            "practice": context.info.name,
            "paper": settings.paper,
        }
        pdf = typeset(context, "hours_log.typ", data)
        path = f"supervision/log-{week.track}-{week.start}-{_name(log)}.pdf"
        if any(file.path == f"out/{path}" for file in files):
            raise StepError(
                "two settings or supervisors of the week have the same name in a file",
                hint="give them names that differ in letters or digits",
            )
        written = context.files.write(path, pdf)
        files.append(
            LogFile(
                setting=log.setting,
                supervisor=log.supervisor,
                path=written.path,
                sha256=log.sha256,
                file_sha256=hashlib.sha256(pdf).hexdigest(),
            )
        )
    return files


def _name(log: WeekLog) -> str:
    return "-".join(slug(part) for part in (log.setting, log.supervisor) if part)


def page(week: Week, log: WeekLog) -> dict[str, Any]:
    """What stands on a log, as text."""
    status = next((one for one in week.settings if one.setting == log.setting), None)
    total = [sum(row.minutes[day] for row in log.rows) for day in range(7)]
    return {
        "title": "Weekly log of supervised experience",
        "person": week.person,
        "setting": log.setting,
        "supervisor": log.supervisor or "no supervisor named",
        "licence": log.supervisor_licence,
        "week": f"{week.start.isoformat()} to {week.end.isoformat()}",
        "days": [f"{day:%a} {day.day}" for day in week.days],
        "rows": [
            [LABELS[row.category], *map(time_text, row.minutes), time_text(row.total)]
            for row in log.rows
        ],
        "total": ["All", *map(time_text, total), time_text(sum(total))],
        "sums": [
            ["Direct", time_text(log.direct) or "0:00"],
            ["Supervision", time_text(log.supervision) or "0:00"],
            ["Other", time_text(log.other) or "0:00"],
            ["Of all, by telehealth", time_text(sum(row.telehealth for row in log.rows)) or "0:00"],
            ["Counted to date, all settings", f"{figure(week.to_date)} h"],
        ],
        "units": _units(status),
        "topics": log.topics,
        "over": [
            f"{one.start} to {one.end}: {figure(one.hours)} h, {figure(one.over)} over {one.max:f}"
            for one in week.windows
        ],
        "sha256": log.sha256,
        "rules": week.rules,
        "as_of": week.as_of if week.as_of != "unknown" else "an unknown date",
        "about_rules": rule_sources(
            confidence=week.confidence, sources=(), unverified=week.unverified, notes=()
        ),
    }


def _units(status: SettingWeek | None) -> str:
    if status is None or not status.needed:
        return ""
    so_far = "" if status.is_over else "So far "
    text = f"{so_far}{figure(status.units)} of {status.needed} units of supervision in this setting"
    return f"{text}: {status.problem}" if status.problem else f"{text}."
