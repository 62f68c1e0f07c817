"""Blocks → shapes with places: how large each block is, and where it and its arrows go.

Lengths are in pixels of the SVG. A laid-out block has an *axis*, the distance from its left edge at which
arrows reach and leave it; blocks below one another share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from textwrap import wrap

from dayhand.drawing._picture import Block, Picture

_GAP, _ASIDE, _PAD, _INSET = 26.0, 34.0, 16.0, 12.0
_NARROW, _WIDE = 190.0, 330.0
_TITLE, _SMALL = 17.0, 15.0
_CHAR = {"title": 7.6, "note": 6.3, "under": 6.7}
_MARGIN = 24.0
_WIDE_CHARS = 1.75
"""How much wider than a Latin letter a Chinese or Japanese one is, and an emoji."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle, a text, or a line. `look` is its class in the drawing."""

    kind: str
    look: str
    points: tuple[tuple[float, float], ...]
    text: str = ""


@dataclass(slots=True)
class Laid:
    """A block laid out at the origin."""

    width: float
    height: float
    axis: float
    shapes: list[Shape] = field(default_factory=list)

    def put(self, other: Laid, left: float, top: float) -> None:
        """Put another one's shapes here."""
        self.shapes += [_moved(shape, left, top) for shape in other.shapes]


def _moved(shape: Shape, left: float, top: float) -> Shape:
    return replace(shape, points=tuple((x + left, y + top) for x, y in shape.points))


def layout(drawn: Picture) -> Laid:
    """The whole drawing, with a margin around it."""
    parts = [_beside(drawn.due, look="due")]
    parts += [_laid(block) for block in drawn.steps]
    parts += [_laid(block) for block in drawn.endings]
    joined = len(parts) - len(drawn.endings)
    body = _below(parts, joined=joined)
    title_width = _width(drawn.title, "title") * 1.3
    whole = Laid(max(body.width, title_width) + 2 * _MARGIN, body.height + 2 * _MARGIN + 30, 0.0)
    whole.shapes.append(Shape("text", "heading", ((_MARGIN, _MARGIN + 12),), drawn.title))
    whole.put(body, _MARGIN, _MARGIN + 30)
    return whole


def _laid(block: Block) -> Laid:
    if block.kind == "step":
        made = _step(block)
    else:
        inner = _beside(block.inner) if block.kind == "branches" else _series(block.inner)
        made = _frame(block, inner)
    return _with_handlers(made, block.handlers) if block.handlers else made


def _step(block: Block) -> Laid:
    lines = [("title", line) for line in _wrapped(_numbered(block), "title")]
    lines += [("under", block.under)] if block.under else []
    lines += [("note", line) for note in block.notes for line in _wrapped(note, "note")]
    widest = max(_width(text, look) for look, text in lines)
    width = min(max(widest + 2 * _INSET + 6, _NARROW), _WIDE + 2 * _INSET)
    made = Laid(width, 0.0, width / 2)
    y = _INSET
    for look, text in lines:
        y += _TITLE if look == "title" else _SMALL
        made.shapes.append(Shape("text", look, ((_INSET + 6, y - 4),), text))
    if block.look not in ("none", "due"):
        label = {"asks": "asks you", "ends": "ends the run"}.get(block.look, block.look)
        y += _SMALL
        made.shapes.append(Shape("text", f"effect {block.look}", ((_INSET + 6, y - 4),), label))
    made.height = y + _INSET - 4
    box = Shape("rect", f"box {block.look}", ((0.0, 0.0), (width, made.height)))
    bar = Shape("rect", f"bar {block.look}", ((0.0, 0.0), (5.0, made.height)))
    made.shapes[:0] = [box, bar] if block.look != "due" else [box]
    return made


def _numbered(block: Block) -> str:
    return f"{block.path}  {block.title}" if block.path else block.title


