"""Which passwords a server has refused, so that a wrong one does not lock the account.

Providers close an account after a handful of wrong passwords, and a routine with twenty invoices
would try it twenty times. A refused password is not tried again for an hour, in this process.
"""

from __future__ import annotations

import hashlib

__all__ = ["Lockout"]

PAUSE = 3600.0


class Lockout:
    """Refused logins, by server, user and a fingerprint of the password."""

    def __init__(self) -> None:
        self._refused: dict[str, float] = {}

    def is_closed(self, login: str, password: str, now: float) -> bool:
        """True if this password was refused less than an hour ago; `now` is monotonic."""
        refused_at = self._refused.get(_fingerprint(login, password))
        return refused_at is not None and now - refused_at < PAUSE

    def note(self, login: str, password: str, now: float) -> None:
        """The server refused this password."""
        self._refused[_fingerprint(login, password)] = now


def _fingerprint(login: str, password: str) -> str:
    return hashlib.sha256(f"{login}\0{password}".encode()).hexdigest()
