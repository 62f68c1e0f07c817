"""Real CalDAV servers on this machine, each in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dayhand.testing import CalendarServer


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
    for _ in range(2000):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


def start_radicale(folder: Path) -> tuple[Server, subprocess.Popen[bytes]]:
    made = CalendarServer(folder, user="jane", password="geheim")
    host = f"127.0.0.1:{made.port}"
    return Server("radicale", made.address, made.calendar, host), made.process


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
