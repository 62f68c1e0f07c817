"""How often the daemon makes a backup, where, and how many of them stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["MOST_OFTEN", "BackupRule"]

MOST_OFTEN = timedelta(hours=1)
"""The daemon keeps house every hour."""


@dataclass(frozen=True, slots=True)
class BackupRule:
    """`every` is None where only people make backups; `keep` is how many of the newest stay, beside the
    last of each month; `to` a folder that is there, empty for the usual one."""

    every: timedelta | None = None
    keep: int = 14
    to: str = ""
