"""A mail server in a process of its own: it keeps each message as a file before it says so.

Its own process, because the processes that send to it are killed, forked, or not allowed a thread.
`fails` makes one visit end otherwise, at a point of the conversation:

    greeting   before the first word          data    at DATA, before `354`
    ehlo       at EHLO                        amid    in the middle of the message
    mail       at MAIL                        dot     at the end of the message, which is not kept
    rcpt       at RCPT                        kept    the same, but it is kept
                                              answered  just after `250` for the message

by `drop` (hang up), `silent` (never answer), or a reply such as `451`.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
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


class _Fault:
    """What goes wrong in one visit, if anything does."""

    def __init__(self, folder: Path) -> None:
        with (folder / "visits").open("ab") as visits:
            visits.write(b".")
        number = (folder / "visits").stat().st_size
        file = folder / "fault"
        visit, point, how = file.read_text().split() if file.exists() else ("0", "", "")
        self.point, self.how = (point, how) if int(visit) == number else ("", "")

    async def at(self, server: Any, point: str, words: str = "no") -> str:
        """Do it if this is its point: the reply to give, if there is one."""
        if point != self.point:
            return ""
        if self.how == "drop":
            server.transport.abort()
            await asyncio.sleep(0)
            raise ConnectionResetError("hung up, as was asked for")
        if self.how == "silent":
            await asyncio.sleep(3600)
        return f"{self.how} {words}"


async def _serve(folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    class Keeper:
        async def handle_EHLO(
            self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]
        ) -> list[str]:
            session.host_name = name
            refusal = await server.fault.at(server, "ehlo")
            return [refusal] if refusal else responses

        async def handle_MAIL(
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            envelope.mail_from = address
            return await server.fault.at(server, "mail") or "250 OK"

        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            refusal: str = await server.fault.at(server, "rcpt")
            if not refusal:
                envelope.rcpt_tos.append(address)
            return refusal or "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            refusal: str = await server.fault.at(server, "dot")
            if refusal:
                return refusal
            number = sum(1 for _ in folder.glob("*.eml"))
            (folder / f"{number:06}.eml").write_bytes(envelope.content)
            if (folder / "silent").exists():
                server.transport.abort()
            return await server.fault.at(server, "kept") or "250 kept"

    class Visit(SMTP):
        fault: _Fault

        def connection_made(self, transport: Any) -> None:
            self.fault = _Fault(folder)
            super().connection_made(transport)
            if (self.fault.point, self.fault.how) == ("greeting", "drop"):
                transport.abort()

        def connection_lost(self, error: Exception | None) -> None:
            with suppress(Exception):  # it does not expect its own side to hang up
                super().connection_lost(error)

        def data_received(self, data: bytes) -> None:
            if self.fault.point == "amid" and b"Message-ID" in data:
                self.transport.abort()
            super().data_received(data)

        async def push(self, status: Any) -> None:
            if self.fault.point == "greeting" and str(status).startswith("220"):
                status = await self.fault.at(self, "greeting") or status
            await super().push(status)
            if self.fault.point == "answered" and str(status).startswith("250 kept"):
                self.transport.close()  # once the answer is on its way

        async def smtp_DATA(self, argument: str) -> None:
            refusal = await self.fault.at(self, "data")
            if refusal:
                await self.push(refusal)
            else:
                await super().smtp_DATA(argument)

        async def handle_exception(self, error: Exception) -> str:
            return "451 an exception, as was asked for"

    def visited() -> SMTP:
        return Visit(Keeper(), hostname="localhost", ident="post office")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(visited, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
