"""What a step is handed: its practice, its run, and what it may ask for while it works."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dayhand.model.practice import PracticeInfo, SecretRef

if TYPE_CHECKING:
    import logging

    import sqlalchemy

__all__ = ["Files", "Kept", "Practice", "RunInfo", "StepContext", "WrittenFile"]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file a step wrote: `path` relative to the practice folder, size in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


class Files(Protocol):
    """The practice's files. Paths are relative to the practice folder and cannot leave it."""

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        """Write a whole file under `out/` (`path` is relative to `out/`), readable by its owner only.

        The file appears complete or not at all. In a dry run it goes to a preview folder.

        Raises:
            UserError: the path leaves `out/`, or passes through a link.
        """
        ...

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder; a dry run sees what it wrote itself.

        Raises:
            UserError: no such file, or the path leaves the practice folder.
        """
        ...

    def resolve(self, path: str) -> Path:
        """The place of a file of the practice on this machine, for a library that needs a path."""
        ...

    def template(self, name: str) -> str:
        """The text of a template: from the practice's `templates/` or as the plugin ships it.

        Raises:
            UserError: there is no template of that name; the message lists those there are.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What a plugin kept to fall back on, and the aware moment at which it did."""

    data: bytes
    at: datetime


class Practice(Protocol):
    """The practice a command or a step works for."""

    @property
    def info(self) -> PracticeInfo:
        """Who the practice is: names, licences, time zone, currency."""
        ...

    @property
    def settings(self) -> Any:
        """The plugin's own section of `practice.yaml`, as an instance of its settings model."""
        ...

    @property
    def files(self) -> Files: ...

    @property
    def now(self) -> datetime:
        """The moment this is about, aware, in the practice's zone. Not the wall clock: a late run
        still means its own day, and `--as-of` another one.
        """
        ...

    @property
    def today(self) -> date:
        """The day of `now` in the practice's zone."""
        ...

    def connect(self) -> AbstractContextManager[sqlalchemy.Connection]:
        """The database, to read; in a `RECORD` step the transaction the step runs in."""
        ...

    def seal(self, column: sqlalchemy.Column[Any], row: object, text: str) -> str:
        """A text as it may stand in a column declared `Sealed()`, closed with the second key and bound
        to the row, which is named by its primary key (a tuple where that has several columns).

        Raises:
            SecretMissing: the second key is not here; the message says what to do.
            StepMisuse: the column is not sealed, or not one of this plugin's.
        """
        ...

    def unseal(self, column: sqlalchemy.Column[Any], row: object, sealed: str) -> str:
        """The text that `seal` closed, sensitive and private. A step's reading is noted in the audit log,
        unless the column says `Sealed(audit=False)`; a command is noted by its transaction.

        Raises:
            SecretMissing: the second key is not here.
            UserError: the text was changed, or belongs to another row.
        """
        ...

    def transaction(self, action: str) -> AbstractContextManager[sqlalchemy.Connection]:
        """For commands: a transaction, committed at the end of the `with`, audited as `action`.

        Raises:
            StepMisuse: called from a step; there, the effect says what may be written.
        """
        ...

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was read, to fall back on: the newest of each name, in the database, so that it
        is encrypted. It is written soon, is gone after 90 days, and is no record of anything.

        Raises:
            StepMisuse: more than 16 MiB, or a name of more than 200 characters.
        """
        ...

    def kept(self, name: str) -> Kept | None:
        """What this plugin kept under the name."""
        ...

    def secret(self, reference: SecretRef) -> str:
        """The value of a secret.

        Raises:
            SecretMissing: it cannot be had; the message says where it was looked for.
        """
        ...

    def render(self, template: str, values: Mapping[str, Any], *, html: bool = False) -> str:
        """A template's text with values filled in, in the same narrow language as routines plus
        `for` and `if`. With `html`, values are escaped.

        Raises:
            UserError: the template is wrong or uses a value that is not there; names the line.
        """
        ...


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run a step belongs to. `scheduled_for` and `started_at` are aware, in the routine's zone."""

    id: str
    routine: str
    scheduled_for: datetime
    started_at: datetime
    dry_run: bool = False


class StepContext(Practice, Protocol):
    """What a step is handed as its first argument."""

    @property
    def run(self) -> RunInfo: ...

    @property
    def step_id(self) -> str:
        """Where in the run: `issued`, or `send[3].pdf` inside a loop."""
        ...

    @property
    def key(self) -> str:
        """An idempotency key: 32 hex digits, the same for every attempt of this step in this run."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first attempt."""
        ...

    @property
    def dry_run(self) -> bool: ...

    @property
    def log(self) -> logging.Logger:
        """A logger for the operator. Never put client data in it."""
        ...

    def progress(self, done: int, total: int, what: str = "") -> None:
        """Tell how far a long step has come."""
        ...

    async def intend(self, details: Mapping[str, Any]) -> None:
        """Commit, in a `SEND` step declared with `intends=True`, that the act is about to begin.

        Everything before is free to be retried; after it, any exception but `NotSent` makes the
        step *unknown*. `details` (plain values) is what `confirm` gets back.
        """
        ...
