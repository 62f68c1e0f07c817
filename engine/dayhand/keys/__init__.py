"""Where secrets come from: the key of the database, and what `practice.yaml` refers to."""

from __future__ import annotations

from dayhand.keys import recovery
from dayhand.keys.database_key import (
    create_key,
    find_key,
    forget_key,
    keep_key,
    key_file,
    key_places,
    locate_key,
    practice_id,
)
from dayhand.keys.key_place import KeyPlace
from dayhand.keys.key_text import KEY_BYTES, as_text, fingerprint, read_key
from dayhand.keys.references import resolve_secret

__all__ = [
    "KEY_BYTES",
    "KeyPlace",
    "as_text",
    "create_key",
    "find_key",
    "fingerprint",
    "forget_key",
    "keep_key",
    "key_file",
    "key_places",
    "locate_key",
    "practice_id",
    "read_key",
    "recovery",
    "resolve_secret",
]
