"""The pattern of document numbers, such as `{series}-{yyyy}-{seq:05}`."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["DEFAULT_PATTERN", "as_number", "pattern_problem"]

DEFAULT_PATTERN = "{series}-{yyyy}-{seq:05}"

_FIELD = re.compile(r"\{(?:(?P<name>series|yyyy|yy|mm)|seq(?::0(?P<width>[1-9]))?)\}")
_PLAIN = re.compile(r"[A-Za-z0-9._/-]*")


def pattern_problem(pattern: str, *, yearly: bool) -> str:
    """What is wrong with the pattern, or nothing."""
    if not _PLAIN.fullmatch(_FIELD.sub("", pattern)):
        return (
            "a pattern has the fields {series}, {yyyy}, {yy}, {mm} and {seq:05};"
            " between them only letters, digits and . _ / -"
        )
    names = [match["name"] or "seq" for match in _FIELD.finditer(pattern)]
    if names.count("seq") != 1:
        return "a pattern has the field {seq}, or {seq:05}, once"
    if "series" not in names:
        return "a pattern has {series}, which keeps invoices and credit notes apart"
    if yearly and not {"yyyy", "yy"} & set(names):
        return "numbers that begin anew each year need {yyyy} or {yy} in the pattern"
    return ""


def as_number(pattern: str, *, series: str, day: date, sequence: int) -> str:
    """The document number: the pattern with its fields filled in."""

    def filled(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return str(sequence).zfill(int(match["width"] or 1))
        year = f"{day.year:04}"
        return {"series": series, "yyyy": year, "yy": year[2:], "mm": f"{day.month:02}"}[name]

    return _FIELD.sub(filled, pattern)
