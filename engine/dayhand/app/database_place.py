"""A database on a server that a new practice is to use: its address, and where its password is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dayhand.errors import UserError
from dayhand.model.practice import SecretRef

__all__ = ["DatabasePlace"]

_ADDRESS = re.compile(r"postgres(?:ql)?://\S+")
_SECRET = re.compile(r"://[^/@\s:]*:[^/@\s]+@|[?&]password=")


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """`postgresql://user@host/name`, and where the password is to be had; None leaves it to PostgreSQL."""

    address: str
    password: SecretRef | None = None

    @classmethod
    def read(cls, address: str, password: str | None) -> Self:
        """As a person names it: the password as `env:NAME`, `file:PATH`, `keyring:SERVICE/USER` or
        `credential:NAME`.

        Raises:
            UserError: it is no address, or a password stands in it.
        """
        if not _ADDRESS.fullmatch(address):
            raise UserError(
                "that is not the address of a PostgreSQL database",
                hint="postgresql://user@host/name",
            )
        if _SECRET.search(address):
            raise UserError(
                "a password on the command line can be read by others on this machine",
                hint="leave it out, and say where it is: --database-password env:NAME",
            )
        kind, _, name = (password or "").partition(":")
        if password is not None and (kind not in SecretRef.KINDS or not name):
            raise UserError(
                "--database-password says where the password is, never the password itself",
                hint="env:NAME, file:PATH, keyring:SERVICE/USER or credential:NAME",
            )
        return cls(address, SecretRef(kind, name) if password is not None else None)

    def look(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Try the server before anything is made.

        Raises:
            StoreError: it cannot be reached, or lets nobody in.
            UserError: there is a practice in it already, or the password is not to be had.
        """
        # SQLAlchemy and the keys' libraries are imported only where a server is asked for
        from dayhand.keys import resolve_secret
        from dayhand.store.opening import holds_practice

        password = None
        if self.password:
            password = resolve_secret(
                self.password, practice_folder=folder, environment=environment
            )
        if holds_practice(self.address, password):
            raise UserError(
                "there is a practice in this database already",
                hint="make an empty database for this one: CREATE DATABASE",
            )

    def written_into(self, text: str) -> str:
        """The settings' text with the database in it."""
        lines = ["", "storage:", f"  url: {json.dumps(self.address)}"]
        if self.password:
            lines.append(f"  password: {{{self.password.kind}: {json.dumps(self.password.name)}}}")
        head, line, rest = text.partition("\ncurrency:")
        first, end, rest = rest.partition("\n")
        return f"{head}{line}{first}{end}{chr(10).join(lines)}\n{rest}"
