"""Whom a TLS connection trusts: the system's authorities, read from the disk once, not for every request.

Reading them costs some thirty milliseconds of a processor, and calendars are asked every few minutes.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict
from pathlib import Path

__all__ = ["tls_context"]

_MOST = 8

# What this process has read, kept on purpose for its later requests. It is no client's data; the
# names tell the state of the files, so that a new authority, or one that was taken away, counts at once.
_kept: OrderedDict[tuple[bytes, tuple[str, ...]], ssl.SSLContext] = OrderedDict()


def tls_context(authority: bytes = b"") -> ssl.SSLContext:
    """A context that checks certificates and names.

    Args:
        authority: a PEM text of authorities that are trusted too.
    """
    state = _state()
    name = (authority, state)
    found = _kept.get(name)
    if found is None:
        found = ssl.create_default_context()
        if authority:
            found.load_verify_locations(cadata=authority.decode("ascii"))
        if (
            state
        ):  # where the system does not keep them in files there is no telling when they change
            _kept[name] = found
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return found


def _state() -> tuple[str, ...]:
    """How the system's authorities stand; nothing where they are in no file."""
    paths = ssl.get_default_verify_paths()
    return tuple(_state_of(Path(one)) for one in (paths.cafile, paths.capath) if one)


def _state_of(path: Path) -> str:
    try:
        told = path.stat()
    except FileNotFoundError:
        return f"{path} is not there"
    return f"{path} {told.st_ino} {told.st_size} {told.st_mtime_ns}"
