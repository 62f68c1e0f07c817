"""Cells of the matrix in which a real CalDAV server is reached through a proxy that lets one request fail."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ground import Ground
from tests_support import calendar_proxy
from tests_support.caldav_servers import Server, start_radicale
from tests_support.post_office import PostOffice

from dayhand.app import App, runs

SETTINGS = """
calendar:
  allow_hosts: [127.0.0.1]
  limits: {deadline: 2 seconds}
  sources:
    - {name: work, caldav: "http://127.0.0.1:PROXY/jane/work/", username: jane, password: {env: CAL_PASSWORD}}
"""
THERE = "there@example.org"
WITH = {
    "create": 'calendar.create\n    with: {summary: Appointment, start: "2026-11-30T10:00:00", end: "2026-11-30T10:50:00"}',
    "move": f'calendar.move\n    with: {{key: {THERE}, start: "2026-11-30T15:00:00"}}',
    "cancel": f"calendar.cancel\n    with: {{key: {THERE}}}",
    "delete": f"calendar.cancel\n    with: {{key: {THERE}, delete: true}}",
}
EVENT = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:{THERE}
DTSTAMP:20261101T000000Z
DTSTART:20261130T150000Z
DTEND:20261130T155000Z
SUMMARY:Appointment
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Calendar:
    """The server itself, asked without the proxy."""

    def __init__(self, server: Server) -> None:
        self._url = server.calendar

    def _ask(self, method: str, url: str, data: bytes | None = None) -> bytes:
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header("Depth", "1")
        request.add_header("Authorization", "Basic " + base64.b64encode(b"jane:geheim").decode())
        with urllib.request.urlopen(request, timeout=20) as reply:
            return bytes(reply.read())

    def empty(self) -> None:
        """Only the one event, as it was."""
        for name in self._names():
            self._ask("DELETE", f"{self._url}{name}")
        self._ask("PUT", f"{self._url}there.ics", EVENT.encode())

    def _names(self) -> list[str]:
        listing = self._ask("PROPFIND", self._url, b'<propfind xmlns="DAV:"><prop/></propfind>')
        return re.findall(r"/jane/work/([^<]+\.ics)", listing.decode())

    def state(self, action: str) -> str:
        """What became of the action: `before`, `after`, or what nobody wanted."""
        texts = [self._ask("GET", f"{self._url}{name}").decode() for name in self._names()]
        old = [text for text in texts if THERE in text]
        new = [text for text in texts if "UID:dayhand-" in text]
        if action == "create":
            return {0: "before", 1: "after"}.get(len(new), f"{len(new)} new events")
        if action == "delete":
            return "before" if old else "after"
        (event,) = old
        done = "T150000Z" not in event if action == "move" else "STATUS:CANCELLED" in event
        times = re.findall(r"SEQUENCE:(\d+)", event)
        return (
            f"after, {times[0]} times" if done and times != ["1"] else "after" if done else "before"
        )


@contextmanager
def proxy(server: Server, folder: Path) -> Iterator[int]:
    command = [sys.executable, calendar_proxy.__file__, server.host, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def run_cells(work: Path, cells: list[dict[str, Any]]) -> Any:
    """The result of each cell."""
    faults = work / "faults"
    faults.mkdir(parents=True)
    (work / "server").mkdir()
    server, process = start_radicale(work / "server")
    try:
        with proxy(server, faults) as port, PostOffice(work / "mail") as office:
            settings = SETTINGS.replace("PROXY", str(port))
            ground = Ground(work, office, settings, routine("create"))
            calendar = Calendar(server)
            for cell in cells:
                yield cell | one(ground, calendar, faults, cell)
    finally:
        process.kill()
        process.wait()


def routine(action: str) -> str:
    return f"\nsteps:\n  - id: act\n    uses: {WITH[action]}\n    retry: {{attempts: 2, first: 1 ms}}\n"


def one(ground: Ground, calendar: Calendar, faults: Path, cell: dict[str, Any]) -> dict[str, Any]:
    action = cell["action"]
    ground.fresh()
    (ground.folder / "routines/r.yaml").write_text(f"routine: r\n{routine(action)}")
    calendar.empty()
    (faults / "fault").write_text(f"{cell['request']} {cell['fault']}")

    def first(app: App) -> dict[str, Any]:
        run = runs.go_on(app, runs.create(app, "r", inputs={}).id)
        return {"then": run.state, "effect": _effect(app), "there": calendar.state(action)}

    def rest(app: App) -> dict[str, Any]:
        ground.truth = lambda: calendar.state(action) != "before"
        found = ground.pursue(app)
        return {**found, "finally": calendar.state(action), "believed": _effect(app)}

    told = ground.fork(first)
    fired = not (faults / "fault").exists()
    (faults / "fault").unlink(missing_ok=True)
    return {**told, "fired": fired, **ground.fork(rest)}


def _effect(app: App) -> str:
    newest = app.store.effects(limit=1)
    return newest[0].state if newest else "none"
