"""Real servers to send to: aiosmtpd in a thread, with TLS by trustme, and pymap for IMAP."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from dayhand.testing import PracticeKit

PASSWORD = "correct horse battery"


@dataclass
class Authority:
    """A CA, and contexts for servers whose certificates are right, or wrong in one way."""

    ca: trustme.CA
    file: str

    def context(self, kind: str = "right") -> ssl.SSLContext:
        """A server's context: right, other-name, expired, or self-signed by nobody we know."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        now = datetime.now(UTC)
        if kind == "right":
            certificate = self.ca.issue_cert("localhost", "127.0.0.1")
        elif kind == "other-name":
            certificate = self.ca.issue_cert("mail.elsewhere.example")
        elif kind == "expired":
            certificate = self.ca.issue_cert(
                "127.0.0.1", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)
            )
        else:
            certificate = trustme.CA().issue_cert("127.0.0.1")
        certificate.configure_cert(context)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, str(file))


@dataclass
class Sink:
    """What a server was told, and how it answers."""

    rcpt_reply: str = ""
    mail_reply: str = ""
    drop_at_mail: bool = False
    login_reply: str = ""
    data_replies: list[str] = field(default_factory=list)
    drop_after_data: bool = False
    dot_delay: float = 0.0
    port: int = 0
    ca_file: str = ""
    tls: str = "starttls"
    greetings: int = 0
    logins: list[bytes] = field(default_factory=list)
    refuse_login: bool = False
    envelopes: list[Any] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.greetings += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.drop_at_mail:
            server.transport.abort()
        if self.mail_reply:
            return self.mail_reply
        self.senders.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.recipients.append(address)
        if self.rcpt_reply:
            return self.rcpt_reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        reply = self.data_replies.pop(0) if self.data_replies else "250 2.0.0 queued as 4711"
        if self.dot_delay:
            await asyncio.sleep(self.dot_delay)
        if reply.startswith("2"):
            self.envelopes.append(envelope)
        if self.drop_after_data:
            server.transport.abort()
        return reply

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        password = data.password if isinstance(data, LoginPassword) else b""
        self.logins.append(password)
        if self.login_reply:
            return AuthResult(success=False, handled=False, message=self.login_reply)
        fits = password == PASSWORD.encode() and not self.refuse_login
        return AuthResult(success=fits, handled=fits)

    def smtp_settings(self, **changes: Any) -> dict[str, Any]:
        """The part `smtp` of the settings that leads here."""
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": self.tls,
            "ca_file": self.ca_file,
            "username": "jane",
            "password": {"env": "SMTP_PASSWORD"},
            "timeout": "5 seconds",
        }
        return settings | changes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Quiet(SMTP):
    """aiosmtpd, which does not expect its own side to hang up."""

    def connection_lost(self, error: Exception | None) -> None:
        with suppress(Exception):
            super().connection_lost(error)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Quiet(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., Sink]]:
    """Start a server: `serve(certificate="expired", starttls=False, rcpt_reply="550 no")`."""
    with ExitStack() as stack:

        def start(
            *,
            certificate: str = "right",
            starttls: bool = True,
            tls: bool = False,
            login: bool = True,
            **modes: Any,
        ) -> Sink:
            sink = Sink(
                port=free_port(), ca_file=authority.file, tls="tls" if tls else "starttls", **modes
            )
            context = authority.context(certificate)
            options: dict[str, Any] = {"enable_SMTPUTF8": False}
            if tls:
                options |= {"ssl_context": context, "auth_require_tls": False}
            elif starttls:
                options |= {"tls_context": context, "require_starttls": True}
            if login and (tls or starttls):
                options |= {"authenticator": sink.authenticate, "auth_required": not tls}
            if not login:
                options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
            controller = _Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
            controller.start()
            stack.callback(controller.stop)
            return sink

        yield start


