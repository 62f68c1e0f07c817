"""pytest's fixtures for tests of plugins; pytest finds them by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dayhand.testing import FrozenClock, PracticeKit, Workbench

__all__ = ["frozen_clock", "practice_kit", "workbench"]


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
