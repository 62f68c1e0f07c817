"""Crossref for the examples: it knows one paper."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

_WORK = {
    "status": "ok",
    "message": {
        "title": ["Waiting rooms"],
        "author": [{"family": "Kern", "given": "Odile"}],
        "container-title": ["Journal of Brief Work"],
        "issued": {"date-parts": [[2026]]},
        "type": "journal-article",
        "DOI": "10.5555/jbw.2026.14.1",
    },
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.path.startswith("/works/10.5555/jbw.2026.14.1")
        body = json.dumps(_WORK).encode() if is_known else b""
        self.send_response(200 if is_known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[SimpleNamespace]:
    """The server, at `address`; nothing is ever sent to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield SimpleNamespace(address=f"http://127.0.0.1:{server.server_port}", arrived=0)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
