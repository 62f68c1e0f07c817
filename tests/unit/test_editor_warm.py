"""What an editor's server tells after hundreds of edits is what `dayhand check` tells, that begins anew.

The server keeps what it worked out of texts, conditions and types for as long as it lives.
"""

from __future__ import annotations

import functools
import gc
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, StepSpec
from dayhand.editor import Surroundings
from dayhand.plugin_host import PluginHost
from dayhand.resources import shipped
from dayhand.validation.routine import check_routine

DAY = date(2026, 11, 24)
PIECES = (
    " | length", " | money", " | first", " and steps.x", " or ", "not ", "inputs.", ".items", "[0]", "'", '"',
    "${{", "}}", ": ", "- ", "  ", "#", "steps.", "null", "1 day", "0",
)  # fmt: skip


def _edited(text: str, chance: random.Random) -> str:
    """One edit, as by a person: a line gone, doubled, moved or from elsewhere, a piece typed or lost."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = (
                lines[at][: len(lines[at]) - len(lines[at].lstrip())] + lines[other].lstrip()
            )
        case 4:
            place = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + chance.choice(PIECES) + lines[at][place:]
        case _:
            place = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + lines[at][place + chance.randrange(1, 6) :]
    return "\n".join(lines)


def _edits(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Name and text of a routine, edited: up to four edits on top of each other, then another one."""
    chance = random.Random(seed)
    files = sorted(shipped("routines").rglob("*.yaml"))
    done = 0
    while done < count:
        file = chance.choice(files)
        text = file.read_text(encoding="utf-8")
        for _ in range(min(chance.randrange(1, 5), count - done)):
            text = _edited(text, chance)
            yield file.stem, text
            done += 1


def _caches() -> list[functools._lru_cache_wrapper]:
    """Every cache of the engine."""
    kept = [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]
    return [one for one in kept if str(one.__module__).startswith("dayhand")]


def _compare(catalogue: Catalogue, count: int, seed: int) -> int:
    """Check each edit warm, then each cold; how many of them had a mistake."""
    around = Surroundings(catalogue, DAY)
    texts = list(_edits(count, seed))
    warm = [around.check(text, f"{name}.yaml") for name, text in texts]
    caches = _caches()
    for (name, text), told in zip(texts, warm, strict=True):
        for one in caches:
            one.cache_clear()
        source = document.read(text, file=f"{name}.yaml")
        cold = check_routine(source, catalogue, file_stem=name, today=DAY)

        assert told == cold, text
    return sum(bool(told.problems) for told in warm)


def test_a_few_edits_are_told_as_by_a_check_that_begins_anew():
    """With a few steps only, which takes no time to learn."""
    kept = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
    specs = (*BUILT_IN, *(StepSpec(**one) for one in kept["steps"]))

    assert _compare(Catalogue({spec.name: spec for spec in specs}), 10, seed=1) > 5


@pytest.mark.soak
def test_hundreds_of_edits_are_told_as_by_a_check_that_begins_anew():
    assert _compare(PluginHost().catalogue, 300, seed=2) > 150
