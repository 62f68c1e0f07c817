"""What must not stand in a subject line (rule E1), a reminder (E2) or an invitation (E7)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

__all__ = ["Private", "Rules", "invitation_text", "is_hidden", "private_parts"]

_FULL_NAMES = ("name", "full_name", "client_name", "patient", "patient_name")
_SURNAMES = ("surname", "last_name", "family_name")
_FIRST_NAMES = ("preferred_name", "first_name", "given_name", "initials")
_BIRTHDAYS = ("date_of_birth", "dob", "birth_date", "birthday", "born")
_SUFFIXES = re.compile(r",?\s+(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_FORMATS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%-m/%-d/%Y",
    "%m/%d/%y",
    "%-m/%-d/%y",
    "%d.%m.%Y",
    "%B %-d, %Y",
)
_MORE_FORMATS = ("%b %-d, %Y", "%d/%m/%Y", "%-d %B %Y", "%-d %b %Y", "%A, %B %-d, %Y")

# ICD-10-CM: with its dot, or a code of chapter V (mental disorders) without
_CODE = re.compile(r"\b(?:[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}|F\d\d)\b")
_AMOUNT = re.compile(r"[$€£¥]\s?\d|\b\d[\d,]*\.\d\d\b|\b\d+\s?(?:USD|EUR|GBP|CAD|AUD)\b")

_KINDS = {
    "service": "a word about the kind of care",
    "diagnosis": "a word about a condition",
    "balance": "a word about money owed",
    "credential": "a credential or profession",
    "own": "a word of email.lint_words",
}


def is_hidden(value: Any) -> bool:
    """True if the engine marked the value as client data: then its `repr` shows nothing of it."""
    return repr(value) == "•••"


# What the values tell of a client -----------------------------------------------------------------


@dataclass(slots=True)
class Private:
    """What of a client could slip into a text: surnames, days of birth, and what is marked."""

    surnames: set[str] = field(default_factory=set)
    birthdays: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def found_in(self, text: str) -> list[str]:
        """The kinds of it that stand in the text."""
        folded = _folded(text)
        kinds = (
            ("the client's surname", self.surnames),
            ("the client's date of birth", self.birthdays),
            ("client data", self.texts),
        )
        return [kind for kind, parts in kinds if any(_stands_in(part, folded) for part in parts)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _stands_in(part: str, folded: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(_folded(part))}(?!\w)", folded) is not None


def private_parts(values: Mapping[str, Any]) -> Private:
    """What the values of a template tell of a client."""
    found = Private()
    for key, value in _leaves(values):
        _note(found, key, value)
    return found


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, key)
    else:
        yield key, value


def _note(found: Private, key: str, value: Any) -> None:
    if isinstance(value, date):
        if key in _BIRTHDAYS or is_hidden(value):
            found.birthdays |= {value.strftime(form) for form in (*_FORMATS, *_MORE_FORMATS)}
        return
    if not isinstance(value, str) or key in _FIRST_NAMES:
        return
    text = str(value).strip()
    if key in _BIRTHDAYS:
        _note_day(found, text)
    elif key in _SURNAMES:
        found.surnames.add(text)
    elif key in _FULL_NAMES:
        words = _SUFFIXES.sub("", text).split()
        found.surnames |= {words[-1]} if len(words) > 1 else set()
        if "," in text:  # Lee, Ana
            found.surnames.add(text.partition(",")[0])
    elif is_hidden(value) and len(text) > 3:
        found.texts.add(text)
    found.surnames = {name for name in found.surnames if len(name) > 1}


def _note_day(found: Private, text: str) -> None:
    try:
        _note(found, _BIRTHDAYS[0], date.fromisoformat(text))
    except ValueError:
        found.texts.add(text)


# Words --------------------------------------------------------------------------------------------


@functools.cache
def _shipped_words() -> dict[str, tuple[str, ...]]:
    """The lists of `lint_words.txt` by their kind."""
    kinds: dict[str, list[str]] = {}
    text = Path(__file__).with_name("lint_words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("["):
            kinds[word.strip("[]")] = []
        elif word and not word.startswith("#"):
            kinds[next(reversed(kinds))].append(word)
    return {kind: tuple(words) for kind, words in kinds.items()}


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    forms = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rules:
    """The words of a practice, and its names: `practice_name` tells, `neutral_name` does not."""

    own_words: Sequence[str] = ()
    practice_name: str = ""
    neutral_name: str = ""

    def subject_problems(self, subject: str, private: Private, *, source: str = "") -> list[str]:
        """What rule E1 finds in a subject line.

        Words are shown only if `source`, the author's own text, has them: what came in with a
        value may be client data.
        """
        found = private.found_in(subject)
        found += self._words(subject, ("service", "diagnosis", "balance"), source)
        if _CODE.search(subject):
            found.append("a diagnosis code")
        if _AMOUNT.search(subject):
            found.append("an amount of money")
        return found

    def reminder_problems(self, body: str, private: Private, *, source: str = "") -> list[str]:
        """What rule E2 finds in the text of a reminder, or in the name it comes from."""
        found = private.found_in(body)
        found += self._words(body, ("service", "diagnosis", "credential"), source)
        if _CODE.search(body):
            found.append("a diagnosis code")
        if self._has_practice_name(body):
            found.append("the practice's name, which is not the neutral one")
        return found

    def _words(self, text: str, kinds: tuple[str, ...], source: str) -> list[str]:
        lists = {kind: _shipped_words()[kind] for kind in kinds}
        if self.own_words:
            lists["own"] = tuple(self.own_words)
        return [_told(kind, hits, source) for kind, hits in _hits(text, lists)]

    def _has_practice_name(self, body: str) -> bool:
        text = _folded(body)
        if self.neutral_name:  # which may hold the other: Lakeside, Lakeside Office
            text = text.replace(_folded(self.neutral_name), "…")
        return bool(self.practice_name) and _stands_in(self.practice_name, text)


def _hits(text: str, lists: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    for kind, words in lists.items():
        hits = [match[0] for match in _pattern(words).finditer(text)]
        if hits:
            yield kind, hits


def _told(kind: str, hits: list[str], source: str) -> str:
    shown = dict.fromkeys(hit for hit in hits if hit.casefold() in source.casefold())
    return _KINDS[kind] + (f" ({', '.join(shown)})" if shown else "")


def invitation_text(data: bytes) -> tuple[str, bool]:
    """The summaries and places of an iCalendar file, and whether it has a description (rule E7)."""
    unfolded = re.sub(r"\r?\n[ \t]", "", data.decode("utf-8", "replace"))
    shown: list[str] = []
    has_description = False
    for line in unfolded.splitlines():
        name, _, value = line.partition(":")
        match name.partition(";")[0].upper():
            case "SUMMARY" | "LOCATION" | "X-WR-CALNAME":
                shown.append(value)
            case "DESCRIPTION" | "COMMENT" | "X-ALT-DESC":
                has_description = has_description or bool(value.strip())
    return "\n".join(shown), has_description
