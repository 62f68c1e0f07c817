"""Watches a step at work: whom it connects to, which files it touches, what programs it starts.

Python tells of each such act before it is done (PEP 578). What the step's effect does not allow is
refused and noted. The process that checks a plugin reaches nobody beyond this machine, whatever runs.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayhand.errors import StepMisuse
from dayhand.steps.step import Effect

__all__ = ["Watch", "begin"]

_PROGRAMS = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
}  # fmt: skip
_CHANGES = {
    "os.remove": (0,), "os.rename": (0, 1), "os.mkdir": (0,), "os.rmdir": (0,), "os.chmod": (0,),
    "os.link": (1,), "os.symlink": (1,), "os.truncate": (0,), "shutil.rmtree": (0,),
    "sqlite3.connect": (0,),
}  # fmt: skip
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname"}
_SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LOCAL = {"localhost", "localhost.localdomain", ""}


@dataclass(slots=True)
class Watch:
    """What is watched while one step runs.

    Attributes:
        step: its name.
        effect: what it says it does to the world.
        dry: whether this is a dry run.
        roots: folders in which files may be written.
        home: the folder of the person whose machine this is.
        hosts: whom it may connect to beyond this machine; it is refused all the same, and not noted.
        noted: what it did that it may not, in words.
        logged: what it logged.
    """

    step: str
    effect: Effect
    dry: bool
    roots: tuple[Path, ...] = ()
    home: Path | None = None
    hosts: tuple[str, ...] | None = None
    noted: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    @contextmanager
    def on(self) -> Iterator[None]:
        """Watch what is done inside, in this task and in threads it hands work to."""
        token = _watch.set(self)
        try:
            yield
        finally:
            _watch.reset(token)

    @property
    def may_connect(self) -> bool:
        """Only what reads may, and what sends once it is no dry run."""
        return self.effect is Effect.READ or (self.effect is Effect.SEND and not self.dry)

    def refuse(self, told: str) -> None:
        """Note it, and stop the step."""
        if told not in self.noted:
            self.noted.append(told)
        raise StepMisuse(f"{self.step} {told}", hint="this was refused while the plugin is checked")


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def begin() -> None:
    """From now on this process reaches nobody beyond this machine, and steps are watched."""
    tempfile.gettempdir()  # it writes a file to find out, once, under a lock
    sys.addaudithook(_hear)
    logging.getLogger().addHandler(_Logged())
    logging.getLogger().setLevel(logging.DEBUG)


class _Logged(logging.Handler):
    """Keeps what is logged while a step runs."""

    def emit(self, record: logging.LogRecord) -> None:
        watch = _watch.get()
        if watch is not None:
            watch.logged.append(record.getMessage())


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python for every audited event of the process."""
    if event.startswith("socket."):
        _hear_connection(event, arguments)
        return
    watch = _watch.get()
    if watch is None:
        return
    if event == "open":
        _hear_open(watch, *arguments)
    elif event in _CHANGES:
        for index in _CHANGES[event]:
            _require_inside(watch, arguments[index], "changes")
    elif event in _PROGRAMS and (watch.dry or not watch.may_connect):
        watch.refuse(f"starts another program ({event})")


def _hear_connection(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMES:
        host = arguments[0]
        if host == socket.gethostname():  # who asks for its own name connects to nobody
            return
    elif event in _SENDS and isinstance(arguments[1], tuple) and arguments[1]:
        host = arguments[1][0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    watch = _watch.get()
    if watch is not None and not watch.may_connect:
        watch.refuse(f"connects to {name or 'this machine'}")
    if not _is_local(name):
        if watch is not None and watch.hosts is not None and name not in watch.hosts:
            watch.undeclared.append(name)
        raise StepMisuse(
            f"it connects to {name}, beyond this machine",
            hint="let its example name a server of its own; see 'Checking a plugin' in plugins/README.md",
        )


def _is_local(host: str) -> bool:
    if host.lower() in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hear_open(watch: Watch, path: Any, mode: Any, flags: Any = 0) -> None:
    writes = any(one in str(mode or "") for one in "wax+") or bool(int(flags or 0) & _WRITES)
    if writes:
        _require_inside(watch, path, "writes")
    elif _is_private(watch, path):
        watch.refuse(f"reads {_shown(watch, path)}, outside the practice")


def _require_inside(watch: Watch, path: Any, does: str) -> None:
    place = _place(path)
    if place is None or place == Path(os.devnull) or "__pycache__" in place.parts:
        return
    roots = (*watch.roots, Path(tempfile.gettempdir()))
    if not any(place.is_relative_to(root) for root in roots):
        watch.refuse(f"{does} {_shown(watch, path)}, outside the practice")


def _is_private(watch: Watch, path: Any) -> bool:
    place = _place(path)
    if place is None or watch.home is None or not place.is_relative_to(watch.home):
        return False
    installed = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *sys.path]
    ours = [Path(one) for one in installed if one and Path(one) != watch.home]
    return not any(place.is_relative_to(one) for one in (*watch.roots, *ours))


def _place(path: Any) -> Path | None:
    """Where a path leads; None for what is open already."""
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    text = os.fsdecode(path)
    return None if text in ("", ":memory:") else Path(os.path.realpath(text))


def _shown(watch: Watch, path: Any) -> str:
    place = _place(path) or Path("?")
    if watch.home is not None and place.is_relative_to(watch.home):
        return f"~/{place.relative_to(watch.home)}"
    return str(place)
