"""Finds, loads and questions plugins, so that one that fails harms nobody else.

A stranger's plugin, one that does not come with dayhand, is imported only if the owner has approved
it as it is: see `trust`.

Every entry point is loaded by itself, and every hook is asked of every plugin by itself: one that
raises at import, in a hook, or that has a hook nobody knows, is left out with the reason. What the
plugins declare is kept as a `Catalogue` under a fingerprint of the installed files, so that the next
command need import only the plugin whose step it runs, and look at a few hundred files' times.

`plugin` is one of them, `host` all; `loading` and `describing` do what no command does that finds the
catalogue kept and calls no step, so pluggy and importlib.metadata are imported only there; `binding`
gives a step to the runner.
"""

from __future__ import annotations

from dayhand.plugin_host.host import PluginHost

__all__ = ["PluginHost"]
