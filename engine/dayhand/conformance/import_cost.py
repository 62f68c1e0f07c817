"""What the import of a plugin costs, as a ratio to what the start of Python itself does.

Both are the processor's time, which does not depend on what else the machine does meanwhile.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time

from dayhand.conformance.verdict import FAILED, NOT_TRIED, OK, Verdict

__all__ = ["BOUND", "import_cost"]

BOUND = 20.0
"""How many starts of Python the import may cost, beyond what dayhand has loaded by then."""
_TRIES = 3


def import_cost(module: str) -> Verdict:
    """Import it in forks of this process, which has what dayhand itself loads, and not the plugin."""
    if not hasattr(os, "fork"):
        return Verdict("import cost", "", NOT_TRIED, "this system has no fork to measure it with")
    _load_what_dayhand_loads()
    took = min(_in_fork(module) for _ in range(_TRIES))
    start = min(_start_of_python() for _ in range(_TRIES))
    ratio = took / start
    figure = f"{ratio:.2f} starts of Python"
    if ratio <= BOUND:
        return Verdict("import cost", "", OK, figure=figure)
    told = (
        f"importing it costs as much as {ratio:.1f} starts of Python, where {BOUND:.0f} are allowed"
    )
    hint = "import heavy libraries inside the steps that need them"
    return Verdict("import cost", "", FAILED, told, hint, figure)


def _load_what_dayhand_loads() -> None:
    for name in (
        "pydantic",
        "sqlalchemy",
        "click",
        "pluggy",
        "dayhand.app.runs",
        "dayhand.hookspecs",
    ):
        importlib.import_module(name)
    import dayhand

    for name in dayhand.__all__:
        getattr(dayhand, name)


def _in_fork(module: str) -> float:
    """Seconds; a module that cannot be imported is told of elsewhere, and costs what it cost."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        begun = time.process_time()
        try:
            importlib.import_module(module)
        finally:
            os.write(writing, str(time.process_time() - begun).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        took = told.read()
    os.waitpid(child, 0)
    return float(took or 0)


def _start_of_python() -> float:
    before = os.times()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    after = os.times()
    spent = after.children_user - before.children_user
    # the system counts in hundredths of a second
    return max(spent + after.children_system - before.children_system, 0.01)
