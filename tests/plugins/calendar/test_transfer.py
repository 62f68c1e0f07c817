"""Requests: where they may go, what they carry, and how much they take."""

from __future__ import annotations

import asyncio
import resource
import socket
import socketserver
import ssl
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from dayhand_calendar import transfer
from dayhand_calendar.addresses import HostRules, NotAllowed, NotResolved, place_of
from dayhand_calendar.transfer import Access, Connection, Interrupted, NotReached, Reply, TooBusy

LOCAL = HostRules(hosts=frozenset({"127.0.0.1", "localhost"}))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[str], Iterable[bytes | float]]


class FakeServer(socketserver.ThreadingTCPServer):
    """Answers as its script says: bytes are sent, numbers are seconds to wait."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.context = context
        self.seen: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the test."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server: FakeServer = self.server  # type: ignore[assignment]
        stream = self.request
        if server.context:
            stream = server.context.wrap_socket(stream, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            part = stream.recv(4096)
            if not part:
                return
            head += part
        server.seen.append(head.decode("latin-1"))
        for item in server.script(head.decode("latin-1")):
            if isinstance(item, bytes):
                stream.sendall(item)
            else:
                time.sleep(item)
        stream.close()


@contextmanager
def fake(script: Script, context: ssl.SSLContext | None = None) -> Iterator[tuple[FakeServer, str]]:
    with FakeServer(script, context) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        yield server, f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def ask(url: str, *, method: str = "GET", access: Access | None = None, times: int = 1) -> Reply:
    async def inside() -> Reply:
        async with Connection(access or Access(rules=LOCAL)) as connection:
            for _ in range(times):
                reply = await connection.request(method, url)
            return reply

    return asyncio.run(inside())


def to(addresses: str) -> Callable[[str, int], Any]:
    async def resolver(host: str, port: int) -> list[str]:
        return addresses.split()

    return resolver


_LOOKING: list[list[Any]] = []


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _LOOKING:
        _LOOKING[-1].append(arguments[1])


@pytest.fixture(scope="module")
def looked() -> None:
    sys.addaudithook(
        _see
    )  # it stays as long as the process, and sees what the interpreter connects to


@pytest.fixture
def connected(looked: None) -> Iterator[list[Any]]:
    """Where this process connects to meanwhile."""
    _LOOKING.append([])
    yield _LOOKING[-1]
    _LOOKING.clear()


# Where ---------------------------------------------------------------------------------------------

BLOCKED = [
    "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.9",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "198.18.0.1", "192.0.2.7", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::", "2001:0:4136:e378::1",
    "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fec0::1", "2001:db8::1",
    "93.184.216.34 127.0.0.1", "93.184.216.34 10.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("addresses", BLOCKED)
def test_c05_a_name_that_leads_to_no_public_address_is_refused(addresses: str) -> None:
    with pytest.raises(NotAllowed):
        asyncio.run(place_of("https://cal.example/a.ics", HostRules(), to(addresses)))


@pytest.mark.parametrize(
    "addresses", ["93.184.216.34", "2606:2800:220:1::1", "8.8.8.8 2606:4700::1111"]
)
def test_c05_a_name_that_leads_to_public_addresses_is_taken_with_just_those(addresses: str) -> None:
    place = asyncio.run(place_of("webcal://cal.example/a.ics?key=1", HostRules(), to(addresses)))

    assert (place.scheme, place.host, place.port, place.path) == (
        "https",
        "cal.example",
        443,
        "/a.ics?key=1",
    )
    assert place.addresses == tuple(addresses.split())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
        "http://①②⑦.⓪.⓪.①/", "https://localhost/", "https://[::1]/", "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
        "http://93.184.216.34/", "ftp://93.184.216.34/", "file:///etc/passwd", "gopher://x/", "https:///x",
        "https://user:word@93.184.216.34/", "https://93.184.216.34\r\n/x", "https://a b/", "https://x\\@10.0.0.1/",
        "https://93.184.216.34:0/", "https://93.184.216.34:99999/", "//93.184.216.34/", "", "data:text/calendar,x",
    ],
)  # fmt: skip
def test_c05_an_address_that_is_odd_or_leads_inside_is_refused_before_a_connection(
    url: str, connected: list[Any]
) -> None:
    with pytest.raises((NotAllowed, NotReached)):
        ask(url, access=Access())

    assert connected == []


def test_c05_the_same_look_sees_a_connection_that_is_allowed(connected: list[Any]) -> None:
    with fake(lambda head: [OK]) as (_, url):
        ask(url)

    assert connected == [("127.0.0.1", int(url.rpartition(":")[2]))]


def test_c05_c06_a_private_network_is_reached_only_where_that_is_allowed_and_encrypted() -> None:
    private = HostRules(private=True)
    named = HostRules(hosts=frozenset({"nas.home:8443"}))

    assert asyncio.run(place_of("https://nas.home/", private, to("192.168.1.9"))).addresses == (
        "192.168.1.9",
    )
    assert asyncio.run(place_of("https://nas.home:8443/", named, to("192.168.1.9"))).port == 8443
    for rules, url, address in (
        (private, "http://nas.home/", "192.168.1.9"),
        (private, "https://nas.home/", "127.0.0.1"),
        (private, "https://nas.home/", "169.254.169.254"),
        (private, "https://nas.home/", "64:ff9b::a00:1"),
        (named, "https://nas.home/", "192.168.1.9"),
        (named, "https://nas.home:8443/", "169.254.1.1"),
    ):
        with pytest.raises(NotAllowed):
            asyncio.run(place_of(url, rules, to(address)))


def test_a_name_without_an_address_is_not_reached() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(NotResolved):
        asyncio.run(place_of("https://cal.example/", HostRules(), nowhere))


def test_c05_the_connection_goes_to_the_address_that_was_checked() -> None:
    with fake(lambda head: [OK]) as (server, url):
        port = url.rpartition(":")[2]
        rules = HostRules(hosts=frozenset({"cal.example"}))
        reply = ask(
            f"http://cal.example:{port}/a.ics", access=Access(rules=rules, resolver=to("127.0.0.1"))
        )

    assert reply.body == b"ok"
    assert f"Host: cal.example:{port}\r\n" in server.seen[0]


# What it carries -----------------------------------------------------------------------------------


def test_c06_credentials_do_not_follow_to_another_host_or_port() -> None:
    user = Access(rules=LOCAL, username="jane", password="geheim")
    with fake(lambda head: [OK]) as (other, other_url):
        answer = (
            f"HTTP/1.1 302 Found\r\nLocation: {other_url}/x\r\nContent-Length: 0\r\n\r\n".encode()
        )
        with fake(lambda head: [answer]) as (first, first_url):
            ask(f"{first_url}/a.ics", access=user)

    assert "Authorization: Basic" in first.seen[0]
    assert "uthorization" not in other.seen[0]


def test_c05_a_redirect_is_checked_like_the_first_address() -> None:
    for target in (
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "http://93.184.216.34/",
    ):
        answer = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        with fake(lambda head, answer=answer: [answer]) as (_, url), pytest.raises(NotAllowed):
            ask(url)


@contextmanager
def closing_as_it_is_asked_again(answers_after: int) -> Iterator[tuple[str, list[bytes]]]:
    """A server that closes a connection it kept, instead of a second answer."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for number in range(1 + answers_after + 1):
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with stream:
                asked.append(stream.recv(4096))
                if number == 0:
                    stream.sendall(OK)
                    asked.append(stream.recv(4096))
                elif number <= answers_after:
                    stream.sendall(OK)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", asked
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_reading_is_asked_again_when_the_kept_connection_closed() -> None:
    with closing_as_it_is_asked_again(answers_after=1) as (url, asked):
        assert ask(url, times=2).body == b"ok"

    assert [request.partition(b" ")[0] for request in asked] == [b"GET"] * 3


