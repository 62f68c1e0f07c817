"""A practice with all of the engine, for tests that run routines."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.testing.kit import FrozenClock

if TYPE_CHECKING:
    from dayhand.app import App, runs
    from dayhand.model.events import Event
    from dayhand.model.run import Run
    from dayhand.steps.step import Step

__all__ = ["NOON", "ProcessDied", "Workbench"]

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Noon in New York, where a workbench's practice is."""


class ProcessDied(BaseException):
    """Raised where a process would be gone; no `Exception`, as nothing catches a kill."""


class Workbench:
    """A practice with an encrypted database, a frozen clock, and plugins of this process.

    Args:
        folder: an empty folder, such as pytest's `tmp_path`.
        plugins: modules by the plugin's name; or modules, or their names, where the plugin's name
            is the module's without `dayhand_`.
        now: the moment the clock stands at; aware.
        around: given each step, what is called in its place.
    """

    def __init__(
        self,
        folder: Path,
        plugins: Mapping[str, ModuleType] | Sequence[str | ModuleType] = (),
        now: datetime = NOON,
        around: Callable[[Step], Step] = lambda step: step,
    ) -> None:
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.folder = folder / "practice"
        self.environment = {
            "HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        self.clock = FrozenClock(now)
        self.plugins = _by_name(plugins)
        self._around = around
        self.events: list[Event] = []
        self._apps: list[App] = []
        self.made = self._found()
        self.app = self.fresh()

    def _found(self) -> list[str]:
        from dayhand.app.founding import found

        lines = found(
            self._make_app(self.home), self.folder, sample=False, name="Lakeside",
            clinician="Jane Doe", timezone="America/New_York", currency="USD", today=None,
            routines=False,
        )  # fmt: skip
        return list(lines)

    def _make_app(self, practice: Path | None) -> App:
        from dayhand.app import App
        from dayhand.plugin_host import PluginHost
        from dayhand.settings import Settings

        host = PluginHost(modules=self.plugins, installed=False, around=self._around)
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
        """Let go of the database."""
        for app in self._apps:
            app.close()

    # Routines -------------------------------------------------------------------------------------

    def settings(self, text: str) -> None:
        """Add plugins' sections to `practice.yaml`."""
        file = self.folder / "practice.yaml"
        file.write_text(file.read_text(encoding="utf-8") + textwrap.dedent(text), encoding="utf-8")
        self.fresh()

    def write(self, name: str, text: str) -> Path:
        """Write a routine's file; `routine:` is put before the text."""
        path = self.folder / "routines" / f"{name}.yaml"
        path.write_text(f"routine: {name}\n{textwrap.dedent(text)}", encoding="utf-8")
        self.app.__dict__.pop("book", None)
        return path

    def run(
        self, text: str, *, name: str = "r", inputs: Mapping[str, Any] | None = None, **more: Any
    ) -> Run:
        """Write a routine and run it, until it ends or waits."""
        from dayhand.app import runs

        self.write(name, text)
        made = runs.create(self.app, name, inputs=inputs or {}, **more)
        return self.go_on(made.id)

    def go_on(self, run_id: str) -> Run:
        """Go on with a run, until it ends or waits."""
        from dayhand.app import runs

        return runs.go_on(self.app, run_id, observe=self.events.append)

    def rehearse(self, text: str, *, name: str = "r", **more: Any) -> runs.Rehearsed:
        """Write a routine and run it dry: what it would do, and nothing done."""
        from dayhand.app import runs

        self.write(name, text)
        return runs.rehearse(self.app, name, inputs=more.pop("inputs", {}), **more)

    def steps(self, run: Run) -> dict[str, Any]:
        """The records of a run's steps, by path."""
        return {step.path: step for step in self.app.store.steps(run.id)}

    def output(self, run: Run, path: str) -> Any:
        """What a step of a run gave."""
        return self.steps(run)[path].output

    # Crashes --------------------------------------------------------------------------------------

    @contextmanager
    def dies(self, path: str, *, before: bool = False, begun: bool = False) -> Iterator[None]:
        """Inside, the process is gone just after a step's end is on the disk, or just `before`.

        With `begun` it is gone as soon as a `SEND` step's intent is on the disk, before the act. The
        `with` ends there, as the process would. `resume` then goes on, as the next one would.
        """
        died = False
        dying = _Dying(self.app.store, path, before=before, begun=begun)
        with _replaced(self.app.store, dying.methods):
            try:
                yield
            except* ProcessDied:  # branches that run at once raise it in a group
                died = True
        if not died:
            raise AssertionError(f"no step '{path}' came to its {'act' if begun else 'end'}")

    def resume(self, run: Run | None = None) -> Run:
        """Go on with a run, or the last one, in what is a new process to it."""
        self.fresh()
        wanted = run or self.app.store.runs(limit=1)[0]
        return self.go_on(wanted.id)


class _Dying:
    """Keeps what a store keeps, until a step ends."""

    def __init__(self, store: Any, path: str, *, before: bool, begun: bool) -> None:
        self._path = path
        self._before = before
        watched = ("intend",) if begun else ("checkpoint", "done_at_once", "record")
        self._real = {name: getattr(store, name) for name in watched}

    @property
    def methods(self) -> dict[str, Any]:
        """The methods of the store that these take the place of."""
        return {name: getattr(self, name) for name in self._real}

    async def intend(self, run_id: str, epoch: int, effect: Any, *more: Any, **named: Any) -> None:
        await self._real["intend"](run_id, epoch, effect, *more, **named)
        if effect.path == self._path:
            raise ProcessDied

    async def checkpoint(self, run_id: str, epoch: int, step: Any, **more: Any) -> None:
        await self._keep(step, self._real["checkpoint"], run_id, epoch, step, **more)

    async def done_at_once(self, run_id: str, epoch: int, step: Any, inputs: Any) -> None:
        await self._keep(step, self._real["done_at_once"], run_id, epoch, step, inputs)

    async def record(self, run_id: str, epoch: int, work: Any) -> Any:
        ended: list[Any] = []

        def watched(connection: Any) -> Any:
            result = work(connection)
            ended.append(result[1])
            if self._before and self._is_its_end(ended[0]):
                raise ProcessDied
            return result

        given = await self._real["record"](run_id, epoch, watched)
        if self._is_its_end(ended[0]):
            raise ProcessDied
        return given

    async def _keep(self, step: Any, keep: Any, *values: Any, **more: Any) -> None:
        if self._before and self._is_its_end(step):
            raise ProcessDied
        await keep(*values, **more)
        if self._is_its_end(step):
            raise ProcessDied

    def _is_its_end(self, step: Any) -> bool:
        return bool(step.path == self._path and step.state != "running")


@contextmanager
def _replaced(target: Any, methods: Mapping[str, Any]) -> Iterator[None]:
    for name, method in methods.items():
        setattr(target, name, method)
    try:
        yield
    finally:
        for name in methods:
            delattr(target, name)


def _by_name(
    plugins: Mapping[str, ModuleType] | Sequence[str | ModuleType],
) -> dict[str, ModuleType]:
    if isinstance(plugins, Mapping):
        return dict(plugins)
    modules = [import_module(one) if isinstance(one, str) else one for one in plugins]
    return {one.__name__.removeprefix("dayhand_"): one for one in modules}
