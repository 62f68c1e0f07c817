"""HTTP with bounds: one deadline for all, checked addresses, few redirects, limited bodies.

What can go wrong is told apart by what it means for a change on a server: `NotReached` and a clear
refusal mean that nothing was changed; `Interrupted` means that it is not known.
"""

from __future__ import annotations

import asyncio
import base64
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2

from dayhand_calendar.addresses import (
    HostRules,
    NotAllowed,
    NotResolved,
    Place,
    Resolver,
    place_of,
    resolve,
)
from dayhand_calendar.trusted import tls_context

__all__ = ["Access", "Connection", "Interrupted", "NotReached", "Reply", "TooBusy"]

MOST_REDIRECTS = 3
_CONNECT_SECONDS = 10.0
_LONGEST_WAIT = 86_400.0
_SHORTEST_WAIT = 60.0
_READING = frozenset({"GET", "PROPFIND", "REPORT"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})

# Until when a server asked to be left alone, by host, in the loop's time. It is kept for the whole
# process on purpose: a later run must not ask again before then, and it names no client.
_left_alone: dict[tuple[str, int], float] = {}


class NotReached(Exception):
    """The server was not reached; nothing was asked of it."""


class Interrupted(Exception):
    """The server was asked, and no whole answer came."""


class TooBusy(Exception):
    """The server says to come back after some seconds; `asked` is False if it was not asked now."""

    def __init__(self, after: float, *, asked: bool) -> None:
        super().__init__(f"the server is busy and asks to wait {round(after)} seconds")
        self.after = after
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Access:
    """How a source is reached."""

    rules: HostRules = field(default_factory=HostRules)
    username: str = ""
    password: str = field(default="", repr=False)
    certificate_authority: bytes = b""
    most_bytes: int = 5 * 1024 * 1024
    deadline: timedelta = timedelta(seconds=30)
    resolver: Resolver = resolve


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. `url` is where it came from, after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Connection:
    """Requests to one server within one deadline, which begins when the connection is entered.

    Credentials go to the server that is asked first, and to no other.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client: httpx2.AsyncClient | None = None
        self._answered = False
        self._home: tuple[str, str, int] | None = None
        self._ends = 0.0
        self.seconds_for_one: float | None = None
        """A shorter limit for the requests to come, where there is something else to try."""

    @property
    def seconds_left(self) -> float:
        """What is left of the deadline."""
        return max(self._ends - asyncio.get_running_loop().time(), 0.0)

    async def __aenter__(self) -> Self:
        self._ends = asyncio.get_running_loop().time() + self._access.deadline.total_seconds()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Ask, following up to three redirects, each checked like the first.

        Raises:
            NotAllowed: the address, or that of a redirect, must not be asked.
            NotReached: there was no connection.
            Interrupted: there was no whole answer in time, or it was too large.
            TooBusy: the server says to come back later.
        """
        reading = method in _READING
        async with self._in_time():
            for _ in range(MOST_REDIRECTS + 1):
                reply = await self._once(method, url, headers or {}, body)
                target = reply.headers.get("location", "")
                if reply.status not in _REDIRECTS or not target:
                    return reply
                if not reading:
                    raise NotAllowed(
                        "the server redirects changes elsewhere", "use the address it redirects to"
                    )
                url = urljoin(url, target)
        raise NotAllowed(f"it redirects more than {MOST_REDIRECTS} times")

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        ends = self._ends
        if self.seconds_for_one is not None:
            ends = min(ends, loop.time() + self.seconds_for_one)
        if ends <= loop.time():
            raise NotReached("there was no time left to ask the server")
        try:
            async with asyncio.timeout_at(ends):
                yield
        except TimeoutError:
            raise Interrupted("the server did not answer in time") from None

    async def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        try:
            place = await place_of(url, self._access.rules, self._access.resolver)
        except NotResolved as error:
            raise NotReached(str(error)) from error
        self._respect_wait(place)
        if self._home is None:
            self._home = place.origin
        sent = {"Host": place.authority, "Accept-Encoding": "gzip", "User-Agent": "dayhand"} | dict(
            headers
        )
        if self._access.username and place.origin == self._home:
            pair = f"{self._access.username}:{self._access.password}".encode()
            sent["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        failure: Exception | None = None
        for address in place.addresses:
            try:
                request = self._opened().build_request(
                    method,
                    place.at(address),
                    headers=sent,
                    content=body or None,
                    extensions={"sni_hostname": place.host},
                )
                return await self._exchange(request, place, url)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise NotReached(_why(failure)) from failure

    async def _exchange(self, request: httpx2.Request, place: Place, url: str) -> Reply:
        try:
            response = await self._sent(request)
            try:
                self._note_wait(place, response)
                data = await self._body(response)
            finally:
                await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise
        except (httpx2.TransportError, httpx2.InvalidURL, zlib.error) as error:
            raise Interrupted("the connection broke before the answer was whole") from error
        self._answered = True
        return Reply(response.status_code, dict(response.headers), data, url)

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """The answer's head; a reading is asked again when a kept connection had been closed.

        A server may close a connection that it kept just as the next request goes out: RFC 9112,
        section 9.3.1, lets a client send such a request once more where nothing is changed by it.
        """
        client = self._opened()
        try:
            return await client.send(request, stream=True)
        except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
            if not self._answered or request.method not in _READING:
                raise
            return await client.send(request, stream=True)

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            context = tls_context(self._access.certificate_authority)
            timeout = httpx2.Timeout(
                self._access.deadline.total_seconds(), connect=_CONNECT_SECONDS
            )
            self._client = httpx2.AsyncClient(
                verify=context, trust_env=False, follow_redirects=False, timeout=timeout, headers={}
            )
        return self._client

    async def _body(self, response: httpx2.Response) -> bytes:
        """The body, unpacked here so that no more than the limit ever is."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise Interrupted("the answer is packed in a way that was not asked for")
        unpack = zlib.decompressobj(47) if encoding in ("gzip", "x-gzip") else None
        found = bytearray()
        most = self._access.most_bytes
        async for chunk in response.aiter_raw():
            found += unpack.decompress(chunk, most + 1 - len(found)) if unpack else chunk
            if len(found) > most:
                raise Interrupted(f"the answer is larger than {most / 1024 / 1024:g} MB")
        return bytes(found)

    def _respect_wait(self, place: Place) -> None:
        left = _left_alone.get((place.host, place.port), 0.0) - asyncio.get_running_loop().time()
        if left > 0:
            raise TooBusy(left, asked=False)

    def _note_wait(self, place: Place, response: httpx2.Response) -> None:
        if response.status_code not in _BUSY:
            return
        after = _seconds(response.headers.get("retry-after", ""), response.headers.get("date", ""))
        _left_alone[place.host, place.port] = asyncio.get_running_loop().time() + after
        raise TooBusy(after, asked=True)


def _seconds(text: str, sent: str) -> float:
    """How long to wait: as the server says, but at least a minute and at most a day."""
    after = 0.0
    if text.strip().isdigit():
        after = float(text.strip()[:9])
    elif text:
        try:  # a date is told by the server's own clock
            after = (parsedate_to_datetime(text) - parsedate_to_datetime(sent)).total_seconds()
        except (ValueError, TypeError):
            after = 0.0
    return min(max(after, _SHORTEST_WAIT), _LONGEST_WAIT)


def _why(failure: Exception | None) -> str:
    text = str(failure)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in text:
        return "the server's certificate is not to be trusted"
    return "there is no connection to the server"
