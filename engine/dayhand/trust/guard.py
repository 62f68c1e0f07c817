"""Keeps a stranger's step to the hosts it declares.

Python tells of each connection before it is made (PEP 578); while a guarded step runs, one to a host
that is not declared is refused, and the step fails. That stops mistakes and curiosity. It does not
stop code that means harm: such code can reach the system's own calls past Python.
"""

from __future__ import annotations

import functools
import inspect
import ipaddress
import socket
import sys
from collections.abc import Callable
from contextvars import ContextVar
from fnmatch import fnmatchcase
from typing import Any

from dayhand.errors import StepMisuse
from dayhand.trust.declaration import FILE

__all__ = ["guarded"]

_hosts: ContextVar[tuple[str, tuple[str, ...]] | None] = ContextVar("hosts", default=None)
"""The plugin whose step runs, and the hosts it may connect to; None outside of any."""
_installed: list[bool] = []


def guarded(function: Callable[..., Any], plugin: str, hosts: tuple[str, ...]) -> Any:
    """The function, kept to these hosts while it runs."""
    _install()

    @functools.wraps(function)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        token = _hosts.set((plugin, hosts))
        try:
            return await function(*arguments, **named)
        finally:
            _hosts.reset(token)

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        token = _hosts.set((plugin, hosts))
        try:
            return function(*arguments, **named)
        finally:
            _hosts.reset(token)

    return awaited if inspect.iscoroutinefunction(function) else called


def _install() -> None:
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Called by Python for every audited event of the process: it must be quick about the others."""
    if not event.startswith("socket."):
        return
    allowed = _hosts.get()
    if allowed is None:
        return
    plugin, hosts = allowed
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _require(plugin, hosts, arguments[0])
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and address:
            _require(plugin, hosts, address[0])


def _require(plugin: str, hosts: tuple[str, ...], host: Any) -> None:
    name = host.decode("idna") if isinstance(host, bytes) else host
    if name is None or _may(hosts, str(name).lower().rstrip(".")):
        return
    raise StepMisuse(
        f"plugin '{plugin}' wanted to connect to {name}, which it does not declare",
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
    token = _hosts.set(None)
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return set()
    finally:
        _hosts.reset(token)
