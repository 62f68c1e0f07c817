"""Stands between dayhand and a real CalDAV server, and lets one request end otherwise.

    python calendar_proxy.py HOST:PORT FOLDER

listens on a port, which it prints, and hands each request on. The file `fault` in the folder, such as
`write 412`, is for the next request of a kind: `read` (PROPFIND, REPORT, GET) or `write` (PUT, DELETE).
How it ends: a status; `silent`, never answered; `before`, the line breaks and nothing was handed on;
`after`, the server has done it and the line breaks; `500-after`, it has done it and the answer is 500.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

_REASONS = {403: "Forbidden", 412: "Precondition Failed", 429: "Too Many Requests"}


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head, await reader.readexactly(length)


async def _honest(server: tuple[str, int], head: bytes, body: bytes) -> bytes:
    """The server's whole answer to a request, for which it is told to close afterwards."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    lines.insert(1, b"Connection: close")
    reader, writer = await asyncio.open_connection(*server)
    writer.write(b"\r\n".join(lines) + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


def _answer(status: int) -> bytes:
    more = "Retry-After: 1\r\n" if status in (429, 503) else ""
    reason = _REASONS.get(status, "Trouble")
    return f"HTTP/1.1 {status} {reason}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()


def _fault(folder: Path, method: bytes) -> str:
    """What is to go wrong with this request; it is for one only."""
    file = folder / "fault"
    if not file.exists():
        return ""
    kind, how = file.read_text().split()
    if kind != ("write" if method in (b"PUT", b"DELETE") else "read"):
        return ""
    file.unlink()
    return how


async def _serve(server: tuple[str, int], folder: Path) -> None:
    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, body = await _request(reader)
            how = _fault(folder, head.split(b" ", 1)[0])
            if how.isdigit():
                writer.write(_answer(int(how)))
            elif how == "silent":
                await asyncio.sleep(3600)
            elif how == "before":
                writer.transport.abort()
            else:
                answer = await _honest(server, head, body)
                if how == "after":
                    writer.transport.abort()
                else:
                    writer.write(_answer(500) if how == "500-after" else answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side went away, or this one ends
        finally:
            writer.close()

    listening = await asyncio.start_server(visited, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    async with listening:
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    host, _, port = sys.argv[1].partition(":")
    asyncio.run(_serve((host, int(port)), Path(sys.argv[2])))
