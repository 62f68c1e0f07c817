"""What the daemon is while it has nothing to do: a small process, which becomes the daemon again.

    daemon → (nothing to do for some minutes) → lookout → (something to do) → daemon

It keeps the daemon's place, tells systemd that it lives, and becomes the daemon when something is due, a
file changes, another process writes to the database, the machine slept, the clock was set, or it is asked
to. Of dayhand it imports next to nothing. It is begun by the daemon alone, which hands over what it has
to know.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from dayhand.clock import SystemClock
from dayhand.daemon.handover import (
    INSTALLATION,
    SIGNALS,
    become,
    hold_signals,
    installed_at,
    let_signals,
    received,
)
from dayhand.daemon.pulse import Pulse
from dayhand.daemon.supervisor import Supervisor
from dayhand.store.vigil import TROUBLE, Vigil

if TYPE_CHECKING:
    from collections.abc import Callable

    from dayhand.clock import Clock

__all__ = ["Lookout", "main"]

NAP = timedelta(seconds=5)
PLACE = timedelta(seconds=30)
"""So long the daemon's place is kept at a time; half of it later again."""
SET_BACK = timedelta(seconds=1)
MOST_STILL = 60.0
AGAIN = 2.0
"""After so many seconds it is tried again to begin the daemon, where this Python cannot be begun."""


class Lookout:
    """Looks out for one practice.

    Args:
        told: what the daemon handed over.
        clock: tells the time.
        folders: the descriptor that can be read once a file has changed; -1 for none.
        signals: the descriptor that can be read once there is a signal.
    """

    def __init__(self, told: dict[str, Any], clock: Clock, folders: int, signals: int) -> None:
        self._told = told
        self._clock = clock
        self._until = datetime.fromtimestamp(told["until"], UTC)
        self._seen = datetime.fromtimestamp(told["seen"], UTC)
        self._pulse = Pulse(clock)
        self._supervisor = Supervisor(os.environ, clock)
        self._kept_until = self._seen
        self._watched = [one for one in (signals, folders) if one >= 0]
        self._signals = signals
        self._vigil: Vigil | None = None

    def look_out(self) -> str:
        """Until there is something to do; what it is: `due`, `files`, `written`, `slept`, `clock`, `signal`,
        `trouble`, or `place` if another process has the daemon's."""
        if self._told.get("trouble"):
            return self._wait() or "due"
        try:
            return self._look_out()
        except TROUBLE:
            return "trouble"
        finally:
            if self._vigil is not None:
                self._vigil.close()

    def _look_out(self) -> str:
        vigil = self._vigil = _vigil(self._told)
        if vigil.mark() != self._told["mark"]:
            return "written"
        while True:
            if why := self._clock_says():
                return why
            if vigil.has_changed:
                return "written"
            if not self._keeps_place(vigil):
                return "place"
            if why := self._wait(NAP):
                return why

    def _clock_says(self) -> str:
        if self._pulse.feel().slept:
            return "slept"
        now = self._clock.now()
        if now < self._seen - SET_BACK:
            return "clock"
        self._seen = max(self._seen, now)
        return "due" if now >= self._until else ""

    def _keeps_place(self, vigil: Vigil) -> bool:
        now = self._clock.now()
        if self._kept_until - now > PLACE / 2:
            return True
        self._kept_until = now + PLACE
        return vigil.keep_place(self._kept_until)

    def _wait(self, longest: timedelta | None = None) -> str:
        """Sleep so long, or until something is due; what happened meanwhile."""
        self._supervisor.alive(self._told["status"])
        left = self._until - self._clock.now()
        left = max(left if longest is None else min(left, longest), timedelta(0))
        waited = select.poll()
        for descriptor in self._watched:
            waited.register(descriptor, select.POLLIN)
        ready = [one for one, _ in waited.poll(left / timedelta(milliseconds=1) + 1)]
        if self._signals in ready:
            return "signal"
        return "files" if ready else ""

    def rest(self, seconds: float) -> None:
        """Do nothing for a moment, and say that it lives."""
        self._supervisor.alive(self._told["status"])
        time.sleep(seconds)

    @property
    def seen(self) -> float:
        """The latest moment, as a timestamp."""
        return self._seen.timestamp()


