"""A20: whatever the weather of a month, nothing due is missed, nothing is lost, nothing is done twice. See `tests_support.weather`."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests_support.memory import in_memory
from tests_support.weather import Life, Outcome

from dayhand.daemon.going import GoingRuns
from dayhand.runner.sending import Sending

SEEDS = int(os.environ.get("DAYHAND_WEATHER_SEEDS", "8"))
"""How many months; a night is 10,000."""
FIRST = int(os.environ.get("DAYHAND_WEATHER_FIRST", "1"))
EVERY = {
    "killed before a commit", "killed after a commit", "disk full", "write fails", "sync fails",
    "killed before sending", "killed in sending", "killed after sending", "not reached", "refused",
    "line dropped before", "line dropped after", "slept", "clock back", "far back", "forward",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        yield Path(name)


def lived(folder: Path, seed: int, **more: int) -> tuple[Outcome, list[str], Counter[str]]:
    """A life with the weather of a seed: what there was in the end, what was wrong, what happened."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        life = Life(Path(place) / "life", seed, **more)
        try:
            life.lived()
            found = life.outcome()
            return found, life.violations(found), life.weather.happened
        finally:
            life.close()


def test_a20_days_of_random_weather_break_no_promise_and_a_seed_is_the_same_twice(folder):
    found, wrong, happened = lived(folder, 3, days=4, calm=1)
    again, _, happened_again = lived(folder, 3, days=4, calm=1)

    assert wrong == []
    assert sum(happened.values()) > 5
    assert len(found.runs) > 12
    assert (again, happened_again) == (found, happened)


@pytest.mark.soak
@pytest.mark.timeout(SEEDS * 120 + 300)
def test_a20_months_of_random_weather_break_no_promise(folder):
    happened: Counter[str] = Counter()
    runs = sent = 0
    broken: dict[int, list[str]] = {}
    for seed in range(FIRST, FIRST + SEEDS):
        found, wrong, what = lived(folder, seed)
        happened += what
        runs, sent = runs + len(found.runs), sent + len(found.world)
        broken |= {seed: wrong} if wrong else {}

    print(f"{SEEDS} seeds of 33 days: {runs} runs, {sent} sent; {dict(sorted(happened.items()))}")
    assert broken == {}
    assert happened.keys() >= EVERY or SEEDS < 8


async def _resend(sending: Any, doubt: Any, number: int, begun: Any, **_: Any) -> None:
    effect = sending._session.effect_of(sending._path)
    await sending._again(doubt, effect, "why not", number, begun)


def _never(_going: GoingRuns) -> None:
    """Runs that were cut off are left where they are."""


@pytest.mark.soak
@pytest.mark.parametrize(
    ("place", "name", "mutant", "word"),
    [(Sending, "settle", _resend, "sent 2 times"), (GoingRuns, "recover", _never, "is running")],
    ids=["automatic resend", "no recovery"],
)
def test_a20_the_weather_shows_what_a_mutant_breaks(folder, monkeypatch, place, name, mutant, word):
    monkeypatch.setattr(place, name, mutant)

    wrong = [line for seed in (1, 2) for line in lived(folder, seed)[1]]

    assert any(word in line for line in wrong), wrong
