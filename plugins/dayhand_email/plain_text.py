"""Markdown, as its parser read it, → text for mail programs that show no HTML."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

__all__ = ["as_plain_text"]

_RULE = "-" * 40


def as_plain_text(tokens: Sequence[Token]) -> str:
    """The document as text, without the marks of its formatting."""
    page = _Page()
    for token in tokens:
        take = getattr(page, token.type, None)
        if take is not None:
            take(token)
    return "\n".join(page.lines).strip("\n") + "\n"


class _Page:
    """Lines of text. Each method takes the kind of token it is named for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._prefixes: list[str] = []
        self._marker = ""
        self._numbers: list[int | None] = []
        self._rows: list[list[str]] = []

    def _block(self, text: str) -> None:
        """Add lines behind the open quotes and lists; a list item's first carries its marker."""
        indent = "".join(self._prefixes)
        for line in text.split("\n"):
            before = indent
            if self._marker:
                before = indent[: len(indent) - len(self._marker)] + self._marker
                self._marker = ""
            self.lines.append((before + line).rstrip())
        if not self._numbers:
            self._gap()

    def _gap(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append("".join(self._prefixes).rstrip())

    def inline(self, token: Token) -> None:
        text = _inline(token.children or ())
        if self._rows:
            self._rows[-1].append(text)
        else:
            self._block(text)

    def fence(self, token: Token) -> None:
        self._block(token.content.rstrip("\n"))

    code_block = fence

    def hr(self, _: Token) -> None:
        self._block(_RULE)

    def bullet_list_open(self, _: Token) -> None:
        self._numbers.append(None)

    def ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._numbers.append(1 if start is None else int(start))

    def bullet_list_close(self, _: Token) -> None:
        self._numbers.pop()
        if not self._numbers:
            self._gap()

    ordered_list_close = bullet_list_close

    def list_item_open(self, _: Token) -> None:
        number = self._numbers[-1]
        self._marker = "- " if number is None else f"{number}. "
        self._prefixes.append(" " * len(self._marker))
        if number is not None:
            self._numbers[-1] = number + 1

    def list_item_close(self, _: Token) -> None:
        self._prefixes.pop()
        self._marker = ""

    def blockquote_open(self, _: Token) -> None:
        self._prefixes.append("> ")

    def blockquote_close(self, _: Token) -> None:
        self._prefixes.pop()

    def tr_open(self, _: Token) -> None:
        self._rows.append([])

    def table_close(self, _: Token) -> None:
        rows, self._rows = self._rows, []
        self._block(_table(rows))


def _inline(children: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "link_open":
            links.append((str(child.attrGet("href") or ""), len(parts)))
        elif child.type == "link_close":
            href, start = links.pop()
            address = href.removeprefix("mailto:").removeprefix("tel:")
            if address != "".join(parts[start:]):
                parts.append(f" ({address})")
        else:
            parts.append(child.content)
    return "".join(parts)


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
