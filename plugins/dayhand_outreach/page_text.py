"""The words of an HTML page, line by line, as a reader sees them (pure)."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["is_html", "text_of"]

_UNSEEN = {"script", "style", "template", "noscript", "svg", "head"}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "i", "kbd", "label", "mark", "q",
    "s", "small", "span", "strong", "sub", "sup", "time", "u", "font",
}  # fmt: skip


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: dict[int, list[str]] = {}
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        if tag not in _INLINE:
            self._say(" ")
        values = dict(attrs)
        if tag == "img" and values.get("alt"):
            self._say(f" {values['alt']} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._hidden:
            self._hidden -= 1
        if tag not in _INLINE:
            self._say(" ")

    def handle_data(self, data: str) -> None:
        first = self.getpos()[0]
        for number, part in enumerate(data.split("\n")):
            self._say(part, first + number)

    def _say(self, text: str, line: int | None = None) -> None:
        if not self._hidden:
            self.lines.setdefault(line or self.getpos()[0], []).append(text)


def is_html(text: str) -> bool:
    """Whether a file's text looks like HTML."""
    begin = text[:2000].lstrip().casefold()
    return begin.startswith(("<!doctype html", "<html")) or "</" in begin


def text_of(html: str) -> str:
    """What a reader sees, each word on the line on which it stands in the file."""
    words = _Words()
    words.feed(html)
    words.close()
    last = max(words.lines, default=0)
    lines = [" ".join("".join(words.lines.get(n, [])).split()) for n in range(1, last + 1)]
    return "\n".join(lines)
