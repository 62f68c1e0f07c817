"""Copies of your profiles in directories, compared with what is true and with each other (pure).

A copy is a text or an HTML file: what a directory shows of you, saved by hand. What is looked for is
found by its form: `NPI` and a number, a licence and its number, amounts of money, words about new
clients, a telephone number. Whatever differs is told with its file and line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dayhand_outreach.models import Difference

__all__ = ["Facts", "compare"]

_NPI = re.compile(r"\bNPI\b\D{0,20}(\d[\d -]{6,14}\d)", re.IGNORECASE)
_LICENCE_WORD = re.compile(r"\blicen[cs]e\b|\blic\b", re.IGNORECASE)
_LICENCE = re.compile(r"(?<![\d$.-])(?:[A-Z]{1,6}[ -]?)?(\d{4,9})(?![\d-])")
_AMOUNT = re.compile(r"\$\s?(\d{1,3}(?:,\d{3})+|\d{1,5})(\.\d{2})?(?!\d)")
_TELEPHONE = re.compile(r"(?<![\w-])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)")
_AVAILABILITY = (
    ("closed", re.compile(
        r"\bnot\s+(?:currently\s+|presently\s+)?(?:accepting|taking)\b|\bno\s+(?:current\s+)?openings\b"
        r"|\bcaseload\s+is\s+full\b|\bpractice\s+is\s+full\b", re.IGNORECASE)),
    ("waitlist", re.compile(r"\bwait(?:ing)?[\s-]?list\b", re.IGNORECASE)),
    ("open", re.compile(
        r"\b(?:accepting|taking)\s+(?:new\s+)?(?:clients|patients)\b|\bopenings\b", re.IGNORECASE)),
)  # fmt: skip
_SAID = {
    "open": "takes new clients",
    "waitlist": "has a waiting list",
    "closed": "takes nobody now",
}


@dataclass(frozen=True)
class Facts:
    """What is true. What is empty is not compared, but the availability with the other copies."""

    npis: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Of licences, such as `LCSW`: a number beside one is a licence number too."""
    fees: tuple[Decimal, ...] = ()
    telephone: str = ""
    availability: str = ""

    def told(self) -> list[str]:
        """The facts, a line each."""
        return [
            line
            for line, there in (
                (f"NPI {' or '.join(self.npis)}", self.npis),
                (f"licence {', '.join(self.licences)}", self.licences),
                (f"fees {', '.join(_money(one) for one in sorted(self.fees))}", self.fees),
                (f"telephone {self.telephone}", self.telephone),
                (_SAID.get(self.availability, ""), self.availability),
            )
            if there
        ]


def _money(amount: Decimal) -> str:
    return f"${amount:.2f}".removesuffix(".00")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def compare(copies: Mapping[str, str], facts: Facts) -> list[Difference]:
    """The differences, in the order of files and lines.

    Args:
        copies: the text of each file by its name.
        facts: what is true.
    """
    expected = facts.availability or _most_said(copies.values())
    found: list[Difference] = []
    for file, text in sorted(copies.items()):
        lines = text.splitlines()
        found += [
            *_numbers(file, lines, facts),
            *_fees(file, lines, facts.fees),
            *_available(file, lines, expected),
        ]
    return sorted(found, key=lambda one: (one.file, one.line, one.field))


def _most_said(texts: Iterable[str]) -> str:
    said = Counter(
        one for text in texts for one in {what for _, what in _saying(text.splitlines())}
    )
    most = said.most_common(2)
    if not most or (len(most) > 1 and most[0][1] == most[1][1]):
        return "" if not most else "different"
    return most[0][0]


def _saying(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        said = next((what for what, pattern in _AVAILABILITY if pattern.search(line)), None)
        if said:
            yield number, said


def _available(file: str, lines: Sequence[str], expected: str) -> Iterator[Difference]:
    said = list(_saying(lines))
    words = _SAID.get(expected, "the same in every copy")
    if not said and expected:
        yield Difference(file=file, line=0, field="availability", found="not said", expected=words)
    for number, what in said:
        if what != expected:
            yield Difference(
                file=file, line=number, field="availability", found=_SAID[what], expected=words
            )


def _numbers(file: str, lines: Sequence[str], facts: Facts) -> Iterator[Difference]:
    npis = [(n, _digits(m)) for n, line in enumerate(lines, 1) for m in _NPI.findall(line)]
    licences = [
        (n, number) for n, line in enumerate(lines, 1) for number in _licence_numbers(line, facts)
    ]
    phones = [
        (n, _digits(m)[-10:]) for n, line in enumerate(lines, 1) for m in _TELEPHONE.findall(line)
    ]
    for field, seen, true in (
        ("NPI", npis, facts.npis),
        ("licence", licences, tuple(_digits(one) for one in facts.licences)),
        ("telephone", phones, (_digits(facts.telephone)[-10:],) if facts.telephone else ()),
    ):
        if not true:
            continue
        words = " or ".join(true)
        for number, value in seen:
            if value not in true:
                yield Difference.model_validate(
                    {"file": file, "line": number, "field": field, "found": value}
                    | {"expected": words}
                )
        if not seen and field != "telephone":
            yield Difference.model_validate(
                {"file": file, "line": 0, "field": field, "found": "not said", "expected": words}
            )


def _licence_numbers(line: str, facts: Facts) -> Iterator[str]:
    """Numbers on a line that speaks of a licence; NPIs, telephones and amounts are none."""
    rest = _TELEPHONE.sub(" ", _NPI.sub(" ", _AMOUNT.sub(" ", line)))
    kinds = "|".join(re.escape(one) for one in facts.types)
    if _LICENCE_WORD.search(rest):
        yield from (one.group(1) for one in _LICENCE.finditer(rest))
    elif kinds:
        beside = rf"\b(?:{kinds})\b\s*(?:#|no\.?)?\s*:?\s*(\d{{4,9}})\b"
        yield from (one.group(1) for one in re.finditer(beside, rest, re.IGNORECASE))


def _fees(file: str, lines: Sequence[str], fees: Sequence[Decimal]) -> Iterator[Difference]:
    if not fees:
        return
    words = ", ".join(_money(one) for one in sorted(set(fees)))
    said = [
        (number, Decimal(whole.replace(",", "") + cents))
        for number, line in enumerate(lines, 1)
        for whole, cents in _AMOUNT.findall(line)
    ]
    for number, amount in said:
        if amount not in fees:
            yield Difference(
                file=file, line=number, field="fee", found=_money(amount), expected=words
            )
    if not said:
        yield Difference(file=file, line=0, field="fee", found="not said", expected=words)
