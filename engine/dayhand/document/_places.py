"""From an offset in a scalar's text back to the line and column where the author wrote it.

Quotes, escapes, indentation and folded lines stand between the two. A literal block maps exactly;
elsewhere text and source are walked side by side, and where a line was folded they meet again at
the next character that is not a space.
"""

from __future__ import annotations

import bisect
import functools
import re

from dayhand.document._tree import BREAK, Scalar
from dayhand.problems import Mark

_SPACES = re.compile("[ \t\r\n\x85\u2028\u2029]*")
_JOINED_LINE = re.compile("(?:\\\\(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*)+")
_KEPT_BREAK = re.compile("[\n\u2028\u2029]")
_ESCAPE_DIGITS = {"x": 2, "u": 4, "U": 8}


def place(scalar: Scalar, offset: int, length: int = 1) -> Mark:
    """Where `length` characters at `offset` in the scalar's text were written.

    The mark never reaches past the end of its line.
    """
    offset = min(max(offset, 0), len(scalar.text))
    length = max(length, 1)
    mark = scalar.mark
    if not scalar.raw:
        return Mark(mark.file, mark.line, mark.column + offset, length)
    spots = _spots(scalar.text, scalar.raw)
    start = spots[offset]
    stop = spots[min(offset + length, len(spots)) - 1] + 1
    if offset + length < len(spots):
        stop = max(stop, min(spots[offset + length], stop + 9))  # an escape is up to 10 characters
    return _marked(scalar, start, stop)


def _marked(scalar: Scalar, start: int, stop: int) -> Mark:
    """The mark of `raw[start:stop]`, cut at the end of the line."""
    mark, raw = scalar.mark, scalar.raw
    lines = _line_starts(raw)
    line = bisect.bisect_right(lines, start) - 1
    column = start - lines[line] + 1 if line else mark.column + start
    line_end = BREAK.search(raw, start)
    stop = min(stop, line_end.start() if line_end else len(raw))
    return Mark(mark.file, mark.line + line, column, max(stop - start, 1))


@functools.lru_cache(maxsize=4)  # a check asks for each expression of one long text in turn
def _line_starts(raw: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in BREAK.finditer(raw)))


@functools.lru_cache(maxsize=4)
def _spots(text: str, raw: str) -> tuple[int, ...]:
    """For each offset in `text`, its end included, the offset in `raw`."""
    return tuple(_walked(text, raw))


def _walked(text: str, raw: str) -> list[int]:
    if raw[0] == "|":
        return _literal_spots(text, raw)
    if raw[0] == ">":
        header = BREAK.search(raw)
        return _flowing_spots(text, raw, header.end() if header else len(raw), "")
    quote = raw[0] if raw[0] in "'\"" else ""
    return _flowing_spots(text, raw, len(quote), quote)


def _literal_spots(text: str, raw: str) -> list[int]:
    """A literal block: each line of the text is a line of the source less its indentation."""
    lines = [(match.end(), match.start()) for match in BREAK.finditer(raw)]
    starts = [end for end, _ in lines]
    ends = [*[start for _, start in lines][1:], len(raw)]
    spots: list[int] = []
    for number, line in enumerate(_KEPT_BREAK.split(text)):
        start = starts[number] if number < len(starts) else len(raw)
        end = ends[number] if number < len(starts) else len(raw)
        first = max(end - len(line), start)
        spots.extend(range(first, first + len(line) + 1))
    return [min(spot, len(raw)) for spot in spots]


def _flowing_spots(text: str, raw: str, position: int, quote: str) -> list[int]:
    spots: list[int] = []
    for char in text:
        position, width = _meet(char, raw, position, quote)
        spots.append(position)
        position += width
    spots.append(min(position, len(raw)))
    return spots


def _meet(char: str, raw: str, position: int, quote: str) -> tuple[int, int]:
    """Where in the source, from `position` on, `char` stands, and how many characters it takes."""
    if quote == '"' and (joined := _JOINED_LINE.match(raw, position)):
        position = joined.end()
    written = raw[position : position + 1]
    if quote == '"' and written == "\\":
        return position, 2 + _ESCAPE_DIGITS.get(raw[position + 1 : position + 2], 0)
    if written == char and char != "\n":
        return position, 2 if quote == "'" and char == "'" else 1
    spaces = _SPACES.match(raw, position)
    end = spaces.end() if spaces else position
    if char.isspace():
        return position, end - position
    return end, 2 if quote == "'" and char == "'" else 1
