"""Keeps a stranger's step to the hosts and the folders it declares.

Python tells of each connection and of each file before it is opened (PEP 578); while a guarded step
runs, what is not declared is refused, and the step fails. That stops mistakes and curiosity. It does not
stop code that means harm: such code can reach the system's own calls past Python.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from fnmatch import fnmatchcase
from typing import Any

from dayhand.errors import StepMisuse
from dayhand.trust import places
from dayhand.trust.declaration import FILE, Declaration
from dayhand.trust.places import Places

__all__ = ["Guard", "hold_all", "unheld"]


class _Held:
    """The plugin whose step runs, and what it may reach.

    Most steps touch no file by themselves, and the way to each folder costs a look at the disk: so the
    places are worked out when the first file is touched.
    """

    __slots__ = ("_context", "_declared", "_places", "hosts", "plugin")

    def __init__(
        self, plugin: str, declared: Declaration, context: Any, reachable: Places | None = None
    ) -> None:
        self.plugin = plugin
        self.hosts = declared.network
        self._declared = declared
        self._context = context
        self._places = reachable

    @property
    def places(self) -> Places:
        """Which files it may reach."""
        if self._places is None:
            context = self._context
            root = getattr(getattr(context, "files", None), "root", None)
            dry_run = bool(getattr(context, "dry_run", False))
            self._places = Places.of(self._declared, root, dry_run=dry_run)
        return self._places


_FREE = _Held("", Declaration(), None, Places())
"""Stands for: held to nothing, even where all of the process is held."""
_held: ContextVar[_Held | None] = ContextVar("held", default=None)
"""What the step that runs is held to; None outside of any."""
_installed: list[bool] = []
_all: list[_Held] = []
"""In a process of a plugin's own: what all of its threads are held to."""


class Guard:
    """Keeps a step to what its plugin declares, from `begin` to `end`."""

    __slots__ = ("_declared", "_plugin")

    def __init__(self, plugin: str, declared: Declaration) -> None:
        _install()
        self._plugin = plugin
        self._declared = declared

    def begin(self, context: Any) -> Token[_Held | None]:
        """Hold what runs now; the step's context knows where the practice is."""
        return _held.set(_Held(self._plugin, self._declared, context))

    def end(self, token: Token[_Held | None]) -> None:
        """Let go again."""
        _held.reset(token)


def hold_all(plugin: str, declared: Declaration, reachable: Places) -> None:
    """Keep the whole process, in every thread and from now on, to what a plugin declares."""
    _all[:] = [_Held(plugin, declared, None, reachable)]
    _install()


@contextmanager
def unheld() -> Iterator[None]:
    """Dayhand's own work on behalf of a step: it is held to nothing."""
    token = _held.set(_FREE)
    try:
        yield
    finally:
        _held.reset(token)


def _install() -> None:
    if not _installed:
        _installed.append(True)
        tempfile.gettempdir()  # looks for a place by writing there, once: not while a step is held
        sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python for every audited event of the process: it must be quick about the others."""
    if not event.startswith(("socket.", "os.", "open")):
        return
    held = _held.get() or (_all[0] if _all else None)
    if held is None or held is _FREE:
        return
    if event.startswith("socket."):
        _hear_socket(held, event, arguments)
        return
    for path, writes in places.touched(event, arguments):
        refused = held.places.objection(path, writes=writes)
        if refused:
            raise StepMisuse(f"plugin '{held.plugin}' wanted to {refused[0]}", hint=refused[1])


def _hear_socket(held: _Held, event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] != socket.gethostname():  # who asks for its own name connects to nobody
            _require(held, arguments[0])
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and address:
            _require(held, address[0])


def _require(held: _Held, host: Any) -> None:
    name = host.decode("idna") if isinstance(host, bytes) else host
    if name is None or _may(held.hosts, str(name).lower().rstrip(".")):
        return
    raise StepMisuse(
        f"plugin '{held.plugin}' wanted to connect to {name}, which it does not declare",
        hint=f"whoever makes it can name the host under 'network' in its {FILE}",
    )


def _may(hosts: tuple[str, ...], host: str) -> bool:
    if any(fnmatchcase(host, pattern) for pattern in hosts):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # an event loop looks names up in a thread of its own, and connects to what it found there
    if any("*" in pattern for pattern in hosts):
        return True
    return any(str(address) in _addresses(pattern) for pattern in hosts)


def _addresses(host: str) -> set[str]:
    with unheld():
        try:
            return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
        except OSError:
            return set()
