"""Takes what dayhand's process asks for, one thing after the other: load, describe, call a step."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import pickle
import socket
import threading
import traceback
from collections.abc import Mapping
from typing import Any

from dayhand.catalogue import PluginSpec
from dayhand.errors import DayhandError, NotSent, StepError
from dayhand.kept_catalogue import as_kept
from dayhand.own_process.frames import Frame
from dayhand.plugin_host import PluginHost
from dayhand.plugin_process.bounding import bound
from dayhand.plugin_process.context import RemoteContext
from dayhand.plugin_process.line import Line
from dayhand.steps.sending import Intent
from dayhand.steps.step import Effect, Step, largest_part
from dayhand.trust import Declaration, Places, as_size, hold_all
from dayhand.values import PrivateStr, holds, plain

__all__ = ["main"]


def main(descriptor: int) -> None:
    """Serve on a socket until nothing is asked for a while, or nobody is there."""
    line = Line(socket.socket(fileno=descriptor))
    begin = line.next(None)
    if begin is None:
        return
    server = _Server(line, begin)
    line.tell(server.loaded())
    while (frame := line.next(server.idle)) is not None:
        line.tell(server.answer(frame))
    # not by the ordinary way: a thread of the plugin's might hold it up
    os._exit(0)


class _Server:
    """One plugin, loaded, and what is asked of it."""

    def __init__(self, line: Line, begin: Frame) -> None:
        around = pickle.loads(begin.data)  # noqa: S301 - dayhand's own
        self._line = line
        self._spec: PluginSpec = around["spec"]
        self._declared: Declaration = around["declared"]
        self._output: int = around["output"]
        self.idle: float = around["idle"]
        bound(around["memory"])
        hold_all(self._spec.name, self._declared, Places.of(self._declared, None))
        self._host = PluginHost.alone(self._spec, self._declared)
        self._threads = threading.active_count()

    def loaded(self) -> Frame:
        """Whether the plugin could be loaded, else why not."""
        (spec,) = self._host.catalogue.plugins
        if spec.reason:
            return Frame("failed", {"message": spec.reason, "hint": spec.hint})
        self._threads = threading.active_count()
        return Frame("ready")

    def answer(self, frame: Frame) -> Frame:
        """The answer to anything asked."""
        if frame.kind == "describe":
            health = [check.name for _, check in self._host.health_checks()]
            kept = json.dumps(as_kept(self._host.catalogue))
            return Frame("described", {"catalogue": kept, "health": health})
        if frame.kind == "call":
            return self._called(frame)
        return Frame("ready")

    def _called(self, frame: Frame) -> Frame:
        try:
            told = self._call(frame)
            answer = Frame("done", {**told, "leaves": self._left()})
            if len(answer.pack()) > self._output:
                most = f"{as_size(self._output)}{largest_part(told.get('value'))}"
                raise StepError(
                    f"step {frame.told['step']} gave back more than {most}",
                    hint="whoever makes the plugin can ask for more under 'output' of [process]",
                )
        except BaseException as error:  # noqa: BLE001 - whatever a plugin raises harms only its step
            return Frame("failed", {**_failure(error), "leaves": self._left()})
        return answer

    def _left(self) -> int:
        """How many threads the plugin left behind."""
        return max(threading.active_count() - self._threads, 0)

    def _call(self, frame: Frame) -> Mapping[str, Any]:
        around = pickle.loads(frame.data)  # noqa: S301 - dayhand's own
        step, _ = self._host.step(frame.told["step"])
        context = RemoteContext(self._line, around, self._settings(around["settings"]))
        hold_all(
            self._spec.name, self._declared,
            Places.of(self._declared, context.files.root, dry_run=context.dry_run),
        )  # fmt: skip
        part = frame.told["part"]
        if part == "confirm":
            intent = Intent(**frame.told["inputs"]["intent"])
            return plain_of(_run(step.confirm_function, context, intent))
        inputs = _inputs(step, frame.told["inputs"], sends=part == "function")
        if part == "preview":
            return plain_of(_run(step.preview_function, context, **inputs))
        output = step.output_of(_run(step.function, context, **inputs), self._spec.name)
        if holds(output, PrivateStr):
            raise StepError(
                f"step {step.name} gave a private text, and has no second key to seal it"
            )
        return {"value": output}

    def _settings(self, section: Any) -> Any:
        """The plugin's settings, as its model reads its section of `practice.yaml`."""
        declared = self._host.settings_model(self._spec.name)
        return None if declared is None else declared[1].model_validate(section or {})  # type: ignore[attr-defined] # a pydantic model


def plain_of(value: Any) -> Mapping[str, Any]:
    """A `Preview` or a `Confirmation` as plain values."""
    told = plain(value)
    if not isinstance(told, dict):
        raise StepError(f"it gave a {type(value).__name__}, where another answer is expected")
    return told


def _inputs(step: Step, arguments: Mapping[str, Any], *, sends: bool) -> dict[str, Any]:
    try:
        return step.inputs_of(arguments)
    except StepError as error:
        if sends and step.effect is Effect.SEND:  # nothing was called yet
            raise NotSent(error.message, hint=error.hint) from None
        raise


def _run(function: Any, *arguments: Any, **named: Any) -> Any:
    if inspect.iscoroutinefunction(function):
        return asyncio.run(function(*arguments, **named))
    return function(*arguments, **named)


def _failure(error: BaseException) -> dict[str, Any]:
    """An exception as it is told: of a stranger's, its name and place, never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    told: dict[str, Any] = {"error": _name_of(error), "where": where}
    if isinstance(error, DayhandError):
        told |= {"message": error.message, "hint": error.hint}
        told |= {key: getattr(error, key) for key in ("after", "retryable") if hasattr(error, key)}
    found: dict[str, Any] = plain(told)
    return found


def _name_of(error: BaseException) -> str:
    """Of the nearest of its classes that is dayhand's or Python's."""
    own = next((one for one in type(error).__mro__ if one.__module__ == "dayhand.errors"), None)
    return own.__name__ if own and own is not DayhandError else type(error).__name__
