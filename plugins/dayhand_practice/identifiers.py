"""What in a text could tell who a client is (pure): the clients' own details, and general patterns.

Looked for are the names, aliases, addresses, numbers and dates of the clients given, and of the
identifiers of 45 CFR 164.514(b)(2) those that have a form: dates, telephone and record numbers,
e-mail and web addresses, ages above 89. A name is found where it begins with a capital letter; a
place, an employer or a family member is not found, so a person still reads what leaves the house.
Other plugins have it from `dayhand_practice.vocabulary`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dayhand_practice.vocabulary import Client

__all__ = ["Found", "found_in", "without"]

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
_PATTERNS = {
    "e-mail address": r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "web address": r"\b(?:https?://|www\.)\S+",
    "social security number": r"\b\d{3}-\d{2}-\d{4}\b",
    "telephone number": r"(?<![\w-])(?:\+?\d[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}\b",
    "date": (
        r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/(?:\d{2}|\d{4})\b"
        rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}(?![a-z])(?:\s+\d{{4}})?"
    ),
    "age above 89": r"\b(?:9\d|1[01]\d)[\s-]years?[\s-]old\b",
    "number": r"(?<![\w-])\d{7,}\b",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_SHORTEST = 3
"""Parts of names with fewer letters are only looked for within the whole name."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A place in a text, and what stands there."""

    start: int
    end: int
    kind: str


def found_in(text: str, clients: Iterable[Client] = ()) -> list[Found]:
    """All that could tell who a client is, in the order of the text, without overlaps."""
    everything: list[Found] = []
    for client in clients:
        for kind, pattern in _details(client):
            everything += [Found(*match.span(), kind) for match in pattern.finditer(text)]
    for kind, pattern in _COMPILED.items():
        everything += [Found(*match.span(), kind) for match in pattern.finditer(text)]
    kept: list[Found] = []
    for one in sorted(everything, key=lambda found: (found.start, -found.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def without(text: str, clients: Iterable[Client] = ()) -> tuple[str, list[str]]:
    """The text with each of them replaced by its kind in brackets, and the kinds."""
    found = found_in(text, clients)
    for one in reversed(found):
        text = f"{text[: one.start]}[{one.kind}]{text[one.end :]}"
    return text, [one.kind for one in found]


def _details(client: Client) -> Iterator[tuple[str, re.Pattern[str]]]:
    names = [client.name, client.preferred_name, *client.aliases]
    if client.bill_to:
        names.append(client.bill_to.name)
    for name in names:
        yield from _name(name)
    for line in client.address:
        if len(line.strip()) > _SHORTEST:
            yield "address", _words(line, ignore_case=True)
    for kind, value in (("e-mail address", client.email), ("member number", client.member_id)):
        if value.strip():
            yield kind, _words(value, ignore_case=True)


def _name(name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    whole = " ".join(name.split())
    if len(whole) >= 2 and not re.fullmatch(r"[A-Z]{1,3}-\d+", whole):
        yield "name", _words(whole, ignore_case=False)
        for part in re.split(r"[\s-]+", whole):
            bare = part.strip(".,'’")
            if len(bare) >= _SHORTEST and bare[0].isupper():
                yield "name", _words(bare, ignore_case=False)


def _words(text: str, *, ignore_case: bool) -> re.Pattern[str]:
    """The text as whole words; spaces in it may be any white space."""
    spelled = r"\s+".join(re.escape(word) for word in text.split())
    return re.compile(rf"(?<!\w){spelled}(?!\w)", re.IGNORECASE if ignore_case else 0)
