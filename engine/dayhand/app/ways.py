"""The ways by which the owner is told: those that `notify` in `practice.yaml` names, else the log."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dayhand.app import runs
from dayhand.app.application import App
from dayhand.app.notice import Notice, Told, Way
from dayhand.app.webhook import Webhook
from dayhand.errors import DayhandError, StoreBusy
from dayhand.model.notify import WebhookSettings
from dayhand.steps.declarations import Finding

__all__ = ["ways_of"]

_log = logging.getLogger("dayhand.notice")
LIMIT = timedelta(seconds=20)
_ROUTINE = """\
routine: owner-notice
steps:
  - uses: email.notify_me
    with: {{subject: {subject}, body: {body}}}
"""


def ways_of(app: App) -> list[Way]:
    """The ways of a practice, each with a name of its own."""
    named: Counter[str] = Counter()
    found: list[Way] = []
    for given in app.checked_practice.notify or ("log",):
        kind = next(iter(given)) if isinstance(given, Mapping) else str(given)
        named[kind] += 1
        name = kind if named[kind] == 1 else f"{kind}-{named[kind]}"
        found.append(_way(app, name, kind, given))
    return found


def _way(app: App, name: str, kind: str, given: Any) -> Way:
    if kind == "email":
        return _Mail(app, name)
    if kind == "desktop":
        return _Desktop(name)
    if kind == "webhook":
        return Webhook(app, name, WebhookSettings.read(given["webhook"]))
    if kind == "command":
        return _Command(name, [str(part) for part in given["command"]])
    return _Log(name)


class _Log:
    """The daemon's log."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def tell(self, notice: Notice) -> Told:
        _log.warning("%s: %s", notice.subject, notice.body)
        return Told.done()

    def examine(self) -> Finding:
        hint = "add 'notify: [desktop]', 'email' or a webhook to practice.yaml"
        return Finding("warning", "you are told in the daemon's log only", hint)


class _Mail:
    """Through the same door as all mail: a run of its own, with an effect and a receipt."""

    def __init__(self, app: App, name: str) -> None:
        self._app = app
        self.name = name

    async def tell(self, notice: Notice) -> Told:
        text = _ROUTINE.format(subject=json.dumps(notice.subject), body=json.dumps(notice.body))
        try:
            run_id = self._made(notice, text)
            ended = (await self._app.runner().run(run_id)).run
        except StoreBusy:
            return Told.done()  # another process goes on with it
        except DayhandError as error:
            return Told.failed(error.message)
        if ended.state == "done":
            return Told.done()
        if ended.state in ("waiting", "unknown"):
            return Told.unclear(f"run {run_id} asks whether it was sent: see 'dayhand inbox'")
        return Told.failed(ended.reason or f"run {run_id} {ended.state}", retry=True)

    def _made(self, notice: Notice, text: str) -> str:
        """The notice's run: the one that was begun, or one more where all have failed."""
        routine = self._app.pinned("owner-notice", text)
        base = f"notice-{hashlib.sha256(notice.key.encode()).hexdigest()[:16]}"
        number = 1
        while True:
            run_id = base if number == 1 else f"{base}-{number}"
            known = self._app.store.run(run_id)
            if known is None:
                break
            if known.state not in ("failed", "cancelled"):
                return run_id
            number += 1
        run = runs.new_run(self._app, routine, inputs={}, trigger="notice", run_id=run_id)
        self._app.store.create_run(run, text)
        return run_id

    def examine(self) -> Finding:
        try:
            self._app.pinned("owner-notice", _ROUTINE.format(subject='"x"', body='"x"'))
        except DayhandError:
            hint = "install the plugin 'email', or leave 'email' out of notify"
            return Finding("failure", "email: the plugin 'email' cannot be used", hint)
        if not self._app.info.clinician.email:
            return Finding("failure", "email: nobody to write to", "set clinician.email")
        section = self._app.checked_practice.sections.get("email", {})
        if not section.get("smtp"):
            return Finding("failure", "email: no mail server", "set email.smtp in practice.yaml")
        return Finding("ok", "email: to clinician.email; try it with 'dayhand notify --test'")


class _Desktop:
    """A bubble on the desktop."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def tell(self, notice: Notice) -> Told:
        return await _called(_bubble(notice), b"", {})

    def examine(self) -> Finding:
        program = _bubble(Notice("", "", ""))[0]
        if shutil.which(program) is None:
            hint = "install it (on Debian: libnotify-bin), or leave 'desktop' out of notify"
            return Finding("failure", f"desktop: the program {program} is not there", hint)
        session = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
        if sys.platform != "darwin" and not any(os.environ.get(name) for name in session):
            return Finding("warning", "desktop: there is no desktop session here", "run it in one")
        return Finding("ok", f"desktop: by {program}")


class _Command:
    """A program that is handed the text."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._command = list(command)

    async def tell(self, notice: Notice) -> Told:
        text = f"{notice.subject}\n\n{notice.body}\n".encode()
        more = {"DAYHAND_SUBJECT": notice.subject, "DAYHAND_BODY": notice.body}
        return await _called(self._command, text, more)

    def examine(self) -> Finding:
        if shutil.which(self._command[0]) is None:
            return Finding("failure", f"command: the program {self._command[0]} is not there")
        return Finding("ok", f"command: {self._command[0]}")


def _bubble(notice: Notice) -> list[str]:
    if sys.platform == "darwin":
        words = f"display notification {_quoted(notice.body)} with title {_quoted(notice.subject)}"
        return ["osascript", "-e", words]
    return ["notify-send", "--app-name=dayhand", "--", notice.subject, notice.body]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _called(command: Sequence[str], text: bytes, more: Mapping[str, str]) -> Told:
    if shutil.which(command[0]) is None:
        return Told.failed(f"the program {command[0]} is not there")
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **more},
        )  # fmt: skip
    except OSError as error:
        return Told.failed(f"{command[0]} cannot be started: {error.strerror}")
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            await process.communicate(text)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Told.unclear(f"{command[0]} took too long")
    if process.returncode:
        return Told.failed(f"{command[0]} ended with {process.returncode}", retry=True)
    return Told.done()
