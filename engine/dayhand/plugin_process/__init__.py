"""The other end of a plugin's own process: loads the plugin and runs its steps, one at a time, as asked.

It is started by `own_process`, with a socket and nothing else. It first takes its bounds upon itself, then
imports the plugin; both ends are dayhand's, only what is between is the plugin's.
"""

from __future__ import annotations

from dayhand.plugin_process.serving import main

__all__ = ["main"]
