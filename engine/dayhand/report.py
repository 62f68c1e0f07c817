"""Records → text and JSON for a person or a script. Pure; sensitive values are redacted unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dayhand import durations
from dayhand.problems import Problem
from dayhand.values import REDACTED, SensitiveValue, redact

if TYPE_CHECKING:
    from dayhand.model.run import Attempt, EffectRecord, Question, Run, StepRecord

__all__ = [
    "MARKS",
    "effect_json",
    "effects_text",
    "hints_of",
    "jsonable",
    "problem_json",
    "problem_text",
    "question_text",
    "receipt_of",
    "run_json",
    "run_text",
    "table",
    "value_text",
    "whom",
    "written_by",
]

_WIDEST = 160
MARKS = {
    "done": "✓", "skipped": "·", "failed": "✗", "waiting": "?", "unknown": "!", "declined": "–",
    "cancelled": "–", "running": "…", "queued": "…", "done_with_failures": "✓",
}  # fmt: skip


def jsonable(value: Any, *, reveal: bool = False) -> Any:
    """A value as JSON can say it: decimals and moments as text."""
    if isinstance(value, SensitiveValue) and not reveal:
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): jsonable(item, reveal=reveal) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item, reveal=reveal) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return durations.as_text(value)
    if isinstance(value, str):
        return str(value)
    return value


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    numeric = [
        all(isinstance(row[i], int | Decimal) for row in rows)
        if isinstance(rows, list) and rows
        else False
        for i in range(len(head))
    ]
    widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    lines = []
    for row in [list(head), *cells]:
        shown = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(shown).rstrip())
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


# Problems -----------------------------------------------------------------------------------------


def problem_text(
    problem: Problem, source: str, *, style: Callable[[str, str], str] = lambda text, _: text
) -> str:
    """A problem as it is told: place, message, code, the source line with a caret, the hint."""
    mark = problem.mark
    kind = problem.severity
    code = style(f"[{problem.code}]", "code")
    head = f"{style(str(mark), 'place')}: {style(kind, kind)}: {problem.message} {code}"
    lines = [head]
    if source:
        shown, column = _window(source, mark.column)
        number = str(mark.line)
        indent = " " * len(number)
        caret = " " * (column - 1) + "^" * max(min(mark.length, len(shown) - column + 1), 1)
        lines += [f"  {number} | {shown}", f"  {indent} | {style(caret, kind)}"]
    if problem.hint:
        lines.append(f"  {style('hint:', 'hint')} {problem.hint}")
    return "\n".join(lines)


def _window(source: str, column: int) -> tuple[str, int]:
    """A source line as a terminal can show it, of a long one the part round a column, and where in
    it that column is. A file may hold what would move the cursor or turn the text round.
    """
    begins = max(column - _WIDEST // 2, 0) if len(source) > _WIDEST else 0
    part = source[begins : begins + _WIDEST].expandtabs(1)
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in part)
    before = "…" if begins else ""
    after = "…" if len(source) > begins + _WIDEST else ""
    return f"{before}{shown}{after}", column - begins + len(before)


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem for a script."""
    return {
        "file": problem.mark.file,
        "line": problem.mark.line,
        "column": problem.mark.column,
        "length": problem.mark.length,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


# Runs ---------------------------------------------------------------------------------------------


def run_json(
    run: Run,
    *,
    steps: Iterable[StepRecord] = (),
    attempts: Iterable[Attempt] = (),
    effects: Iterable[EffectRecord] = (),
    questions: Iterable[Question] = (),
    reveal: bool = False,
) -> dict[str, Any]:
    """A run and what is kept of it, for a script."""
    told = {
        "run": asdict(run),
        "steps": [asdict(step) for step in steps],
        "attempts": [asdict(attempt) for attempt in attempts],
        "effects": [asdict(effect) for effect in effects],
        "questions": [asdict(question) for question in questions],
    }
    shown: dict[str, Any] = jsonable(told, reveal=reveal)
    return shown


def run_text(
    run: Run,
    *,
    steps: Sequence[StepRecord],
    attempts: Sequence[Attempt] = (),
    effects: Sequence[EffectRecord] = (),
    questions: Sequence[Question] = (),
    reveal: bool = False,
    values: bool = False,
) -> str:
    """A run for a person: its steps in order, failures with what to do, and open questions."""
    lines = [f"{run.routine}  {run.id}", *_about(run), ""]
    tries: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        tries.setdefault(attempt.path, []).append(attempt)
    width = min(max((len(step.path) for step in steps), default=10), 44)
    for step in steps:
        lines += _step_lines(step, width, tries.get(step.path, []), values=values, reveal=reveal)
    if effects:
        lines += ["", "left the machine:"]
        lines += [_effect_line(effect) for effect in effects]
    for question in questions:
        if question.state == "open":
            lines += ["", *question_text(question).splitlines()]
    return "\n".join(lines)


def _about(run: Run) -> list[str]:
    told = f"  {run.state.replace('_', ' ')}" + (f": {run.reason}" if run.reason else "")
    lines = [told, f"  scheduled for {run.due:%A %Y-%m-%d %H:%M} {run.timezone}, by {run.trigger}"]
    if run.started_at:
        took = f", took {durations.as_text(run.ended_at - run.started_at)}" if run.ended_at else ""
        lines.append(f"  began {run.started_at:%Y-%m-%d %H:%M:%S} UTC{took}")
    if run.inputs:
        given = ", ".join(f"{key}={value_text(value)}" for key, value in run.inputs.items())
        lines.append(f"  inputs: {given}")
    if run.retry_of:
        lines.append(f"  takes over from {run.retry_of}")
    if run.parent:
        lines.append(f"  called by {run.parent}")
    return lines


def _step_lines(
    step: StepRecord, width: int, tries: Sequence[Attempt], *, values: bool, reveal: bool
) -> list[str]:
    took = ""
    if step.started_at and step.ended_at and step.state != "skipped":
        took = durations.as_text(step.ended_at - step.started_at)
    many = f"{step.attempts} attempts" if step.attempts > 1 else ""
    note = ", ".join(part for part in (many, step.reason) if part)
    lines = [
        f"  {MARKS[step.state]} {step.path:<{width}}  {took:>8}  {step.uses:<24} {note}".rstrip()
    ]
    if step.error:
        lines.append(f"      {step.error.message}")
        if step.error.place:
            lines.append(f"      at {step.error.place}")
        if step.error.hint:
            lines.append(f"      hint: {step.error.hint}")
    if values:
        lines += [f"      attempt {a.number} {a.state}: {value_text(a.inputs)}" for a in tries]
        if step.output is not None:
            lines.append(
                f"      → {value_text(step.output if reveal else redact(step.output), 400)}"
            )
    return lines


def hints_of(steps: Iterable[StepRecord]) -> list[str]:
    """What may help with the steps that failed, each once."""
    found = [step.error.hint for step in steps if step.state == "failed" and step.error]
    return [hint for hint in dict.fromkeys(found) if hint]


def written_by(steps: Iterable[StepRecord]) -> list[str]:
    """The files under `out/` that steps said they wrote, each once."""
    outputs = [step.output for step in steps if isinstance(step.output, Mapping)]
    told = [output.get(name) for output in outputs for name in ("path", "pdf", "csv")]
    paths = [path for path in told if isinstance(path, str) and path.startswith("out/")]
    return list(dict.fromkeys(paths))


def _effect_line(effect: EffectRecord) -> str:
    return f"  {effect.intended_at:%Y-%m-%d %H:%M:%S} UTC  {effect.state:<9} {effect.uses}  {effect.path}"


def whom(effect: EffectRecord) -> Any:
    """To whom it went, as the plugin says in its intent or its receipt; None if it does not."""
    for told in (effect.details, effect.receipt):
        if isinstance(told, Mapping) and told.get("to"):
            return told["to"]
    return None


def receipt_of(effect: EffectRecord) -> Any:
    """What proves it: a message's identity where there is one, else the whole receipt."""
    for told in (effect.receipt, effect.details):
        if isinstance(told, Mapping) and told.get("message_id"):
            return told["message_id"]
    return effect.receipt


def effect_json(effect: EffectRecord, *, reveal: bool = False) -> dict[str, Any]:
    """Something that was to leave the machine, for a script."""
    told = {**asdict(effect), "to": whom(effect), "receipt_id": receipt_of(effect)}
    shown: dict[str, Any] = jsonable(told, reveal=reveal)
    return shown


def effects_text(effects: Iterable[EffectRecord], zone: tzinfo, *, reveal: bool = False) -> str:
    """A line for each effect; moments in the zone given."""
    head = (f"WHEN ({zone})", "STATE", "TO", "STEP", "RUN", "RECEIPT")
    rows = [
        (f"{effect.intended_at.astimezone(zone):%Y-%m-%d %H:%M:%S}", effect.state.replace("_", " "),
         _one_line(whom(effect), reveal=reveal), f"{effect.uses} {effect.path}", effect.run_id,
         _one_line(receipt_of(effect), reveal=reveal) or effect.reason)
        for effect in effects
    ]  # fmt: skip
    return table(head, rows)


def _one_line(value: Any, *, reveal: bool) -> str:
    return "" if value is None else value_text(jsonable(value, reveal=reveal), 90)


def value_text(value: Any, longest: int = 200) -> str:
    """A value in one line, cut at `longest` characters; sensitive leaves redacted."""
    import json

    text = value if type(value) is str else json.dumps(jsonable(value), ensure_ascii=False)
    return text if len(text) <= longest else text[: longest - 1] + "…"


# Questions ----------------------------------------------------------------------------------------

_HOW = {
    "approval": "dayhand answer {id} --approve        (or --decline)",
    "form": "dayhand answer {id}                  (asks for each field; or --set NAME=VALUE)",
    "unknown_effect": "dayhand answer {id} --it-was         (or --send-again, --stop)",
}


def question_text(question: Question) -> str:
    """A question for a person, with how to answer it."""
    expires = (
        f"  answer before {question.expires_at:%Y-%m-%d %H:%M} UTC" if question.expires_at else ""
    )
    lines = [
        f"{question.id}  {question.title}",
        f"  {question.routine}, run {question.run_id}{expires}",
    ]
    if question.body:
        lines += ["", *(f"  {line}" for line in question.body.splitlines()), ""]
    if question.state == "open":
        lines.append(f"  {_HOW[question.kind].format(id=question.id)}")
    return "\n".join(lines)
