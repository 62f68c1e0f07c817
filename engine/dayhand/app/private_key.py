"""The second key of a practice: what is known of it, its change, export and return.

A change seals every text anew in one transaction of the database, which also notes which key is expected
from then on:

    noted in the audit log → next key kept → texts sealed anew, the next key expected (one transaction)
    → key before kept as previous → next becomes the key → noted

Cut off before the transaction, the next key is not used and is overwritten; cut off after it, the texts
are under the next key, which is found beside the one there is, and made the key at the next opening.
Previous keys are kept: backups, and texts of a plugin that was left out meanwhile, need them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.app.key_change import refuse_beside_the_daemon
from dayhand.app.key_recovery import refuse_place, write_file
from dayhand.errors import DayhandError, SecretMissing, UserError
from dayhand.keys import KEY_BYTES, KeyPlace, fingerprint, locate_key, practice_id, recovery
from dayhand.keys.private_key import NEXT, PrivateKeys
from dayhand.keys.sealing import Vault

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.store import Store

MARKER = "private-key-change"

__all__ = [
    "PrivateKeyStatus",
    "bring_back",
    "copies_in_the_clear",
    "export",
    "keys_of",
    "rotate",
    "settle",
    "status",
    "vault",
]


def keys_of(app: App) -> PrivateKeys:
    """Where the practice's second key is looked for."""
    storage = app.checked_practice.storage
    return PrivateKeys(app.folder, storage.private_key, app.settings.environment)


def vault(app: App) -> Vault:
    """Seals and opens the practice's private texts; its key is looked for when it is needed."""
    return Vault.of(keys_of(app))


def settle(app: App, store: Store) -> None:
    """Tell the vault which key the database expects, and note one where it expects none yet.

    A practice that has no second key, since it was made before there was one, is given it here.
    """
    store.vault.expected = store.expected_key()
    if store.vault.expected:
        if (app.data / MARKER).exists():
            _finish(app, store.vault.expected)
        return
    with suppress(DayhandError):  # no place to keep one: told where a text is to be sealed
        key = fingerprint(store.vault.key())
        store.expect_key(key, now=app.clock.now())
        store.vault.expected = key


def _finish(app: App, expected: str) -> None:
    """Finish a change that was cut off after its transaction; forget one that was cut off before."""
    with suppress(UserError):  # the key is elsewhere, or cannot be read: told where it is needed
        key, place = keys_of(app).locate()
        if fingerprint(key) == expected:
            place.remove(NEXT)
        else:
            following = place.read(NEXT)
            if following is not None and fingerprint(following) == expected:
                _promote(place, key, following)
        (app.data / MARKER).unlink(missing_ok=True)


def _promote(place: KeyPlace, key: bytes, following: bytes) -> None:
    before = list(place.previous())
    if not before or before[-1][1] != key:
        place.write(key, f".previous-{len(before) + 1}")
    place.write(following)
    place.remove(NEXT)


@dataclass(frozen=True, slots=True)
class PrivateKeyStatus:
    """What is known of the second key, without it; `key` and `place` are empty where it is not here.

    `expected` is the one that the database tells; `texts` how many are under each key.
    """

    practice: str
    key: str
    place: str
    under_passphrase: bool
    can_change: bool
    expected: str
    opens: bool
    reason: str
    texts: dict[str, int]
    previous: tuple[str, ...]
    rotated_at: datetime | None
    exported_at: datetime | None


def status(app: App) -> PrivateKeyStatus:
    """Where the second key is, and whether it is the one that is expected."""
    expected, reason = app.store.vault.expected, ""
    key, place, previous = "", None, tuple[str, ...]()
    try:
        found, place = keys_of(app).locate()
        key, previous = fingerprint(found), tuple(fingerprint(k) for _, k in place.previous())
        if expected and key != expected:
            reason = f"the private texts are under the key {expected}"
    except SecretMissing as error:
        reason = error.message
    texts = app.store.sealed_texts(app.host.tables())
    rotated, exported = (
        app.store.last_audit(f"key.private.{what}") for what in ("rotated", "export")
    )
    return PrivateKeyStatus(
        practice=practice_id(app.folder), key=key, place=place.words if place else "",
        under_passphrase=place is not None and place.is_guarded,
        can_change=place is not None and place.can_change, expected=expected,
        opens=not reason, reason=reason, texts=texts, previous=previous,
        rotated_at=rotated.at if rotated else None, exported_at=exported.at if exported else None,
    )  # fmt: skip


