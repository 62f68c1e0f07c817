"""What a dry run prints: every message, number, file, record and question, and that none was acted on."""

from __future__ import annotations

from typing import Any

from dayhand.app.runs import Rehearsed
from dayhand.report import MARKS, jsonable, value_text
from dayhand.values import redact, redact_text

__all__ = ["rehearsal_json", "rehearsal_text"]


def rehearsal_json(found: Rehearsed, *, reveal: bool) -> dict[str, Any]:
    """A dry run for a script."""
    run = found.ended.run
    told: dict[str, Any] = jsonable(
        {
            "dry_run": True,
            "routine": run.routine,
            "state": run.state,
            "reason": run.reason,
            "scheduled_for": run.scheduled_for,
            "steps": [
                {"path": s.path, "uses": s.uses, "state": s.state, "output": s.output,
                 "error": s.error.message if s.error else None}
                for s in found.steps
            ],
            "would_send": [
                {"path": path, "summary": _shown(found, p.summary, reveal=reveal),
                 "details": dict(p.details), "text": _shown(found, p.text, reveal=reveal)}
                for path, p in found.ended.previews
            ],
            "would_write": list(found.files),
            "preview_folder": str(found.folder),
        },
        reveal=reveal,
    )  # fmt: skip
    return told


def rehearsal_text(found: Rehearsed, *, reveal: bool) -> str:
    """A dry run for a person."""
    run = found.ended.run
    lines = [f"dry run of {run.routine}, as of {run.due:%A %Y-%m-%d %H:%M}", ""]
    width = min(max((len(step.path) for step in found.steps), default=10), 40)
    for step in found.steps:
        shown = step.output if reveal else redact(step.output)
        told = step.error.message if step.error else step.reason
        if not told and shown is not None:
            told = value_text(shown, 110)
        lines.append(f"  {MARKS[step.state]} {step.path:<{width}}  {told}".rstrip())
        lines += [f"      hint: {step.error.hint}"] if step.error and step.error.hint else []
    lines += _sends(found, reveal=reveal)
    if found.files:
        lines += ["", f"would write {len(found.files)} file{'s' * (len(found.files) != 1)}:"]
        lines += [f"  {path}" for path in found.files]
        lines.append(f"  to look at them: {found.folder / 'out'}")
    lines += ["", _end(found)]
    return "\n".join(lines)


def _sends(found: Rehearsed, *, reveal: bool) -> list[str]:
    previews = found.ended.previews
    if not previews:
        return []
    lines = ["", f"would send {len(previews)}:"]
    for path, preview in previews:
        lines.append(f"  {path}: {_shown(found, preview.summary, reveal=reveal)}")
        text = _shown(found, preview.text, reveal=reveal)
        lines += [f"    {line}" for line in text.splitlines()]
    return lines


def _shown(found: Rehearsed, text: str, *, reveal: bool) -> str:
    """Text of a plugin, in which it may have put client data that came from other steps."""
    if reveal:
        return text
    return redact_text(str(redact(text)), [step.output for step in found.steps])


def _end(found: Rehearsed) -> str:
    run = found.ended.run
    nothing = "nothing was sent, written or recorded"
    if run.state == "waiting":
        return (
            "stops at a question whose answer the rest depends on"
            f" (give one with --answer STEP=…); {nothing}"
        )
    told = run.state.replace("_", " ")
    return f"would end: {told}{f' ({run.reason})' if run.reason else ''}; {nothing}"
