"""What holds up a post: client details, words that sound like a case, testimonials, pictures
without words, and what is still to be written (pure).

A finding tells line, column and reason, and never repeats the text: a list of findings must not
become a list of clients.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from dayhand_outreach.models import LintFinding
from dayhand_outreach.rule_set import PostWording
from dayhand_practice.vocabulary import Client, found_in

__all__ = ["lint"]

_GENERAL = {"date", "web address"}
"""Kinds that a post may well have: the date of an event, the address of a site."""
_CALENDAR = {name.casefold() for name in (*calendar.month_name, *calendar.day_name) if name}
"""First names that are also words of the calendar, such as June, are looked for as whole names only."""
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]{0,2000})\]\([^)]{0,2000}\)")
_SHORTEST_ALT = 10
_UNWRITTEN = re.compile(r"‹[^›]*›?")


def lint(
    text: str,
    clients: Sequence[Client],
    sets: Iterable[PostWording],
    *,
    own: Iterable[str] = (),
) -> list[LintFinding]:
    """All findings in the order of the text.

    Args:
        text: of the post, in Markdown.
        clients: whose details must not stand in it.
        sets: words that hold it up.
        own: what may stand in it: the practice's own telephone number, addresses, name.
    """
    found = [
        *_details(_without(text, own), clients),
        *_numbers(text, clients),
        *_words(text, sets),
        *_pictures(text),
        *(
            (one.start(), "unfinished", "something is still to be written here")
            for one in _UNWRITTEN.finditer(text)
        ),
    ]
    seen = dict.fromkeys(sorted(found))
    return [_finding(text, *one) for one in seen]


Place = tuple[int, str, str]


def _finding(text: str, start: int, rule: str, why: str) -> LintFinding:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return LintFinding(line=line, column=column, rule=rule, why=why)


def _without(text: str, own: Iterable[str]) -> str:
    """The text with what is the practice's own blanked out, whole only, places kept: a client may
    share a name with the clinician or a street.
    """
    for one in sorted(filter(None, own), key=len, reverse=True):
        whole = rf"(?<!\w){re.escape(one)}(?!\w)"
        text = re.sub(whole, lambda found: " " * len(found[0]), text, flags=re.IGNORECASE)
    return text


def _details(text: str, clients: Sequence[Client]) -> Iterator[Place]:
    for one in found_in(text, clients):
        said = text[one.start : one.end].casefold()
        if one.kind not in _GENERAL and said not in _CALENDAR:
            yield one.start, "client-detail", f"a {one.kind} that could tell who a client is"


def _numbers(text: str, clients: Sequence[Client]) -> Iterator[Place]:
    """Ids, dates of birth, diagnoses and payers of clients."""
    for client in clients:
        for place in _whole(client.id, text):
            yield place, "client-detail", "the id of a client"
        for code in client.diagnoses:
            for place in _whole(str(code.code), text):
                yield place, "client-detail", "a diagnosis of a client"
        if client.payer:
            for place in _whole(str(client.payer), text):
                yield place, "client-detail", "the payer of a client"
        if client.date_of_birth:
            for place in _day(client.date_of_birth, text):
                yield place, "client-detail", "the date of birth of a client"


def _whole(words: str, text: str) -> Iterator[int]:
    pattern = r"\s+".join(re.escape(part) for part in words.split())
    for one in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE):
        yield one.start()


def _day(day: date, text: str) -> Iterator[int]:
    month = calendar.month_name[day.month]
    short = rf"{month[:3]}(?:{month[3:]})?\.?"
    number = rf"0?{day.day}(?:st|nd|rd|th)?"
    year = f"(?:{day.year})"
    ways = (
        rf"{day.year}-{day.month:02}-{day.day:02}",
        rf"0?{day.month}/0?{day.day}/(?:{day.year}|{day.year % 100:02})",
        rf"{short}\s+{number},?\s+{year}",
        rf"{number}\s+{short},?\s+{year}",
    )
    for one in re.finditer(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)", text, re.IGNORECASE):
        yield one.start()


def _words(text: str, sets: Iterable[PostWording]) -> Iterator[Place]:
    for group in (group for one in sets for group in one.wording):
        for word in group.words:
            spelled = r"\s+".join(re.escape(part) for part in word.rstrip("*").split())
            ending = r"\w*" if word.endswith("*") else ""
            for one in re.finditer(rf"(?<!\w){spelled}{ending}(?!\w)", text, re.IGNORECASE):
                yield one.start(), group.id, group.why


def _pictures(text: str) -> Iterator[Place]:
    for one in _IMAGE.finditer(text):
        alt = one["alt"].strip()
        if len(alt) < _SHORTEST_ALT or re.fullmatch(r"[\w-]+\.\w{3,4}", alt):
            yield one.start(), "alt-text", "a picture needs a sentence for those who cannot see it"
