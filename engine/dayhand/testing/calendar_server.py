"""A CalDAV server for tests, Radicale in a process of its own, with one empty calendar."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from dayhand.testing.extra import require

__all__ = ["CalendarServer"]

_PATIENCE = 100.0


class CalendarServer:
    """The server, seen from a test: on 127.0.0.1, without TLS. Use it in a `with`.

    `calendar` is the address of its calendar; it asks for `user` and `password`. `process` is the
    server's.

    Args:
        folder: where it keeps its calendar; made if it is not there.
        user: the name it asks for.
        password: the password it asks for.

    Raises:
        UserError: Radicale is not installed.
        RuntimeError: the server did not begin.
    """

    def __init__(self, folder: Path, *, user: str = "jane", password: str = "secret") -> None:  # noqa: S107 - of a test
        require("radicale", "the calendar server for tests")
        self.user, self.password = user, password
        self._place = folder / "collections" / "collection-root" / self.user / "work"
        self._place.mkdir(parents=True, exist_ok=True)
        about = {"tag": "VCALENDAR", "D:displayname": "Work"}
        (self._place / ".Radicale.props").write_text(json.dumps(about), encoding="utf-8")
        self.port = _free_port()
        command = [
            sys.executable, "-m", "radicale", "--config", "", "--hosts", f"127.0.0.1:{self.port}",
            "--storage-filesystem-folder", str(folder / "collections"), "--storage-hook", "",
            "--logging-level", "error", "--auth-delay", "0", *_login(folder, user, password),
        ]  # fmt: skip
        self.process = subprocess.Popen(  # noqa: S603 - this Python, with arguments of our own
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._wait()
        except BaseException:
            self._end()
            raise

    @property
    def address(self) -> str:
        """The root of the server."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def calendar(self) -> str:
        """The address of its calendar."""
        return f"{self.address}{self.user}/work/"

    @property
    def events(self) -> Sequence[str]:
        """The iCalendar text of each event in the calendar, by their names."""
        return [file.read_text(encoding="utf-8") for file in sorted(self._place.glob("*.ics"))]

    def put(self, name: str, text: str) -> None:
        """Put an event's iCalendar text into the calendar, under a name such as `first.ics`.

        It is put there as any client would, so it has to be one the server takes.
        """
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - its own address
            f"{self.calendar}{name}", data=text.encode(), method="PUT",
            headers={"Authorization": f"Basic {login}", "Content-Type": "text/calendar"},
        )  # fmt: skip
        urllib.request.urlopen(request, timeout=_PATIENCE).close()  # noqa: S310 - as above

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=_PATIENCE)

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("the calendar server did not begin")


def _login(folder: Path, user: str, password: str) -> list[str]:
    users = folder / "users"
    users.write_text(f"{user}:{password}\n", encoding="utf-8")
    return [
        "--auth-type", "htpasswd", "--auth-htpasswd-filename", str(users),
        "--auth-htpasswd-encryption", "plain",
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
