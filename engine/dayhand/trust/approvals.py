"""Which strangers' plugins the owner has approved: at this version, with these files.

Kept once for each user of the machine, apart from any practice: a plugin is installed for the user,
and a practice folder that comes from elsewhere brings no approvals with it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dayhand.errors import UserError
from dayhand.trust.bounds import Bounds
from dayhand.trust.declaration import API, API_SAID_BY, FILE, Declaration, says_api
from dayhand.trust.installed import declared_in, digests, files_of

__all__ = ["Approval", "Approvals", "Candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stranger's plugin as it is installed now."""

    name: str
    distribution: str
    version: str
    module: str

    def declaration(self) -> Declaration:
        """What it says it may touch. Raises `UserError`."""
        folder = declared_in(self.module)
        return Declaration.read(folder / FILE) if folder else Declaration()

    def deprecated(self) -> list[str]:
        """What its declaration leaves out that it will have to say, with the file."""
        folder = declared_in(self.module)
        if folder is None or says_api(folder / FILE):
            return []
        told = f"a declaration without 'api' is refused from dayhand {API_SAID_BY} on"
        return [f"{folder.name}/{FILE}:1: {told}; write api = {API}"]

    def files(self) -> dict[str, str]:
        """The SHA-256 of each of its files, by name."""
        return digests(files_of(self.module, self.distribution))

    def digest(self) -> str:
        """All files in one number, to compare by eye."""
        return digest_of(self.files())


@dataclass(frozen=True, slots=True)
class Approval:
    """What the owner has approved. `files` are SHA-256 sums by name; `process` are the bounds of a
    process of its own, which the owner wants it to have or it asks for.
    """

    distribution: str
    version: str
    at: str
    by: str
    declaration: Declaration = field(default_factory=Declaration)
    files: Mapping[str, str] = field(default_factory=dict)
    process: Bounds | None = None

    @property
    def digest(self) -> str:
        """All files in one number, to compare by eye."""
        return digest_of(self.files)

    def differs(self, candidate: Candidate) -> str:
        """In what the installed plugin is another than the approved one; empty if it is the same."""
        if (candidate.distribution, candidate.version) != (self.distribution, self.version):
            return (
                f"{candidate.distribution} {candidate.version} is installed,"
                f" {self.distribution} {self.version} was approved"
            )
        found = candidate.files()
        for name in sorted({*found, *self.files}):
            if found.get(name) != self.files.get(name):
                what = "is new" if name not in self.files else "has changed"
                return f"its file {name} {'is gone' if name not in found else what}"
        return ""


def digest_of(files: Mapping[str, str]) -> str:
    """The SHA-256 of the sums of all files, by their names."""
    told = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(told.encode()).hexdigest()


class Approvals:
    """The file of approvals, one for each user of the machine."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def stamp(self) -> str:
        """Something that is another after every change."""
        try:
            status = self.file.stat()
        except OSError:
            return ""
        return f"{status.st_size} {status.st_mtime_ns}"

    def all(self) -> dict[str, Approval]:
        """Every approval, by the plugin's name.

        Raises:
            UserError: the file is damaged. Then nothing counts as approved.
        """
        try:
            told = json.loads(self.file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._damaged() from error
        try:
            return {name: _approval(one) for name, one in told.items()}
        except (TypeError, KeyError, AttributeError) as error:
            raise self._damaged() from error

    def _damaged(self) -> UserError:
        return UserError(
            f"the approvals of plugins in {self.file} cannot be read",
            hint="remove the file, and approve the plugins again",
        )

    def objection(self, candidate: Candidate) -> str:
        """Why a plugin must not be imported; empty if it may be."""
        declaration = candidate.declaration()
        if declaration.api > API:
            return f"it needs version {declaration.api} of the plugin API; this dayhand has {API}"
        approved = self.all().get(candidate.name)
        if approved is None:
            return "it is new, and nobody has approved it yet"
        differs = approved.differs(candidate)
        return f"it is not as it was approved: {differs}" if differs else ""

    def process_of(self, name: str) -> Bounds | None:
        """The bounds of an approved plugin's own process; None if it is used in dayhand's."""
        approved = self.all().get(name)
        return approved.process if approved else None

    def approve(
        self, candidate: Candidate, *, by: str, at: datetime, process: Bounds | None = None
    ) -> Approval:
        """Approve a plugin as it is installed now, in a process of its own if it asks for one or
        `process` says so.

        Raises:
            UserError: in a process of its own it could not work.
        """
        declared = candidate.declaration()
        if process is not None:
            declared.require_apart()
        made = Approval(
            candidate.distribution, candidate.version, at.isoformat(timespec="seconds"), by,
            declared, candidate.files(), process or declared.process,
        )  # fmt: skip
        self._write({**self.all(), candidate.name: made})
        return made

    def revoke(self, name: str) -> bool:
        """Take an approval back; False if there was none."""
        known = self.all()
        if name not in known:
            return False
        self._write({key: one for key, one in known.items() if key != name})
        return True

    def _write(self, approvals: Mapping[str, Approval]) -> None:
        told = {name: asdict(one) for name, one in approvals.items()}
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.file)


def _approval(told: Mapping[str, Any]) -> Approval:
    return Approval(
        told["distribution"], told["version"], told["at"], told["by"],
        _declaration(told["declaration"]), dict(told["files"]), _bounds(told.get("process")),
    )  # fmt: skip


def _declaration(told: Mapping[str, Any]) -> Declaration:
    lists = {key: tuple(told.get(key, ())) for key in ("network", "reads", "writes")}
    return Declaration(**{**told, **lists, "process": _bounds(told.get("process"))})


def _bounds(told: Mapping[str, Any] | None) -> Bounds | None:
    return None if told is None else Bounds(**told)
