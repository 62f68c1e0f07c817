"""What one try of a passphrase costs whoever guesses it, and whoever knows it (K07)."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from measuring import Line, by_turns

from dayhand.keys import recovery

__all__ = ["lines"]

PASSPHRASE = "correct horse battery staple"
MIB = bytes(1024 * 1024)


def lines(rounds: int) -> Iterator[Line]:
    """A file under a passphrase opened: by itself, beside its key's derivation alone, and beside a hash."""
    sealed = recovery.sealed("practice", os.urandom(32), PASSPHRASE)
    cost = json.loads(sealed)

    def opened() -> None:
        recovery.read_any(sealed, "the file", passphrase=lambda: PASSPHRASE)

    def derived() -> None:
        Argon2id(
            salt=bytes(16), length=32, iterations=cost["iterations"], lanes=cost["lanes"],
            memory_cost=cost["memory_kib"],
        ).derive(PASSPHRASE.encode())  # fmt: skip

    ours, alone, hashed = by_turns(
        rounds, timed(opened), timed(derived), timed(lambda: hashlib.sha256(MIB))
    )
    what = f"{cost['memory_kib'] // 1024} MiB, {cost['iterations']} passes, {cost['lanes']} lanes"
    yield Line(f"a passphrase tried ({what})", ours * 1e3, None, 1000)
    yield Line(
        "a passphrase tried, beside Argon2id of that cost alone", ours * 1e3, alone * 1e3, 1.5
    )
    yield Line(
        "a passphrase tried, beside one SHA-256 of 1 MiB",
        ours * 1e3,
        hashed * 1e3,
        20,
        at_least=True,
    )


def timed(act: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        begin = time.perf_counter()
        act()
        return time.perf_counter() - begin

    return seconds
