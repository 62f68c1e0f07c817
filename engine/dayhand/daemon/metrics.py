"""Figures for Prometheus, and whether the daemon is well, over HTTP on this machine alone.

    /metrics    counts by state; no client data, no names, no inputs
    /health     200 {"state": "ok", …} or 503 {"state": "stale", "reason": …}

Answered in a thread of its own, so that a daemon that hangs is told of too. A page in a browser cannot
read it under another name (DNS rebinding): the Host header has to be this machine's.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from dayhand.daemon.housekeeping import is_in_charge
from dayhand.errors import DayhandError, UserError

if TYPE_CHECKING:
    from dayhand.daemon.daemon import Daemon

__all__ = ["MetricsServer", "address_of", "health"]

STALE = 90.0
"""Seconds without a turn after which the daemon is not well; it turns every five."""
_PATIENCE = 5.0
_log = logging.getLogger("dayhand.metrics")


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `[HOST:]PORT`; the host is this machine's own.

    Raises:
        UserError: it is no address, or others could reach it.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UserError(f"--metrics: '{text}' is not a port", hint="such as 9464 or 127.0.0.1:9464")
    host = "127.0.0.1" if host == "localhost" else host
    try:
        is_ours = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if not is_ours:
        raise UserError(
            f"--metrics: {host} is not this machine's own address: others could read it",
            hint="use 127.0.0.1, and a tunnel or a proxy that asks who is there",
        )
    return host, int(port)


def health(daemon: Daemon) -> tuple[bool, str]:
    """Whether the daemon is well, and what it does or what stands in its way."""
    life = daemon.supervisor
    silent = life.silence
    if silent > STALE:
        return False, f"nothing was heard of it for {silent:.0f} s; last: {life.status}"
    return not life.status.startswith("in trouble"), life.status


class MetricsServer:
    """Serves the figures of one daemon until it is closed."""

    def __init__(self, daemon: Daemon, host: str, port: int) -> None:
        """Listen. Raises `UserError` if the library is missing or the port is taken."""
        registry = _registry(daemon)

        class Handler(_Handler):
            about = daemon
            figures = registry

        class Server(HTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

            def server_bind(self) -> None:
                """Without looking up a name, which may take long."""
                TCPServer.server_bind(self)
                self.server_name, self.server_port = host, self.server_address[1]

        try:
            self._server = Server((host, port), Handler)
        except OSError as error:
            raise UserError(
                f"--metrics: {host}:{port} cannot be listened on: {error.strerror}",
                hint="choose another port",
            ) from error
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="dayhand-metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    about: Daemon
    figures: Any
    timeout = _PATIENCE
    server_version, sys_version = "dayhand", ""

    def do_GET(self) -> None:
        """Answer, without a body that could be taken for a page."""
        if not self._is_for_us():
            self._answer(403, "text/plain; charset=utf-8", b"not under this name\n")
        elif self.path == "/health":
            well, told = health(self.about)
            body = {"state": "ok" if well else "stale", "reason": told}
            self._answer(
                200 if well else 503, "application/json", json.dumps(body).encode() + b"\n"
            )
        elif self.path == "/metrics":
            from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(self.figures))
        else:
            self._answer(404, "text/plain; charset=utf-8", b"there are /metrics and /health\n")

    def _is_for_us(self) -> bool:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        name = host.removeprefix("[").removesuffix("]").lower()
        if name == "localhost":
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        """Requests are not worth a line of the daemon's log."""
        _log.debug(format, *args)


def _registry(daemon: Daemon) -> Any:
    try:
        # an extra, and slow to import
        from prometheus_client import CollectorRegistry, ProcessCollector
    except ImportError as error:
        raise UserError(
            "--metrics needs a library that is not installed",
            hint="pip install --only-binary :all: 'dayhand[metrics]'",
        ) from error
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Figures(daemon))
    return registry


class _Figures:
    """What is counted, read when it is asked for."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def describe(self) -> list[Any]:
        """Nothing is read before the first request."""
        return []

    def collect(self) -> Iterator[Any]:
        """Every figure."""
        from prometheus_client.core import CounterMetricFamily, InfoMetricFamily

        daemon = self._daemon
        yield InfoMetricFamily("dayhand", "The version.", {"version": version("dayhand")})
        yield _gauge("healthy", "1 if /health says ok.", health(daemon)[0])
        yield _gauge("runs_at_work", "Runs this process works on now.", daemon.busy)
        yield _gauge(
            "last_turn_seconds", "Seconds since it last looked.", daemon.supervisor.silence
        )
        turns = CounterMetricFamily("dayhand_turns", "How often it has looked.")
        turns.add_metric([], daemon.supervisor.turns)
        yield turns
        yield from self._of_the_database()

    def _of_the_database(self) -> Iterator[Any]:
        from dayhand.store.figures import figures

        app, found = self._daemon.app, None
        leads = False
        try:
            with app.store.read() as connection:
                found = figures(connection, app.clock.now())
            leads = is_in_charge(app, self._daemon.owner)
        except DayhandError as error:
            _log.debug("no figures: %s", error.message)
        yield _gauge("database_up", "1 if it can be read.", found is not None)
        yield _gauge("in_charge", "1 if this process runs the practice.", leads)
        if found is None:
            return
        for name, about in _COUNTED.items():
            yield _by_state(name, about, found.by_state[name])
        yield _gauge("overdue_seconds", "How late the oldest planned occurrence is.", found.overdue)
        yield _gauge(
            "next_due_seconds", "Seconds until the next occurrence; -1 if none.", found.next_due
        )


def _gauge(name: str, about: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"dayhand_{name}", about, float(value))


def _by_state(name: str, about: str, counts: Mapping[str, int]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"dayhand_{name}", about, labels=["state"])
    for state, number in sorted(counts.items()):
        family.add_metric([state], number)
    return family


_COUNTED = {
    "runs": "Runs that are kept, by state.",
    "occurrences": "Occurrences in the ledger, by state.",
    "questions": "Questions, by state; open ones wait for a person.",
    "effects": "What was to leave the machine, by state; unknown is in doubt.",
}
