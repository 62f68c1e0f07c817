"""Runs cells of the fault matrix, each for real, and prints a line of JSON for each.

PYTHONPATH=tests/support python cells.py '{"part": "store", "work": "work", "cells": [{"point": "ask", "fault": "full"}]}'
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    spec = json.loads(sys.argv[1])
    part = import_module(f"{spec['part']}_cells")
    for line in part.run_cells(Path(spec["work"]), spec["cells"]):
        print(json.dumps(line), flush=True)
