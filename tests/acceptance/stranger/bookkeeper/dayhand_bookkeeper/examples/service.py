"""A bookkeeping service on this machine, for examples and tests: an entry for each key, once."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Books:
    """The service: `entries` by their keys. While `holds` is set it keeps entries and does not answer."""

    def __init__(self) -> None:
        self.entries: dict[str, int] = {}
        self.posts: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.holds = threading.Event()
        self.held = threading.Event()
        self.address = ""

    @property
    def arrived(self) -> int:
        """How many entries there are."""
        return len(self.posts)


class _Handler(http.server.BaseHTTPRequestHandler):
    books: Books

    def do_POST(self) -> None:
        key = self.headers["Idempotency-Key"]
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.books.tokens.add(self.headers.get("Authorization", ""))
        if key not in self.books.entries:
            self.books.entries[key] = len(self.books.entries) + 1
            self.books.posts.append(told)
        if self.books.holds.is_set():
            self.books.held.set()
            self.close_connection = True
            self.connection.recv(1)  # until whoever asked is gone
            return
        self._answer(self.books.entries[key])

    def do_GET(self) -> None:
        self._answer(self.books.entries.get(self.headers["Idempotency-Key"]))

    def _answer(self, entry: int | None) -> None:
        body = json.dumps({"entry": entry}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[Books]:
    """The service, until the end of the `with`."""
    books = Books()
    handler = type("Handler", (_Handler,), {"books": books})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        books.address = f"http://127.0.0.1:{server.server_port}/entries"
        yield books
        server.shutdown()
