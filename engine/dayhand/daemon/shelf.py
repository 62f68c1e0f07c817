"""What is known of routines whose files have not changed, so that a start need not read them again.

One file in `.dayhand/`, a line of JSON for each routine: its file, the file's stamp, the digest of its
text, and of the routine what planning needs; and first a line that says by which catalogue it was made,
for it holds under no other. Nothing is lost with it: whatever is not on it is read and checked. A routine
that calls another, or waits for one, is not put on it: whether it can run is not for its own text to say.

A daemon holds what it reads here for months, be it of ten thousand routines. So a stamp is a few bytes,
what is the same for many is one object, and never more than a line of the file is parsed at once.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from dayhand.model.routine import Input, Routine, Trigger
from dayhand.notes import noted_lines, write_lines

__all__ = ["Shelf", "Stamp", "as_planned_by", "changed_at", "stamp_of"]

Stamp = bytes
"""When a file was changed last, by two clocks of the file system, its size, and its number."""

_FORM = 2
_STAMP = struct.Struct("<qqqQ")
_MICROSECOND = timedelta(microseconds=1)
_LENGTHS = frozenset({"offset", "every", "run_within", "jitter"})
_LISTS = frozenset({"skip_on", "on"})
_TRIGGER = tuple(one for one in fields(Trigger) if one.name not in ("id", "kind", "value", "mark"))


def as_planned_by(routine: Routine) -> Routine:
    """What planning needs of a routine: neither its text nor its steps."""
    inputs = tuple(
        replace(one, mark=None, default=None, description="", choices=())
        for one in routine.inputs
        if one.type == "file" or one.name == "file"
    )
    triggers = tuple(replace(one, mark=None) for one in routine.triggers)
    return Routine(
        routine.name, "", "", routine.digest, (), title=routine.title, enabled=routine.enabled,
        timezone=routine.timezone, triggers=triggers, inputs=inputs, overlap=routine.overlap,
    )  # fmt: skip


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return _STAMP.pack(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def changed_at(stamp: Stamp) -> int:
    """When the file was changed last, by the clock that nobody sets: nanoseconds since 1970."""
    return int(_STAMP.unpack(stamp)[1])


@dataclass(slots=True)
class Shelf:
    """The file at `path`; `made_by` tells by which dayhand and which plugins routines were checked."""

    path: Path
    made_by: str

    def read(self) -> dict[str, tuple[Stamp, Routine]]:
        """Stamp and routine by the file's path; empty if there is none that holds."""
        lines = noted_lines(self.path)
        found: dict[str, tuple[Stamp, Routine]] = {}
        shared: _Shared = {}
        try:
            told: Any = next(lines, None)
            if told["form"] != _FORM or told["made_by"] != self.made_by:
                return {}
            for path, stamp, one in lines:
                found[path] = bytes.fromhex(stamp), _routine(shared, *one)
            return found if len(found) == told["count"] else {}
        except (ValueError, TypeError, LookupError):
            return {}

    def write(self, routines: Iterable[tuple[str, Stamp, Routine]]) -> None:
        """Replace what is on it, whole or not at all."""
        kept = list(routines)
        write_lines(self.path, self._lines(kept))

    def _lines(self, kept: list[tuple[str, Stamp, Routine]]) -> Iterator[Any]:
        yield {"form": _FORM, "made_by": self.made_by, "count": len(kept)}
        for path, stamp, routine in kept:
            yield path, stamp.hex(), _told(routine)


_Shared = dict[tuple[Trigger, ...], tuple[Trigger, ...]]


def _told(routine: Routine) -> list[Any]:
    triggers = [[one.id, one.kind, one.value, _unusual(one)] for one in routine.triggers]
    inputs = [[one.name, one.type, one.required] for one in routine.inputs]
    return [
        routine.name, routine.digest, routine.title, routine.enabled, routine.timezone,
        routine.overlap, triggers, inputs,
    ]  # fmt: skip


def _unusual(trigger: Trigger) -> dict[str, Any]:
    """What a trigger says besides its defaults."""
    found = {}
    for one in _TRIGGER:
        value = getattr(trigger, one.name)
        if value != one.default:
            found[one.name] = value // _MICROSECOND if isinstance(value, timedelta) else value
    return found


def _routine(
    shared: _Shared, name: str, digest: str, title: str, enabled: bool, timezone: str | None, overlap: Any,  # noqa: FBT001 - as it stands in the file
    triggers: list[Any], inputs: list[Any],
) -> Routine:  # fmt: skip
    read = tuple(_trigger(*one) for one in triggers)
    overlap = sys.intern(overlap)
    return Routine(
        name, "", "", digest, (), title=title, enabled=enabled, timezone=timezone,
        overlap=overlap, triggers=shared.setdefault(read, read),
        inputs=tuple(Input(*one) for one in inputs),
    )  # fmt: skip


def _trigger(name: str, kind: Any, value: str, unusual: Mapping[str, Any]) -> Trigger:
    if not unusual:
        return Trigger(name, kind, value)
    return Trigger(name, kind, value, **{key: _read(key, one) for key, one in unusual.items()})


def _read(name: str, value: Any) -> Any:
    if name in _LENGTHS and value is not None:
        return value * _MICROSECOND
    return tuple(value) if name in _LISTS else value