def copies_in_the_clear(app: App) -> list[Path]:
    """The copies from before upgrades that hold texts in the clear that are sealed by now."""
    from dayhand.store import sealed  # SQLAlchemy

    storage, key = app.checked_practice.storage, None
    if storage.url.startswith("postgresql"):
        return []
    if storage.encrypted:
        key, _ = locate_key(app.folder, storage.key, environment=app.settings.environment)
    return [
        copy
        for copy in sorted(app.database_file.parent.glob(f"{app.database_file.name}.before-*"))
        if not copy.name.endswith(".part") and sealed.in_the_clear(copy, key, app.host.tables())
    ]


def rotate(app: App) -> tuple[str, str, str, int]:
    """Seal everything with a new key: its fingerprint, that of the one before, the place, how many texts.

    Raises:
        SecretMissing: the key is not here.
        UserError: it is where dayhand cannot write, a text does not open, or the daemon runs.
    """
    _ = app.store  # finishes a change that was cut off
    key, place = keys_of(app).locate()
    if fingerprint(app.store.vault.key()) != fingerprint(key):
        raise UserError(
            "the second key here is not the one the private texts are under",
            hint="bring the right one back: dayhand key import --private FILE",
        )
    if not place.can_change:
        raise UserError(
            f"the second key comes from {place.words}, which dayhand cannot write",
            hint="put it into a key file (storage: {private_key: {file: PATH}}), change it,"
            " and make a credential of the new file",
        )
    refuse_beside_the_daemon(app)
    left_out = [one.name for one in app.catalogue.plugins if one.state != "loaded"]
    if left_out:
        raise UserError(
            f"a plugin is left out, whose texts would stay under the key before: {', '.join(left_out)}",
            hint="see: dayhand plugins",
        )
    new = secrets.token_bytes(KEY_BYTES)
    told = f"from {fingerprint(key)} to {fingerprint(new)}"
    app.note("key.private.rotate", told)
    (app.data / MARKER).touch(mode=0o600)
    place.write(new, NEXT)
    sealed = app.store.change_private_key(app.host.tables(), after=new, now=app.clock.now())
    _promote(place, key, new)
    (app.data / MARKER).unlink(missing_ok=True)
    app.close()  # whoever opens it again has the new key
    app.note("key.private.rotated", told)
    return fingerprint(new), fingerprint(key), place.words, sealed


def export(app: App, target: Path | None, *, passphrase: str | None) -> str:
    """The recovery form of the second key, or its file under a passphrase; see `key_recovery.export`."""
    target = refuse_place(app, target)
    key = app.store.vault.key()
    name = practice_id(app.folder)
    made = (
        recovery.form(name, key, private=True)
        if passphrase is None
        else recovery.sealed(name, key, passphrase)
    )
    how = "recovery form" if passphrase is None else "under a passphrase"
    app.note("key.private.export", f"{how}, key {fingerprint(key)}")
    if target is not None:
        write_file(target, made)
    return made


def bring_back(
    app: App, text: str, named: str, *, passphrase: Callable[[], str]
) -> tuple[str, str]:
    """Keep a second key that is not here, once it is shown to be the one; fingerprint and place.

    Raises:
        UserError: it is another, or the right key is here already.
    """
    key = recovery.read_any(text, named, passphrase=passphrase)
    expected = app.store.vault.expected
    if expected and fingerprint(key) != expected:
        raise UserError(
            f"the key in {named} ({fingerprint(key)}) is not the one the private texts are under"
            f" ({expected})",
            hint="is it the first key, that of another practice, or of before a change?",
        )
    keys = keys_of(app)
    with suppress(SecretMissing):
        known, place = keys.locate()
        if known == key:
            raise UserError(
                f"the key is here already, in {place.words}",
                hint="nothing is to be done; 'dayhand key status' tells of it",
            )
    _, where = keys.keep(key)
    app.note("key.private.import", f"key {fingerprint(key)}")
    return fingerprint(key), where
