"""Loads one plugin: admits it, imports it, holds it to what it declares; notes why it is left out."""

from __future__ import annotations

import importlib
import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import pluggy

from dayhand import deprecation, hookspecs
from dayhand.errors import DayhandError, UserError
from dayhand.plugin_host.answers import look_at_hooks, place_of, told_plainly
from dayhand.plugin_host.plugin import GROUP, Plugin
from dayhand.trust import Approvals, Bounds

if TYPE_CHECKING:
    from dayhand.own_process import Pool

__all__ = ["left_out_if_it_fails", "load"]

_log = logging.getLogger("dayhand.plugins")


def load(plugin: Plugin, *, approvals: Approvals | None, given: ModuleType | None = None) -> None:
    """Load a plugin, or note why it is left out.

    Args:
        plugin: as it is installed, not loaded yet.
        approvals: which strangers' plugins may be imported; without it, none.
        given: the plugin's module, if it need not be found.
    """
    if plugin.is_strange and plugin.declaration is None:
        _admit(plugin, approvals)
    if not plugin.reason and plugin.bounds is not None:
        plugin.pool = _pool(plugin, plugin.bounds)
    elif not plugin.reason:
        with left_out_if_it_fails(plugin):
            _take_in(plugin, given or _imported(plugin))


@contextmanager
def left_out_if_it_fails(plugin: Plugin) -> Iterator[None]:
    """Note what a plugin raises as the reason for which it is left out; nothing else is harmed."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - what a plugin raises leaves out that plugin only
        plugin.manager = None
        plugin.reason, plugin.hint = _reason(error, plugin)
        _log.debug("%s is left out", plugin.title, exc_info=error)
    except SystemExit:
        plugin.manager = None
        plugin.reason = "it tried to end the program while it was loaded"
        plugin.hint = f"report it to the makers of {plugin.distribution}"


def _admit(plugin: Plugin, approvals: Approvals | None) -> None:
    """Look whether a stranger's plugin may be imported; if not, note why."""
    try:
        objection = "in safe mode only dayhand's own plugins are used"
        if approvals is not None:
            objection = approvals.objection(plugin.candidate)
            plugin.bounds = approvals.process_of(plugin.name)
        plugin.declaration = plugin.candidate.declaration()
        plugin.deprecated = plugin.candidate.deprecated()
    except UserError as error:
        objection = error.message
    if objection:
        plugin.waits, plugin.reason = True, objection
        plugin.hint = (
            f"see what it may touch, and decide: dayhand plugins approve {plugin.name}"
            if approvals is not None
            else "run the command without --safe-mode"
        )


def _pool(plugin: Plugin, bounds: Bounds) -> Pool:
    """The processes of a plugin, none begun; what they are told at first."""
    from dayhand.own_process import Pool  # asyncio and more, only where there is such a plugin
    from dayhand.own_process.pool import IDLE

    around = {
        "spec": plugin.spec(), "declared": plugin.declaration, "memory": bounds.memory,
        "output": bounds.output, "idle": IDLE,
    }  # fmt: skip
    return Pool(plugin.name, pickle.dumps(around), bounds)


def _take_in(plugin: Plugin, module: ModuleType) -> None:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    look_at_hooks(module)
    manager.register(module, plugin.name)
    manager.check_pending()
    plugin.manager = manager
    _hold_to(plugin)


def _imported(plugin: Plugin) -> ModuleType:
    """Its module; what it uses on the way that goes is noted."""
    with deprecation.caught() as found:
        module = importlib.import_module(plugin.module)
    plugin.deprecated += found
    return module


def _hold_to(plugin: Plugin) -> None:
    """Refuse a stranger's plugin that brings more than it declares."""
    declared = plugin.declaration
    if declared is None:
        return
    effects = {str(step.effect): step.name for step in plugin.steps.values()}
    if "send" in effects and not declared.send:
        raise UndeclaredError(f"its step '{effects['send']}' sends", "send")
    if "record" in effects and not declared.tables:
        raise UndeclaredError(f"its step '{effects['record']}' writes to the database", "tables")
    if plugin.ask("dayhand_tables") and not declared.tables:
        raise UndeclaredError("it keeps tables in the database", "tables")


class UndeclaredError(TypeError):
    """A plugin does what its declaration does not name."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"{what}, which its dayhand-plugin.toml does not declare: {key} = true")


def _reason(error: Exception, plugin: Plugin) -> tuple[str, str]:
    """Why a plugin is left out, and what to do about it."""
    if isinstance(error, DayhandError):  # from the plugin's own process, which knows the rest
        return error.message, error.hint
    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = error.name.partition(".")[0]
        hint = (
            f"pip install --only-binary :all: 'dayhand[{plugin.name}]'"
            if plugin.distribution == "dayhand"
            else f"pip install --only-binary :all: {wanted}, or reinstall {plugin.distribution}"
        )
        return f"it needs '{wanted}', which is not installed", hint
    plainly = told_plainly(error, plugin.module)
    if plainly is not None:
        return plainly
    place = place_of(error, plugin.module)
    at = f" ({place})" if place else ""
    return (
        f"{type(error).__name__}: {_first_line(error)}{at}",
        f"report it to the makers of {plugin.distribution}",
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else "no message"
