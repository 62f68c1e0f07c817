"""Runs commands, each in a process forked from this one, which has imported what they need.

One JSON object a line comes in: the `arguments`, the `environment`, the `folder`, and what is on
`stdin`; with `deadly`, the process dies at its n-th commit or file put in place. One goes out: the
`code`, and what was written to `out` and `err`.
"""

from __future__ import annotations

import json
import os
import pkgutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import httpx2  # noqa: F401 - as the rest, so that a child need not
import icalendar  # noqa: F401
import recurring_ical_events  # noqa: F401
import typst  # noqa: F401

from dayhand import cli
from dayhand.plugin_host import PluginHost
from dayhand.store import database


def warm() -> None:
    """Import what commands need: dayhand whole, the plugins, and what their steps load."""
    host = PluginHost()
    for package in ("dayhand", *(plugin.module for plugin in host.catalogue.plugins)):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                import_module(module.name)
    for name, spec in host.catalogue.steps.items():
        if spec.plugin != "dayhand":
            step, _ = host.step(name)
            _ = step.inputs, step.output
    for name in host.catalogue.commands:
        host.command(name)


def die_at(number: int) -> None:
    """Kill this process at its n-th commit or file."""
    commit, replace = database.OwnSession.commit, os.replace
    left = [number]

    def point() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def committed(self: Any) -> None:
        commit(self)
        point()

    def replaced(*names: Any, **folders: Any) -> None:
        point()
        replace(*names, **folders)

    database.OwnSession.commit = committed  # type: ignore[method-assign]
    os.replace = replaced


def child(asked: dict[str, Any], files: Sequence[Any]) -> None:
    """The command, in the forked process; does not return."""
    code = 99
    try:
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        os.umask(0)  # the worst there is
        tempfile.tempdir = None
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        if asked["deadly"]:
            die_at(asked["deadly"])
        cli.main(asked["arguments"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """How a command ended, and what it said."""
    with ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(asked["stdin"].encode())
        given.seek(0)
        pid = os.fork()
        if pid == 0:
            child(asked, (given, out, err))
        _, status = os.waitpid(pid, 0)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode(errors="replace"))
    return {"code": os.waitstatus_to_exitcode(status), "out": told[0], "err": told[1]}


if __name__ == "__main__":
    warm()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
