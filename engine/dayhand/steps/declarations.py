"""What a plugin declares besides its steps; its hooks return these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dayhand.steps.context import Practice

if TYPE_CHECKING:
    import sqlalchemy
    from pydantic import BaseModel

__all__ = [
    "EventKind",
    "Finding",
    "Happening",
    "HealthCheck",
    "Renamed",
    "Settings",
    "Shipped",
    "Tables",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """A plugin's section of `practice.yaml`. `model` is a function that returns the pydantic model,
    so that it is imported only when needed; every field should have a default or say why not.
    """

    section: str
    model: Callable[[], type[BaseModel]]


@dataclass(frozen=True, slots=True)
class Tables:
    """A plugin's tables. Names begin with `branch` and an underscore.

    `metadata` is a function that returns the SQLAlchemy `MetaData`; `migrations` is the folder of
    the Alembic scripts; `revision` is the newest of them, so that Alembic need not be imported to
    see that a database is up to date.
    """

    branch: str
    metadata: Callable[[], sqlalchemy.MetaData]
    migrations: Path
    revision: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A step, or inputs of one, that routines know by the names of an earlier version.

    `step` is the step's name now; `before` its name then, if that was another; `inputs` are the
    inputs' names then, with their names now; `since` is the plugin's version that renamed them.
    """

    step: str
    since: str
    before: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shipped:
    """Folders with `*.yaml` routines and with templates that a plugin brings, and the folder of an
    example practice that `dayhand plugins check` tries its steps in.
    """

    routines: Path | None = None
    templates: Path | None = None
    examples: Path | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a health check: `level` is `ok`, `warning` or `failure`."""

    level: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A check that `dayhand doctor` runs."""

    name: str
    run: Callable[[Practice], Iterable[Finding]]


class Happening(Protocol):
    """An event as a trigger sees it: `key` stays the same however it is moved; times are aware."""

    @property
    def key(self) -> str: ...

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event that `before:` and `after:` can name, such as `session`.

    `read(practice, start, end)` gives the events that take place between two moments; it is awaited,
    must not block, and raises a `DayhandError` if it cannot tell: the last answer then stays.

    `look_back(practice)` says how long after it an event may become known and still make `after:` due,
    31 days at most; without it, a day.
    """

    name: str
    read: Callable[[Practice, datetime, datetime], Awaitable[Sequence[Happening]]]
    look_back: Callable[[Practice], timedelta] | None = None
