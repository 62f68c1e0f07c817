"""An explanation as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from dayhand.explanation._model import Explanation, Sending, StepTold

_WIDTH = 92
_BYHAND = "Nothing starts it by itself: 'dayhand run {name}' does."


def as_text(told: Explanation) -> str:
    """The whole explanation, for a person to read from top to bottom."""
    lines = [told.title or told.name]
    lines += wrap(told.description, _WIDTH)
    lines += ["", "When"]
    if not told.enabled:
        lines.append("  It is switched off (enabled: false): its triggers start nothing.")
    lines += _bullets(told.triggers or (_BYHAND.format(name=told.name),))
    lines += _bullets(told.limits)
    lines += _section("What it is given", told.inputs)
    lines += ["", "What it does", *_steps(told.steps, "  ")]
    if told.on_failure:
        lines += ["", "If the run fails", *_steps(told.on_failure, "  ")]
    if told.finally_steps:
        lines += ["", "At the end, however it ended", *_steps(told.finally_steps, "  ")]
    lines += ["", "What leaves this machine", *_sends(told.sends)]
    lines += _section("What it asks you", told.asks)
    lines += _section("What it writes", told.writes)
    lines += _section("What it records", told.records)
    return "\n".join(lines)


def _section(title: str, items: tuple[str, ...]) -> list[str]:
    return ["", title, *_bullets(items)] if items else []


def _bullets(items: Iterable[str]) -> Iterator[str]:
    for item in items:
        yield from wrap(item, _WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _steps(steps: Iterable[StepTold], indent: str) -> Iterator[str]:
    for step in steps:
        mark = "  [sends]" if step.effect == "send" else ""
        head = f"{indent}{step.path}  "
        yield from wrap(
            _ended(f"{step.does}{mark}"),
            _WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
        )
        deeper = indent + "   "
        for detail in step.details:
            told = f"{detail}:" if detail == "If it fails" else _ended(detail)
            yield from wrap(
                told, _WIDTH, initial_indent=f"{deeper}   ",
                subsequent_indent=f"{deeper}   ",
            )  # fmt: skip
        yield from _steps(step.on_error, f"{deeper}   ")
        yield from _steps(step.steps, deeper)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("…", ".", "?", "!", "?”", "…”")) else f"{sentence}."


def _sends(sends: tuple[Sending, ...]) -> Iterator[str]:
    if not sends:
        yield "  - Nothing."
    for one in sends:
        to = f", to {one.to}" if one.to else ""
        yield from _bullets([f"{one.path} {one.does}{to}. {_approval(one)}"])


def _approval(one: Sending) -> str:
    if one.to_owner:
        return "It goes to you alone and needs no approval."
    if not one.approved_by:
        return "Nobody approves it."
    names = " and ".join(f"'{name}'" for name in one.approved_by)
    return f"You approve it before: {names}."
