"""A web site for the examples: one page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

_PAGE = b"""<!doctype html>
<html><head><title>Lakeside Counseling</title></head><body>
<p>Jane Doe, LCSW. License number 081234.</p>
<p>Online therapy for people in New York and in Vermont.</p>
<footer><a href="/npp.html">Notice of Privacy Practices</a></footer>
</body></html>
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[SimpleNamespace]:
    """The site, at `address`; nothing is ever sent to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield SimpleNamespace(address=f"http://127.0.0.1:{server.server_port}", arrived=0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