def _frame(block: Block, inner: Laid) -> Laid:
    head = [("title", line) for line in _wrapped(_numbered(block), "title")]
    head += [("note", line) for note in block.notes for line in _wrapped(note, "note")]
    top = _INSET + sum(_TITLE if look == "title" else _SMALL for look, _ in head) + 4
    widest = max(_width(text, look) for look, text in head)
    width = max(inner.width + 2 * _PAD, widest + 2 * _INSET)
    left = (width - inner.width) / 2
    made = Laid(width, top + inner.height + _PAD, left + inner.axis)
    look = "frame loop" if block.look == "loop" else f"frame {block.kind} {block.look}"
    made.shapes.append(Shape("rect", look, ((0.0, 0.0), (width, made.height))))
    y = _INSET
    for kind, text in head:
        y += _TITLE if kind == "title" else _SMALL
        made.shapes.append(Shape("text", kind, ((_INSET, y - 4),), text))
    made.put(inner, left, top)
    return made


def _with_handlers(made: Laid, handlers: Sequence[Block]) -> Laid:
    """What is taken after a failure stands to the right, on an arrow of its own."""
    aside = _frame(Block("frame", "If it fails", look="fails"), _series(handlers))
    left = made.width + _ASIDE
    whole = Laid(left + aside.width, max(made.height, aside.height), made.axis)
    whole.put(made, 0.0, 0.0)
    whole.put(aside, left, 0.0)
    if made.height < whole.height:
        down = ((made.axis, made.height), (made.axis, whole.height))
        whole.shapes.append(Shape("line", "way", down))
    y = min(made.height, aside.height) / 2
    whole.shapes.append(Shape("line", "arrow fails", ((made.width, y), (left, y))))
    return whole


def _series(blocks: Iterable[Block]) -> Laid:
    return _below([_laid(block) for block in blocks])


def _below(parts: Sequence[Laid], *, joined: int | None = None) -> Laid:
    """Blocks below one another, an arrow between each of the first `joined` and the next."""
    axis = max(part.axis for part in parts)
    right = max(part.width - part.axis for part in parts)
    made = Laid(axis + right, 0.0, axis)
    y = 0.0
    for number, part in enumerate(parts):
        if number and (joined is None or number < joined):
            made.shapes.append(Shape("line", "arrow", ((axis, y - _GAP), (axis, y))))
        made.put(part, axis - part.axis, y)
        y += part.height + _GAP
    made.height = y - _GAP
    return made


def _beside(blocks: Sequence[Block], *, look: str = "") -> Laid:
    """Branches beside one another: the way forks above them and comes together below."""
    parts = [_laid(block) for block in blocks]
    if len(parts) == 1:
        return parts[0]
    width = sum(part.width for part in parts) + _GAP * (len(parts) - 1)
    tallest = max(part.height for part in parts)
    top = 0.0 if look == "due" else _GAP
    made = Laid(width, top + tallest + _GAP, width / 2)
    left = 0.0
    for part in parts:
        x, bottom = left + part.axis, top + part.height
        if look != "due":
            fork = ((made.axis, 0.0), (made.axis, _GAP / 2), (x, _GAP / 2), (x, top))
            made.shapes.append(Shape("line", "arrow", fork))
        middle = made.height - _GAP / 2
        join = ((x, bottom), (x, middle), (made.axis, middle), (made.axis, made.height))
        made.shapes.append(Shape("line", "way", join))
        made.put(part, left, top)
        left += part.width + _GAP
    return made


# Text ---------------------------------------------------------------------------------------------


def _wrapped(text: str, look: str) -> list[str]:
    return wrap(text, max(int(_WIDE / _CHAR[look]), 12)) or [""]


def _width(text: str, look: str) -> float:
    """How wide a text is at most: fonts differ, and the reader's is not known here."""
    return sum(_WIDE_CHARS if ord(char) > 0x2E80 else 1.0 for char in text) * _CHAR[look]
