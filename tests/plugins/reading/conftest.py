"""A practice with topics, and a server on this machine that answers as Crossref, PubMed and journals do."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests_support.kits import SeenKit

TOPICS = {
    "grief": {"goal": 4, "words": ["grief", "bereave"]},
    "trauma": {"goal": 1, "words": ["trauma"]},
}


class Library(BaseHTTPRequestHandler):
    """Answers from `server.answers`, and notes what was asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        status, body, headers = self.server.answers.get(
            self.path, (404, b"Resource not found.", {})
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def library():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Library)
    server.answers, server.asked = {}, []
    server.base = f"http://127.0.0.1:{server.server_port}"

    def put(path, body, status=200, **headers):
        data = json.dumps(body).encode() if isinstance(body, dict) else body.encode()
        server.answers[path] = (status, data, headers)

    server.put = put
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def make_kit(tmp_path, library):
    def make(now="2026-11-24T18:00-05:00", **settings):
        section = {"topics": TOPICS, "crossref": library.base, "pubmed": library.base} | settings
        return SeenKit(
            tmp_path, plugins=["dayhand_reading"], settings={"reading": section}, now=now
        )

    return make
