"""Practices with calendars, real CalDAV servers on this machine, and a server that misbehaves."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import dayhand_calendar
from dayhand.testing import PracticeKit

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n"


def sheet(*events: str) -> str:
    """A calendar of these events, each given as its lines without BEGIN and END."""
    return (
        HEAD
        + "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
        + "END:VCALENDAR\n"
    )


@pytest.fixture(name="sheet")
def _sheet() -> Callable[..., str]:
    return sheet


@pytest.fixture
def practice(tmp_path: Path) -> Callable[..., PracticeKit]:
    """A practice with a calendar file of the given text, and further settings of the section."""

    def make(
        text: str = "", now: str = "2026-11-03T08:00:00-05:00", info: Any = None, **settings: Any
    ) -> PracticeKit:
        (tmp_path / "inbox").mkdir(exist_ok=True)
        (tmp_path / "inbox" / "work.ics").write_text(text, encoding="utf-8")
        section = {"sources": [{"name": "work", "file": "inbox/work.ics"}]} | settings
        return PracticeKit(
            tmp_path,
            plugins=[dayhand_calendar],
            settings={"calendar": section},
            now=now,
            info=info,
            secrets={"CAL_PASSWORD": "geheim"},
        )

    return make


@dataclass(frozen=True)
class Server:
    """A CalDAV server: its address, that of its calendar, and its kind."""

    kind: str
    root: str
    calendar: str
    host: str

    def settings(self, **more: Any) -> dict[str, Any]:
        """The section `calendar` for it."""
        source = {"name": "server", "caldav": self.calendar} | more
        if self.kind == "radicale":
            source |= {"username": "jane", "password": {"env": "CAL_PASSWORD"}}
        return {"sources": [source], "allow_hosts": ["127.0.0.1"]}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def start_radicale(folder: Path) -> tuple[Server, subprocess.Popen[bytes]]:
    port = _free_port()
    users = folder / "users"
    users.write_text("jane:geheim\n")
    place = folder / "radicale" / "collection-root" / "jane" / "work"
    place.mkdir(parents=True)
    (place / ".Radicale.props").write_text('{"tag": "VCALENDAR", "D:displayname": "Work"}')
    command = [
        sys.executable, "-m", "radicale", "--config", "", "--hosts", f"127.0.0.1:{port}",
        "--storage-filesystem-folder", str(folder / "radicale"), "--storage-hook", "",
        "--auth-type", "htpasswd", "--auth-htpasswd-filename", str(users),
        "--auth-htpasswd-encryption", "plain", "--logging-level", "error", "--auth-delay", "0",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait(port, process)
    root = f"http://127.0.0.1:{port}/"
    return Server("radicale", root, f"{root}jane/work/", f"127.0.0.1:{port}"), process


def start_xandikos(folder: Path) -> tuple[Server, subprocess.Popen[bytes]]:
    port = _free_port()
    script = "import sys; from xandikos.__main__ import cli_main; sys.exit(cli_main())"
    command = [
        sys.executable, "-c", script, "serve", "-d", str(folder / "xandikos"), "--defaults",
        "-l", "127.0.0.1", "-p", str(port), "--current-user-principal", "/user/", "--no-detect-systemd",
        "--state-dir", str(folder / "state"),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait(port, process)
    root = f"http://127.0.0.1:{port}/"
    return Server("xandikos", root, f"{root}user/calendars/calendar/", f"127.0.0.1:{port}"), process


STARTS = {"radicale": start_radicale, "xandikos": start_xandikos}


@pytest.fixture(scope="session", params=list(STARTS))
def server(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each of the real servers, kept for the session."""
    started, process = STARTS[request.param](tmp_path_factory.mktemp(request.param))
    yield started
    process.kill()
    process.wait()


@pytest.fixture(params=list(STARTS))
def own_server(request: Any, tmp_path: Path) -> Iterator[Server]:
    """Each of the real servers, for one test that may hurt it."""
    folder = tmp_path / "server"
    folder.mkdir()
    started, process = STARTS[request.param](folder)
    yield started
    process.kill()
    process.wait()
