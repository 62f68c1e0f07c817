"""Cells of the matrix in which a real CalDAV server is reached through a proxy that lets one request fail."""

from __future__ import annotations

import base64
import os
import re
import signal
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
from tests_support.commits import tell_who_waits
from tests_support.post_office import PostOffice

from dayhand.app import App, runs
from dayhand.store.database import OwnSession
from dayhand_calendar.transfer import Connection

SETTINGS = """
calendar:
  allow_hosts: [127.0.0.1]
  limits: {deadline: 60 seconds}
  sources:
    - {name: work, caldav: "http://127.0.0.1:PROXY/jane/work/", username: jane, password: {env: CAL_PASSWORD}}
"""
SILENCE = "limits: {deadline: 5 seconds}"
"""Where the server says nothing any more."""
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

    def new(self) -> list[int]:
        """How often the new event of each hour is there."""
        texts = [self._ask("GET", f"{self._url}{name}").decode() for name in self._names()]
        events = [text.partition("BEGIN:VEVENT")[2] for text in texts if "UID:dayhand-" in text]
        starts = [re.search(r"DTSTART[^:]*:\d+T(\d\d)", event) for event in events]
        hours = [int(start[1]) for start in starts if start]
        return [hours.count(hour) for hour in range(10, 10 + NEW)]

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
                if "point" in cell:
                    yield cell | killed(ground, calendar, cell["point"])
                else:
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
    if cell["fault"] == "silent":
        settings = ground.folder / "practice.yaml"
        settings.write_text(re.sub(r"limits: \{.*\}", SILENCE, settings.read_text()))
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


# Killed ---------------------------------------------------------------------------------------------

NEW = 6
"""How many events the routine makes."""
BATCH = f"""
steps:
  - id: all
    for_each: "{list(range(10, 10 + NEW))}"
    as: hour
    uses: calendar.create
    with: {{summary: Appointment, start: "2026-11-30T${{{{ hour }}}}:00:00", end: "2026-11-30T${{{{ hour }}}}:50:00"}}
"""


class Points:
    """Counts commits and requests, before and after each, and kills the process at one of them."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def put(self) -> None:
        """Put them into this process."""
        tell_who_waits()
        commit, request = OwnSession.commit, Connection.request

        def committed(session: Any) -> None:
            if session.waited_for:
                self.point()
            commit(session)
            if session.waited_for:
                self.point()

        async def requested(connection: Connection, *arguments: Any, **named: Any) -> Any:
            self.point()
            reply = await request(connection, *arguments, **named)
            self.point()
            return reply

        OwnSession.commit = committed  # type: ignore[method-assign]
        Connection.request = requested  # type: ignore[method-assign]


def killed(ground: Ground, calendar: Calendar, number: int) -> dict[str, Any]:
    """Kill at a point; 0 kills nobody and tells how many there are."""
    ground.fresh()
    (ground.folder / "routines/r.yaml").write_text(f"routine: r\n{BATCH}")
    calendar.empty()
    points = Points(number)

    def whole(app: App) -> dict[str, Any]:
        return ground.pursue(app) | {"points": points.passed}

    ended = ground.fork(whole, points.put)
    found = ended if isinstance(ended, dict) else ground.fork(ground.pursue)
    whole = isinstance(ended, dict)
    return {**found, "killed": ended == "killed", "whole": whole, "events": calendar.new()}


def _effect(app: App) -> str:
    newest = app.store.effects(limit=1)
    return newest[0].state if newest else "none"
