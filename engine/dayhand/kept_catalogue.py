"""The catalogue, kept between commands for as long as what is installed stays the same.

It holds under a fingerprint of who has entry points, and under the stamps of the plugins' files: so
that the next command need import only the plugin whose step it runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dayhand import steps
from dayhand.catalogue import (
    Catalogue,
    CommandSpec,
    FolderSpec,
    PluginSpec,
    SectionSpec,
    StepSpec,
    TableSpec,
)
from dayhand.trust import installed

__all__ = ["KeptCatalogue", "fingerprint", "stamp"]

_FORMAT = 6  # raise it when the shape of what is kept changes
_log = logging.getLogger("dayhand.plugins")


class KeptCatalogue:
    """The catalogue's file in a folder; nothing is kept where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, of: str) -> Catalogue | None:
        """The catalogue kept under a fingerprint, unless the files of its plugins are others now."""
        if self._folder is None:
            return None
        try:
            kept = json.loads(self._file(of).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(kept, dict) or kept.get("fingerprint") != of:
            return None
        if kept.get("files") != stamp(spec["module"] for spec in kept["plugins"]):
            return None
        return _from_json(kept)

    def keep(self, catalogue: Catalogue, files: str) -> None:
        """Keep a catalogue instead of the one before, and its commands where `--help` looks."""
        if self._folder is None:
            return
        place = self._file(catalogue.fingerprint)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.glob("catalogue-*.json"):
                old.unlink(missing_ok=True)
            beside = place.with_suffix(f".{os.getpid()}")
            kept = {**asdict(catalogue), "files": files}
            beside.write_text(json.dumps(kept), encoding="utf-8")
            beside.replace(place)
            lines = [f"{spec.name}\t{spec.help}\n" for spec in catalogue.commands.values()]
            (self._folder / "commands.txt").write_text("".join(lines), encoding="utf-8")
        except OSError as error:
            _log.debug("the catalogue is not kept", exc_info=error)

    def _file(self, of: str) -> Path:
        return Path(self._folder or "", f"catalogue-{of[:16]}.json")


def _from_json(kept: Mapping[str, Any]) -> Catalogue:
    return Catalogue(
        steps={name: StepSpec(**spec) for name, spec in kept["steps"].items()},
        plugins=tuple(PluginSpec(**spec) for spec in kept["plugins"]),
        sections={name: SectionSpec(**spec) for name, spec in kept["sections"].items()},
        commands={name: CommandSpec(**spec) for name, spec in kept["commands"].items()},
        tables=tuple(TableSpec(**spec) for spec in kept["tables"]),
        folders=tuple(FolderSpec(**spec) for spec in kept["folders"]),
        event_kinds=kept["event_kinds"],
        fingerprint=kept["fingerprint"],
    )


def fingerprint(folders: Iterable[str], approved: str) -> str:
    """What is installed in folders of `sys.path`: who has entry points, since when, and whom of the
    strangers the owner has approved."""
    digest = hashlib.sha256(f"{_FORMAT} {sys.version} {sys.prefix} {approved}".encode())
    for folder in folders:
        for line in _with_entry_points(folder):
            digest.update(line.encode())
    return digest.hexdigest()


def stamp(modules: Iterable[str]) -> str:
    """Name, size and time of every file of plugins' packages, and of the step API, as one digest."""
    digest = hashlib.sha256()
    for module in modules:
        for line in installed.stamps(module):
            digest.update(line.encode())
    status = Path(steps.__file__).stat()
    digest.update(f"{status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _with_entry_points(folder: str) -> Iterator[str]:
    """Name, size and time of the entry points of everything installed in a folder of `sys.path`."""
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".dist-info", ".egg-info")):
            file = Path(entry.path, "entry_points.txt")
            with suppress(OSError):
                status = file.stat()
                yield f"{file} {status.st_size} {status.st_mtime_ns}\n"
