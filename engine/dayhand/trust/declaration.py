"""`dayhand-plugin.toml`: what a plugin says it touches, read without running any of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dayhand.errors import UserError
from dayhand.problems import closest
from dayhand.trust.bounds import Bounds

__all__ = ["API", "API_SAID_BY", "FILE", "Declaration", "says_api"]

API = 1
"""The version of the plugin API this dayhand has."""
API_SAID_BY = "0.3"
"""The first version of dayhand in which a declaration has to say its `api`."""
FILE = "dayhand-plugin.toml"
_MEND = (
    "whoever wrote the plugin corrects it; plugins/README.md has a part 'What a plugin may touch'"
)

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\*")
_KEYS = ("api", "network", "secrets", "tables", "send", "folders", "process")
_WAYS = ("read", "write")
_NOT_BOTH = (
    "it uses the database, and a plugin in a process of its own cannot: dayhand hands neither the key"
    " of the database nor a transaction to another process"
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a plugin may touch; nothing, unless it says so.

    Attributes:
        api: the version of the plugin API it was written for.
        network: hosts it connects to; `*.example.com` is any below it, `*` any at all.
        secrets: its settings refer to secrets, which it is handed.
        tables: it keeps tables in the database, or its steps or commands use the database.
        send: it has steps that send or post something.
        reads: folders outside the practice it reads, such as `~/Exports`.
        writes: folders outside the practice it reads and writes.
        process: bounds of the process of its own that it asks for; None if it asks for none.
    """

    api: int = API
    network: tuple[str, ...] = ()
    secrets: bool = False
    tables: bool = False
    send: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    process: Bounds | None = None

    @classmethod
    def read(cls, file: Path) -> Declaration:
        """What stands in the file; a declaration of nothing if there is none.

        Raises:
            UserError: it is not TOML, or has a key or a value that is not known.
        """
        import tomllib  # not to compare what was approved

        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UserError(f"its {FILE} cannot be read: {error}", hint=_MEND) from None
        return cls.of(told)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Declaration:
        """The declaration of these keys. Raises `UserError` for one that is not known."""
        for key, value in told.items():
            if key not in _KEYS:
                guess = closest(key, _KEYS)
                mean = f", did you mean '{guess}'?" if guess else f"; known are {', '.join(_KEYS)}"
                raise UserError(f"its {FILE} has an unknown key '{key}'{mean}", hint=_MEND)
            _CHECKS.get(key, _check_flag)(key, value)
        folders = told.get("folders", {})
        made = cls(
            api=told.get("api", API),
            network=tuple(str(host).lower() for host in told.get("network", ())),
            **{key: bool(told.get(key)) for key in ("secrets", "tables", "send")},
            reads=tuple(folders.get("read", ())),
            writes=tuple(folders.get("write", ())),
            process=_bounds(told.get("process")),
        )
        if made.process is not None:
            made.require_apart()
        return made

    def require_apart(self) -> None:
        """Raise `UserError` if the plugin cannot be used in a process of its own."""
        if self.tables:
            raise UserError(_NOT_BOTH, hint="use it in dayhand's own process, or not at all")

    def as_lines(self) -> list[str]:
        """What it may touch, each in a sentence for a person."""
        hosts = "any host" if "*" in self.network else ", ".join(self.network)
        lines = [
            f"connects to {hosts}" if self.network else "connects to no host",
            "sends or posts in your name" if self.send else "sends nothing",
            "reads and writes the database" if self.tables else "does not use the database",
            "is handed the secrets its settings name" if self.secrets else "is handed no secret",
        ]
        lines += [f"reads files in {folder}" for folder in self.reads]
        lines += [f"reads and writes files in {folder}" for folder in self.writes]
        if not self.reads and not self.writes:
            lines.append("uses no folder outside the practice")
        return lines

    def beyond(self, other: Declaration) -> list[str]:
        """What this declares and the other did not."""
        more = [f"connects to {host}" for host in self.network if host not in other.network]
        more += ["sends or posts in your name"] if self.send and not other.send else []
        more += ["uses the database"] if self.tables and not other.tables else []
        more += ["is handed secrets"] if self.secrets and not other.secrets else []
        known = {*other.reads, *other.writes}
        more += [f"reads files in {folder}" for folder in self.reads if folder not in known]
        more += [
            f"writes files in {folder}" for folder in self.writes if folder not in other.writes
        ]
        if other.process is not None and self.process != other.process:
            to = self.process.as_text() if self.process else "it is in dayhand's own"
            more.append(f"asked for a process of its own before; now {to}")
        return more


def says_api(file: Path) -> bool:
    """True if the declaration names the version of the plugin API it was written for."""
    import tomllib

    try:
        return "api" in tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def _check_flag(key: str, value: Any) -> None:
    if type(value) is not bool:
        raise UserError(
            f"its {FILE} says '{key}' that is neither true nor false",
            hint=_MEND,
        )


def _check_network(_: str, value: Any) -> None:
    if not isinstance(value, list) or not all(_is_host(one) for one in value):
        raise UserError(
            f"its {FILE} says 'network' that is not a list of host names",
            hint='such as network = ["api.example.com"]; no scheme, no port, no path',
        )


def _check_api(_: str, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise UserError(f"its {FILE} says 'api' that is not a whole number", hint=_MEND)


def _check_folders(_: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise UserError(f"its {FILE} says 'folders' that is no table", hint='read = ["~/Exports"]')
    for way, folders in value.items():
        if way not in _WAYS:
            raise UserError(
                f"its {FILE} has an unknown key '{way}' in [folders]; known are read, write",
                hint=_MEND,
            )
        if not isinstance(folders, list) or not all(_is_folder(one) for one in folders):
            raise UserError(
                f"its {FILE} says '{way}' in [folders] that is not a list of folders",
                hint='whole paths such as "~/Exports" or "/srv/exports"; neither "~" nor "/" alone, no ".."',
            )


def _check_process(_: str, value: Any) -> None:
    if not isinstance(value, dict) or type(value.get("own")) is not bool:
        raise UserError(
            f"its {FILE} says 'process' without own = true", hint="[process]\nown = true"
        )
    _bounds(value)


def _bounds(value: Any) -> Bounds | None:
    if not value or not value["own"]:
        return None
    try:
        return Bounds.read({key: one for key, one in value.items() if key != "own"})
    except ValueError as error:
        raise UserError(f"its {FILE} says in [process]: {error}", hint=_MEND) from None


_CHECKS: Mapping[str, Callable[[str, Any], None]] = {
    "api": _check_api, "network": _check_network, "folders": _check_folders,
    "process": _check_process,
}  # fmt: skip


def _is_host(value: Any) -> bool:
    return isinstance(value, str) and bool(_HOST.fullmatch(value.lower()))


def _is_folder(value: Any) -> bool:
    """A whole path that is neither everything nor all of a person's files."""
    if not isinstance(value, str) or not value.startswith(("/", "~/")) or not value.isprintable():
        return False
    parts = [part for part in value.strip("/").split("/") if part]
    return ".." not in parts and "." not in parts and bool(parts) and parts != ["~"]
