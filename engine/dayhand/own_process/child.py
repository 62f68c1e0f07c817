"""One process of a plugin: started without what dayhand knows, asked one thing at a time, ended for sure."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from dayhand.errors import StepError
from dayhand.own_process import frames
from dayhand.own_process.frames import Frame, FrameError
from dayhand.trust import Bounds, as_size

__all__ = ["START", "Child", "ProcessEndedError"]

START = 60.0
"""Seconds in which a plugin must be imported, or tell what it declares, in a process of its own."""
_KEPT = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME",
    "TZ", "TZDIR", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_BOOT = (
    "import sys,json;line,path=sys.argv[1:];sys.path[:]=json.loads(path);"
    "from dayhand.plugin_process import main;main(int(line))"
)

Answer = Callable[[Frame], Awaitable[Frame]]


class ProcessEndedError(StepError):
    """A plugin's own process ended, or was ended, before its step did."""


class Child:
    """A plugin's process. It serves one call at a time.

    Raises:
        StepError: it could not be started, or the plugin could not be loaded in it.
    """

    def __init__(self, plugin: str, begin: bytes, bounds: Bounds) -> None:
        self._plugin = plugin
        self._bounds = bounds
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this Python itself
                [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), json.dumps(sys.path)],
                env=_environment(), pass_fds=(theirs.fileno(),), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        answer = self.ask(Frame("begin", data=begin))
        if answer.kind != "ready":
            self.kill()
            raise StepError(str(answer.told.get("message")), hint=str(answer.told.get("hint", "")))

    def ask(self, frame: Frame, *, within: float | None = None) -> Frame:
        """Say something that is answered at once, and wait for it.

        Raises:
            ProcessEndedError: it ended, or did not answer in time; it is killed.
        """
        self._line.settimeout(within or START)
        try:
            frames.send(self._line, frame)
            return frames.receive(self._line)
        except FrameError as error:
            raise self._ended(error) from error
        except BaseException:
            self.kill()
            raise

    def is_there(self) -> bool:
        """True if it still answers."""
        try:
            return self.ask(Frame("ping"), within=5).kind == "ready"
        except ProcessEndedError:
            return False

    async def call(self, frame: Frame, answer: Answer, limit: float) -> Frame:
        """Let it run a step, and give it what it asks for meanwhile.

        Raises:
            TimeoutError: it took longer than `limit` seconds; it is killed.
            ProcessEndedError: it ended, or said too much; it is killed.
        """
        self._line.settimeout(0)
        try:
            async with asyncio.timeout(limit):
                return await self._converse(frame, answer)
        except FrameError as error:
            raise self._ended(error) from error
        except BaseException:
            self.kill()
            raise

    async def _converse(self, frame: Frame, answer: Answer) -> Frame:
        loop, told = asyncio.get_running_loop(), 0
        await self._send(loop, frame)
        while True:
            text, data = frames.sizes(await self._exactly(loop, frames.HEAD.size), frames.LARGEST)
            if not data:
                told += text
            if told > self._bounds.output + frames.HEAD.size * 1024:
                raise FrameError(f"it told more than {as_size(self._bounds.output)}")
            said = Frame.unpack(await self._exactly(loop, text), await self._exactly(loop, data))
            if said.kind == "ask":
                await self._send(loop, await answer(said))
            elif said.kind == "tell":
                await answer(said)
            else:
                return said

    async def _send(self, loop: asyncio.AbstractEventLoop, frame: Frame) -> None:
        try:
            await loop.sock_sendall(self._line, frame.pack())
        except OSError as error:
            raise FrameError("it is gone") from error

    async def _exactly(self, loop: asyncio.AbstractEventLoop, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            try:
                part = await loop.sock_recv(self._line, min(size - len(found), 1 << 20))
            except OSError as error:
                raise FrameError("it is gone") from error
            if not part:
                raise FrameError("it is gone")
            found += part
        return bytes(found)

    def _ended(self, cause: FrameError) -> ProcessEndedError:
        """What to say of it; it is gone afterwards."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2 if str(cause) == "it is gone" else 0)
        code = self._process.poll()
        self.kill()
        return ProcessEndedError(
            f"the process of plugin '{self._plugin}' {_how(code, str(cause))}",
            hint=f"its bounds are {self._bounds.as_text()}; else report it to the plugin's makers",
        )

    def kill(self) -> None:
        """End it and whatever it started in its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._line.close()


def _how(code: int | None, cause: str) -> str:
    if code is None:
        return f"was ended: {cause}"
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"was ended by {name}"
    return f"ended itself, with exit code {code}"


def _environment() -> dict[str, str]:
    """What names the machine and its user; nothing that dayhand was started with beside it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # an arena for each thread would count as memory taken
    return {
        **kept,
        "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
