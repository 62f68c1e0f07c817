"""A small CalDAV client: find a calendar, read events of some days, follow changes, change events.

Servers are not asked to expand series: that is done here, where it is bounded. A server may hang
on a broken series even when asked for a range (Radicale and Xandikos do, on INTERVAL=0); so the
question for a range has a part of the time only, and after it the events are listed and fetched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

from dayhand_calendar import dav_xml
from dayhand_calendar.addresses import NotAllowed
from dayhand_calendar.dav_xml import BadAnswer, Item
from dayhand_calendar.transfer import Connection, Interrupted, Reply

__all__ = ["CalDav", "Copy", "Refusal", "Resource"]

_BATCH = 100
_RANGE_SHARE = 0.35
_FOUND_FOR = 3600.0
"""Seconds for which a calendar is read where it was found: after them its address may lead elsewhere."""


class Refusal(Exception):
    """The server answered otherwise than asked; nothing was changed. `status` is its code."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Resource:
    """One object of a calendar: an event, with the changes of a series it may have."""

    href: str
    etag: str
    data: bytes


@dataclass(slots=True)
class Copy:
    """A calendar as it was when last synchronised, and where it was found, until when by the loop's
    clock."""

    tag: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    collection: str = ""
    found_until: float = 0.0


class CalDav:
    """A calendar on a server.

    Args:
        connection: the requests go through it, and share its deadline.
        url: the address of the calendar, of a person (principal), or of the server.
        calendar: which calendar, by name, where the address leads to several.
    """

    def __init__(self, connection: Connection, url: str, calendar: str = "") -> None:
        self._connection = connection
        self._url = url
        self._calendar = calendar
        self._collection = ""

    async def collection(self) -> str:
        """The address of the calendar itself, found where the given one is not it.

        Raises:
            Refusal: there is no calendar, or several.
        """
        if not self._collection:
            self._collection = await self._find()
        return self._collection

    async def _find(self) -> str:
        reply = await self._propfind(self._url, depth="0")
        here = _first(dav_xml.read(reply.body))
        if here.is_calendar:
            return _folder(urljoin(reply.url, here.href))
        homes = [urljoin(reply.url, home) for home in here.homes]
        if not homes and here.principal:
            principal = await self._propfind(urljoin(reply.url, here.principal), depth="0")
            found = _first(dav_xml.read(principal.body))
            homes = [urljoin(principal.url, home) for home in found.homes]
        candidates: dict[str, str] = {}
        for home in homes or [reply.url]:
            listing = await self._propfind(home, depth="1")
            for item in dav_xml.read(listing.body):
                if item.is_calendar and item.has_events:
                    candidates[_folder(urljoin(listing.url, item.href))] = item.name
        return self._chosen(candidates)

    def _chosen(self, candidates: Mapping[str, str]) -> str:
        wanted = [
            url
            for url, name in candidates.items()
            if not self._calendar
            or self._calendar in (name, urlsplit(url).path.rstrip("/").rpartition("/")[2])
        ]
        if len(wanted) == 1:
            return wanted[0]
        if not candidates:
            raise Refusal(
                404,
                "there is no calendar at its address",
                "give the address of the calendar itself",
            )
        names = ", ".join(
            sorted(f"'{name or urlsplit(url).path}'" for url, name in candidates.items())[:10]
        )
        raise Refusal(
            404,
            f"its address leads to {len(candidates)} calendars"
            if not wanted or not self._calendar
            else f"{len(wanted)} calendars there are named '{self._calendar}'",
            f"say which with 'calendar:'; there are {names}",
        )

    # Reading --------------------------------------------------------------------------------------

    async def between(self, start: datetime, end: datetime, copy: Copy) -> list[Resource]:
        """The events that can be on between two moments; more may come, fewer may not.

        Where the server does not answer the question for a range, `copy` is synchronised instead. What
        was found through it before is not looked for again, unless nothing is there any more.
        """
        now = asyncio.get_running_loop().time()
        if copy.collection and now < copy.found_until:
            self._collection = copy.collection
            try:
                return await self._between(start, end, copy)
            except (Refusal, NotAllowed) as error:
                if getattr(error, "status", 0) == 401:
                    raise
                self._collection = copy.collection = ""
        copy.collection, copy.found_until = await self.collection(), now + _FOUND_FOR
        return await self._between(start, end, copy)

    async def _between(self, start: datetime, end: datetime, copy: Copy) -> list[Resource]:
        url = await self.collection()
        seconds = self._connection.seconds_left * _RANGE_SHARE
        self._connection.seconds_for_one = seconds
        try:
            reply = await self._ask("REPORT", url, dav_xml.in_range(start, end), depth="1")
            return _resources(reply)
        except (Interrupted, BadAnswer):
            pass
        except Refusal as error:
            if error.status in (401, 403, 404):
                raise
        finally:
            self._connection.seconds_for_one = None
        await self.sync(copy)
        return list(copy.resources.values())

    async def sync(self, copy: Copy) -> bool:
        """Bring a copy up to date, fetching only what changed. True if anything did."""
        url = await self.collection()
        if (
            copy.tag
            and _first(dav_xml.read((await self._propfind(url, depth="0")).body)).tag == copy.tag
        ):
            return False
        listing = await self._propfind(url, depth="1")
        listed: dict[str, str] = {}
        tag = ""
        for item in dav_xml.read(listing.body):
            if _path(item.href, listing.url) == _path(url, url):
                tag = item.tag
            elif item.etag and item.status == 200:
                listed[_path(item.href, listing.url)] = item.etag
        changed = [
            path
            for path, etag in listed.items()
            if path not in copy.resources or copy.resources[path].etag != etag
        ]
        gone = copy.resources.keys() - listed.keys()
        for at in range(0, len(changed), _BATCH):
            body = dav_xml.hrefs(changed[at : at + _BATCH])
            for resource in _resources(await self._ask("REPORT", url, body, depth="1")):
                copy.resources[resource.href] = resource
        for path in gone:
            del copy.resources[path]
        copy.tag = tag
        return bool(changed or gone)

    async def get(self, href: str) -> Resource | None:
        """The object at a path, or None."""
        url = urljoin(await self.collection(), href)
        reply = await self._connection.request("GET", url)
        if reply.status in (404, 410):
            return None
        _expect(reply, 200)
        return Resource(href, reply.headers.get("etag", ""), reply.body)

    async def find(self, uid: str) -> Resource | None:
        """The object that holds the event with a UID, or None."""
        url = await self.collection()
        needle = uid.encode()
        found = [
            item
            for item in _resources(await self._ask("REPORT", url, dav_xml.by_uid(uid), depth="1"))
            if needle in item.data.replace(b"\r\n ", b"").replace(b"\n ", b"")
        ]
        return found[0] if found else None

    # Changing -------------------------------------------------------------------------------------

    async def path(self, name: str) -> str:
        """The path of an object with this name in the calendar."""
        url = await self.collection()
        return _path(urljoin(url, quote(name)), url)

    async def put(self, href: str, data: bytes, *, etag: str | None) -> str:
        """Write an object: a new one where `etag` is None, else only over the one with that tag.

        Returns:
            The new tag, where the server tells it.

        Raises:
            Refusal: it was not written; status 412 means that it is no longer as thought.
        """
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        headers |= {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        url = urljoin(await self.collection(), href)
        reply = await self._connection.request("PUT", url, headers=headers, body=data)
        _expect(reply, 200, 201, 204)
        return reply.headers.get("etag", "")

    async def delete(self, href: str, *, etag: str) -> None:
        """Remove an object, if it still has that tag.

        Raises:
            Refusal: it was not removed.
        """
        url = urljoin(await self.collection(), href)
        _expect(await self._connection.request("DELETE", url, headers={"If-Match": etag}), 200, 204)

    # Asking ---------------------------------------------------------------------------------------

    async def _propfind(self, url: str, *, depth: str) -> Reply:
        return await self._ask("PROPFIND", url, dav_xml.find_properties(), depth=depth)

    async def _ask(self, method: str, url: str, body: bytes, *, depth: str) -> Reply:
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": depth}
        reply = await self._connection.request(method, url, headers=headers, body=body)
        _expect(reply, 207)
        return reply


def _expect(reply: Reply, *statuses: int) -> None:
    if reply.status in statuses:
        return
    if reply.status == 401:
        raise Refusal(
            401,
            "the server does not accept the user name and password",
            "check 'username' and 'password'",
        )
    if reply.status == 403:
        raise Refusal(403, "the server does not allow this to the user")
    if reply.status in (404, 410):
        raise Refusal(404, "the server has nothing at that address")
    if reply.status == 412:
        raise Refusal(412, "the event on the server is not as it was")
    if reply.status >= 500:
        raise Refusal(reply.status, f"the server has a problem of its own (status {reply.status})")
    raise Refusal(reply.status, f"the server answers with status {reply.status}")


def _first(items: list[Item]) -> Item:
    if not items:
        raise BadAnswer("the server's answer is empty")
    return items[0]


def _resources(reply: Reply) -> list[Resource]:
    return [
        Resource(_path(item.href, reply.url), item.etag, item.data)
        for item in dav_xml.read(reply.body)
        if item.data and item.status == 200
    ]


def _path(href: str, base: str) -> str:
    """The path of a href, which must be on the server that names it."""
    whole = urlsplit(urljoin(base, href))
    home = urlsplit(base)
    if whole.netloc != home.netloc and whole.hostname != home.hostname:
        raise NotAllowed("the server names an event on another host")
    return quote(unquote(whole.path), safe="/@!$&'()*+,;=:~")  # servers differ in what they quote


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
