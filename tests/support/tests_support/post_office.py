"""A mail server in a process of its own: it keeps each message as a file before it says so.

Its own process, because the processes that send to it are killed, forked, or not allowed a thread.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

_READY = 30


class PostOffice:
    """The server, seen from a test. Use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, str(folder)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
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

    def forget(self) -> None:
        """Throw the messages away."""
        for file in self.folder.iterdir():
            file.unlink()


def message_ids(messages: Sequence[bytes]) -> list[str]:
    """The Message-ID of each message, in their order."""
    found = [re.search(rb"(?im)^message-id:\s*(\S+)", message) for message in messages]
    return [one[1].decode() if one else "" for one in found]


async def _serve(folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    class Keeper:
        async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
            number = sum(1 for _ in folder.glob("*.eml"))
            (folder / f"{number:06}.eml").write_bytes(envelope.content)
            if (folder / "silent").exists():
                server.transport.abort()
            return "250 kept"

    def visited() -> SMTP:
        with (folder / "visits").open("ab") as visits:
            visits.write(b".")
        return SMTP(Keeper(), hostname="localhost", ident="post office")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(visited, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
