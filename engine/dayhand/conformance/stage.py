"""Where the steps of a plugin are tried: each is watched, timed and, where asked, cancelled."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Generator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dayhand.conformance.surveillance import Watch
from dayhand.steps.step import Step
from dayhand.testing import ProcessDied

__all__ = ["Call", "Cut", "Stage"]

Way = Literal["cancel", "timeout"]
PATIENCE = 5.0
"""Seconds that a step has to end once it was cancelled."""


@dataclass(slots=True)
class Call:
    """One call of a step.

    Attributes:
        step: its name.
        path: where in the run.
        inputs: what it was given.
        watch: what it did meanwhile.
        waits: how often it waited.
        longest: seconds for which it held up the event loop at most.
        took: seconds in all.
    """

    step: str
    path: str
    inputs: dict[str, Any]
    watch: Watch
    waits: int = 0
    longest: float = 0.0
    took: float = 0.0


@dataclass(slots=True)
class Cut:
    """To cut a step off while it waits for the `at`th time; `ended` tells how it took it."""

    way: Way
    at: int
    ended: str = ""


@dataclass(slots=True)
class Stage:
    """What the steps that are tried report to.

    Attributes:
        roots: folders in which they may write.
        home: the folder of the person whose machine this is.
        hosts: whom the plugin may connect to; None for any.
        dry: whether a dry run is going on.
        calls: every call, in order.
        cuts: by the path of a step, how to cut it off.
    """

    roots: tuple[Path, ...]
    home: Path | None
    hosts: tuple[str, ...] | None
    dry: bool = False
    calls: list[Call] = field(default_factory=list)
    cuts: dict[str, Cut] = field(default_factory=dict)

    def around(self, step: Step) -> Step:
        """The step as it is tried."""
        made = copy(step)
        for part in ("function", "preview_function", "confirm_function"):
            function = getattr(step, part)
            if function is not None:
                setattr(made, part, self._watched(step, function, is_main=part == "function"))
        return made

    def _watched(self, step: Step, function: Callable[..., Any], *, is_main: bool) -> Any:
        @functools.wraps(function)
        def called(context: Any, *more: Any, **inputs: Any) -> Any:
            call = self._call(step, context, inputs)
            with call.watch.on():
                begun = time.perf_counter()
                try:
                    return function(context, *more, **inputs)
                finally:
                    call.took = time.perf_counter() - begun

        @functools.wraps(function)
        async def awaited(context: Any, *more: Any, **inputs: Any) -> Any:
            call = self._call(step, context, inputs)
            cut = self.cuts.pop(call.path, None) if is_main else None
            with call.watch.on():
                work = function(context, *more, **inputs)
                if cut is not None:
                    await _cut_off(work, call, cut)
                begun = time.perf_counter()
                try:
                    return await _Timed(work, call)
                finally:
                    call.took = time.perf_counter() - begun

        return awaited if asyncio.iscoroutinefunction(function) else called

    def _call(self, step: Step, context: Any, inputs: dict[str, Any]) -> Call:
        watch = Watch(step.name, step.effect, self.dry, self.roots, self.home, self.hosts)
        self.calls.append(Call(step.name, context.step_id, inputs, watch))
        return self.calls[-1]


class _Timed:
    """A coroutine that is timed between one wait and the next, and may be cut off at one."""

    def __init__(
        self, work: Any, call: Call, at: int = 0, then: Callable[[], Any] | None = None
    ) -> None:
        self._work = work
        self._call = call
        self._at = at
        self._then = then
        self.is_given_up = False

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._work.__await__()
        step: Callable[[Any], Any] = inner.send
        given: Any = None
        while True:
            begun = time.perf_counter()
            try:
                waited_for = step(given)
            except StopIteration as end:
                return end.value
            finally:
                self._call.longest = max(self._call.longest, time.perf_counter() - begun)
            self._call.waits += 1
            if self._then is not None and self._call.waits == self._at:
                asyncio.get_running_loop().call_soon(self._then)
            try:
                given, step = (yield waited_for), inner.send
            except BaseException as error:
                if self.is_given_up:
                    self._work.close()
                    raise
                given, step = error, inner.throw


async def _cut_off(work: Any, call: Call, cut: Cut) -> None:
    """Cut a step off at one of its waits, note how it took it, and end as its process would."""
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)

    async def limited() -> Any:
        async with limit:
            return await timed

    # a task of its own, since what is looked at is how it takes being cancelled
    task: asyncio.Task[Any]
    then: Callable[[], Any] = lambda: limit.reschedule(loop.time())  # noqa: E731 - named where it is used
    if cut.way == "cancel":
        then = lambda: task.cancel()  # noqa: E731, PLW0108 - the task is made below
    timed = _Timed(work, call, cut.at, then)
    task = asyncio.ensure_future(limited())
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    if not done:
        cut.ended = f"went on for {PATIENCE:.0f} seconds"
        timed.is_given_up = True
        task.cancel()
    elif call.waits < cut.at:
        cut.ended = "not reached"
    elif not task.cancelled() and task.exception() is None:
        cut.ended = "went on as if nothing had happened"
    else:
        cut.ended = "ended"
    raise ProcessDied
