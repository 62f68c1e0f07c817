"""A real HTTP server in the test's own process that takes what is posted, and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Post:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class PostBox:
    """What came; `answers` are statuses for the next requests, then `status`. A status of 0 cuts the line."""

    posts: list[Post] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    status: int = 200
    more: dict[str, str] = field(default_factory=dict)
    open: threading.Event = field(default_factory=threading.Event)
    _server: Any = None

    def __enter__(self) -> Self:
        self.open.set()
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                box.posts.append(Post("POST", self.path, dict(self.headers), body))
                box.open.wait(60)
                status = box.answers.pop(0) if box.answers else box.status
                if status == 0:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
                    return
                self.send_response(status)
                for name, value in box.more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                """Nothing to standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/practice"

    @property
    def titles(self) -> list[str]:
        return [post.headers["Title"] for post in self.posts]
