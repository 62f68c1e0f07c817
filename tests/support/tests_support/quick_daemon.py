"""The command line with routines of every second allowed: for soaks with real processes."""

from __future__ import annotations

import sys
from datetime import timedelta

from dayhand.cli import main
from dayhand.validation import _triggers

_triggers._SHORTEST = timedelta(seconds=1)
main(sys.argv[1:])
