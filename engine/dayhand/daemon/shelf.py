"""What is known of routines whose files have not changed, so that a start need not read them again.

One JSON file in `.dayhand/`: for each routine's file its stamp, the digest of its text, and of the
routine what planning needs. It holds under the catalogue it was made by and no other. Nothing is lost
with it: whatever is not on it is read and checked. A routine that calls another, or waits for one, is
not put on it: whether it can run is not for its own text to say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from dayhand.model.routine import Input, Routine, Trigger

__all__ = ["Shelf", "Stamp", "as_planned_by"]

Stamp = tuple[int, ...]
"""When a file was changed last, by two clocks of the file system, its size, and its number."""

_FORM = 1
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


@dataclass(slots=True)
class Shelf:
    """The file at `path`; `made_by` tells by which dayhand and which plugins routines were checked."""

    path: Path
    made_by: str

    def read(self) -> dict[str, tuple[Stamp, Routine]]:
        """Stamp and routine by the file's path; empty if there is none that holds."""
        try:
            told = json.loads(self.path.read_bytes())
            if told["form"] != _FORM or told["made_by"] != self.made_by:
                return {}
            return {path: (tuple(stamp), _routine(*one)) for path, stamp, one in told["routines"]}
        except (OSError, ValueError, TypeError, KeyError, LookupError):
            return {}

    def write(self, routines: Iterable[tuple[str, Stamp, Routine]]) -> None:
        """Replace what is on it, whole or not at all."""
        told = {
            "form": _FORM,
            "made_by": self.made_by,
            "routines": [[path, stamp, _told(routine)] for path, stamp, routine in routines],
        }
        part = self.path.with_name(f"{self.path.name}.part")
        with suppress(OSError):  # it only saves time
            descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(told, file, separators=(",", ":"))
            part.replace(self.path)


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
    name: str, digest: str, title: str, enabled: bool, timezone: str | None, overlap: Any,  # noqa: FBT001 - as it stands in the file
    triggers: list[Any], inputs: list[Any],
) -> Routine:  # fmt: skip
    return Routine(
        name, "", "", digest, (), title=title, enabled=enabled, timezone=timezone, overlap=overlap,
        triggers=tuple(_trigger(*one) for one in triggers),
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
