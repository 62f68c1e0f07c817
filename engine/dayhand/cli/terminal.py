"""What may not reach a terminal as it is: data that would move its cursor, clear it, or turn its text round.

A title in somebody's invitation, the reply of a server, a name in a file can hold such signs. In an error
message they are shown as escapes wherever it goes. All else that is printed is left as it is where it goes
to a file or to another program, and is shown with escapes on a terminal, whoever printed it.
"""

from __future__ import annotations

import io
import re
import sys

__all__ = ["erase_line", "guard", "visible"]

_MOVES = r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_MOVES_OR_COLOURS = rf"(\x1b\[(?:[0-2]|3[1-7])m)|{_MOVES}"
_LONGEST = 10_000
_ERASE = "\r\x1b[K"


def visible(message: str) -> str:
    """A message without what moves the cursor, of a length that is read; its lines after the first
    begin with a blank.
    """
    shown = re.sub(_MOVES, _escape, message[:_LONGEST].replace("\r\n", "\n"))
    more = f"… ({len(message):,} characters)" if len(message) > _LONGEST else ""
    return re.sub(r"\n(?! )", "\n  ", shown) + more


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _escape_but_colour(found: re.Match[str]) -> str:
    return found[0] if found[1] else _escape(found)


class _Terminal(io.TextIOWrapper):
    """A stream to a terminal, on which data moves nothing; colours of our own are let through."""

    def write(self, text: str, /) -> int:
        super().write(re.sub(_MOVES_OR_COLOURS, _escape_but_colour, text))
        return len(text)

    def erase_line(self) -> None:
        super().write(_ERASE)
        self.flush()


def guard() -> None:
    """From now on nothing but colours moves a terminal that standard output or error goes to."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.flush()
            guarded = _Terminal(
                stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering
            )
            setattr(sys, name, guarded)


def erase_line() -> None:
    """Take back the line that standard error is in, if that is a terminal."""
    if isinstance(sys.stderr, _Terminal):
        sys.stderr.erase_line()
