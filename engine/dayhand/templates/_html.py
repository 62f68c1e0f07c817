"""Where in a template's HTML a value may stand, and what it looks like there."""

from __future__ import annotations

import re

from dayhand.templates._errors import TemplateError

_ADDRESS_PLACE = re.compile(
    r"\b(?:href|src|srcset|action|formaction|cite|poster|background|data)\s*=\s*[\"']\s*$"
    r"|\]\($",  # a link of Markdown
    re.IGNORECASE,
)
_BARE_PLACE = re.compile(r"<[a-z!/?][^<>]*=\s*$|<[/!?]?$|<[a-z][^<>\"']*\s$", re.IGNORECASE)
_SCRIPT_PLACE = re.compile(
    r"""<[a-z][^<>]*\s(?:on\w+|style|srcdoc)\s*=\s*(?:"[^"]*|'[^']*)$"""
    r"|<(?:script|style)\b(?!.*</(?:script|style))",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = re.compile(
    r"(?:https?://|mailto:|tel:|/(?!/)|#)[^\s<>()\"\\\x00-\x1f\x7f]*", re.IGNORECASE
)
_ENTITIES = {ord(char): f"&#{ord(char)};" for char in "\\`*_[]~|\"'\n\r\t"} | {
    ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;",
}  # fmt: skip
_BLOCK_START = re.compile(r"^(\d{1,9})?([ #+=:.)-])")


class Place:
    """The template's own HTML so far."""

    def __init__(self) -> None:
        self._before = ""

    def take_text(self, text: str) -> None:
        self._before = (self._before + text)[-4096:]

    def take_value(self, line: int) -> bool:
        """True if only an address may stand here.

        Raises:
            TemplateError: no value may.
        """
        if _SCRIPT_PLACE.search(self._before):
            raise TemplateError("a value cannot stand in a script or a style", line)
        if _BARE_PLACE.search(self._before):
            hint = "a value stands between tags, or in quotes"
            raise TemplateError("a value cannot stand in a tag without quotes", line, hint)
        is_address = _ADDRESS_PLACE.search(self._before) is not None
        self._before += "x"
        return is_address


def inert(text: str) -> str:
    """The text as entities wherever HTML or Markdown would see more than text.

    What would begin a list, a heading or code is only escaped where the value begins: a line break
    inside a value is an entity, so that no other part of it can come to stand first in a line.
    """
    written = text.translate(_ENTITIES)
    start = _BLOCK_START.match(written)
    if start is None:
        return written
    return f"{start[1] or ''}&#{ord(start[2])};{written[start.end() :]}"


def is_address(text: str) -> bool:
    """True if the text can be linked to: https:, mailto:, tel:, or a place on the same site."""
    return _ADDRESS.fullmatch(text) is not None
