"""The manuals as data: their texts, and the code blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
MAIN = ROOT / "README.md"
ROUTINES = ROOT / "routines" / "README.md"
PLUGINS = ROOT / "plugins" / "README.md"
ENGINE = ROOT / "engine" / "README.md"
CHANGELOG = ROOT / "CHANGELOG.md"
OF_PLUGINS = sorted((ROOT / "plugins").glob("dayhand_*/README.md"))
SAFEGUARDS = ROOT / "engine" / "SAFEGUARDS.md"
ALL = [MAIN, ROUTINES, PLUGINS, ENGINE, SAFEGUARDS, CHANGELOG, *OF_PLUGINS]

_BLOCK = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words after it, its text, and the line it begins in."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    def option(self, name: str) -> str | None:
        """The value of `name=value` among the words."""
        for word in self.words:
            key, equals, value = word.partition("=")
            if key == name and equals:
                return value
        return None


def blocks(manual: Path, language: str = "") -> list[Block]:
    """The blocks of a manual, of one language or all."""
    text = manual.read_text(encoding="utf-8")
    found = [
        Block(match[1], tuple(match[2].split()), match[3], text.count("\n", 0, match.start()) + 1)
        for match in _BLOCK.finditer(text)
    ]
    return [block for block in found if language in ("", block.language)]


def prose(manual: Path) -> str:
    """A manual without its blocks."""
    return _BLOCK.sub("", manual.read_text(encoding="utf-8"))


def table_rows(manual: Path) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = [line for line in prose(manual).splitlines() if line.startswith("|")]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
