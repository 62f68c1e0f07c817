"""What may happen to a PostgreSQL server and to the line that leads to it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil

__all__ = ["Proxy", "kill", "socket_of"]


def kill(server: Any) -> None:
    """As a power cut of its machine: the server and all it began are gone at once."""
    number = server.get_pid()
    assert number  # None would mean this process
    first = psutil.Process(number)
    every = [first, *first.children(recursive=True)]
    for process in every:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(every, timeout=10)


def socket_of(address: str) -> str:
    """The file through which a server of this machine is reached."""
    return str(Path(parse_qs(urlsplit(address).query)["host"][0]) / ".s.PGSQL.5432")


class Proxy:
    """From a port of this machine to the server's socket.

    For every COMMIT `order` is asked what to do: "before" hangs up and never hands it on; "after" hands
    it on, waits until the server has answered, and hangs up: the work is kept, and nobody was told.
    """

    def __init__(self, server: str, order: Callable[[], str] = lambda: "") -> None:
        self._server = server
        self._order = order
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._server)
                except OSError:  # the server is not there
                    client.close()
                    continue
                last = threading.Event()
                for way in ((client, server, last, True), (server, client, last, False)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(
        self, source: socket.socket, target: socket.socket, last: threading.Event, asks: bool
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not asks and last.is_set():
                    break  # the answer to COMMIT: it is kept, and the client never hears
                if asks and b"COMMIT" in data:
                    order = self._order()
                    if order == "before":
                        break
                    if order == "after":
                        last.set()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # the other way closes the other

    def close(self) -> None:
        self._listening.close()