def _vigil(told: dict[str, Any]) -> Vigil:
    key = bytes.fromhex(told["key"]) if told["key"] else None
    return Vigil(Path(told["database"]), key, told["owner"], told["epoch"])


def let_go(told: dict[str, Any], now: datetime) -> None:
    """Let go of the daemon's place, so that another need not wait. Raises what is in `TROUBLE`."""
    vigil = _vigil(told)
    try:
        vigil.keep_place(now)
    finally:
        vigil.close()


def line(form: str, moment: datetime, message: str, level: str = "info") -> str:
    """A line of the daemon's log, as `cli.logs` would write it."""
    if form == "json":
        at = moment.isoformat(timespec="milliseconds")
        return json.dumps(
            {"at": at, "level": level, "logger": "dayhand.daemon", "message": message}
        )
    return f"{moment:%Y-%m-%d %H:%M:%S}Z {level:<7} {message}"


def wait_until_still(
    place: Path,
    clock: Clock,
    is_over: Callable[[], bool],
    *,
    nap: Callable[[float], object] = time.sleep,
) -> None:
    """Wait while packages are being installed there, a minute at the most, or until it is over."""
    end = clock.monotonic() + MOST_STILL
    while clock.monotonic() < end and not is_over():
        if installed_at(place, clock.now().timestamp()) is not None:
            return
        nap(0.5)


def main() -> None:
    """Look out, and become the daemon again, or end."""
    told = received()
    if told is None:
        sys.exit("the lookout is begun by 'dayhand daemon', when that has nothing to do")
    clock = SystemClock()
    asked, wake = _heed_signals()
    folders = next(iter(told["descriptors"]), -1)
    lookout = Lookout(told, clock, folders, wake)
    why = lookout.look_out()
    wait_until_still(INSTALLATION, clock, lambda: bool(asked), nap=lookout.rest)
    if folders >= 0:
        os.close(folders)
    come_back({**told, "why": why, "seen": lookout.seen, "descriptors": []}, clock, asked)


def come_back(
    told: dict[str, Any],
    clock: Clock,
    asked: list[int],
    *,
    nap: Callable[[float], object] = time.sleep,
) -> NoReturn:
    """Become the daemon, or end if that was asked. Where this Python cannot be begun it is tried again."""
    supervisor, is_told = Supervisor(os.environ, clock), False
    while True:
        hold_signals()
        if signal.SIGTERM in asked or signal.SIGINT in asked:
            _end(told, clock)
        try:
            become(told["command"], told)
        except OSError as error:
            if not is_told:
                text = (
                    f"the daemon cannot be begun: {sys.executable}: {error.strerror}; trying again"
                )
                _say(told, clock, text, "error")
            is_told = True
        let_signals()
        supervisor.alive(told["status"])
        nap(AGAIN)


def _heed_signals() -> tuple[list[int], int]:
    """The signals that came, as they come, and a descriptor that can be read from then on."""
    came: list[int] = []
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(write)
    for number in SIGNALS:
        signal.signal(number, lambda one, _: came.append(one))
    let_signals()
    return came, read


def _end(told: dict[str, Any], clock: Clock) -> None:
    Supervisor(os.environ, clock).stopping()
    try:
        let_go(told, clock.now())
    except TROUBLE as error:
        text = f"the daemon's place could not be given up: {type(error).__name__}"
        _say(told, clock, text, "warning")
    _say(told, clock, "stopped")
    sys.exit(0)


def _say(told: dict[str, Any], clock: Clock, message: str, level: str = "info") -> None:
    """A line of the log, as far as the log can be written."""
    with suppress(OSError):
        sys.stderr.write(line(told["log"], clock.now(), message, level) + "\n")


if __name__ == "__main__":
    main()