def test_a_reading_is_asked_again_once_and_no_more() -> None:
    with closing_as_it_is_asked_again(answers_after=0) as (url, asked), pytest.raises(Interrupted):
        ask(url, times=2)

    assert len(asked) == 3


def test_a_change_is_never_asked_again() -> None:
    with closing_as_it_is_asked_again(answers_after=1) as (url, asked), pytest.raises(Interrupted):
        ask(url, method="PUT", times=2)

    assert len(asked) == 2


def test_c05_more_than_three_redirects_are_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    with fake(lambda head: [answer]) as (server, url), pytest.raises(NotAllowed, match="3 times"):
        ask(url)

    assert len(server.seen) == 4


def test_a_change_is_not_sent_on_to_where_a_redirect_points() -> None:
    answer = b"HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n"
    with (
        fake(lambda head: [answer]) as (server, url),
        pytest.raises(NotAllowed, match="redirects changes"),
    ):
        ask(url, method="PUT")

    assert len(server.seen) == 1


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def _tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_c06_a_certificate_is_checked_against_its_authority_and_its_name(
    authority: trustme.CA,
) -> None:
    pem = authority.cert_pem.bytes()
    with fake(lambda head: [OK], _tls(authority, "127.0.0.1")) as (_, url):
        assert ask(url, access=Access(rules=LOCAL, certificate_authority=pem)).body == b"ok"
        with pytest.raises(NotReached, match="certificate"):
            ask(url)
    with fake(lambda head: [OK], _tls(authority, "other.example")) as (server, url):
        with pytest.raises(NotReached, match="certificate"):
            ask(
                url,
                access=Access(
                    rules=LOCAL, certificate_authority=pem, username="jane", password="geheim"
                ),
            )
        assert server.seen == []


