"""A step of a plugin that is in a process of its own, as the runner sees it."""

from __future__ import annotations

import asyncio
import builtins
import logging
import pickle
from collections.abc import Callable, Mapping
from typing import Any

from dayhand import errors
from dayhand.catalogue import StepSpec
from dayhand.errors import DayhandError, NotSent, StepError
from dayhand.own_process.answering import answer
from dayhand.own_process.child import Child
from dayhand.own_process.frames import Frame
from dayhand.own_process.pool import Pool
from dayhand.steps.sending import Confirmation, Intent, Preview
from dayhand.steps.step import Effect, Step
from dayhand.trust import as_size
from dayhand.values import plain

__all__ = ["RemoteStep"]

_log = logging.getLogger("dayhand.plugins")


class RemoteStep(Step):
    """A step whose function, preview and confirm are called in the plugin's own process."""

    def __init__(self, spec: StepSpec, pool: Pool) -> None:
        self.name = spec.name
        self.effect = Effect(spec.effect)
        self.summary = spec.summary
        self.intends = spec.intends
        self.is_async = True
        self.function = self._act
        self.preview_function = self._preview if spec.has_preview else None
        self.confirm_function = self._confirm if spec.has_confirm else None
        self._spec = spec
        self._pool = pool
        self.__dict__.update(takes_nothing=False, gives_nothing=False)

    @property
    def description(self) -> str:
        """The docstring without its `Args:` and later sections."""
        return self._spec.description

    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the inputs."""
        return dict(self._spec.inputs)

    def output_schema(self) -> dict[str, Any]:
        """The JSON Schema of the output."""
        return dict(self._spec.output)

    def inputs_of(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As they are: they are validated where the plugin's models are."""
        return dict(arguments)

    def output_of(self, value: Any, plugin: str) -> Any:  # noqa: ARG002 - as it is called
        """As it is, for the same reason."""
        return value

    async def _act(self, context: Any, **inputs: Any) -> Any:
        return (await self._asked("function", context, inputs))["value"]

    async def _preview(self, context: Any, **inputs: Any) -> Preview:
        return Preview(**(await self._asked("preview", context, inputs)))

    async def _confirm(self, context: Any, intent: Intent) -> Confirmation:
        told = {"key": intent.key, "details": plain(dict(intent.details)), "at": intent.at}
        return Confirmation(**(await self._asked("confirm", context, {"intent": told})))

    async def _asked(self, part: str, context: Any, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            child = await asyncio.to_thread(self._pool.take)
        except DayhandError as error:
            raise self._not_begun(error, part) from error
        begin = {"step": self.name, "part": part, "inputs": plain(dict(inputs))}
        around = pickle.dumps(_around(context))
        said = await child.call(
            Frame("call", begin, around), lambda ask: answer(context, ask), self._pool.bounds.time
        )
        self._let_go(child, said)
        if said.kind != "done":
            raise self._error(said.told)
        return _without(said.told, "leaves")

    def _let_go(self, child: Child, said: Frame) -> None:
        """Keep the process for the next step, if this one left nothing behind."""
        if said.told.get("leaves") or said.kind not in ("done", "failed"):
            child.kill()
        else:
            self._pool.give_back(child)

    def _not_begun(self, error: DayhandError, part: str) -> StepError:
        if self.effect is Effect.SEND and part == "function":
            return NotSent(error.message, hint=error.hint)
        return StepError(error.message, hint=error.hint)

    def _error(self, told: Mapping[str, Any]) -> Exception:
        """What was raised in the other process, as far as it may be raised here."""
        kind, message, hint = (str(told.get(key, "")) for key in ("error", "message", "hint"))
        if kind == "MemoryError":
            most = as_size(self._pool.bounds.memory)
            return StepError(f"step {self.name} needs more memory than its {most}", hint=hint)
        made = _OWN.get(kind)
        if made is not None:
            more = {key: told[key] for key in ("after", "retryable") if key in told}
            return made(message, hint=hint, **more)
        _log.debug("step %s raised %s at %s", self.name, kind, told.get("where"))
        system = getattr(builtins, kind, None)
        if isinstance(system, type) and issubclass(system, OSError):
            return system()  # such as TimeoutError, which another attempt may be made after
        made_up: type[Exception] = type(kind, (Exception,), {})  # known by its name
        return made_up()


def _without(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != key}


def _around(context: Any) -> dict[str, Any]:
    """What a step knows without asking. It goes from dayhand to the plugin only, as a pickle."""
    return {
        "info": context.info, "settings": context.settings, "now": context.now, "run": context.run,
        "step_id": context.step_id, "key": context.key, "attempt": context.attempt,
        "dry_run": context.dry_run, "root": str(context.files.root),
    }  # fmt: skip


_OWN: Mapping[str, Callable[..., DayhandError]] = {
    name: getattr(errors, name)
    for name in ("UserError", "SecretMissing", "StepError", "Retryable", "NotSent", "StepMisuse")
}
