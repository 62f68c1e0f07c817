"""What each source gave last, kept in the practice's database for when it cannot be read.

It is kept packed, with the days it was asked for: of other days it tells nothing, so that for those
there is no copy. A source that goes on giving the same is written anew every ten minutes at most.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dayhand import Practice
from dayhand_calendar.expansion import Window
from dayhand_calendar.settings import Source

__all__ = ["LastRead", "find", "keep"]

_LARGEST = 15 * 1024 * 1024
_LARGEST_UNPACKED = 128 * 1024 * 1024
_PAUSE = 600.0
"""Seconds: by so much an age may be told too high."""
_MOST_NOTED = 100

# What this process has kept, and when by the loop's clock: names are hashes, and few.
_noted: dict[str, tuple[bytes, float]] = {}


@dataclass(frozen=True, slots=True)
class LastRead:
    """The texts of a source, and when it gave them."""

    texts: Sequence[bytes]
    as_of: datetime


def keep(practice: Practice, source: Source, texts: Sequence[bytes], days: Window) -> None:
    """Keep what a source gave for those days."""
    told = {
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "texts": [text.decode("latin-1") for text in texts],
    }
    text = json.dumps(told).encode()
    digest = hashlib.sha256(text).digest()
    name = _name(source)
    noted = f"{practice.files.resolve('.')}\0{name}"
    now = asyncio.get_running_loop().time()
    before, at = _noted.get(noted, (b"", 0.0))
    if before == digest and now - at < _PAUSE:
        return
    packed = zlib.compress(text, 1)
    if len(packed) > _LARGEST:
        return
    practice.keep(name, packed)
    while len(_noted) >= _MOST_NOTED:
        _noted.pop(next(iter(_noted)))
    _noted[noted] = (digest, now)


def find(practice: Practice, source: Source, days: Window) -> LastRead | None:
    """What the source gave last, if that tells of those days."""
    kept = practice.kept(_name(source))
    if kept is None:
        return None
    unpacker = zlib.decompressobj()
    told = json.loads(unpacker.decompress(kept.data, _LARGEST_UNPACKED))
    if not (
        date.fromisoformat(told["first"]) <= days.first
        and days.last <= date.fromisoformat(told["last"])
    ):
        return None
    texts = [text.encode("latin-1") for text in told["texts"]]
    return LastRead(texts, kept.at.astimezone(days.zone))


def _name(source: Source) -> str:
    """The same as long as the source leads to the same place; it tells nothing of an address."""
    parts = (source.name, source.file, str(source.url), source.caldav, source.calendar)
    return "source " + hashlib.sha256("\0".join(parts).encode()).hexdigest()
