"""Long texts of the history, packed: what a step gives the next ones are mostly given again.

A year of a practice is nearly all such texts. A packed one is `z:`, then base64 of zlib's bytes; no JSON
begins so. One that holds sealed texts stays as it is: a change of the second key searches for them.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode

__all__ = ["packed", "unpacked"]

_SIGN = "z:"
_SEALED = '"$sealed"'
_WORTH = 1024
"""Characters from which on packing is tried."""
_LEVEL = 1
"""Of nine: the others make it a fifth smaller and take twice as long, while a run waits."""


def packed(text: str) -> str:
    """The JSON text, packed if that makes it shorter and it holds nothing sealed."""
    if len(text) < _WORTH or _SEALED in text:
        return text
    short = _SIGN + b64encode(zlib.compress(_bytes(text), _LEVEL)).decode("ascii")
    return short if len(short) < len(text) else text


def unpacked(text: str) -> str:
    """The text as it was given to `packed`.

    Raises:
        ValueError: it begins as a packed one, and is none.
    """
    if not text.startswith(_SIGN):
        return text
    try:
        return zlib.decompress(b64decode(text[len(_SIGN) :], validate=True)).decode(
            "utf-8", "surrogatepass"
        )
    except zlib.error as error:
        raise ValueError(f"a packed text is damaged: {error}") from error


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
