"""A power cut, replayed: what may be on the disk at any moment, made from the acts that were recorded.

An act is on the disk for certain once its file has been synced. Of those after the last sync any may be
there and any may not, in any order, and of the last of them a part: `states` makes each such disk that is
asked for. Names in folders count as kept, as SQLite itself assumes once it has synced the folder.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests_support.disk import Act

ACK = "ack"
SECTOR = 512

Disk = Mapping[str, bytes]


def acked(what: str) -> Act:
    """A mark among the acts: from here on the product has said that `what` is kept."""
    return Act(ACK, what)


class Device:
    """Files with what of them is on the disk, and what waits to be."""

    def __init__(self, files: Disk) -> None:
        self._kept = {name: bytearray(data) for name, data in files.items()}
        self._waiting: list[Act] = []

    def see(self, act: Act) -> None:
        """One more act."""
        if act.kind == "sync":
            for one in [one for one in self._waiting if one.file == act.file]:
                _do(self._kept, one)
            self._waiting = [one for one in self._waiting if one.file != act.file]
        elif act.kind == "delete":
            self._waiting = [one for one in self._waiting if one.file != act.file]
            self._kept.pop(act.file, None)
        elif act.kind != ACK:
            self._waiting.append(act)

    def cut(self, weather: random.Random | None) -> Disk:
        """The disk after the power failed: without weather, nothing that was not synced is there."""
        files = {name: bytearray(data) for name, data in self._kept.items()}
        if weather is not None:
            for one in self._waiting:
                if weather.random() < 0.5:
                    _do(files, _torn(one, weather) if weather.random() < 0.2 else one)
        return {name: bytes(data) for name, data in files.items()}


def _torn(act: Act, weather: random.Random) -> Act:
    """A write of which only the first sectors arrived."""
    if act.kind != "write" or len(act.data) <= SECTOR:
        return act
    length = SECTOR * weather.randint(0, len(act.data) // SECTOR)
    return Act("write", act.file, act.at, act.data[:length])


def _do(files: dict[str, bytearray], act: Act) -> None:
    file = files.setdefault(act.file, bytearray())
    if act.kind == "write":
        file.extend(bytes(max(0, act.at + len(act.data) - len(file))))
        file[act.at : act.at + len(act.data)] = act.data
    else:
        del file[act.at :]
        file.extend(bytes(act.at - len(file)))


def states(
    before: Disk,
    acts: Sequence[Act],
    *,
    every: int = 1,
    chances: int = 1,
    seed: int = 0,
    moving: str = "",
) -> Iterator[tuple[int, Disk, frozenset[str]]]:
    """Disks after every so many acts, and each on the file `moving`, with what had been acknowledged;
    none twice.

    For each point there is one disk without anything unsynced, and `chances` with some of it.
    """
    device, said, seen = Device(before), set[str](), set[int]()
    for number, act in enumerate(acts):
        device.see(act)
        if act.kind == ACK:
            said.add(act.file)
        if number % every and act.kind != ACK and act.file != moving:
            continue
        for chance in range(chances + 1):
            weather = random.Random(f"{seed}/{number}/{chance}") if chance else None
            disk = device.cut(weather)
            mark = hash((frozenset(disk.items()), frozenset(said)))
            if mark not in seen:
                seen.add(mark)
                yield number, disk, frozenset(said)


def laid_out(disk: Disk, folder: Path) -> None:
    """Write the disk's files into an empty folder."""
    for name, data in disk.items():
        (folder / name).write_bytes(data)
