"""A passphrase that opens key files: asked for once in a process, and handed on with its environment.

A key file may hold the key under a passphrase, as `dayhand key protect` and `dayhand key export` write it.
Whoever looks for a key has the environment, and with it, where there is one, the passphrase.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from dayhand.errors import UserError
from dayhand.keys import recovery

__all__ = ["Handed", "Passphrase", "passphrase_of", "read_descriptor"]

_LONGEST = 4096
"""Bytes of a passphrase that are read."""


class Passphrase:
    """What opens the keys of this process: `given` with it, or else asked for when it is first needed.

    `ask` raises `UserError` where nobody answers.
    """

    def __init__(self, ask: Callable[[], str], *, given: str | None = None) -> None:
        self._ask = ask
        self.given = given
        self._text = given
        self._opened: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "<passphrase>"

    @property
    def is_known(self) -> bool:
        """True if it was given, or asked for: another process would have to be told it too."""
        return self._text is not None

    def text(self) -> str:
        """The passphrase. Raises `UserError` if there is none to be had."""
        if self._text is None:
            self._text = self._ask()
        return self._text

    def open(self, sealed: str, place: str) -> bytes:
        """The key in the text of a file; half a second the first time, nothing after it.

        Raises:
            UserError: it is not the passphrase, there is none, or the file was changed.
        """
        key = self._opened.get(sealed)
        if key is None:
            key = recovery.read_any(sealed, place, passphrase=self.text)
            self._opened[sealed] = key
        return key

    def seal(self, practice: str, key: bytes) -> str:
        """The text of a file that holds the key under the passphrase. Raises `UserError` if it is short."""
        sealed = recovery.sealed(practice, key, self.text())
        self._opened[sealed] = key
        return sealed


class Handed(dict[str, str]):
    """The environment of a process that can tell a passphrase; it is no part of the environment itself."""

    def __init__(self, environment: Mapping[str, str], passphrase: Passphrase) -> None:
        super().__init__(environment)
        self.passphrase = passphrase


def passphrase_of(environment: Mapping[str, str]) -> Passphrase | None:
    """What opens keys under a passphrase here, if anything does."""
    return environment.passphrase if isinstance(environment, Handed) else None


def read_descriptor(number: int) -> str:
    """The first line of an open descriptor, which is closed.

    Raises:
        UserError: nothing can be read from it, or what it gives is no line of text.
    """
    told = b""
    try:
        while b"\n" not in told and len(told) <= _LONGEST:
            more = os.read(number, _LONGEST)
            if not more:
                break
            told += more
        if number > 2:
            os.close(number)
    except OSError as error:
        raise UserError(
            f"no passphrase can be read from descriptor {number}: {error.strerror}",
            hint=f"open it for dayhand: dayhand --passphrase-fd {number} … {number}< FILE",
        ) from error
    line = told.partition(b"\n")[0].removesuffix(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = ""  # no `from`: the cause would quote what was read
    if not text or len(line) > _LONGEST:
        raise UserError(
            f"descriptor {number} gives no passphrase: one line of text",
            hint="write the passphrase and a line end to it, as in 3< FILE",
        )
    return text
