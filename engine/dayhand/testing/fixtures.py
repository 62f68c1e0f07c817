"""pytest's fixtures for tests of plugins; pytest finds them by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dayhand.testing import CalendarServer, FrozenClock, MailServer, PracticeKit, Workbench

__all__ = [
    "calendar_server",
    "frozen_clock",
    "mail_server",
    "practice_kit",
    "run_routine",
    "run_step",
    "workbench",
]


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """A clock that stands at noon in New York on 24 November 2026, until it is moved."""
    from dayhand.testing import FrozenClock
    from dayhand.testing.workbench import NOON

    return FrozenClock(NOON)


@pytest.fixture
def practice_kit(tmp_path: Path) -> Callable[..., PracticeKit]:
    """Makes a `PracticeKit`: call it with the plugins, and with what else the class takes."""
    from dayhand.testing import PracticeKit

    def make(plugins: Any, **more: Any) -> PracticeKit:
        return PracticeKit(tmp_path / "kit", plugins=plugins, **more)

    return make


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Callable[..., Workbench]]:
    """Makes a `Workbench`: call it with the plugins."""
    from dayhand.testing import Workbench

    made: list[Workbench] = []

    def make(plugins: Any = (), **more: Any) -> Workbench:
        folder = tmp_path / f"bench-{len(made)}"
        folder.mkdir()
        made.append(Workbench(folder, plugins, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def run_step(practice_kit: Callable[..., PracticeKit]) -> Callable[..., Any]:
    """Runs one step of a plugin, once: `run_step(plugin, "mileage.keep", miles=12)`."""

    def run(plugin: Any, name: str, *, settings: Any = None, **inputs: Any) -> Any:
        return practice_kit([plugin], settings=settings).run(name, **inputs)

    return run


@pytest.fixture
def run_routine(workbench: Callable[..., Workbench]) -> Callable[..., Any]:
    """Runs the text of a routine with a plugin, by all of the engine; the bench and the run."""

    def run(plugin: Any, text: str, *, settings: str = "", **more: Any) -> Any:
        bench = workbench(plugin if isinstance(plugin, dict) else [plugin])
        if settings:
            bench.settings(settings)
        return bench, bench.run(text, **more)

    return run


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    """A mail server on this machine, at its `port`; `messages` is what it was sent."""
    from dayhand.testing import MailServer

    with MailServer(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def calendar_server(tmp_path: Path) -> Iterator[CalendarServer]:
    """A CalDAV server on this machine, with one empty calendar at its address `calendar`."""
    from dayhand.testing import CalendarServer

    with CalendarServer(tmp_path / "calendar") as server:
        yield server
