"""Where a request may go: the rules for hosts, checked on the address a name resolves to.

A name, or an odd way of writing a number (`127.1`, `0x7f000001`), shows only when resolved where it
leads; so it is the resolved address that is checked, and the connection is then made to that very
address, whatever the name resolves to a moment later.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from dayhand_calendar.settings import address_problem

__all__ = ["HostRules", "NotAllowed", "NotResolved", "Place", "Resolver", "place_of", "resolve"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

_TUNNELS = tuple(
    ipaddress.IPv6Network(text)
    for text in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
)
"""Ways to write an IPv4 address, and prefixes given up, of which Python calls some global."""
_PORTS = {"http": 80, "https": 443}


class NotAllowed(Exception):  # read as a sentence where it is raised
    """A request must not go there; the message says why, the hint what can be done."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NotResolved(Exception):
    """The host's name has no address, or none can be asked for now."""


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which hosts that are not on the public internet may be reached.

    `private` lets every source be on a private network; `hosts` names single hosts, as `name` or
    `name:port`, that may be on a private network or on this machine.
    """

    private: bool = False
    hosts: frozenset[str] = frozenset()

    def names(self, host: str, port: int) -> bool:
        """True if the host is named, by itself or with its port."""
        bare = host.strip("[]").lower()
        return bool({bare, f"{bare}:{port}", f"[{bare}]:{port}"} & self.hosts)


@dataclass(frozen=True, slots=True)
class Place:
    """A checked place: an address to connect to, and the name it goes by."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for credentials to be sent."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """As in a `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if _PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """The URL with the address in place of the name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, asked of the system.

    Raises:
        OSError: it has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def place_of(url: str, rules: HostRules, resolver: Resolver = resolve) -> Place:
    """The checked place that a URL leads to.

    Raises:
        NotAllowed: nothing may be asked there.
        NotResolved: its name has no address.
    """
    problem = address_problem(url)
    if problem:
        raise NotAllowed(problem)
    parts = urlsplit(url)
    scheme = {"webcal": "https", "webcals": "https"}.get(parts.scheme, parts.scheme)
    try:
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except UnicodeError:
        host = (parts.hostname or "").encode("ascii", "replace").decode()
    port = parts.port or _PORTS[scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    named = rules.names(parts.hostname or "", port)
    try:
        texts = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise NotResolved("its host name has no address") from error
    if not texts:
        raise NotResolved("its host name has no address")
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
    for address in addresses:
        _check(address, scheme, named=named, private=rules.private)
    return Place(scheme, host, port, path, tuple(str(address) for address in addresses))


def _check(address: Address, scheme: str, *, named: bool, private: bool) -> None:
    inner = getattr(address, "ipv4_mapped", None) or address
    loopback = inner.is_loopback
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        raise NotAllowed("its address is one that no calendar has")
    if loopback and not named:
        raise NotAllowed(
            "its address is on this machine",
            "if that is meant, name the host in calendar.allow_hosts",
        )
    odd = inner.is_reserved or _is_tunnel(inner)
    if not loopback and (odd or not inner.is_global) and not (named or (private and not odd)):
        raise NotAllowed(
            "its address is on a private network",
            "if that is meant, name the host in calendar.allow_hosts",
        )
    if scheme == "http" and not loopback:
        raise NotAllowed("it is not encrypted (http)", "use its https:// address")


def _is_tunnel(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and any(address in net for net in _TUNNELS)
