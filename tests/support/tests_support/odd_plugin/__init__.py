"""A stranger's plugin for tests: each of its steps misbehaves in a way of its own."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dayhand import (
    Confirmation,
    Effect,
    NotSent,
    Preview,
    Retryable,
    Secret,
    Sensitive,
    Settings,
    WrittenFile,
    hookimpl,
    step,
)

VERSION = "1.0"


class OddSettings(BaseModel):
    """The section `odd`."""

    token: Secret | None = None
    folder: str = ""


class Person(BaseModel):
    """Someone."""

    name: Sensitive[str]
    about: str = ""


@step("odd.fine", effect=Effect.READ, summary="Do as one should")
def fine(context, *, who: Sensitive[str]) -> Person:
    """Do as one should."""
    return Person(name=who, about=f"{context.run.routine} {context.step_id} {context.today}")


@step("odd.any", effect=Effect.READ, summary="Give back something")
def any_(context) -> Any:
    """Give back something."""
    return 2


@step("odd.exit", effect=Effect.READ, summary="Call sys.exit")
async def exit_(context) -> None:
    """Call sys.exit."""
    sys.exit(3)


@step("odd.exit_thread", effect=Effect.READ, summary="Call sys.exit in a plain function")
def exit_thread(context) -> None:
    """Call sys.exit."""
    sys.exit(3)


@step("odd.interrupt", effect=Effect.READ, summary="Raise KeyboardInterrupt")
async def interrupt(context) -> None:
    """Raise KeyboardInterrupt."""
    raise KeyboardInterrupt


@step("odd.cancel", effect=Effect.READ, summary="Raise CancelledError")
async def cancel(context) -> None:
    """Raise CancelledError."""
    raise asyncio.CancelledError


class NoException(BaseException):
    """What no `except Exception` catches."""


@step("odd.base", effect=Effect.READ, summary="Raise an exception that is no Exception")
async def base(context) -> None:
    """Raise an exception that is no Exception."""
    raise NoException("Secret Name0")


@step("odd.recurse", effect=Effect.READ, summary="Recurse without end")
async def recurse(context) -> None:
    """Recurse without end."""

    def again() -> None:
        again()

    again()


@step("odd.raises", effect=Effect.READ, summary="Raise with client data")
async def raises(context) -> None:
    """Raise with client data."""
    raise ValueError("Secret Name0 owes 10")


@step("odd.wrong", effect=Effect.READ, summary="Give back what is not declared")
async def wrong(context) -> int:
    """Give back what is not declared."""
    return "many"  # type: ignore[return-value]


@step("odd.unkept", effect=Effect.READ, summary="Give back what cannot be kept")
async def unkept(context) -> object:
    """Give back what cannot be kept."""
    return socket.socket


@step("odd.large", effect=Effect.READ, summary="Give back a great deal")
async def large(context, *, size: int) -> str:
    """Give back a great deal."""
    return "x" * size


@step("odd.chatter", effect=Effect.READ, summary="Print and log a great deal")
async def chatter(context, *, size: int) -> str:
    """Print and log a great deal."""
    line = "x" * 1_000_000
    for _ in range(size // len(line)):
        sys.stdout.write(line)
        sys.stderr.write(line)
    return "printed"


@step("odd.talk", effect=Effect.READ, summary="Tell of progress without end")
async def talk(context) -> None:
    """Tell of progress without end."""
    while True:
        context.progress(1, 2, "x" * 1000)


@step("odd.loop", effect=Effect.READ, summary="Loop without end, in the event loop")
async def loop(context) -> None:
    """Loop without end."""
    while True:
        pass


@step("odd.spin", effect=Effect.READ, summary="Loop without end, in a plain function")
def spin(context) -> None:
    """Loop without end."""
    while True:
        pass


@step("odd.wait", effect=Effect.READ, summary="Wait without end")
async def wait(context) -> None:
    """Wait without end."""
    await asyncio.Event().wait()


@step("odd.die", effect=Effect.READ, summary="Call os._exit")
async def die(context) -> None:
    """Call os._exit."""
    os._exit(7)


@step("odd.crash", effect=Effect.READ, summary="Read where nothing is")
async def crash(context) -> None:
    """Read where nothing is: a segmentation fault."""
    ctypes.string_at(0)


@step("odd.kill", effect=Effect.READ, summary="Kill the process it is in")
async def kill(context) -> None:
    """Kill the process it is in."""
    os.kill(os.getpid(), signal.SIGKILL)


@step("odd.fork", effect=Effect.READ, summary="Fork, and go on in both processes")
def fork(context) -> int:
    """Fork, and go on in both processes; the other one's number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of threads
        return os.fork()


@step("odd.fork_on", effect=Effect.READ, summary="Fork, and never end, in both processes")
def fork_on(context) -> None:
    """Fork, and never end, in both processes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.fork()
    while True:
        time.sleep(60)


@step("odd.close", effect=Effect.READ, summary="Close all files")
async def close(context) -> None:
    """Close all files, dayhand's among them."""
    os.closerange(3, 1024)


class Figures(BaseModel):
    """Figures, of which one may be none."""

    label: str
    total: float = 0
    more: object = None
    text: str = ""


@step("odd.figures", effect=Effect.READ, summary="Give back figures that are none")
async def figures(context, *, what: str) -> Figures:
    """Give back figures that are none."""
    if what == "nan":
        return Figures(label="a", total=float("nan"))
    if what == "object":
        return Figures(label="a", more=object())
    if what == "large":
        return Figures(label="a", text="x" * 100_000_000)
    return {"label": 5}  # type: ignore[return-value]


