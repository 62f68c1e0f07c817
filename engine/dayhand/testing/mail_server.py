"""A mail server in a process of its own: it keeps each message as a file before it says so.

Its own process, because the processes that send to it are killed, forked, or not allowed a thread.
`fails` makes one visit end otherwise, at a point of the conversation:

    greeting   before the first word          data    at DATA, before `354`
    ehlo       at EHLO                        amid    in the middle of the message
    mail       at MAIL                        dot     at the end of the message, which is not kept
    rcpt       at RCPT                        kept    the same, but it is kept
                                              answered  just after `250` for the message

by `drop` (hang up), `silent` (never answer), `after-90` (go on after 90 s), or a reply such as `451`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from dayhand.testing.extra import require

__all__ = ["MailServer", "message_ids"]

_READY = 100
_PROCESS = Path(__file__).with_name("mail_process.py")


class MailServer:
    """The server, seen from a test: on 127.0.0.1, at `port`, without TLS. Use it in a `with`.

    Args:
        folder: where it keeps the messages; made if it is not there.

    Raises:
        UserError: aiosmtpd is not installed.
        RuntimeError: the server did not begin.
    """

    def __init__(self, folder: Path) -> None:
        require("aiosmtpd", "the mail server for tests")
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(_PROCESS), str(folder)]
        self._server = subprocess.Popen(  # noqa: S603 - a file of this package
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        told = self._server.stdout.readline() if self._server.stdout else b""
        if not told.strip():
            raise RuntimeError("the mail server did not begin")
        self.port = int(told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=_READY)  # the end of its input is its end

    @property
    def messages(self) -> Sequence[bytes]:
        """What was accepted, in the order it came."""
        return [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]

    @property
    def visits(self) -> int:
        """How often somebody connected."""
        file = self.folder / "visits"
        return file.stat().st_size if file.exists() else 0

    def falls_silent(self, *, after_accepting: bool) -> None:
        """From now on, hang up without an answer once a message is kept; or answer again."""
        file = self.folder / "silent"
        file.touch() if after_accepting else file.unlink(missing_ok=True)

    def fails(self, point: str, how: str, *, visit: int) -> None:
        """Let a visit, counted from 1, end otherwise; see the module."""
        (self.folder / "fault").write_text(f"{visit} {point} {how}")

    def forget(self) -> None:
        """Throw the messages away."""
        for file in self.folder.iterdir():
            file.unlink()


def message_ids(messages: Sequence[bytes]) -> list[str]:
    """The Message-ID of each message, in their order."""
    found = [re.search(rb"(?im)^message-id:\s*(\S+)", message) for message in messages]
    return [one[1].decode() if one else "" for one in found]
