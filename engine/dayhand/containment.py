"""Turns what would end the whole program, raised by one step, into that step's failure.

`sys.exit()` in a step would else end the daemon; a step that raises `CancelledError` of its own would look
as if somebody had cancelled the run; a library in Rust tells its own bugs by an exception that nothing
catches. And a step that forks would come out of its function twice, and the run go on in two processes, each
of which sends: the second one ends where it comes out.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable
from typing import Any, Protocol

from dayhand.errors import StepError

__all__ = ["contained"]

_ENDING: tuple[type[BaseException], ...] = (SystemExit, KeyboardInterrupt, GeneratorExit)
_BUG_IN_RUST = "PanicException"


class Guard(Protocol):
    """What a step is held by while it runs."""

    def begin(self, context: Any, /) -> Any: ...

    def end(self, token: Any, /) -> None: ...


class _NoGuard:
    def begin(self, _: Any) -> None:
        """Hold nothing."""

    def end(self, _: Any) -> None:
        """Let go of nothing."""


def contained(function: Callable[..., Any], step: str, guard: Guard | None) -> Any:
    """The function of a step, whose every exception is one that harms only the step.

    Of a stranger's plugin, which has a guard, that is so for exceptions of its own making too.
    """
    strange, guard = guard is not None, guard or _NoGuard()
    begin, end = guard.begin, guard.end

    @functools.wraps(function)
    async def awaited(context: Any, *arguments: Any, **named: Any) -> Any:
        token, process = begin(context), os.getpid()
        try:
            return await function(context, *arguments, **named)
        except Exception:
            raise
        except BaseException as error:
            if not _harms(error, strange=strange):
                raise
            raise _told(step, error) from error
        finally:
            _end_if_forked(process)
            end(token)

    @functools.wraps(function)
    def called(context: Any, *arguments: Any, **named: Any) -> Any:
        token, process = begin(context), os.getpid()
        try:
            return function(context, *arguments, **named)
        except Exception:
            raise
        except BaseException as error:
            if not _harms(error, strange=strange):
                raise
            raise _told(step, error) from error
        finally:
            _end_if_forked(process)
            end(token)

    return awaited if inspect.iscoroutinefunction(function) else called


def _end_if_forked(process: int) -> None:
    if os.getpid() != process:
        os._exit(0)


def _harms(error: BaseException, *, strange: bool) -> bool:
    """True if it is the step's own, and nobody's who ends the run or whose time is over."""
    if isinstance(error, asyncio.CancelledError):
        return not _is_being_cancelled()
    return strange or isinstance(error, _ENDING) or type(error).__name__ == _BUG_IN_RUST


def _is_being_cancelled() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # a thread, which nobody can cancel
        return False
    return task is not None and task.cancelling() > 0


def _told(step: str, error: BaseException) -> StepError:
    kind = type(error).__name__
    what = {
        "SystemExit": "tried to end the program",
        "KeyboardInterrupt": "tried to interrupt the program",
        "CancelledError": "cancelled itself",
    }.get(kind, f"raised {kind}, which would end the program")
    return StepError(
        f"step {step} {what} ({kind})", hint="report it to the makers of the plugin that brings it"
    )
