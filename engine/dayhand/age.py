"""Documents under `out/` as age files (https://age-encryption.org/v1), for the recipients of the settings.

A file is encrypted in memory before it is written, and decrypted in memory when it is read back, so that
its text is on no disk. Who may read it is told by recipients, `age1…`, which are no secrets; the identity
that reads is one, and may be kept away from the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dayhand.errors import SecretMissing, UserError

__all__ = ["ENDING", "Age", "new_identity"]

ENDING = ".age"


@dataclass(frozen=True, slots=True)
class Age:
    """For whom documents are encrypted, and what reads them; with no recipients they are not encrypted.

    `identity` gives the text of an identity file, or raises `SecretMissing`; None where none is named.
    """

    recipients: tuple[str, ...] = ()
    identity: Callable[[], str] | None = None

    def closed(self, data: bytes) -> bytes:
        """The bytes of an age file.

        Raises:
            UserError: a recipient is mistyped, or the library is not installed.
        """
        library = _library()
        try:
            known = [library.x25519.Recipient.from_str(one) for one in self.recipients]
        except library.RecipientError as error:
            raise UserError(
                "a recipient of 'documents.encrypt_to' is mistyped",
                hint="compare it with what 'dayhand key new-identity' or 'age-keygen -y' gave",
            ) from error
        made: bytes = library.encrypt(data, known)
        return made

    def opened(self, data: bytes, name: str) -> bytes:
        """What an age file holds.

        Raises:
            SecretMissing: no identity is named, or it is not here.
            UserError: it is for others, or was changed.
        """
        library = _library()
        identities = self._identities(name)
        try:
            found: bytes = library.decrypt(data, identities)
        except library.DecryptError:
            # no `from`: nothing of the file is to be quoted
            raise UserError(
                f"'{name}' is not for the identity that is here, or was changed",
                hint="is it from before another 'documents.encrypt_to'?",
            ) from None
        return found

    def _identities(self, name: str) -> list[Any]:
        if self.identity is None:
            raise SecretMissing(
                f"'{name}' is encrypted, and 'documents.identity' names nothing to read it with",
                hint="name it in practice.yaml, such as documents: {identity: {file: ~/keys/documents.txt}}",
            )
        return [one for one, _ in self.known()]

    def known(self) -> list[tuple[Any, str]]:
        """The identities there are, each with its recipient. Raises as `opened` does."""
        library = _library()
        text = self.identity() if self.identity is not None else ""
        lines = [line.strip() for line in text.splitlines()]
        try:
            found = [
                library.x25519.Identity.from_str(line)
                for line in lines
                if line and not line.startswith("#")
            ]
        except library.IdentityError:
            found = []
        if not found:
            raise UserError(
                "'documents.identity' holds no identity: a line such as AGE-SECRET-KEY-1…",
                hint="make one with: dayhand key new-identity FILE",
            ) from None
        return [(one, str(one.to_public())) for one in found]


def new_identity() -> tuple[str, str]:
    """The text of a new identity file, and its recipient."""
    made = _library().x25519.Identity.generate()
    recipient = str(made.to_public())
    return f"# public key: {recipient}\n{made}\n", recipient


def _library() -> Any:
    try:
        import pyrage  # type: ignore[import-untyped] # an extra, without types
    except ImportError as error:
        raise UserError(
            "age files need a library that is not installed",
            hint="pip install --only-binary :all: 'dayhand[documents]'",
        ) from error
    return pyrage
