"""Finding plugins among 250 distributions: what each command pays, beside importlib.metadata's own scan.

A command looks whether what is installed is as it was (`fingerprint`), and reads the catalogue that was kept;
only after a change are entry points read as importlib.metadata reads them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

from measuring import Line, by_turns

from dayhand.kept_catalogue import fingerprint

__all__ = ["lines"]

_COUNT = 250
_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.{n}\n" + "Classifier: Odd\n" * 30


def lines(place: Path, rounds: int) -> Iterator[Line]:
    """One look, with 250 distributions of which every second has entry points, and one is a plugin."""
    folder = place / "installed-250"
    for n in range(_COUNT):
        _install(folder, n)
    searched, sys.path[:] = list(sys.path), [str(folder)]
    try:
        ours, peer = by_turns(rounds, lambda: _looked(folder), _scanned)
    finally:
        sys.path[:] = searched
    yield Line(f"a look at {_COUNT} distributions, beside importlib.metadata", ours, peer, 0.5)
    yield Line("   the same, by itself", ours, None, 20)


def _install(folder: Path, n: int) -> None:
    about = folder / f"package_{n}-1.{n}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(_METADATA.format(name=f"package-{n}", n=n))
    (about / "RECORD").write_text("".join(f"package_{n}/m{i}.py,,\n" for i in range(40)))
    if n % 2:
        group = "dayhand" if n == 1 else "console_scripts"
        (about / "entry_points.txt").write_text(f"[{group}]\nname_{n} = package_{n}:main\n")


def _looked(folder: Path) -> float:
    begin = time.perf_counter()
    told = fingerprint([str(folder)], "")
    took = (time.perf_counter() - begin) * 1e3
    if len(told) != 64:
        raise RuntimeError("the fingerprint is none")
    return took


def _scanned() -> float:
    begin = time.perf_counter()
    found = list(entry_points(group="dayhand"))
    took = (time.perf_counter() - begin) * 1e3
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} plugins were found, and there is one")
    return took
