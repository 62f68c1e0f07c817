"""Which files a stranger's plugin may reach: those it declares, the practice's, and what Python needs.

| place                                   | may be read | may be written                             |
|-----------------------------------------|-------------|--------------------------------------------|
| folders declared under `read`           | yes         | no                                         |
| folders declared under `write`          | yes         | yes; in a dry run through `context.files`  |
| the practice's folder, but `.dayhand`   | yes         | through `context.files`                    |
| the folder for temporary files          | yes         | yes                                        |
| Python's, its packages', the system's   | yes         | no                                         |
| anything else: the rest of your files   | no          | no                                         |
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dayhand.trust.declaration import FILE, Declaration

__all__ = ["Places", "touched"]

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev", "/run/systemd",
    "/System", "/Library", "/private/etc", "/private/var/db",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LISTED = {"os.listdir", "os.scandir"}
_CHANGED = {
    "os.remove": 1, "os.rmdir": 1, "os.mkdir": 2, "os.truncate": None, "os.chmod": 2, "os.utime": 3,
    "os.chown": 3,
}  # fmt: skip
"""Events that name a file to be changed, and where among their arguments its folder's descriptor is."""


@dataclass(frozen=True, slots=True)
class Places:
    """What one plugin may reach; whole paths without links."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    practice: str = ""
    scratch: str = ""
    dry_run: bool = False

    @classmethod
    def of(cls, declared: Declaration, practice: Path | None, *, dry_run: bool = False) -> Places:
        """The places of a declaration, seen from this machine."""
        return cls(
            tuple(whole(one) for one in declared.reads),
            tuple(whole(one) for one in declared.writes),
            os.path.realpath(practice) if practice else "",
            os.path.realpath(tempfile.gettempdir()),
            dry_run,
        )

    def objection(self, path: str, *, writes: bool) -> tuple[str, str] | None:
        """What is refused and what to do instead; None if it may be."""
        real = whole(path)
        if self.practice and _within(real, self.practice):
            return self._in_practice(real, writes=writes)
        if _within(real, *self.writes):
            if writes and self.dry_run:
                return f"write {real} in a dry run", "write it with context.files.write"
            return None
        if not writes and _within(real, *self.reads):
            return None
        if _within(real, self.scratch, *_pythons()) and (
            not writes or _within(real, self.scratch) or f"{os.sep}__pycache__" in real
        ):
            return None
        if _within(real, "/dev") or (not writes and _within(real, *_SYSTEM)):
            return None
        verb, key = ("write", "write") if writes else ("read", "read")
        return (
            f"{verb} {real}, which it does not declare",
            f"whoever makes it can name the folder under '{key}' of [folders] in its {FILE}",
        )

    def _in_practice(self, real: str, *, writes: bool) -> tuple[str, str] | None:
        if _within(real, os.path.join(self.practice, ".dayhand")):
            return (
                "reach into .dayhand, where the database is",
                "steps use the database by the context",
            )
        if writes:
            shown = os.path.relpath(real, self.practice)
            return f"write {shown} past dayhand", "write it with context.files.write, under out/"
        return None


def whole(path: str) -> str:
    """A path from the root, without links; `~` is the user's home."""
    return os.path.realpath(os.path.expanduser(path))


def _within(path: str, *folders: str) -> bool:
    return any(
        folder and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))
        for folder in folders
    )


def _pythons() -> tuple[str, ...]:
    return _roots(tuple(sys.path))


@cache
def _roots(search: tuple[str, ...]) -> tuple[str, ...]:
    """Where Python finds itself and what is installed."""
    own = (sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__))
    return tuple({os.path.realpath(one) for one in (*own, *search) if os.path.isabs(one)})


def touched(event: str, arguments: tuple[Any, ...]) -> Iterator[tuple[str, bool]]:
    """The files an audited event is about, and whether each is to be written."""
    if event == "open":
        path, mode, flags = arguments
        if mode is None and not isinstance(path, int) and not os.path.isabs(os.fsdecode(path)):
            return  # os.open below a folder that was opened, and looked at, before
        writing = bool((flags or 0) & _WRITING) or any(one in str(mode or "") for one in "wax+")
        yield from _named(path, None, writes=writing)
    elif event in _LISTED:
        yield from _named(arguments[0], None, writes=False)
    elif event in _CHANGED:
        at = _CHANGED[event]
        yield from _named(arguments[0], arguments[at] if at is not None else None, writes=True)
    elif event in ("os.rename", "os.link"):
        yield from _named(arguments[0], arguments[2], writes=True)
        yield from _named(arguments[1], arguments[3], writes=True)
    elif event == "os.symlink":
        yield from _named(arguments[1], arguments[2], writes=True)


def _named(path: Any, folder: int | None, *, writes: bool) -> Iterator[tuple[str, bool]]:
    if isinstance(path, int) or path is None:
        return  # a descriptor, which was opened before
    text = os.fsdecode(path)
    if folder is not None and folder >= 0 and not os.path.isabs(text):
        text = os.path.join(_folder_of(folder), text)
    yield text, writes


def _folder_of(descriptor: int) -> str:
    """The path of an opened folder; where the system does not tell, that of nothing."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return os.sep
