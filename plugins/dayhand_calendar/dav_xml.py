"""The XML of CalDAV: what is asked, and the answers, read with nothing in them coming alive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.sax.saxutils import escape

import defusedxml.ElementTree as DefusedTree  # type: ignore[import-untyped]  # has no types
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # the same

__all__ = ["BadAnswer", "Item", "by_uid", "find_properties", "hrefs", "in_range", "read"]

_DAV = "{DAV:}"
_CAL = "{urn:ietf:params:xml:ns:caldav}"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
)
_MOST_ELEMENTS = 250_000
_DEEPEST = 30


class BadAnswer(Exception):
    """The server's answer is not what a CalDAV server answers."""


@dataclass(slots=True)
class Item:
    """What a server says of one resource."""

    href: str
    status: int = 200
    etag: str = ""
    tag: str = ""
    """The collection's own tag (ctag), which changes with anything in it."""
    name: str = ""
    data: bytes = b""
    is_calendar: bool = False
    has_events: bool = True
    principal: str = ""
    homes: list[str] = field(default_factory=list)


def find_properties() -> bytes:
    """Ask what a resource is, and where a person's calendars are."""
    names = (
        "<D:resourcetype/><D:displayname/><D:getetag/><S:getctag/><D:current-user-principal/>"
        "<C:calendar-home-set/><C:supported-calendar-component-set/>"
    )
    return f"{_HEAD}<D:propfind {_SPACES}><D:prop>{names}</D:prop></D:propfind>".encode()


def in_range(start: datetime, end: datetime) -> bytes:
    """Ask for the events that are on between two moments."""
    first, last = (f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (start, end))
    inner = (
        f'<C:comp-filter name="VEVENT"><C:time-range start="{first}" end="{last}"/></C:comp-filter>'
    )
    return _query(inner)


def by_uid(uid: str) -> bytes:
    """Ask for the events with a UID."""
    match = f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
    prop = f'<C:prop-filter name="UID">{match}</C:prop-filter>'
    return _query(f'<C:comp-filter name="VEVENT">{prop}</C:comp-filter>')


def _query(inner: str) -> bytes:
    calendar = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    prop = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    return f"{_HEAD}<C:calendar-query {_SPACES}>{prop}{calendar}</C:calendar-query>".encode()


def hrefs(paths: Iterable[str]) -> bytes:
    """Ask for the events at these paths."""
    places = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths)
    prop = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    return f"{_HEAD}<C:calendar-multiget {_SPACES}>{prop}{places}</C:calendar-multiget>".encode()


def read(data: bytes) -> list[Item]:
    """The resources of a multi-status answer.

    Raises:
        BadAnswer: it is no such answer, or has what has no place in one (a document type).
    """
    parser = DefusedTree.DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise BadAnswer("the server's answer has a document type, which CalDAV has not") from error
    except (ParseError, ValueError, AssertionError) as error:
        raise BadAnswer("the server's answer is no XML") from error
    if root.tag != f"{_DAV}multistatus":
        raise BadAnswer("the server's answer is not one of CalDAV")
    return [_item(response) for response in root.iterfind(f"{_DAV}response")]


class _Bounded(TreeBuilder):
    """Builds the tree, as long as it is neither deep nor vast."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[Any, Any]) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > _DEEPEST or self._count > _MOST_ELEMENTS:
            raise BadAnswer("the server's answer has too many parts")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def _item(response: Element) -> Item:
    item = Item(href=_text(response, f"{_DAV}href"))
    status = _status(_text(response, f"{_DAV}status"))
    if status:
        item.status = status
    for found in response.iterfind(f"{_DAV}propstat"):
        if _status(_text(found, f"{_DAV}status")) in (0, 200):
            for prop in found.iterfind(f"{_DAV}prop"):
                _fill(item, prop)
    return item


def _fill(item: Item, prop: Element) -> None:
    item.etag = _text(prop, f"{_DAV}getetag") or item.etag
    item.tag = _text(prop, "{http://calendarserver.org/ns/}getctag") or item.tag
    item.name = _text(prop, f"{_DAV}displayname") or item.name
    data = prop.find(f"{_CAL}calendar-data")
    if data is not None and data.text:
        item.data = data.text.encode()
    if prop.find(f"{_DAV}resourcetype/{_CAL}calendar") is not None:
        item.is_calendar = True
    kinds = [
        part.get("name")
        for part in prop.iterfind(f"{_CAL}supported-calendar-component-set/{_CAL}comp")
    ]
    if kinds:
        item.has_events = "VEVENT" in kinds
    item.principal = _text(prop, f"{_DAV}current-user-principal/{_DAV}href") or item.principal
    for home in prop.iterfind(f"{_CAL}calendar-home-set/{_DAV}href"):
        item.homes.append((home.text or "").strip())


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _status(line: str) -> int:
    """The number in `HTTP/1.1 200 OK`, or 0."""
    parts = line.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
