"""When there is nothing to do for some minutes, the daemon leaves but a lookout, and comes back in time.

A daemon that waits needs four times the memory of the lookout (`dayhand.lookout`), which is all that is
left of it then: the same process, with the same number and the same place in the practice. What the two
have to know of each other is handed over (`handover`); everything else is in the database.

It stays as it is while anything is unsettled: a run or a notice under way, a file with mistakes, closed days
that are not known, a clock that is waited for, another process that has the practice.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from dayhand.daemon.handover import FORM, INSTALLATION, become, can_hand_over, installed_at

if TYPE_CHECKING:
    from dayhand.daemon.daemon import Daemon
    from dayhand.daemon.housekeeping import Housekeeping

__all__ = ["Doze", "look_out", "look_out_for_better", "resume"]

WORTH = timedelta(minutes=2)
"""For less it does not leave."""
LONGEST = timedelta(minutes=10)
"""What no clock tells is looked for so often."""
SETTLED = timedelta(seconds=20)
"""So long there has been nothing to do, unless it came back to find out just that."""
AGAIN = timedelta(seconds=10)
"""After this a daemon that could not come back tries again."""

_log = logging.getLogger("dayhand.daemon")


class Doze:
    """Decides for one daemon; `log` is the form of its log. Not `possible`, it never dozes."""

    def __init__(
        self, daemon: Daemon, housekeeping: Housekeeping, *, log: str, possible: bool
    ) -> None:
        self.until: datetime | None = None
        """Once it is time: when it comes back, if nothing happens before."""
        self.settled = SETTLED
        self._daemon = daemon
        self._housekeeping = housekeeping
        self._log = log
        self._possible = possible and can_hand_over()
        self._proved_at: float | None = None
        """When dayhand was installed, as it was found that a lookout can be begun."""

    def is_time(self) -> bool:
        """True if it may leave now; `until` then tells for how long."""
        self.until = self._until() if self._possible else None
        if self.until is None or not self._is_proved():
            return False
        _log.debug("nothing to do until %s: leaving a lookout", f"{self.until:%H:%M:%S}")
        return True

    def prove(self) -> None:
        """There was a lookout before: this process comes from it."""
        self._proved_at = self._installed_at()

    def _is_proved(self) -> bool:
        """Whether what is installed now is a dayhand that has a lookout; not in the middle of an upgrade."""
        at = self._installed_at()
        if at is None:
            return False
        if at != self._proved_at:
            self._possible, self._proved_at = _can_be_begun(), at
        return self._possible

    def _installed_at(self) -> float | None:
        return installed_at(INSTALLATION, self._daemon.app.clock.now().timestamp())

    def _until(self) -> datetime | None:
        quiet = None if self._housekeeping.is_unsettled else self._daemon.quiet
        if quiet is None or quiet.age < (SETTLED if self._daemon.has_worked else self.settled):
            return None
        now = self._daemon.app.clock.now()
        moments = [now + LONGEST, self._housekeeping.due_at, *quiet.ends]
        until = min(moments)
        return until if until - now >= WORTH else None

    def told(self, descriptor: int) -> dict[str, Any]:
        """What is handed over."""
        daemon = self._daemon
        file = daemon.app.store.file
        if file is None or self.until is None or daemon.quiet is None:
            raise RuntimeError("it is not time")
        path, key = file
        return {
            "command": sys.orig_argv,
            "owner": daemon.owner,
            "epoch": daemon.lease.epoch,
            "until": self.until.timestamp(),
            "seen": daemon.app.clock.now().timestamp(),
            "mark": daemon.quiet.mark,
            "status": daemon.supervisor.status,
            "log": self._log,
            "unread": daemon.happenings.trouble,
            "database": str(path),
            "key": key.hex() if key is not None else "",
            "practice": daemon.app.practice_text.decode(errors="surrogateescape"),
            "housekeeping": self._housekeeping.due_at.timestamp(),
            "descriptors": [descriptor],
        }


def resume(told: Mapping[str, Any], daemon: Daemon, housekeeping: Housekeeping, doze: Doze) -> None:
    """Go on as before, with what was handed over. The practice's settings are those of then."""
    seen, kept = (datetime.fromtimestamp(told[name], UTC) for name in ("seen", "housekeeping"))
    _log.debug("back from the lookout: %s", told["why"])
    daemon.resume(epoch=told["epoch"], seen=seen, woken_by=told["why"], unread=told["unread"])
    housekeeping.due_at = kept
    doze.prove()
    if told["why"] == "due":
        doze.settled = timedelta(0)


def look_out(told: Mapping[str, Any]) -> NoReturn:
    """Become the lookout, whose command line names the daemon's. Raises `OSError` if that cannot be."""
    become(_command("-m", "dayhand.lookout", *told["command"][1:]), dict(told))


def _command(*words: str) -> list[str]:
    """This Python as it was called, without the folder it was called in."""
    flags = sys.flags
    told = {"-I": flags.isolated, "-E": flags.ignore_environment, "-s": flags.no_user_site}
    return [sys.executable, *(option for option, is_set in told.items() if is_set), "-P", *words]


def _can_be_begun() -> bool:
    """Whether this Python finds a lookout that understands what it is told: dayhand may have been begun in
    a way of its own, or be another by now."""
    proof = f"import dayhand.lookout, dayhand.daemon.handover as h; assert h.FORM == {FORM}"
    try:
        tried = subprocess.run(  # noqa: S603 - this Python, with words of our own
            _command("-c", proof), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def look_out_for_better(told: Mapping[str, Any], trouble: str, now: datetime) -> NoReturn:
    """Become the lookout of a daemon that could not come back, for a moment. Raises `OSError`."""
    until = (now + AGAIN).timestamp()
    look_out({**told, "trouble": trouble, "until": until, "descriptors": []})
