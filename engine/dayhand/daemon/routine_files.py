"""The routines' files, looked at over and over: which there are, and the digest of each.

A file is read again where its stamp is another. A stamp says nothing until the file has been left
alone for a moment: two changes within one tick of the file system's clock may share it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dayhand.clock import Clock
from dayhand.daemon.shelf import Stamp, changed_at, stamp_of
from dayhand.document import MAX_BYTES

__all__ = ["RoutineFiles"]

_AT_REST = timedelta(seconds=2)


@dataclass(slots=True)
class RoutineFiles:
    """The files of routines below a folder."""

    folder: Path
    clock: Clock
    digests: Mapping[str, str] = field(default_factory=dict)
    """By path; the very same mapping for as long as nothing changes."""
    _stamps: dict[str, Stamp] = field(default_factory=dict)
    _restless: set[str] = field(default_factory=set)

    def expect(self, digests: Mapping[str, tuple[Stamp, str]]) -> None:
        """What was known of files before: those with the same stamp need not be read."""
        self._stamps = {path: stamp for path, (stamp, _) in digests.items()}
        self.digests = {path: digest for path, (_, digest) in digests.items()}

    def look(self) -> Mapping[str, str] | None:
        """Every file's digest; None while the folder cannot be read."""
        stamps: dict[str, Stamp] = {}
        try:
            if not self.folder.is_dir():
                return None
            for path, status in sorted(_files(str(self.folder))):
                stamps[path] = stamp_of(status)
            if stamps == self._stamps and not self._restless:
                return self.digests
            found = {path: self._digest(path, stamp) for path, stamp in stamps.items()}
        except FileNotFoundError:
            return self.digests  # replaced between listing and reading: the next look sees it
        except OSError:
            return None
        self._stamps = stamps
        self._restless &= stamps.keys()
        if found != self.digests:
            self.digests = found
        return self.digests

    def settled(self, path: str) -> Stamp | None:
        """The stamp by which the file's content is known; None if it may be another."""
        return None if path in self._restless else self._stamps.get(path)

    def _digest(self, path: str, stamp: Stamp) -> str:
        if self._stamps.get(path) == stamp and path not in self._restless:
            return self.digests[path]
        changed = datetime.fromtimestamp(changed_at(stamp) / 1e9, UTC)
        if self.clock.now() - changed > _AT_REST:
            self._restless.discard(path)
        else:
            self._restless.add(path)
        with open(path, "rb") as file:  # noqa: PTH123 - one of ten thousand; Path costs as much again
            return hashlib.sha256(file.read(MAX_BYTES + 1)).hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.name.endswith(".yaml") and entry.name[0] != "." and entry.is_file():
                yield entry.path, entry.stat()
