"""Run `dayhand` and tell, as the last line of standard error, what it connected to and which paths it touched."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

CONNECTED: list[str] = []
TOUCHED: list[str] = []
BESIDE: set[str] = set()
_CHANGES = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        CONNECTED.append(repr(arguments[1]))
    elif event == "os.rename":
        source, target, there, here = arguments
        BESIDE.discard(_name(source))
        TOUCHED.extend((_whole(source, there), _whole(target, here)))
    elif event in _CHANGES:
        folder = arguments[-1] if isinstance(arguments[-1], int) and event != "os.truncate" else -1
        TOUCHED.append(_whole(arguments[0], folder))
    elif event == "open" and isinstance(arguments[0], str) and arguments[2] & _WRITING:
        # of a file opened beside a folder's descriptor the event tells the name alone: its folder is
        # told when it is renamed
        (TOUCHED.append if arguments[0].startswith("/") else BESIDE.add)(arguments[0])


def _name(path: Any) -> str:
    return os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else str(path)


def _whole(path: Any, folder: int) -> str:
    return (
        str(Path(f"/proc/self/fd/{folder}").readlink() / _name(path)) if folder > 2 else _name(path)
    )


sys.addaudithook(_see)

from dayhand.cli import main  # noqa: E402 - the hook is there first

with contextlib.suppress(SystemExit):
    main(sys.argv[1:])
told = [CONNECTED, [path for path in [*TOUCHED, *BESIDE] if not path.startswith("/dev/")]]
print(json.dumps(told), file=sys.stderr)
