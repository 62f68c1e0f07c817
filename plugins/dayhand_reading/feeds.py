"""Journal feeds: RSS 2.0, RSS 1.0 (RDF) and Atom, from an address or a file."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from dayhand import Practice, UserError
from dayhand_reading.models import Citation, FeedEntries
from dayhand_reading.settings import ReadingSettings, Topic
from dayhand_reading.web import NotFetched, get

__all__ = ["entries_of", "read_feed", "topics_of"]

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}?#&]+")
_MOST = 500


def topics_of(text: str, topics: dict[str, Topic]) -> list[str]:
    """The topics that a title or abstract tells by the beginnings of its words."""
    folded = text.casefold()
    return [
        name
        for name, topic in topics.items()
        if any(re.search(rf"\b{re.escape(word.casefold())}", folded) for word in topic.words)
    ]


def read_feed(data: bytes, name: str) -> list[Citation]:
    """The entries of a feed.

    Raises:
        ValueError: it is no feed.
    """
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("it has a document type, which no feed needs")
    try:
        root = ET.fromstring(data)  # noqa: S314 - no DTD, no entities, see above
    except ET.ParseError as error:
        raise ValueError("it is not whole XML") from error
    entries = [one for one in root.iter() if _tag(one) in ("item", "entry")]
    if _tag(root) not in ("rss", "RDF", "feed"):
        raise ValueError("it is neither RSS nor Atom")
    found = [_entry(one, name) for one in entries[:_MOST]]
    return [one for one in found if one.title]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _entry(entry: ET.Element, name: str) -> Citation:
    texts: dict[str, list[str]] = {}
    for child in entry:
        texts.setdefault(_tag(child), []).extend(_texts(child))
    when = " ".join(
        texts.get("date", [])
        + texts.get("published", [])
        + texts.get("updated", [])
        + texts.get("pubDate", [])
    )
    year = re.search(r"\b(?:19|20)\d{2}\b", when)
    links = [one for one in texts.get("link", []) if one.startswith("http")]
    doi = _DOI.search(
        " ".join(
            [
                *texts.get("doi", []),
                *texts.get("identifier", []),
                *texts.get("guid", []),
                *texts.get("id", []),
                *links,
            ]
        )
    )
    first = {tag: values[0] for tag, values in texts.items() if values}
    return Citation(
        title=_clean(first.get("title", "")),
        authors=[_clean(one) for tag in ("creator", "author") for one in texts.get(tag, [])],
        year=int(year[0]) if year else None,
        container=_clean(first.get("publicationName", "")),
        doi=doi[0] if doi else "",
        url=links[0] if links else "",
        abstract=_clean(
            first.get("description") or first.get("summary") or first.get("content") or ""
        ),
        source=f"feed {name}"[:80],
    )


def _texts(child: ET.Element) -> Iterator[str]:
    if _tag(child) == "link" and child.get("href"):
        if child.get("rel", "alternate") == "alternate":
            yield child.get("href") or ""
        return
    named = [one.text for one in child if _tag(one) == "name" and one.text]  # Atom's authors
    text = " ".join(named) or "".join(child.itertext())
    if text.strip():
        yield text.strip()


def _clean(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())[:2000]


def entries_of(practice: Practice, names: Sequence[str]) -> FeedEntries:
    """The entries of feeds, each once. A feed that cannot be read now gives what it gave last.

    Raises:
        UserError: there is no such feed.
    """
    settings: ReadingSettings = practice.settings
    done = FeedEntries(items=[])
    seen: set[str] = set()
    for name in names or list(settings.feeds):
        if name not in settings.feeds:
            known = ", ".join(settings.feeds) or "none; name one under reading: feeds:"
            raise UserError(f"there is no feed '{name}'", hint=f"there are: {known}")
        for one in _read(practice, settings, name, done):
            key = one.doi.lower() or re.sub(r"\W+", "", one.title.casefold())
            if key not in seen:
                seen.add(key)
                topics = topics_of(f"{one.title} {one.abstract}", settings.topics)
                done.items.append(one.model_copy(update={"topics": topics}))
    return done


def _read(
    practice: Practice, settings: ReadingSettings, name: str, done: FeedEntries
) -> list[Citation]:
    feed = settings.feeds[name]
    kept_as = f"feed {hashlib.sha256(f'{name} {feed.url}'.encode()).hexdigest()}"
    try:
        data = get(practice, feed.url) if feed.url else practice.files.read(feed.file)
        found = read_feed(data, name)
    except (NotFetched, ValueError, UserError) as error:
        kept = practice.kept(kept_as)
        since = f"; what it gave on {kept.at.date().isoformat()} is shown" if kept else ""
        done.problems.append(f"feed '{name}': {error}{since}")
        return read_feed(kept.data, name) if kept else []
    if feed.url:
        practice.keep(kept_as, data)
    return found
