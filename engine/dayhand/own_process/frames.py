"""What dayhand and a plugin's process say to each other: a JSON object and bytes, each with its length.

A frame is two lengths of four bytes, the object in UTF-8 as `values.encode` writes it, so that its
values keep their types and their sensitivity, and bytes such as a file's.

| from dayhand              | from the plugin's process                                                  |
|---------------------------|----------------------------------------------------------------------------|
| `begin`: load this plugin | `ready`, or `failed`                                                       |
| `describe`                | `described`: what it declares                                              |
| `call`: a step            | `ask` (a file, an intent), `tell` (progress, log), at last `done`, `failed` |
| `ping`                    | `ready`                                                                    |
| `answer`, `refused`       | to an `ask`                                                                |
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dayhand.values import PrivateStr, SensitiveStr, decode, encode, replaced

__all__ = ["HEAD", "LARGEST", "Frame", "FrameError", "receive", "send"]

HEAD = struct.Struct(">II")
LARGEST = 68 * 1024 * 1024
"""A file through `context.files` may have 64 MiB."""


class FrameError(Exception):
    """The other side is gone, or does not speak this protocol. The message says which."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing said. `kind` is a word of the table above."""

    kind: str
    told: Mapping[str, Any] = field(default_factory=dict)
    data: bytes = b""

    def pack(self) -> bytes:
        """As it is sent."""
        # nothing is kept here: a private text crosses as a sensitive one, and is made private again
        told = replaced(self.told, PrivateStr, SensitiveStr)
        text = encode({"kind": self.kind, **told}).encode()
        return HEAD.pack(len(text), len(self.data)) + text + self.data

    @classmethod
    def unpack(cls, text: bytes, data: bytes) -> Frame:
        """As it was sent. Raises `FrameError` if it is none."""
        try:
            told = decode(text.decode())
            kind = told.pop("kind")
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
            raise FrameError("it said something that is not in the protocol") from None
        return cls(str(kind), told, data)


def sizes(head: bytes, most: int) -> tuple[int, int]:
    """The two lengths of a frame. Raises `FrameError` if it is larger than `most`."""
    text, data = HEAD.unpack(head)
    if text + data > most:
        raise FrameError(f"it said {text + data:,} bytes at once, and {most:,} are allowed")
    return text, data


def send(line: socket.socket, frame: Frame) -> None:
    """Send a frame. Raises `FrameError` if the other side is gone."""
    try:
        line.sendall(frame.pack())
    except OSError as error:
        raise FrameError("it is gone") from error


def receive(line: socket.socket, most: int = LARGEST) -> Frame:
    """Wait for a frame. Raises `FrameError` if the other side is gone or says too much."""
    text, data = sizes(_exactly(line, HEAD.size), most)
    return Frame.unpack(_exactly(line, text), _exactly(line, data))


def _exactly(line: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        try:
            part = line.recv(min(size - len(found), 1 << 20))
        except TimeoutError:
            raise FrameError("it did not answer in time") from None
        except OSError as error:
            raise FrameError("it is gone") from error
        if not part:
            raise FrameError("it is gone")
        found += part
    return bytes(found)
