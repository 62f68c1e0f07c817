"""What tests of the engine share: a practice in a folder, and a plugin whose steps do as they are told."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dayhand.app import App, runs
from dayhand.app.founding import found
from dayhand.model.events import Event
from dayhand.model.run import Run
from dayhand.plugin_host import PluginHost
from dayhand.settings import Settings
from dayhand.testing import FrozenClock

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # noon in New York


class Bench:
    """A practice with an encrypted database, a frozen clock and in-process plugins."""

    def __init__(
        self, folder: Path, plugins: Mapping[str, ModuleType], now: datetime = NOON
    ) -> None:
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.folder = folder / "practice"
        self.environment = {
            "HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        self.clock = FrozenClock(now)
        self.plugins = dict(plugins)
        self.events: list[Event] = []
        self._apps: list[App] = []
        founder = self._make_app(self.home)
        lines = found(
            founder, self.folder, sample=False, name="Lakeside", clinician="Jane Doe",
            timezone="America/New_York", currency="USD", today=None, routines=False,
        )  # fmt: skip
        self.made = list(lines)
        self.app = self.fresh()

    def _make_app(self, practice: Path | None) -> App:
        host = PluginHost(modules=self.plugins, installed=False)
        app = App(
            Settings(self.environment, self.folder.parent, practice), clock=self.clock, host=host
        )
        self._apps.append(app)
        return app

    def fresh(self) -> App:
        """The practice as a new process would open it."""
        self.app = self._make_app(self.folder)
        return self.app

    def close(self) -> None:
        for app in self._apps:
            app.close()

    def write(self, name: str, text: str) -> Path:
        """A routine's file."""
        path = self.folder / "routines" / f"{name}.yaml"
        path.write_text(f"routine: {name}\n{textwrap.dedent(text)}", encoding="utf-8")
        self.app.__dict__.pop("book", None)
        return path

    def run(
        self, text: str, *, name: str = "r", inputs: Mapping[str, Any] | None = None, **more: Any
    ) -> Run:
        """Write a routine and run it."""
        self.write(name, text)
        made = runs.create(self.app, name, inputs=inputs or {}, **more)
        return self.go_on(made.id)

    def go_on(self, run_id: str) -> Run:
        return runs.go_on(self.app, run_id, observe=self.events.append)

    def rehearse(self, text: str, *, name: str = "r", **more: Any) -> runs.Rehearsed:
        self.write(name, text)
        return runs.rehearse(self.app, name, inputs=more.pop("inputs", {}), **more)

    def steps(self, run: Run) -> dict[str, Any]:
        """Records of a run by path."""
        return {step.path: step for step in self.app.store.steps(run.id)}

    def output(self, run: Run, path: str) -> Any:
        return self.steps(run)[path].output


@pytest.fixture
def bench(tmp_path: Path):
    from tests_support import acting

    acting.reset()
    made = Bench(tmp_path, {"act": acting})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_stray_tasks():
    yield
    assert asyncio._get_running_loop() is None
