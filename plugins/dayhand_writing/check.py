"""The check of a draft: the clients' own details, then what has the form of an identifier (pure)."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dayhand_practice.vocabulary import Client, found_in
from dayhand_writing.identifiers import KINDS, Place, citations_in, places_in
from dayhand_writing.models import Finding
from dayhand_writing.settings import DeidentifySettings

__all__ = ["check"]

_LETTERS = {
    "name": "A",
    "address": "B",
    "e-mail address": "F",
    "member number": "I",
}
"""What the clients' details are called in the shared vocabulary; its general forms are told here."""
_PSEUDONYM = re.compile(r"^[A-Z]{1,3}-\d+$")


@dataclass(frozen=True, slots=True)
class _Match:
    place: Place
    known: bool


def check(
    name: str,
    lines: Sequence[tuple[int, str]],
    clients: Sequence[Client] = (),
    settings: DeidentifySettings | None = None,
) -> list[Finding]:
    """What in a draft could tell who a client is, in the order of the text. A column counts
    characters from 1; a name that is broken over two lines is told where it begins.
    """
    settings = settings or DeidentifySettings()
    text = "\n".join(_folded(line) for _, line in lines)
    starts = [0]
    for _, line in lines:
        starts.append(starts[-1] + len(_folded(line)) + 1)
    allowed = [_folded(one).casefold() for one in settings.allow if one.strip()]
    folded = _caseless(text) if allowed else ""
    findings = []
    for match in _kept(text, clients, settings):
        place = match.place
        found = text[place.start : place.end]
        if not match.known and _is_allowed(folded, place, allowed):
            continue
        row = bisect.bisect_right(starts, place.start) - 1
        findings.append(
            Finding(
                file=name,
                line=lines[row][0],
                column=place.start - starts[row] + 1,
                identifier=place.letter,
                kind=KINDS[place.letter],
                shown=_masked(found),
                known=match.known,
            )
        )
    return findings


def _folded(text: str) -> str:
    """The text without accents and with plain dashes and spaces, so that José is found as Jose."""
    plain = text.translate(
        {0x2010: "-", 0x2011: "-", 0x00A0: " ", 0x202F: " ", 0x200B: None, 0x00AD: None}
    )
    return "".join(
        one for one in unicodedata.normalize("NFD", plain) if not unicodedata.combining(one)
    )


def _caseless(text: str) -> str:
    """The text without case, each character in its place."""
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text.lower() if len(text.lower()) == len(text) else text
    return folded


def _is_allowed(folded: str, place: Place, allowed: Sequence[str]) -> bool:
    for one in allowed:
        at = folded.find(one, max(0, place.start - len(one) + 1))
        while at != -1 and at < place.end:
            if at <= place.start and place.end <= at + len(one):
                return True
            if (
                place.start <= at
                and at + len(one) <= place.end
                and len(one) * 2 > place.end - place.start
            ):
                return True
            at = folded.find(one, at + 1)
    return False


def _masked(found: str) -> str:
    """The first letter, and dots for all others."""
    shown = " ".join(found.split())[:40]
    return shown[:1] + re.sub(r"\w", "•", shown[1:])


def _kept(text: str, clients: Sequence[Client], settings: DeidentifySettings) -> list[_Match]:
    """The matches without overlaps: a client's own detail first, then the surer form."""
    cited = citations_in(text)
    begins = [start for start, _ in cited]
    covered = bytearray(len(text))
    taken: list[_Match] = []
    for match in (
        *_known(text, clients, settings),
        *(_Match(p, known=False) for p in places_in(text)),
    ):
        place = match.place
        before = bisect.bisect_right(begins, place.start) - 1
        if before >= 0 and place.end <= cited[before][1] and not match.known:
            continue
        if covered.find(1, place.start, place.end) == -1:
            covered[place.start : place.end] = b"\1" * (place.end - place.start)
            taken.append(match)
    return sorted(taken, key=lambda match: match.place.start)


def _known(text: str, clients: Sequence[Client], settings: DeidentifySettings) -> Iterator[_Match]:
    details = [_plain(client) for client in clients]
    found = [one for one in found_in(text, details) if one.kind in _LETTERS]
    for start, end, letter in _whole_names(text, details, settings):
        yield _Match(Place(start, end, letter), known=True)
    for one in found:
        yield _Match(Place(one.start, one.end, _LETTERS[one.kind]), known=True)


def _plain(client: Client) -> Client:
    """The client with details as the folded text has them."""
    bill_to = client.bill_to
    return client.model_copy(
        update={
            "name": _folded(client.name),
            "preferred_name": _folded(client.preferred_name),
            "aliases": [_folded(one) for one in client.aliases],
            "address": [
                part.strip() for line in client.address for part in _parts_of(_folded(line))
            ],
            "bill_to": bill_to and bill_to.model_copy(update={"name": _folded(bill_to.name)}),
        }
    )


def _parts_of(line: str) -> list[str]:
    """An address line, and the town in it: `Delmar, NY 12054` is also `Delmar`."""
    town = re.match(r"([A-Z][\w' .-]+),\s*[A-Z]{2}\b", line)
    return [line, town[1]] if town else [line]


def _whole_names(
    text: str, clients: Sequence[Client], settings: DeidentifySettings
) -> Iterator[tuple[int, int, str]]:
    """Whole names in whatever case, initials with dots, numbers, pseudonyms, and the owner's own."""
    for client in clients:
        names = [client.name, client.preferred_name, *client.aliases]
        for name in (one for one in names if len(one.split()) > 1):
            yield from _spans(text, name, "A")
            yield from _spans(text, ", ".join((name.split()[-1], " ".join(name.split()[:-1]))), "A")
            first, *_, last = name.split()
            dotted = rf"(?<!\w){re.escape(first[0])}\.\s?(?:[A-Z]\.\s?)?{re.escape(last[0])}\."
            yield from ((*match.span(), "A") for match in re.finditer(dotted, text))
        if _PSEUDONYM.match(client.id):
            yield from _spans(text, client.id, "H")
        if client.phone:
            digits = r"[\s.()-]*".join(re.findall(r"\d", client.phone)[-10:])
            yield from ((*m.span(), "D") for m in re.finditer(rf"(?<!\d){digits}(?!\d)", text))
    for name in settings.also:
        yield from _spans(text, _folded(name), "A")


def _spans(text: str, words: str, letter: str) -> Iterator[tuple[int, int, str]]:
    spelled = r"\s+".join(re.escape(word) for word in words.split())
    if spelled:
        for match in re.finditer(rf"(?<!\w){spelled}(?!\w)", text, re.IGNORECASE):
            yield (*match.span(), letter)
