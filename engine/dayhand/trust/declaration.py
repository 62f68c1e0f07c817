"""`dayhand-plugin.toml`: what a plugin says it touches, read without running any of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dayhand.errors import UserError
from dayhand.problems import closest

__all__ = ["API", "FILE", "Declaration"]

API = 1
"""The version of the plugin API this dayhand has."""
FILE = "dayhand-plugin.toml"

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a plugin may touch; nothing, unless it says so.

    Attributes:
        api: the version of the plugin API it was written for.
        network: hosts it connects to; `*.example.com` is any below it, `*` any at all.
        secrets: its settings refer to secrets, which it is handed.
        tables: it keeps tables in the database, or its steps or commands use the database.
        send: it has steps that send or post something.
    """

    api: int = API
    network: tuple[str, ...] = ()
    secrets: bool = False
    tables: bool = False
    send: bool = False

    @classmethod
    def read(cls, file: Path) -> Declaration:
        """What stands in the file; a declaration of nothing if there is none.

        Raises:
            UserError: it is not TOML, or has a key or a value that is not known.
        """
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UserError(f"its {FILE} cannot be read: {error}") from None
        return cls.of(told)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Declaration:
        """The declaration of these keys. Raises `UserError` for one that is not known."""
        known = [one.name for one in fields(cls)]
        for key, value in told.items():
            if key not in known:
                guess = closest(key, known)
                mean = f", did you mean '{guess}'?" if guess else f"; known are {', '.join(known)}"
                raise UserError(f"its {FILE} has an unknown key '{key}'{mean}")
            _check(key, value)
        network = tuple(str(host).lower() for host in told.get("network", ()))
        return cls(**{**told, "network": network})

    def as_lines(self) -> list[str]:
        """What it may touch, each in a sentence for a person."""
        hosts = "any host" if "*" in self.network else ", ".join(self.network)
        return [
            f"connects to {hosts}" if self.network else "connects to no host",
            "sends or posts in your name" if self.send else "sends nothing",
            "reads and writes the database" if self.tables else "does not use the database",
            "is handed the secrets its settings name" if self.secrets else "is handed no secret",
        ]

    def beyond(self, other: Declaration) -> list[str]:
        """What this declares and the other did not."""
        more = [f"connects to {host}" for host in self.network if host not in other.network]
        more += ["sends or posts in your name"] if self.send and not other.send else []
        more += ["uses the database"] if self.tables and not other.tables else []
        more += ["is handed secrets"] if self.secrets and not other.secrets else []
        return more


def _check(key: str, value: Any) -> None:
    if key == "network":
        if not isinstance(value, list) or not all(_is_host(one) for one in value):
            raise UserError(
                f"its {FILE} says 'network' that is not a list of host names",
                hint='such as network = ["api.example.com"]; no scheme, no port, no path',
            )
    elif key == "api":
        if type(value) is not int or value < 1:
            raise UserError(f"its {FILE} says 'api' that is not a whole number")
    elif type(value) is not bool:
        raise UserError(f"its {FILE} says '{key}' that is neither true nor false")


def _is_host(value: Any) -> bool:
    return isinstance(value, str) and bool(_HOST.fullmatch(value.lower()))
