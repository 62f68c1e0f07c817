"""Three-way merge of a text's lines: what two people made of one text, put together.

The base is divided where both texts still have it (a line that stands in both is a fixed point); between
fixed points lie pieces. Of a piece:

| mine | theirs | merged |
|---|---|---|
| as the base | anything | theirs |
| anything | as the base | mine |
| the same as theirs | | that, once |
| another than theirs | | a conflict |

So no line that either of them wrote is lost unless the other has removed or changed what stood there,
and then it is a conflict, for a person to settle. Changes that touch are one piece, as in git.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

__all__ = ["Conflict", "Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A piece that both changed. `line` is its first line in mine, counted from 1."""

    line: int
    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, in which a conflict stands as `take` says; and the conflicts."""

    text: str
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    line: int


def merge(base: str, mine: str, theirs: str, *, take: Literal["mine", "theirs"] = "mine") -> Merged:
    """Put two changes of one text together, line by line; where both changed, as `take` says."""
    kept: list[str] = []
    conflicts: list[Conflict] = []
    for piece in _pieces(_lines(base), _lines(mine), _lines(theirs)):
        if piece.theirs in (piece.base, piece.mine):
            kept += piece.mine
        elif piece.mine == piece.base:
            kept += piece.theirs
        else:
            conflicts.append(Conflict(piece.line, piece.base, piece.mine, piece.theirs))
            kept += piece.mine if take == "mine" else piece.theirs
    return Merged(_text(kept), tuple(conflicts))


def _lines(text: str) -> list[str]:
    """The lines without their ends; a last line without one is a line like the others."""
    return text.split("\n")[: -1 if text.endswith("\n") else None] if text else []


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _pieces(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Piece]:
    b = m = t = 0
    for at, in_mine, in_theirs, length in _fixed(base, mine, theirs):
        yield from _changed(base[b:at], mine[m:in_mine], theirs[t:in_theirs], m + 1)
        same = tuple(base[at : at + length])
        if length:
            yield _Piece(same, same, same, in_mine + 1)
        b, m, t = at + length, in_mine + length, in_theirs + length


def _changed(base: list[str], mine: list[str], theirs: list[str], line: int) -> Iterator[_Piece]:
    if base or mine or theirs:
        yield _Piece(tuple(base), tuple(mine), tuple(theirs), line)


def _fixed(
    base: list[str], mine: list[str], theirs: list[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Where a run of the base stands in both: its place in base, mine and theirs, and its length."""
    of_mine, of_theirs = _blocks(base, mine), _blocks(base, theirs)
    i = j = 0
    while i < len(of_mine) and j < len(of_theirs):
        (a, in_mine, n), (c, in_theirs, k) = of_mine[i], of_theirs[j]
        start, end = max(a, c), min(a + n, c + k)
        if start < end:
            yield start, in_mine + start - a, in_theirs + start - c, end - start
        if a + n < c + k:
            i += 1
        else:
            j += 1
    yield len(base), len(mine), len(theirs), 0


def _blocks(base: list[str], other: list[str]) -> list[tuple[int, int, int]]:
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return [(one.a, one.b, one.size) for one in matcher.get_matching_blocks() if one.size]
