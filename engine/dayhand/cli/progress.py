"""How a run's progress is shown: one line a step; on a terminal the running step, rewritten in place."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import click

from dayhand import durations
from dayhand.cli.output import style
from dayhand.cli.terminal import erase_line
from dayhand.model.events import Event

__all__ = ["Progress"]

_STYLES = {"done": "done", "failed": "error", "unknown": "error", "waiting": "warning"}


class Progress:
    """Told what happens, on standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()

    def observe(self, event: Event) -> None:
        """Show one event."""
        if self._quiet:
            return
        if event.kind == "step_started":
            self._running(f"  … {event.path}")
        elif event.kind == "step_progress":
            self._running(f"  … {event.path}  {event.done}/{event.total} {event.text}".rstrip())
        elif event.kind == "step_ended":
            self._ended(event)
        elif event.kind == "attempt_failed":
            self._line(f"  ✗ {event.path}  attempt {event.done}: {event.text}; trying again")

    def _ended(self, event: Event) -> None:
        from datetime import timedelta

        from dayhand.report import MARKS

        took = (
            durations.as_text(timedelta(seconds=round(event.seconds, 1)))
            if event.seconds >= 0.1
            else ""
        )
        note = event.text or took
        mark = style(MARKS[event.state], _STYLES.get(event.state, ""), err=True)
        self._line(f"  {mark} {event.path:<28} {note}".rstrip())

    def _running(self, text: str) -> None:
        if self._live:
            self._clear()
            click.echo(text[:100], nl=False, err=True)
            self._shown = True

    def _line(self, text: str) -> None:
        self._clear()
        click.echo(text, err=True)

    def _clear(self) -> None:
        if self._shown:
            erase_line()
            self._shown = False