@pytest.fixture
def greet() -> Iterator[Callable[[bytes | None], int]]:
    """A server that says one thing and nothing more; None hangs up, b"" stays silent."""
    with ExitStack() as stack:

        def start(greeting: bytes | None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def talk() -> None:
                with suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        if greeting is not None:
                            connection.sendall(greeting)
                            connection.recv(1000)

            thread = threading.Thread(target=talk, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            return int(listener.getsockname()[1])

        yield start


@dataclass
class LaxSink:
    """A server that takes any dot between any two line ends for the end of a message."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)


@pytest.fixture
def lax_sink() -> Iterator[LaxSink]:
    sink = LaxSink()
    listener = socket.create_server(("127.0.0.1", 0))
    sink.port = listener.getsockname()[1]

    def talk() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                _lax_conversation(connection, sink)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield sink
    listener.close()
    thread.join(5)


def _lax_conversation(connection: socket.socket, sink: LaxSink) -> None:
    import re

    end = re.compile(rb"(?:\r\n|\r|\n)\.(?:\r\n|\r|\n)")
    connection.sendall(b"220 lax\r\n")
    pending, body = b"", False
    while chunk := connection.recv(65536):
        pending += chunk
        while True:
            if body:
                found = end.search(pending)
                if found is None:
                    break
                sink.messages.append(pending[: found.start()])
                pending, body = pending[found.end() :], False
                connection.sendall(b"250 OK\r\n")
                continue
            line, newline, rest = pending.partition(b"\n")
            if not newline:
                break
            pending = rest
            sink.commands.append(line.strip())
            body = line.strip().upper() == b"DATA"
            connection.sendall(b"354 go\r\n" if body else b"250 OK\r\n")


@pytest.fixture
def make_kit(tmp_path: Path) -> Callable[..., PracticeKit]:
    """A practice with the plugin, sending to a sink if given one."""

    def make(sink: Sink | None = None, **settings: Any) -> PracticeKit:
        section: dict[str, Any] = {
            "from": {"address": "office@lakeside.example", "name": "Lakeside Office"}
        }
        section |= {"neutral_practice_name": "Lakeside Office"}
        if sink is not None:
            section["smtp"] = sink.smtp_settings(**settings.pop("smtp", {}))
        return PracticeKit(
            tmp_path / "practice",
            plugins=["dayhand_email"],
            settings={"email": section | settings},
            secrets={"SMTP_PASSWORD": PASSWORD, "IMAP_PASSWORD": "demopass"},
        )

    return make


@dataclass
class Attempt:
    """How a step ended, and what it had committed before."""

    result: Any = None
    error: BaseException | None = None
    intents: list[Mapping[str, Any]] = field(default_factory=list)


@pytest.fixture
def attempt() -> Callable[..., Attempt]:
    """Run a step once; unlike `kit.run` it tells the intents and hands back what was raised."""

    def run(kit: PracticeKit, name: str = "email.send", **inputs: Any) -> Attempt:
        step = kit.steps[name]
        context = kit.context("email", step=step)
        model = step.inputs.model_validate(inputs)
        arguments = {one: getattr(model, one) for one in type(model).model_fields}
        outcome = Attempt()
        try:
            outcome.result = asyncio.run(step.function(context, **arguments))
        except Exception as error:
            outcome.error = error
        outcome.intents = context.intents
        return outcome

    return run


LETTER = {"to": "ana@example.org", "purpose": "office", "subject": "Hello", "body": "Good day."}


@pytest.fixture
def letter() -> dict[str, Any]:
    return dict(LETTER)


@dataclass
class Imap:
    """A running IMAP server."""

    port: int
    ca_file: str

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The part `sent_folder` of the settings that leads there."""
        settings: dict[str, Any] = {
            "host": "localhost",
            "port": self.port,
            "security": "starttls",
            "ca_file": self.ca_file,
            "username": "demouser",
            "password": {"env": "IMAP_PASSWORD"},
            "folder": "Sent",
            "timeout": "10 seconds",
        }
        return settings | changes


@pytest.fixture(scope="session")
def imap(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imap]:
    folder = tmp_path_factory.mktemp("imap")
    certificate = authority.ca.issue_cert("localhost", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--cert", str(folder / "cert.pem")]
    options += ["--key", str(folder / "key.pem"), "dict", "--demo-data"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", "from pymap.main import main; main()", *options],
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(port, server, folder / "log")
            yield Imap(port, authority.file)
        finally:
            server.terminate()
            server.wait(100)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(2000):
        if server.poll() is not None:
            raise RuntimeError(log.read_text())
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the IMAP server does not listen")
