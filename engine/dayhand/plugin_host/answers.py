"""What a plugin's hooks give, held to what they are for: a plugin made for another dayhand is told plainly.

A hook is looked at as the plugin is loaded, before pluggy sees it, and its answer as it is asked. What is
said names the hook, what it should give, and the place in the plugin's own files.
"""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from dayhand import hookspecs
from dayhand.problems import closest
from dayhand.steps import declarations
from dayhand.steps.step import Step

__all__ = ["as_declared", "look_at_hooks", "place_of", "told_plainly"]

_SEVERAL: dict[str, tuple[type, str]] = {
    "dayhand_steps": (Step, "step"),
    "dayhand_health": (declarations.HealthCheck, "HealthCheck"),
    "dayhand_event_kinds": (declarations.EventKind, "EventKind"),
    "dayhand_renamed": (declarations.Renamed, "Renamed"),
    "dayhand_commands": (click.Command, "click command"),
}
_ONE: dict[str, type] = {
    "dayhand_settings": declarations.Settings,
    "dayhand_tables": declarations.Tables,
    "dayhand_shipped": declarations.Shipped,
}
_CALLED = {"step", *declarations.__all__}
_OTHERS = (
    "compare its hooks with those in plugins/README.md; it may want another version of dayhand"
)


class HookError(Exception):
    """A hook that is not as dayhand knows it. The message is told as it is."""


def look_at_hooks(module: ModuleType) -> None:
    """Raise `HookError` for a hook that there is not, or that wants to be given what there is not."""
    known = {name: one for name, one in vars(hookspecs).items() if name.startswith("dayhand_")}
    for name, function in vars(module).items():
        if getattr(function, "dayhand_impl", None) is None:
            continue
        if name not in known:
            meant = closest(name, tuple(known))
            guess = f"; did you mean '{meant}'?" if meant else ""
            raise HookError(f"it has a hook that dayhand does not know: '{name}'{guess}")
        if inspect.iscoroutinefunction(function):
            raise HookError(f"its hook '{name}' is an 'async def': hooks are plain functions")
        given = list(inspect.signature(known[name]).parameters)
        wanted = [one for one in inspect.signature(function).parameters if one not in given]
        if wanted:
            gives = f"it gives it {', '.join(given)}" if given else "it gives it nothing"
            what = " and ".join(f"'{one}'" for one in wanted)
            raise HookError(f"its hook '{name}' wants {what}, which dayhand does not give: {gives}")


def as_declared(hook: str, answer: Any) -> Any:
    """A hook's answer. Raises `HookError` if it is not what the hook is for."""
    if hook in _ONE and not isinstance(answer, _ONE[hook]):
        raise HookError(f"its hook '{hook}' gave {_told(answer)}, not {_a(_ONE[hook].__name__)}")
    if hook not in _SEVERAL:
        return answer
    kind, word = _SEVERAL[hook]
    if answer is None:
        raise HookError(
            f"its hook '{hook}' gave nothing, not a list of {word}s: is a 'return' missing?"
        )
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise HookError(f"its hook '{hook}' gave {_told(answer)}, not a list of {word}s")
    found = list(answer)
    for one in found:
        if not isinstance(one, kind):
            raise HookError(f"its hook '{hook}' gave {_told(one)}, not {_a(word)}")
    return found


def _told(value: Any) -> str:
    return _a(type(value).__name__)


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiouAEIO" else f"a {word}"


def told_plainly(error: Exception, module: str) -> tuple[str, str] | None:
    """What to say, with a hint, of something raised because the plugin was made for another dayhand, or
    declares what cannot be; None if it was raised for a reason of the plugin's own.
    """
    place = place_of(error, module)
    at = f" ({place})" if place else ""
    if isinstance(error, HookError):
        return str(error), _OTHERS
    missing = re.match(r"cannot import name '(\w+)' from 'dayhand'", str(error))
    if missing and isinstance(error, ImportError):
        return f"it uses '{missing[1]}', which this dayhand does not have{at}", _OTHERS
    if not isinstance(error, TypeError):
        return None
    if _is_about_a_declaration(error):
        return f"{error}{at}", _OTHERS
    called = re.match(r"(\w+)(?:\.__init__)?\(\) (.+)", str(error))
    if called and called[1] in _CALLED:
        return f"it calls '{called[1]}' in another way than dayhand knows: {called[2]}{at}", _OTHERS
    return None


def place_of(error: BaseException, module: str) -> str:
    """Where in a plugin's own files something was raised: `dayhand_odd/steps.py, line 3`, or nothing."""
    package = module.partition(".")[0].partition(":")[0]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        parts = Path(frame.filename).parts
        if package in parts:
            return f"{'/'.join(parts[parts.index(package) :])}, line {frame.lineno}"
        if parts and parts[-1] == f"{package}.py":
            return f"{parts[-1]}, line {frame.lineno}"
    return ""


def _is_about_a_declaration(error: TypeError) -> bool:
    """True if dayhand itself raised it, in words for a person, as it looked at a declaration."""
    frames = traceback.extract_tb(error.__traceback__)
    own = str(Path(declarations.__file__).parent)
    return bool(frames) and frames[-1].filename.startswith(own)
