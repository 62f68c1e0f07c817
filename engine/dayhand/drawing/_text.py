"""A drawing in characters, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dayhand.drawing._picture import Block, Picture

_MARKS = {
    "read": "○", "none": "·", "write": "□", "record": "■", "send": "➤", "asks": "?", "ends": "✗",
    "due": "◷",
}  # fmt: skip
_LEGEND = "○ reads  □ writes a file  ■ records  ➤ sends  ? asks you  ✗ ends the run"


def as_text(drawn: Picture) -> str:
    """The routine as a tree of lines, with the legend of its marks below."""
    lines = [drawn.title, ""]
    for block in drawn.due:
        lines.append(f"{_MARKS['due']} {block.title}")
        lines += [f"  {note}" for note in block.notes]
    lines.append("│")
    lines += _series(drawn.steps, "")
    for ending in drawn.endings:
        lines += ["", ending.title, "│", *_series(ending.inner, "")]
    return "\n".join([*lines, "", _LEGEND])


def _series(blocks: Sequence[Block], indent: str) -> Iterator[str]:
    for number, block in enumerate(blocks, 1):
        is_last = number == len(blocks)
        yield from _block(block, indent, "└─" if is_last else "├─", " " if is_last else "│")


def _block(block: Block, indent: str, branch: str, side: str) -> Iterator[str]:
    mark = {"frame": "▾", "branches": "⇉"}.get(block.kind) or _MARKS.get(block.look, "·")
    if block.look == "loop":
        mark = "↻"
    under = f"  {block.under}" if block.under else ""
    yield f"{indent}{branch}{mark} {block.path} {block.title}{under}"
    inside = f"{indent}{side}  "
    lead = f"{inside}{'│ ' if block.inner or block.handlers else '  '}"
    for note in block.notes:
        yield f"{lead}{note}"
    if block.handlers:
        is_last = not block.inner
        yield f"{inside}{'└' if is_last else '├'}╌ if it fails"
        yield from _series(block.handlers, f"{inside}{' ' if is_last else '│'}  ")
    yield from _series(block.inner, inside)
