"""What brings a lost key back: a form to be printed, or a file under a passphrase.

The form's code is base32 of the key and three bytes of its SHA-256, in groups of four; 0, 1 and 8 are
read as the letters they are mistaken for. The file holds the key under AES-256-GCM, by a key made of
the passphrase with Argon2id (64 MiB, 3 passes, 4 lanes: RFC 9106's second choice, half a second).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.key_text import KEY_BYTES, fingerprint, needs_passphrase, read_key

__all__ = [
    "SHORTEST_PASSPHRASE",
    "check_passphrase",
    "form",
    "needs_passphrase",
    "read_any",
    "sealed",
]

SHORTEST_PASSPHRASE = 15
"""Characters: what NIST SP 800-63B-4 asks of a password that stands alone."""
_COST = {"memory_kib": 65536, "iterations": 3, "lanes": 4}
_MOST = {"memory_kib": 1024 * 1024, "iterations": 20, "lanes": 16}
_FORMS = {
    False: "Recovery form: whoever has it can read the practice's data",
    True: "Recovery form of the second key: whoever has it and the data can read the private texts",
}
_CHECK_BYTES = 3
_CODE_LENGTH = 56
_KIND = "dayhand key under a passphrase"
_LARGEST = 16 * 1024


def form(practice: str, key: bytes, *, private: bool = False) -> str:
    """The key as a text to be printed and kept in a safe; `private` is the second key."""
    code = base64.b32encode(key + _check(key)).decode()
    groups = [code[i : i + 4] for i in range(0, len(code), 4)]
    lines = [" ".join(groups[i : i + 7]) for i in range(0, len(groups), 7)]
    return f"{_FORMS[private]}\npractice  {practice}\nkey       {fingerprint(key)}\n" + "".join(
        f"code      {line}\n" for line in lines
    )


def _check(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_CHECK_BYTES]


def check_passphrase(passphrase: str) -> None:
    """Raise `UserError` if a passphrase is too short to guard a key."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UserError(
            f"the passphrase is too short: {len(passphrase)} characters",
            hint=f"{SHORTEST_PASSPHRASE} or more, such as four or five words chosen by chance",
        )


def sealed(practice: str, key: bytes, passphrase: str) -> str:
    """The text of a file that gives the key to whoever knows the passphrase.

    Raises:
        UserError: the passphrase is too short, or the library is not installed.
    """
    check_passphrase(passphrase)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    head = {"kind": _KIND, "version": 1, "practice": practice, "key": fingerprint(key),
            "kdf": "argon2id", **_COST, "salt": _text(salt), "nonce": _text(nonce)}  # fmt: skip
    cipher = _cipher(_stretched(passphrase, salt, _COST))
    kept = {**head, "sealed": _text(cipher.encrypt(nonce, key, _bound(head)))}
    return json.dumps(kept, indent=1) + "\n"


def read_any(text: str, place: str, *, passphrase: Callable[[], str]) -> bytes:
    """The key in a key file, a recovery form, or a file under a passphrase, which is asked for.

    Raises:
        UserError: it holds none, a character is mistyped, or the passphrase is wrong.
    """
    if len(text) > _LARGEST:
        raise UserError(
            f"{place} is too large to hold a key",
            hint="name the file that 'dayhand key export' wrote, or the key file itself",
        )
    if needs_passphrase(text):
        return _unsealed(text, place, passphrase)
    if len(text.split()) == 1 and not re.fullmatch(r"(?:[A-Za-z2-7018]-?){56}", text.strip()):
        return read_key(text, place)
    return _from_form(text, place)


def _from_form(text: str, place: str) -> bytes:
    lines = re.findall(r"^\s*code\s+(.+)$", text, re.MULTILINE | re.IGNORECASE) or [text]
    code = re.sub(r"[\s-]", "", "".join(lines)).upper().translate(str.maketrans("018", "OIB"))
    if len(code) != _CODE_LENGTH:
        raise UserError(
            f"{place} does not hold a key", hint="a recovery code has 14 groups of 4 characters"
        )
    try:
        both = base64.b32decode(code)
    except binascii.Error:
        both = b""
    key, check = both[:KEY_BYTES], both[KEY_BYTES:]
    if not key or check != _check(key):
        raise UserError(
            f"a character of the recovery code in {place} is mistyped",
            hint="compare it with the form",
        )
    return key


def _unsealed(text: str, place: str, passphrase: Callable[[], str]) -> bytes:
    head, cost = _head(text, place)
    try:
        salt, nonce, kept = (_bytes(head.pop(n)) for n in ("salt", "nonce", "sealed"))
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{place} is damaged", hint="take another copy of it") from error
    bound = _bound({**head, "salt": _text(salt), "nonce": _text(nonce)})
    _library()
    key = _stretched(passphrase(), salt, cost)
    from cryptography.exceptions import InvalidTag

    try:
        found = _cipher(key).decrypt(nonce, kept, bound)
    except (InvalidTag, ValueError):
        # no `from`: nothing about the key or the passphrase is to be quoted
        raise UserError(
            f"the passphrase does not open {place}", hint="or the file was changed"
        ) from None
    if len(found) != KEY_BYTES:
        raise UserError(
            f"{place} does not hold a key",
            hint="name the file that 'dayhand key export' wrote, or the key file itself",
        )
    return bytes(found)


def _head(text: str, place: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        head = json.loads(text)
        known = isinstance(head, dict) and head.get("kind") == _KIND and head.get("version") == 1
        cost = {name: int(head[name]) for name in _COST} if known else {}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{place} does not hold a key under a passphrase",
            hint="name the file that 'dayhand key export' wrote under a passphrase",
        ) from error
    if not known:
        raise UserError(
            f"{place} does not hold a key under a passphrase",
            hint="name the file that 'dayhand key export' wrote under a passphrase",
        )
    if any(not 0 < cost[name] <= most for name, most in _MOST.items()):
        raise UserError(
            f"{place} asks for more work than it may: it is not dayhand's",
            hint="name the file that 'dayhand key export' wrote under a passphrase",
        )
    return head, cost


def _stretched(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    kdf = _library()
    made = kdf(
        salt=salt, length=32, iterations=cost["iterations"], lanes=cost["lanes"],
        memory_cost=cost["memory_kib"],
    )  # fmt: skip
    derived: bytes = made.derive(passphrase.encode())
    return derived


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # an extra, slow to import
    except ImportError as error:
        raise SecretMissing(
            "a passphrase needs a library that is not installed",
            hint="pip install --only-binary :all: 'dayhand[recovery]'",
        ) from error
    return Argon2id


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # as above

    return AESGCM(key)


def _bound(head: Mapping[str, Any]) -> bytes:
    """What stands beside the sealed key and cannot be changed without notice."""
    return json.dumps(dict(sorted(head.items()))).encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
