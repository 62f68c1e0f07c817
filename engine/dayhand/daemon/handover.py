"""What a process of the daemon tells the one it becomes: through memory that only the two of them have.

A process becomes another by execve(2): it keeps its number and its place, and nothing of its memory. What
is to be told lies in a file without a name (memfd_create(2)), of which the number stands in the environment;
it is closed once it was read. The key of the database goes no other way.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

__all__ = [
    "FORM",
    "INSTALLATION",
    "SIGNALS",
    "VARIABLE",
    "become",
    "can_hand_over",
    "hold_signals",
    "installed_at",
    "let_signals",
    "received",
]

VARIABLE = "DAYHAND_HANDOVER"
SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGUSR2] if hasattr(signal, "SIGUSR2") else []))
INSTALLATION = Path(__file__).parents[2]
"""The folder that dayhand and its plugins are installed in."""
STILL = 10.0
"""So many seconds an installation has to be left alone: one that is being upgraded cannot be begun."""
FORM = 1
"""To be counted up when another version would misunderstand what is told."""


def can_hand_over() -> bool:
    """False where the system has no files without names (other than Linux)."""
    return hasattr(os, "memfd_create") and bool(sys.executable)


def installed_at(place: Path, now: float) -> float | None:
    """When packages were last put there, as a timestamp; None while they are: this Python may not find
    what it had."""
    try:
        at = max(one.stat().st_mtime for one in (place, *place.glob("dayhand*")))
    except OSError:  # one that was there is being replaced
        return None
    return None if 0 <= now - at < STILL else at


def become(command: list[str], told: dict[str, Any] | None = None) -> NoReturn:
    """Become this Python with another command line, and tell it; signals wait until it lets them.

    Args:
        command: the whole of it; the first word is but shown.
        told: what JSON can hold, and under `descriptors` those to be kept open.

    Raises:
        OSError: it cannot; nothing has changed, but that signals wait.
    """
    sys.stderr.flush()
    sys.stdout.flush()
    hold_signals()
    descriptor = -1
    if told is not None:
        descriptor = os.memfd_create("dayhand", 0)  # left open by execve
        os.write(descriptor, json.dumps({**told, "form": FORM}).encode())
        os.environ[VARIABLE] = str(descriptor)
        for one in told.get("descriptors", ()):
            os.set_inheritable(one, True)  # noqa: FBT003 - its only form
    try:
        os.execv(sys.executable, command)  # noqa: S606 - this Python
    except OSError:
        os.environ.pop(VARIABLE, None)
        if descriptor >= 0:
            os.close(descriptor)
        raise


def received(owner: str | None = None) -> dict[str, Any] | None:
    """What this process was told by the one it was before, once; None if nothing, or not by that one.

    Args:
        owner: whose process has to stand there as `owner`, whatever the machine was called by then; None
            takes any.
    """
    number = os.environ.pop(VARIABLE, "")
    if not number.isdigit():
        return None
    try:
        with open(int(number), "rb") as file:  # noqa: PTH123 - a descriptor
            file.seek(0)
            told = json.load(file)
    except (OSError, ValueError):
        return None
    is_known = isinstance(told, dict) and told.get("form") == FORM
    is_meant = is_known and (owner is None or _process(owner) == _process(told.get("owner", "")))
    return told if is_meant else None


def _process(owner: str) -> str:
    """The process of an owner: a laptop may have another name in another network."""
    return owner.partition(":")[2] or owner


def hold_signals() -> None:
    """From now on signals that stop or renew the daemon wait, also for what this process becomes."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def let_signals() -> None:
    """Let those that waited through, and all that come."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
