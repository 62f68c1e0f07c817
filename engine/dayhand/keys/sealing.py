"""Texts sealed one by one with the second key: AES-256-GCM, bound to the place they belong to.

    sealed:1:<fingerprint of the key>:<base64 of a nonce of 12 bytes, the ciphertext, a tag of 16>

The place (table, column and row of a value; or the run history) is authenticated beside the text and
stands nowhere in it: a sealed text that is moved to another row, column or table opens as little as one
that was changed. An older text of the same row is told from the newer by nothing but the audit log.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.key_text import KEY_BYTES, fingerprint
from dayhand.keys.private_key import PrivateKeys
from dayhand.values import PrivateStr

__all__ = ["HISTORY", "KIND", "SealedText", "Vault", "key_of_sealed"]

KIND = "sealed:1"
_NONCE_BYTES = 12
HISTORY = ("run history",)
"""The place of a private text in what is kept of runs."""


class SealedText(str):
    """What stands in a sealed column; it is opened by `Practice.unseal`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<sealed>"


def key_of_sealed(text: str) -> str:
    """The fingerprint of the key a text is sealed with; empty if it is not sealed."""
    return text.split(":", 3)[2] if text.startswith(f"{KIND}:") and text.count(":") == 3 else ""


class Vault:
    """Seals and opens with a practice's second key, which is looked for when it is first needed.

    `expected` is the fingerprint that the database tells, empty if it tells of none; `create` makes a
    key where there is none and none is expected.
    """

    def __init__(
        self, find: Callable[[], Sequence[bytes]], *, create: Callable[[], bytes] | None = None
    ) -> None:
        self._find = find
        self._create = create
        self._keys: dict[str, bytes] = {}
        self.expected = ""

    @classmethod
    def of(cls, keys: PrivateKeys, *, trial: bool = False) -> Vault:
        """The vault of a practice; on trial, a key that is not there yet is made up and not kept."""

        def create() -> bytes:
            return secrets.token_bytes(KEY_BYTES) if trial else keys.create()[0]

        return cls(keys.all, create=create)

    @classmethod
    def of_key(cls, key: bytes) -> Vault:
        """A vault that knows one key, for tests, copies that are thrown away, and a change of key."""
        return cls(lambda: [key])

    def key(self) -> bytes:
        """The key to seal with.

        Raises:
            SecretMissing: it is not here.
            UserError: the one here is another than the practice's texts are under.
        """
        found = list(self._known().values())
        if not self.expected:
            return found[0]
        wanted = self._keys.get(self.expected)
        if wanted is None:
            raise UserError(
                f"the second key here is {fingerprint(found[0])}, and the practice's private texts are"
                f" under {self.expected}",
                hint="bring that one: dayhand key import --private FILE",
            )
        return wanted

    def _known(self) -> dict[str, bytes]:
        if not self._keys:
            try:
                found = self._find()
            except SecretMissing:
                if self._create is None or self.expected:
                    raise
                found = [self._create()]
            self._keys = {fingerprint(key): key for key in found}
        return self._keys

    def seal(self, place: Sequence[str], text: str) -> SealedText:
        """The text, closed to whoever has not the key. Raises as `key` does."""
        key, nonce = self.key(), secrets.token_bytes(_NONCE_BYTES)
        kept = nonce + _cipher(key).encrypt(nonce, text.encode(), _bound(place))
        return SealedText(f"{KIND}:{fingerprint(key)}:{base64.b64encode(kept).decode()}")

    def open(self, place: Sequence[str], sealed: str) -> PrivateStr:
        """The text.

        Raises:
            SecretMissing: the key is not here.
            UserError: it is under another key, was changed, or belongs to another place.
        """
        wanted = key_of_sealed(sealed)
        if not wanted:
            raise UserError(
                f"the text of {_told(place)} is not sealed, and should be",
                hint="it was not written by dayhand; restore a backup: dayhand restore --help",
            )
        key = self._known().get(wanted) or self._looked_again(wanted)
        try:
            kept = base64.b64decode(sealed.rpartition(":")[2], validate=True)
            nonce, rest = kept[:_NONCE_BYTES], kept[_NONCE_BYTES:]
            text = _cipher(key).decrypt(nonce, rest, _bound(place)).decode()
        except (binascii.Error, ValueError, _wrong_tag()):
            # no `from`: nothing about key or text is to be quoted
            raise UserError(
                f"the sealed text of {_told(place)} was changed, or belongs to another row",
                hint="restore it from a backup: dayhand restore --help",
            ) from None
        return self.private(text)

    def _looked_again(self, wanted: str) -> bytes:
        """The key of that fingerprint, which another process may have made meanwhile."""
        self._keys = {}
        found = self._known().get(wanted)
        if found is None:
            here = ", ".join(self._known())
            raise UserError(
                f"a private text is under the second key {wanted}, and the keys here are: {here}",
                hint="bring that one: dayhand key import --private FILE",
            )
        return found

    def private(self, text: str) -> PrivateStr:
        """The text as a value that is sealed wherever the history of runs keeps it."""
        return PrivateStr(text, seal=lambda told: self.seal(HISTORY, told))

    def open_history(self, token: str) -> PrivateStr:
        """A private text of the history of runs."""
        return self.open(HISTORY, token)


def _bound(place: Sequence[str]) -> bytes:
    return json.dumps(["dayhand", *place]).encode()


def _told(place: Sequence[str]) -> str:
    return " ".join((*place[:1], *place[2:]))


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # slow to import

    return AESGCM(key)


def _wrong_tag() -> type[Exception]:
    """Asked for in an `except`, which looks at it only once something was raised."""
    from cryptography.exceptions import InvalidTag

    return InvalidTag
