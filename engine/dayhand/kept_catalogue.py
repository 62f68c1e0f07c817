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
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from dayhand import steps
from dayhand.catalogue import (
    Catalogue,
    CommandSpec,
    FolderSpec,
    PluginSpec,
    RenamedSpec,
    SectionSpec,
    StepSpec,
    TableSpec,
)
from dayhand.trust import installed

__all__ = ["KeptCatalogue", "as_kept", "fingerprint", "from_kept", "identity", "stamp"]

_FORMAT = 12  # raise it when the shape of what is kept changes, or what it says of a plugin
_log = logging.getLogger("dayhand.plugins")


class KeptCatalogue:
    """The catalogue's file in a folder; nothing is kept where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @property
    def keeps(self) -> bool:
        """True if there is a folder."""
        return self._folder is not None

    def find(self, of: str) -> Catalogue | None:
        """The catalogue kept under a fingerprint, unless the files of its plugins are others now."""
        if self._folder is None:
            return None
        try:
            file = _KeptFile(self._file(of))
            kept = file.head()
        except (OSError, ValueError):
            return None
        if kept.get("fingerprint") != of:
            return None
        if kept.get("files") != stamp(spec["module"] for spec in kept["plugins"]):
            return None
        return _catalogue(kept, _KeptSteps(kept["steps"], file.text_of))

    def keep(self, catalogue: Catalogue, files: str) -> None:
        """Keep a catalogue instead of the one before, and its commands where `--help` looks."""
        if self._folder is None:
            return
        place = self._file(catalogue.fingerprint)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self._folder.glob("catalogue-*.json*"):
                old.unlink(missing_ok=True)
            beside = place.with_suffix(f".{os.getpid()}")
            kept = {**as_kept(catalogue), "digest": identity(catalogue), "files": files}
            beside.write_bytes(_as_file(kept))
            beside.replace(place)
            lines = [f"{spec.name}\t{spec.help}\n" for spec in catalogue.commands.values()]
            (self._folder / "commands.txt").write_text("".join(lines), encoding="utf-8")
        except OSError as error:
            _log.debug("the catalogue is not kept", exc_info=error)

    def _file(self, of: str) -> Path:
        return Path(self._folder or "", f"catalogue-{of[:16]}.jsonl")


# The file is three lines: how long it is and its second line, which says where each step's text begins in
# the third, and how long it is. So a daemon that waits for months holds none of the texts.
_LENGTHS = "{:012d} {:012d}\n"
_FIRST = 26


def _as_file(kept: Mapping[str, Any]) -> bytes:
    places: dict[str, tuple[int, int]] = {}
    texts: list[bytes] = []
    begin = 0
    for name, text in kept["steps"].items():
        texts.append(text.encode())
        places[name] = begin, len(texts[-1])
        begin += len(texts[-1])
    head = json.dumps({**kept, "steps": places}).encode()
    return b"".join([
        _LENGTHS.format(_FIRST + len(head) + begin + 2, len(head)).encode(),
        head, b"\n", *texts, b"\n",
    ])  # fmt: skip


class _KeptFile:
    """A kept catalogue's file, which stays open: it is still there when another takes its place.

    Raises:
        OSError: it is not there, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)
        self._texts = 0

    def head(self) -> dict[str, Any]:
        """All but the steps' texts.

        Raises:
            ValueError: the file was cut off, or is no catalogue.
        """
        whole, length = map(int, os.pread(self._descriptor, _FIRST, 0).split())
        if os.fstat(self._descriptor).st_size != whole:
            raise ValueError("the catalogue was cut off")
        self._texts = _FIRST + length + 1
        found = json.loads(os.pread(self._descriptor, length, _FIRST))
        if not isinstance(found, dict):
            raise ValueError("it is no catalogue")  # noqa: TRY004 - of whom reads it, no type was wrong
        return found

    def text_of(self, place: tuple[int, int]) -> bytes:
        """The text of a step."""
        begin, length = place
        return os.pread(self._descriptor, length, self._texts + begin)


Place = TypeVar("Place")


class _KeptSteps(Mapping[str, StepSpec]):
    """Steps by name, each read from its text when it is first asked for: most commands want a few of
    hundreds, and a daemon that waits none.

    Args:
        places: where each text is, by the step's name.
        text_of: the text that is at a place.
    """

    def __init__(
        self, places: Mapping[str, Place], text_of: Callable[[Place], str | bytes]
    ) -> None:
        self._places = places
        self._text_of = text_of
        self._read: dict[str, StepSpec] = {}

    def __getitem__(self, name: str) -> StepSpec:
        spec = self._read.get(name)
        if spec is None:
            text = self._text_of(self._places[name])
            spec = self._read[name] = StepSpec(**json.loads(text))
        return spec

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def identity(catalogue: Catalogue) -> str:
    """A digest of all that the plugins declare: the same for a catalogue that was kept."""
    if catalogue.digest:
        return catalogue.digest
    return hashlib.sha256(json.dumps(as_kept(catalogue), sort_keys=True).encode()).hexdigest()


def as_kept(catalogue: Catalogue) -> dict[str, Any]:
    """A catalogue as it is told by a plugin's own process: the steps each as text."""
    texts = {name: json.dumps(asdict(spec)) for name, spec in catalogue.steps.items()}
    return {**asdict(replace(catalogue, steps={}, digest="")), "steps": texts}


def _plugin(spec: Mapping[str, Any]) -> PluginSpec:
    lists = {name: tuple(spec[name]) for name in ("deprecated", "absent_events")}
    return PluginSpec(**{**spec, **lists})


def from_kept(kept: Mapping[str, Any]) -> Catalogue:
    """The catalogue that `as_kept` told."""
    return _catalogue(kept, _KeptSteps(kept["steps"], str))


def _catalogue(kept: Mapping[str, Any], steps: Mapping[str, StepSpec]) -> Catalogue:
    return Catalogue(
        steps=steps,
        plugins=tuple(map(_plugin, kept["plugins"])),
        sections={name: SectionSpec(**spec) for name, spec in kept["sections"].items()},
        commands={name: CommandSpec(**spec) for name, spec in kept["commands"].items()},
        tables=tuple(TableSpec(**spec) for spec in kept["tables"]),
        folders=tuple(FolderSpec(**spec) for spec in kept["folders"]),
        event_kinds=kept["event_kinds"],
        renamed=tuple(RenamedSpec(**spec) for spec in kept["renamed"]),
        fingerprint=kept["fingerprint"],
        digest=kept["digest"],
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
    for line in installed.stamped(str(Path(steps.__file__).parent)):
        digest.update(line.encode())
    return digest.hexdigest()


def _with_entry_points(folder: str) -> Iterator[str]:
    """Name, size and time of the entry points of everything installed in a folder of `sys.path`."""
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".dist-info", ".egg-info")):
            # no Path, no `suppress`: with 250 packages they took two thirds of each command's look
            file = f"{entry.path}{os.sep}entry_points.txt"
            try:
                status = os.stat(file)  # noqa: PTH116
            except OSError:
                continue
            yield f"{file} {status.st_size} {status.st_mtime_ns}\n"
