"""Files that are read: what dayhand ships, wherever it was installed from, and what the owner wrote."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["beginning", "shipped"]

_HERE = Path(__file__).resolve().parent


def shipped(kind: str) -> Path:
    """The folder of the shipped `routines` or `schemas`.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for folder in (_HERE / "_shipped" / kind, _HERE.parent.parent / kind):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"dayhand was installed without its {kind}")


def beginning(file: Path, most: int = 256 * 1024) -> bytes:
    """A file's bytes; of one that is larger than `most`, one more than that, so that it shows.

    Raises:
        OSError: it cannot be read, or is no ordinary file: a pipe would be waited for without end.
    """
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(file))
        return opened.read(most + 1)
