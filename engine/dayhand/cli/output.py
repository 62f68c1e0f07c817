"""How things are printed: JSON or text, colour where it is wanted, problems with their lines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayhand.problems import Problem
from dayhand.resources import beginning

if TYPE_CHECKING:
    from dayhand.steps.declarations import Finding

__all__ = ["emit_json", "style", "tell_findings", "tell_problems"]

_COLOURS = {"place": {"bold": True}, "error": {"fg": "red"}, "warning": {"fg": "yellow"},
            "advice": {"fg": "blue"},
            "code": {"dim": True}, "hint": {"fg": "cyan"}, "done": {"fg": "green"}}  # fmt: skip
_MARKS = {"ok": ("✓", "done"), "warning": ("!", "warning"), "failure": ("✗", "error")}

_MOST = 100
"""Problems told at once; past that, reading them helps nobody."""


def style(text: str, kind: str, *, err: bool = False) -> str:
    """Coloured text where the stream is a terminal and NO_COLOR is not set (no-color.org)."""
    stream = sys.stderr if err else sys.stdout
    if os.environ.get("NO_COLOR") or not stream.isatty():
        return text
    return click.style(text, **_COLOURS.get(kind, {}))  # type: ignore[arg-type]


def emit_json(value: Any) -> None:
    """A value as JSON on standard output."""
    from dayhand.report import jsonable

    click.echo(json.dumps(jsonable(value, reveal=True), ensure_ascii=False, indent=2))


def _lines_of(file: Path) -> list[str]:
    try:
        return beginning(file).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def tell_problems(problems: Iterable[Problem], *, err: bool = False) -> None:
    """Every problem with its source line, read again from its file."""
    from dayhand.report import problem_text

    texts: dict[str, list[str]] = {}
    found = list(problems)
    for problem in found[:_MOST]:
        name = problem.mark.file
        if name not in texts:
            texts[name] = _lines_of(Path(name))
        lines = texts[name]
        source = lines[problem.mark.line - 1] if 0 < problem.mark.line <= len(lines) else ""
        click.echo(problem_text(problem, source, style=lambda t, k: style(t, k, err=err)), err=err)
        click.echo("", err=err)
    if len(found) > _MOST:
        click.echo(f"and {len(found) - _MOST} more; mend these first", err=err)


def tell_findings(findings: Iterable[tuple[str, Finding]], *, about: str, as_json: bool) -> bool:
    """Tell each finding, and what it is about, as soon as it is there; as JSON, all at the end.

    `about` is the key of what it is about in JSON. True if any of them is a failure.
    """
    found = []
    for what, finding in findings:
        found.append((what, finding))
        if not as_json:
            mark, kind = _MARKS[finding.level]
            click.echo(f"{style(mark, kind)} {what}: {finding.message}")
            if finding.hint:
                click.echo(f"    hint: {finding.hint}")
    if as_json:
        emit_json([{about: what, **asdict(finding)} for what, finding in found])
    return any(finding.level == "failure" for _, finding in found)
