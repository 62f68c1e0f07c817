"""A key as text, and how it is told without being shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
from contextlib import suppress

from dayhand.errors import UserError

__all__ = ["KEY_BYTES", "as_text", "fingerprint", "needs_passphrase", "read_key"]

KEY_BYTES = 32


def as_text(key: bytes) -> str:
    """The key as it is kept: base64."""
    return base64.b64encode(key).decode()


def fingerprint(key: bytes) -> str:
    """Sixteen hex digits by which a key is known; they tell nothing about it."""
    return hashlib.sha256(b"dayhand database key\0" + key).hexdigest()[:16]


def needs_passphrase(text: str) -> bool:
    """True if the text is that of a file under a passphrase."""
    return text.lstrip().startswith("{")


def read_key(text: str, place: str) -> bytes:
    """The key written as base64 or as 64 hex digits.

    Raises:
        UserError: it is not one; what was read is not shown.
    """
    told = text.strip()
    with suppress(ValueError):
        if len(told) == 2 * KEY_BYTES:
            return bytes.fromhex(told)
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(told, validate=True)
        if len(key) == KEY_BYTES:
            return key
    # no `from`: the cause would quote what was read
    raise UserError(
        f"{place} does not hold a key: 32 bytes, as base64 or 64 hex digits",
        hint="bring it back with 'dayhand key import FILE', from what 'dayhand key export' wrote",
    ) from None