# How much it takes ---------------------------------------------------------------------------------


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)  # as gzip does, in parts: memory is what is measured
    part = bytes(2**20)
    body = b"".join([packer.compress(part) for _ in range(size // len(part))] + [packer.flush()])
    return (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )


@pytest.mark.parametrize("megabytes", [1, 6, 200, pytest.param(1024, marks=pytest.mark.soak)])
def test_c07_an_answer_is_unpacked_up_to_the_limit_and_no_further(megabytes: int) -> None:
    answer = _bomb(megabytes * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with fake(lambda head: [answer]) as (_, url):
        begun = time.monotonic()
        if megabytes <= 5:
            assert len(ask(url).body) == megabytes * 1024 * 1024
        else:
            with pytest.raises(Interrupted, match="larger than 5 MB"):
                ask(url)

    assert time.monotonic() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_c07_an_answer_packed_in_another_way_is_refused_unread(encoding: str) -> None:
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 2\r\n\r\nxx".encode()
    )
    with fake(lambda head: [answer]) as (_, url), pytest.raises(Interrupted, match="packed"):
        ask(url)


def test_c07_an_endless_answer_ends_at_the_limit() -> None:
    def endless(head: str) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        for _ in range(100):
            yield b"x" * 1_000_000

    with fake(endless) as (_, url), pytest.raises(Interrupted, match="larger"):
        ask(url)


@pytest.mark.parametrize("slow", ["head", "body", "nothing"])
def test_c08_a_slow_server_costs_one_deadline_in_all(slow: str) -> None:
    def trickle(head: str) -> Iterator[bytes | float]:
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
        if slow == "body":
            yield text
        for letter in text * 20:
            yield 0.1
            if slow != "nothing":
                yield bytes([letter])

    with fake(trickle) as (_, url):
        begun = time.monotonic()
        with pytest.raises(Interrupted, match="in time"):
            ask(url, access=Access(rules=LOCAL, deadline=timedelta(seconds=0.6)))

    assert time.monotonic() - begun < 30  # unbounded, it goes on for more than a minute


@pytest.mark.soak
def test_c08_a_byte_in_ten_seconds_costs_the_half_minute_that_is_stated() -> None:
    def trickle(head: str) -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
        for _ in range(9):
            yield 10.0
            yield b"B"

    access = Access(rules=LOCAL)
    with fake(trickle) as (_, url):
        begun = time.monotonic()
        with pytest.raises(Interrupted, match="in time"):
            ask(url, access=access)
        taken = time.monotonic() - begun

    assert access.deadline == timedelta(seconds=30)
    assert 25 < taken < 75  # it goes on for 90


def test_a_server_that_breaks_off_is_told_apart_from_one_that_is_not_there() -> None:
    with (
        fake(lambda head: [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx"]) as (_, url),
        pytest.raises(Interrupted),
    ):
        ask(url)
    with pytest.raises(NotReached, match="no connection"):
        ask(url)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: 1", 60),
        ("Retry-After: 99999999999", 86_400),
        ("Retry-After: Tue, 03 Nov 2026 10:05:00 GMT\r\nDate: Tue, 03 Nov 2026 10:00:00 GMT", 300),
        ("Retry-After: soon", 60),
        ("X-None: 1", 60),
    ],
)
def test_c12_a_busy_server_is_left_alone_for_as_long_as_it_says(
    status: int, header: str, seconds: float
) -> None:
    answer = f"HTTP/1.1 {status} Busy\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode()
    with fake(lambda head: [answer]) as (server, url):
        with pytest.raises(TooBusy) as first:
            ask(url)
        with pytest.raises(TooBusy) as second:
            ask(url)
    transfer._left_alone.clear()

    assert (first.value.after, first.value.asked, second.value.asked) == (seconds, True, False)
    assert seconds - 50 < second.value.after <= seconds
    assert len(server.seen) == 1


def test_nothing_of_the_environment_sends_requests_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with fake(lambda head: [OK]) as (server, url):
        ask(url)

    assert "uthorization" not in server.seen[0]
