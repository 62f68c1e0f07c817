"""What every error of the command line keeps to: it says what to do next, and reveals nothing (L03).

Texts are kept beside the test, one file a group, to be read when they change. `DAYHAND_WRITE_MESSAGES=1`
writes them anew.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

__all__ = ["Said", "compared", "faults", "names_nothing", "says_what_to_do"]

REPOSITORY = Path(__file__).parents[3]
_USAGE = re.compile(
    r"Usage: dayhand.*?\nTry 'dayhand[^\n]* (?:-h|--help)' for help\.\n\n", re.DOTALL
)
_NEXT = re.compile(r"(?m)^\s*(?:hint|see): \S|^Try 'dayhand ")
_PATH = re.compile(r"(?<![\w.:/~…])/(?:[\w.@+-]+/)*[\w.@+-]+")
_CLASS = re.compile(r"\b[A-Za-z_.]*(?:Error|Exception)\b(?!:)|\bobject at 0x|\bErrno\b|\.py\b")
_CHANGING = (
    (r"\b\d{8}-\d{6}-[0-9a-f]{6,}\b", "RUN"),
    (r"(?<= answered by )\S+", "USER"),
    (r"\bq[0-9a-f]{8}\b", "QUESTION"),
    (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:PORT"),
)


@dataclass(frozen=True)
class Said:
    """A command, how it ended, and what it said; the practice's folders by name."""

    command: str
    code: int
    text: str

    @classmethod
    def of(cls, command: str, code: int, text: str, places: Mapping[str, Path]) -> Said:
        for name, place in places.items():
            text = text.replace(str(place.resolve()), name).replace(str(place), name)
            command = command.replace(str(place), name)
        for pattern, name in _CHANGING:
            text, command = re.sub(pattern, name, text), re.sub(pattern, name, command)
        return cls(command, code, text)

    @property
    def asked(self) -> str:
        return f"$ dayhand {self.command}   → {self.code}"

    @property
    def told(self) -> str:
        """The message, without the line on how the command is used."""
        lines = _USAGE.sub("", self.text).strip().splitlines()
        return "\n".join(f"    {line}".rstrip() for line in lines)


def faults(said: Said) -> list[str]:
    """Which of the rules a message breaks."""
    found = []
    text = said.text
    for word in filter(lambda word: "/" in word, said.command.split()):
        text = text.replace(word, "TYPED")  # what was typed may be said back
    if "Traceback" in text or "this is a bug" in text:
        found.append("a traceback")
    if paths := [path for path in _PATH.findall(text) if not path.startswith("/dev/")]:
        found.append(f"a path outside the practice: {paths}")
    if {str(REPOSITORY), sys.prefix, "site-packages"} & {*re.findall(r"[\w./-]+", said.text)}:
        found.append("where dayhand is installed")
    if classes := _CLASS.findall(text):
        found.append(f"the program's own words: {classes}")
    if not _NEXT.search(said.text):
        found.append("no next step")
    return found


def says_what_to_do(error: str) -> bool:
    """True unless there is an error of dayhand's that names no next step."""
    return not re.search(r"(?m)^error: ", error) or bool(_NEXT.search(error))


def compared(said: Iterable[Said], file: Path) -> tuple[str, str]:
    """What was said, and what is kept; both the same once it is written."""
    asked: dict[str, list[str]] = {}
    for one in said:
        asked.setdefault(one.told, []).append(one.asked)
    now = "\n\n".join("\n".join([*calls, told]) for told, calls in asked.items()) + "\n"
    if os.environ.get("DAYHAND_WRITE_MESSAGES"):
        file.write_text(now, encoding="utf-8")
    return now, file.read_text(encoding="utf-8") if file.exists() else ""


# Commands that a message names -----------------------------------------------------------------------

_NAMED = re.compile(r"(?:'|: |with |see )dayhand ((?:[\w./=-]+|…)(?: (?:[\w./=-]+|…))*)")


def names_nothing(text: str, root: click.Group, context: click.Context) -> list[str]:
    """The commands and options that a text names and that are not there."""
    return [found for found in _NAMED.findall(text) if not _is_there(found.split(), root, context)]


def _is_there(words: list[str], root: click.Group, context: click.Context) -> bool:
    command: click.Command = root
    known: set[str] = {"-h", "--help", *_options(root)}
    while words and words[0].startswith("-"):  # dayhand's own options, and what some take
        option = words.pop(0)
        if option not in known:
            return False
        if option in ("--practice", "--passphrase-fd"):
            words = [word for word in words[1:] if word != "…" and not word.isdigit()]
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            return isinstance(command, click.Group) and command.invoke_without_command
        context = click.Context(found, info_name=words.pop(0), parent=context)
        command = found
        known |= {*_options(command)}
    return all(word in known for word in words if re.match(r"--?[a-z]", word))


def _options(command: click.Command) -> list[Any]:
    return [one for option in command.params for one in (*option.opts, *option.secondary_opts)]