@step("odd.long", effect=Effect.READ, summary="Give back a long text in a field")
async def long(context, *, size: int) -> Figures:
    """Give back a long text in a field."""
    return Figures(label="a", text="x" * size)


@step("odd.hungry", effect=Effect.READ, summary="Take memory without end")
async def hungry(context) -> int:
    """Take memory without end."""
    taken = []
    while True:
        taken.append(bytearray(50_000_000))


@step("odd.leaves", effect=Effect.READ, summary="Leave a thread and a task behind")
async def leaves(context) -> int:
    """Leave a thread and a task behind."""
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    asyncio.ensure_future(asyncio.sleep(600))
    return os.getpid()


@step("odd.forks", effect=Effect.READ, summary="Start a process and never end")
async def forks(context, *, note: str) -> None:
    """Start a process, note its id, and never end."""
    import subprocess

    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(note).write_text(str(child.pid))
    await asyncio.Event().wait()


@step("odd.process", effect=Effect.READ, summary="Tell the process")
async def process(context) -> int:
    """Tell the process."""
    return os.getpid()


@step("odd.environment", effect=Effect.READ, summary="Tell the names in the environment")
async def environment(context) -> list[str]:
    """Tell the names in the environment."""
    return sorted(os.environ)


@step("odd.connect", effect=Effect.READ, summary="Connect to a host")
async def connect(context, *, port: int) -> None:
    """Connect to a host."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


@step("odd.secret", effect=Effect.READ, summary="Ask for a secret")
async def secret(context, *, name: str) -> int:
    """Ask for a secret; its length."""
    from dayhand import SecretRef

    return len(context.secret(SecretRef("env", name)))


@step("odd.open", effect=Effect.READ, summary="Open a file past dayhand")
async def open_(context, *, path: str, mode: str = "r") -> str:
    """Open a file past dayhand."""
    with open(path, mode) as file:
        return file.read() if mode == "r" else str(file.write("odd"))


@step("odd.list", effect=Effect.READ, summary="List a folder")
def list_(context, *, path: str) -> list[str]:
    """List a folder."""
    return sorted(os.listdir(path))


@step("odd.remove", effect=Effect.READ, summary="Remove a file")
def remove(context, *, path: str) -> None:
    """Remove a file."""
    os.remove(path)


@step("odd.thread_open", effect=Effect.READ, summary="Open a file in a thread of its own")
async def thread_open(context, *, path: str) -> str:
    """Open a file in a thread of its own."""
    found: list[str] = []

    def read() -> None:
        try:
            found.append(Path(path).read_text())
        except Exception as error:
            found.append(type(error).__name__)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return found[0]


@step("odd.read", effect=Effect.READ, summary="Read a file through dayhand")
async def read(context, *, path: str) -> str:
    """Read a file through dayhand."""
    return context.files.read(path).decode()


@step("odd.write", effect=Effect.WRITE, summary="Write a file through dayhand")
async def write(context, *, path: str, text: str) -> WrittenFile:
    """Write a file through dayhand."""
    return context.files.write(path, text)


@step("odd.rows", effect=Effect.READ, summary="Use the database")
def rows(context) -> int:
    """Use the database."""
    with context.connect() as connection:
        return len(connection.exec_driver_sql("SELECT 1").all())


@step("odd.keep", effect=Effect.READ, summary="Keep something to fall back on")
def keep(context) -> None:
    """Keep something to fall back on."""
    context.keep("what", b"kept")


@step("odd.everything", effect=Effect.READ, summary="Use all that a context has")
def everything(context) -> dict[str, str]:
    """Use all that a context has."""
    context.log.warning("a word %s", "logged")
    context.progress(1, 2, "half")
    return {
        "kept": context.kept("what").data.decode(),
        "none": str(context.kept("other")),
        "template": context.files.template("hello.md"),
        "rendered": context.render("{{ a }} and {{ b | title }}", {"a": 1, "b": "two"}),
        "folder": context.settings.folder,
        "practice": context.info.name,
        "place": str(context.files.resolve("practice.yaml").name),
        "key": context.key,
    }


@step("odd.again", effect=Effect.READ, summary="Fail at the first attempt")
async def again(context) -> int:
    """Fail at the first attempt."""
    if context.attempt == 1:
        raise Retryable("not yet", after=0)
    return context.attempt


@step("odd.send", effect=Effect.SEND, summary="Send, and then do as told", intends=True)
async def send(context, *, to: str, then: str = "", before: str = "", note: str = "") -> str:
    """Send, and then do as told."""
    _do(before)
    await context.intend({"to": to, "note": note})
    Path(note).write_text("sent")
    _do(then)
    return 1 if then == "wrong" else f"sent to {to}"


def _do(what: str) -> None:
    if what == "die":
        os._exit(7)
    if what == "crash":
        ctypes.string_at(0)
    if what == "not sent":
        raise NotSent("refused", retryable=False)
    if what == "loop":
        while True:
            pass


@send.preview
def _preview_send(context, *, to: str, then: str, before: str, note: str) -> Preview:
    return Preview(f"would send to {to}", output="sent", details={"note": note})


@send.confirm
async def _confirm_send(context, intent) -> Confirmation:
    note = Path(intent.details["note"])
    return (
        Confirmation.yes(f"found {intent.key == context.key}")
        if note.exists()
        else Confirmation.no("not there")
    )


@step("odd.post", effect=Effect.SEND, summary="Send; dayhand intends")
async def post(context, *, to: str) -> str:
    """Send; dayhand intends."""
    return to


@hookimpl
def dayhand_settings() -> Settings:
    """The section."""
    return Settings("odd", lambda: OddSettings)


@hookimpl
def dayhand_steps():
    """Every step above."""
    from dayhand import Step

    return [one for one in globals().values() if isinstance(one, Step)]
