"""The real command, in a process of its own that need not import the engine first.

`WarmCommands` begins one process that imports the engine, none of the plugins, and waits. For each
command it forks: the child takes the arguments, the folder, the environment and the two streams of the
command, and calls what the `dayhand` script calls. Half of a short command's time is its imports.
Tests that look at start-up itself begin a cold process.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any, NoReturn

_LEFT_COLD = ("dayhand.testing", "dayhand.conformance", "dayhand.__main__", "dayhand.lsp")
_SUPPORT = Path(__file__).parents[1]
_LIBRARIES = (
    "alembic.command",
    "babel.dates",
    "dateutil.rrule",
    "defusedxml.ElementTree",
    "httpx2",
    "icalendar",
    "jsonschema.validators",
    "recurring_ical_events",
    "sqlalchemy.orm",
    "typst",
)


class WarmCommands:
    """Runs commands one after another; `close` it in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-m", "tests_support.warm"],
            env={**os.environ, "PYTHONPATH": str(_SUPPORT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(
        self,
        script: Path,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        within: float,
    ) -> tuple[int, str, str]:
        """The exit code, or the signal's number below zero, and what it printed to either stream.

        Raises:
            subprocess.TimeoutExpired: it took longer than `within` seconds; it was killed.
        """  # fmt: skip
        out, err = self._folder / "out", self._folder / "err"
        asked = {
            "argv": [str(script), *arguments],
            "folder": str(folder),
            "environment": dict(environment),
            "out": str(out),
            "err": str(err),
            "within": within,
        }
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        code = json.loads(self._server.stdout.readline())
        if code is None:
            raise subprocess.TimeoutExpired(asked["argv"], within)
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")

    def close(self) -> None:
        self._server.communicate()


def _warm_up() -> None:
    import dayhand

    for name in _LIBRARIES:
        import_module(name)
    for module in walk_packages(dayhand.__path__, "dayhand."):
        if not module.name.startswith(_LEFT_COLD):
            import_module(module.name)


def _serve(requests: IO[str]) -> None:
    for line in requests:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _become(asked)
            _leave(_called())
        print(json.dumps(_ended(child, asked["within"])), flush=True)


def _become(asked: Mapping[str, Any]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for name, stream in (("out", 1), ("err", 2)):
        os.dup2(os.open(asked[name], flags, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, 64)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.argv = asked["argv"]
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    own = [path for path in sys.path[1:] if path != str(_SUPPORT)]
    sys.path[:] = [str(Path(sys.argv[0]).parent), *given, *own]


def _called() -> int:
    from dayhand.cli import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _leave(code: int) -> NoReturn:
    """End as the interpreter does, without taking down 800 modules one by one."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _ended(child: int, within: float) -> int | None:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    _warm_up()
    gc.freeze()
    _serve(sys.stdin)
