"""What the owner is told, once each, without client data: a run that failed, waits, or is in doubt; a
routine that is broken or late. By the ways that `notify` in `practice.yaml` names."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayhand.app import App, runs
from dayhand.errors import DayhandError
from dayhand.model.run import Run

__all__ = ["Notice", "Notices"]

_log = logging.getLogger("dayhand.notice")
_STATES = {
    "failed": "{routine} failed",
    "waiting": "{routine} waits for you",
    "unknown": "{routine}: it is not known whether something was sent",
    "done_with_failures": "{routine} is done, with failures on the way",
}
_ROUTINE = """\
routine: owner-notice
steps:
  - uses: email.notify_me
    with: {{subject: {subject}, body: {body}}}
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell."""

    key: str
    subject: str
    body: str


class Notices:
    """Finds what is to be told and tells it once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told: set[str] = set()

    @property
    def host(self) -> str:
        """A host that must be reachable for mail, to wait for after a sleep; empty without one."""
        section = self._app.checked_practice.sections.get("email", {})
        smtp = section.get("smtp", {}) if isinstance(section, dict) else {}
        return str(smtp.get("host", "")) if isinstance(smtp, dict) else ""

    async def look(self, now: datetime, broken: Mapping[str, str]) -> int:
        """Tell what is new; how many."""
        found = [n for n in (*self._of_runs(), *_of_routines(broken)) if n.key not in self._told]
        told = 0
        for notice in found:
            self._told.add(notice.key)
            if await self._app.store.write_ledger(lambda ledger, n=notice: ledger.tell(n.key, now)):  # type: ignore[misc]
                await self._send(notice)
                told += 1
        return told

    def _of_runs(self) -> list[Notice]:
        return [
            _of_run(run, subject)
            for state, subject in _STATES.items()
            for run in self._app.store.runs(state=state, limit=20)
            if run.trigger not in ("hand", "as-of", "notice")
        ]

    async def _send(self, notice: Notice) -> None:
        for way in self._app.checked_practice.notify or ("log",):
            try:
                await self._by(way, notice)
            except (DayhandError, OSError) as error:
                _log.error("the owner could not be told by %s: %s", way, type(error).__name__)

    async def _by(self, way: Any, notice: Notice) -> None:
        if way == "email":
            await self._mail(notice)
        elif way == "desktop":
            await _call(_desktop(notice))
        elif isinstance(way, Mapping):
            await _call([*map(str, way.get("command", ())), notice.subject, notice.body])
        else:
            _log.warning("%s: %s", notice.subject, notice.body)

    async def _mail(self, notice: Notice) -> None:
        """Through the same door as all mail: a run of its own, with an effect and a receipt."""
        import hashlib
        import json

        text = _ROUTINE.format(subject=json.dumps(notice.subject), body=json.dumps(notice.body))
        routine = self._app.pinned("owner-notice", text)
        run_id = f"notice-{hashlib.sha256(notice.key.encode()).hexdigest()[:16]}"
        if self._app.store.run(run_id) is None:
            run = runs.new_run(self._app, routine, inputs={}, trigger="notice", run_id=run_id)
            self._app.store.create_run(run, text)
        await self._app.runner().run(run_id)


def _of_run(run: Run, subject: str) -> Notice:
    body = f"Run {run.id}, for {run.due:%Y-%m-%d %H:%M}. See: dayhand show {run.id}"
    if run.state in ("waiting", "unknown"):
        body = f"Run {run.id} waits for an answer. See: dayhand inbox"
    return Notice(f"{run.id}/{run.state}", subject.format(routine=run.routine), body)


def _of_routines(broken: Mapping[str, str]) -> list[Notice]:
    return [
        Notice(
            f"broken/{name}/{why}", f"{name} cannot be read", f"{why}. See: dayhand check {name}"
        )
        for name, why in broken.items()
    ]


def _desktop(notice: Notice) -> list[str]:
    if sys.platform == "darwin":
        words = f"display notification {_quoted(notice.body)} with title {_quoted(notice.subject)}"
        return ["osascript", "-e", words]
    return ["notify-send", "--app-name=dayhand", notice.subject, notice.body]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _call(command: list[str]) -> None:
    if not command or shutil.which(command[0]) is None:
        raise FileNotFoundError(command[0] if command else "no command")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(20):
        await process.wait()
