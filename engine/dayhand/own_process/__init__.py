"""A plugin in a process of its own: how it is started, asked and ended, seen from dayhand's process.

`frames` is what the two say to each other; `child` is one process; `pool` keeps one that waits for the
next step; `remote` is a step as the runner sees it; `answering` gives the step what its context gives.
What runs in the other process is `dayhand.plugin_process`.

| the plugin                                   | then                                                        |
|----------------------------------------------|-------------------------------------------------------------|
| ends its process, or crashes it              | its step fails, with the signal or the exit code            |
| takes longer than `time`, or is cancelled    | its process and all it started are killed                   |
| takes more memory than `memory`              | its step fails                                              |
| gives back or tells more than `output`       | its step fails                                              |
| has begun to send as one of these happens    | *unknown*, as ever: `confirm` is asked, in a new process    |
| leaves threads behind                        | its process is not used again                               |

It is handed no environment but what names the machine (path, language, time zone), no key, and no
connection to the database.
"""

from __future__ import annotations

from dayhand.own_process.frames import Frame, FrameError
from dayhand.own_process.pool import Pool
from dayhand.own_process.remote import RemoteStep

__all__ = ["Frame", "FrameError", "Pool", "RemoteStep"]
