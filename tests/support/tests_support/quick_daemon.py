"""The command line with routines of every second allowed, and little patience: for soaks with real
processes.

With `TEST_DOZE` it leaves a lookout for as little as so many seconds, once there was nothing to do for one.

`TEST_CLOCK` names a file with so many seconds by which the wall clock is off; it may change at any time.
The clock that only goes on is left alone, as when a clock is set or a machine sleeps. `TEST_HOST` names a file
with the machine's name, which may change too.
"""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dayhand import clock
from dayhand.cli import main
from dayhand.daemon import daemon, doze, housekeeping, rest
from dayhand.store import sqlite
from dayhand.validation import _triggers

daemon.LONGEST_NAP = timedelta(seconds=1)
sqlite._SETTINGS = ("busy_timeout = 1000", *sqlite._SETTINGS[1:])
_triggers._SHORTEST = timedelta(seconds=1)

if "TEST_DOZE" in os.environ:
    doze.WORTH, doze.SETTLED = (
        timedelta(seconds=float(os.environ["TEST_DOZE"])),
        timedelta(seconds=1),
    )
    doze.AGAIN, housekeeping.FIRST = timedelta(seconds=2), timedelta(hours=1)
    rest._RESTLESS, rest.READY, daemon.READY = 1.0, timedelta(seconds=2), timedelta(seconds=2)

if "TEST_CLOCK" in os.environ:
    off = Path(os.environ["TEST_CLOCK"])
    clock.SystemClock.now = lambda _: datetime.now(UTC) + timedelta(seconds=float(off.read_text()))

if "TEST_HOST" in os.environ:
    host = Path(os.environ["TEST_HOST"])
    socket.gethostname = host.read_text

main(sys.argv[1:])
