"""How much a plugin in a process of its own may use: memory, time and output of each step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dayhand import durations
from dayhand.problems import closest

__all__ = ["Bounds", "as_size", "read_size"]

_SIZE = re.compile(r"\s*(\d{1,9})\s*(kB|KB|MB|GB)\s*")
_UNITS = {"KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_LEAST_MEMORY = 16_000_000
_LEAST_OUTPUT = 1_000
_MOST_TIME = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process of a plugin is held to.

    Attributes:
        memory: bytes it may take beyond what dayhand itself needs in it.
        time: seconds one step may take, on the wall; a step's own `timeout` may be shorter.
        output: bytes one step may give back, as JSON, and tell on the way.
    """

    memory: int = 512_000_000
    time: float = 300.0
    output: int = 1_000_000

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Bounds:
        """The bounds written as `memory = "256 MB"`, `time = "60 seconds"`, `output = "1 MB"`.

        Raises:
            ValueError: one is not known or is no size or length; the message names it.
        """
        known = [one.name for one in fields(cls)]
        for key in told:
            if key not in known:
                guess = closest(key, known)
                mean = f", did you mean '{guess}'?" if guess else f"; known are {', '.join(known)}"
                raise ValueError(f"unknown key '{key}'{mean}")
        default = cls()
        memory = read_size(told["memory"], "memory") if "memory" in told else default.memory
        output = read_size(told["output"], "output") if "output" in told else default.output
        time = _read_time(told["time"]) if "time" in told else default.time
        if memory < _LEAST_MEMORY:
            raise ValueError(
                f"'memory' is less than {as_size(_LEAST_MEMORY)}, in which nothing runs"
            )
        if output < _LEAST_OUTPUT:
            raise ValueError(f"'output' is less than {as_size(_LEAST_OUTPUT)}")
        return cls(memory, time, output)

    def as_text(self) -> str:
        """All three, for a person."""
        return f"{as_size(self.memory)}, {self.time:g} s a step, {as_size(self.output)} of output"


def _read_time(value: Any) -> float:
    if not isinstance(value, str):
        raise ValueError("'time' is no length of time such as \"60 seconds\"")  # noqa: TRY004 - of a file, not of a caller
    seconds = durations.parse(value).total_seconds()
    if not 0 < seconds <= _MOST_TIME:
        raise ValueError("'time' is more than nothing and no more than a day")
    return seconds


def read_size(value: Any, key: str) -> int:
    """The bytes of a size such as `256 MB`. Raises `ValueError`."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"'{key}' is no size such as \"256 MB\"")
    return int(found[1]) * _UNITS[found[2].upper()]


def as_size(size: int) -> str:
    """A size in the largest unit that is whole, such as `256 MB`."""
    for unit in ("GB", "MB", "KB"):
        if size >= _UNITS[unit] and size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]} {'kB' if unit == 'KB' else unit}"
    return f"{size} bytes"
