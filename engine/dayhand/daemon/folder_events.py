"""Says at once that something in a folder has changed, so that nobody need look again and again.

By Linux's inotify(7). Where there is none, or it refuses, nothing is said, and whoever relies on it has
to look. A shared folder does not tell what other machines change in it: look now and then all the same.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["FolderEvents"]

_CLOSE_WRITE, _MOVED, _CREATE, _DELETE = 0x8, 0xC0, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _ONLY_FOLDERS = 0x400, 0x800, 0x01000000
# not each write to a file: one that is being written is not to be read
_MASK = _CLOSE_WRITE | _MOVED | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS


class FolderEvents:
    """Watches folders, and tells of the first change since it was asked to begin anew.

    Args:
        folders: gives those to be watched, each by itself; asked whenever it begins anew.
        happened: called when something has changed.
    """

    def __init__(self, folders: Callable[[], Iterable[Path]], happened: Callable[[], None]) -> None:
        self._folders = folders
        self._happened = happened
        self._library: Any = None
        self._descriptor = -1

    @property
    def is_listening(self) -> bool:
        """False where the system does not tell."""
        return self._descriptor >= 0

    def listen(self) -> None:
        """Begin, in the running event loop."""
        if not sys.platform.startswith("linux"):
            return
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.is_listening:
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)
            self.renew()

    def renew(self) -> None:
        """Watch folders that are new; those already watched stay so."""
        if not self.is_listening:
            return
        for folder in self._folders():
            name = os.fsencode(folder)
            watched = self._library.inotify_add_watch(self._descriptor, name, _MASK)
            if watched < 0 and folder.is_dir():  # the system's limit is reached
                self.close()
                return

    def hand_over(self) -> int:
        """Leave it to somebody else; the descriptor, which can be read once something has changed."""
        descriptor, self._descriptor = self._descriptor, -1
        asyncio.get_running_loop().remove_reader(descriptor)
        return descriptor

    def close(self) -> None:
        """Watch nothing any more."""
        if self.is_listening:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._descriptor, 65536):
                pass
        self._happened()
