"""A step as the runner calls it: contained, held to what its plugin declares, or elsewhere."""

from __future__ import annotations

from copy import copy

from dayhand.catalogue import StepSpec
from dayhand.containment import contained
from dayhand.plugin_host.plugin import Plugin
from dayhand.steps.step import Step
from dayhand.trust import Guard

__all__ = ["bound"]


def bound(plugin: Plugin, spec: StepSpec) -> Step:
    """A step of a plugin that is loaded, here or in a process of its own."""
    return _here(plugin, spec.name) if plugin.pool is None else _remote(plugin, spec)


def _here(plugin: Plugin, name: str) -> Step:
    """The step as it is called; a stranger's is kept to the hosts it declares."""
    found, declared = plugin.steps[name], plugin.declaration
    made = copy(found)
    guard = None if declared is None else Guard(plugin.name, declared)
    for part in ("function", "preview_function", "confirm_function"):
        function = getattr(found, part)
        if function is not None:
            setattr(made, part, contained(function, name, guard))
    return made


def _remote(plugin: Plugin, spec: StepSpec) -> Step:
    from dayhand.own_process import RemoteStep  # more modules, only where there is such a plugin

    if plugin.pool is None:
        raise TypeError(f"{plugin.title} is in no process of its own")
    return RemoteStep(spec, plugin.pool)
