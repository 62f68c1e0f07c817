"""The process of the mail server for tests, run as a program by itself: see `mail_server`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


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
        if self.how.startswith("after-"):
            await asyncio.sleep(float(self.how.removeprefix("after-")))
            return ""
        return f"{self.how} {words}"


class Keeper:
    """Keeps each message as a file, before it says so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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
        number = sum(1 for _ in self.folder.glob("*.eml"))
        (self.folder / f"{number:06}.eml").write_bytes(envelope.content)
        if (self.folder / "silent").exists():
            server.transport.abort()
        return await server.fault.at(server, "kept") or "250 kept"


class Visit(SMTP):
    """One conversation, which may end otherwise."""

    fault: _Fault

    def connection_made(self, transport: Any) -> None:
        self.fault = _Fault(self.event_handler.folder)
        super().connection_made(transport)
        if (self.fault.point, self.fault.how) == ("greeting", "drop"):
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        with suppress(Exception):  # it does not expect its own side to hang up
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self.fault.point == "amid" and b"Message-ID" in data:
            self._hang_up()
        super().data_received(data)

    async def push(self, status: Any) -> None:
        if self.fault.point == "greeting" and str(status).startswith("220"):
            status = await self.fault.at(self, "greeting") or status
        await super().push(status)
        if self.fault.point == "answered" and str(status).startswith("250 kept"):
            self._hang_up(at_once=False)  # once the answer is on its way

    async def smtp_DATA(self, argument: str) -> None:
        refusal = await self.fault.at(self, "data")
        if refusal:
            await self.push(refusal)
        else:
            await super().smtp_DATA(argument)

    async def handle_exception(self, error: Exception) -> str:
        return "451 an exception, as was asked for"

    def _hang_up(self, *, at_once: bool = True) -> None:
        transport: Any = self.transport
        transport.abort() if at_once else transport.close()


async def _serve(folder: Path) -> None:
    def visited() -> SMTP:
        # it hangs up after five minutes by itself, which would be before it answers
        return Visit(Keeper(folder), hostname="localhost", ident="post office", timeout=3600)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(visited, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
