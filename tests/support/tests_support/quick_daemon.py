"""The command line with routines of every second allowed, and little patience: for soaks with real
processes."""

from __future__ import annotations

import sys
from datetime import timedelta

from dayhand.cli import main
from dayhand.daemon import daemon
from dayhand.store import sqlite
from dayhand.validation import _triggers

daemon.LONGEST_NAP = timedelta(seconds=1)
sqlite._SETTINGS = ("busy_timeout = 1000", *sqlite._SETTINGS[1:])
_triggers._SHORTEST = timedelta(seconds=1)
main(sys.argv[1:])
