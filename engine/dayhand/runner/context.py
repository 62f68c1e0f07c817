"""What steps and commands are handed: the practice, its files, settings, secrets and database."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dayhand.clock import Clock, SystemClock
from dayhand.errors import StepMisuse
from dayhand.files import PracticeFiles
from dayhand.model.practice import Limits, PracticeInfo, SecretRef
from dayhand.steps import Effect, Kept, RunInfo, Step
from dayhand.trust import Declaration

if TYPE_CHECKING:
    import sqlalchemy

    from dayhand.store import Store

__all__ = ["PracticeContext", "RunContext", "Workplace", "key_of", "question_id"]


def key_of(run_id: str, path: str) -> str:
    """The idempotency key of a step in a run: 32 hex digits, the same for every attempt."""
    return hashlib.sha256(f"{run_id}/{path}".encode()).hexdigest()[:32]


def question_id(run_id: str, path: str, kind: str) -> str:
    """A short id for a question, the same whenever the same step of the same run asks."""
    return "q" + hashlib.sha256(f"{run_id}/{path}/{kind}".encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where steps do their work. `settings_of` gives the settings of the plugin that brings a step
    or command, by the plugin's name; `bound` gives a step and its plugin's name; `declared` gives what a
    stranger's plugin may touch, and None for one that comes with dayhand.
    """

    info: PracticeInfo
    store: Store
    files: PracticeFiles
    secret: Callable[[SecretRef], str]
    settings_of: Callable[[str], Any]
    bound: Callable[[str], tuple[Step, str]]
    limits: Limits = field(default_factory=Limits)
    declared: Callable[[str], Declaration | None] = lambda _: None
    clock: Clock = field(default_factory=SystemClock)
    clock_changes: Callable[[datetime, int], Sequence[str]] = lambda *_: ()


class PracticeContext:
    """A `Practice` for a command of one plugin."""

    def __init__(
        self, place: Workplace, plugin: str, *, now: datetime, who: Callable[[], str] = lambda: ""
    ) -> None:
        self._place = place
        self._plugin = plugin
        self._who = who
        self.now = now

    @property
    def info(self) -> PracticeInfo:
        """Who the practice is."""
        return self._place.info

    @property
    def settings(self) -> Any:
        """The plugin's section of `practice.yaml`."""
        return self._place.settings_of(self._plugin)

    @property
    def files(self) -> PracticeFiles:
        """The practice's files."""
        return self._place.files

    @property
    def today(self) -> date:
        """The day of `now`."""
        return self.now.date()

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        """The database, to read."""
        self._require("tables", "uses the database")
        with self._place.store.read() as connection:
            yield connection

    @contextmanager
    def transaction(self, action: str) -> Iterator[sqlalchemy.Connection]:
        """A transaction, committed at the end of the `with` and audited as `action`."""
        self._require("tables", "uses the database")
        with self._place.store.transaction(
            who=self._who(), action=action, now=self.now
        ) as connection:
            yield connection

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was read, to fall back on."""
        from dayhand.store import kept  # SQLAlchemy, only where something is kept

        kept.keep_soon(self._place.store, self._plugin, name, data, self._place.clock.now())

    def kept(self, name: str) -> Kept | None:
        """What the plugin kept under the name."""
        from dayhand.store import kept

        return kept.find(self._place.store, self._plugin, name)

    def secret(self, reference: SecretRef) -> str:
        """The value of a secret that the plugin's own settings refer to."""
        self._require("secrets", "asks for a secret")
        if not _refers_to(self.settings, reference):
            raise StepMisuse(
                f"plugin '{self._plugin}' asks for the secret {reference}, which its settings do not name",
                hint="a plugin is handed only what its own section of practice.yaml refers to",
            )
        return self._place.secret(reference)

    def _require(self, key: str, what: str) -> None:
        """Refuse a stranger's plugin what it does not declare."""
        declared = self._place.declared(self._plugin)
        if declared is not None and not getattr(declared, key):
            raise StepMisuse(
                f"plugin '{self._plugin}' {what}, which it does not declare",
                hint=f"whoever makes it can say '{key} = true' in its dayhand-plugin.toml",
            )

    def render(self, template: str, values: Mapping[str, Any], *, html: bool = False) -> str:
        """A template's text with values filled in."""
        from dayhand.templates import render  # Jinja2's parser, only where something is rendered

        return render(template, values, html=html)


def _refers_to(settings: Any, reference: SecretRef) -> bool:
    """True if a reference stands somewhere in a plugin's settings."""
    if settings == reference:
        return True
    if isinstance(settings, dict):
        return any(_refers_to(one, reference) for one in settings.values())
    if isinstance(settings, list | tuple):
        return any(_refers_to(one, reference) for one in settings)
    return hasattr(settings, "model_fields_set") and _refers_to(vars(settings), reference)


class RunContext(PracticeContext):
    """A `StepContext`: one attempt of one step."""

    def __init__(
        self,
        place: Workplace,
        step: Step,
        plugin: str,
        *,
        run: RunInfo,
        path: str,
        attempt: int,
        tell: Callable[..., None],
        intend: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        self._place = place  # what `PracticeContext` sets; a step's is made often, a command's once
        self._plugin = plugin
        self.now = run.scheduled_for
        self._step = step
        self._tell = tell
        self._intend = intend
        self.connection: sqlalchemy.Connection | None = None
        self.run = run
        self.step_id = path
        self.attempt = attempt
        self.dry_run = run.dry_run

    @property
    def key(self) -> str:
        """The idempotency key."""
        return key_of(self.run.id, self.step_id)

    @property
    def log(self) -> logging.Logger:
        """A logger for the operator."""
        return logging.getLogger(f"dayhand.step.{self._step.name}")

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        """The database, to read; in a `RECORD` step the transaction it runs in."""
        if self.connection is not None:
            yield self.connection
            return
        self._require("tables", "uses the database")
        with self._place.store.read() as connection:
            yield connection

    @contextmanager
    def transaction(self, action: str) -> Iterator[sqlalchemy.Connection]:
        """Refused: a step's effect says what it may write."""
        raise StepMisuse(
            f"step {self._step.name} asked for a transaction to '{action}'",
            hint="declare the step with effect=Effect.RECORD and use context.connect()",
        )
        yield  # makes this a generator, as contextmanager wants

    def progress(self, done: int, total: int, what: str = "") -> None:
        """Tell how far the step has come."""
        self._tell("step_progress", self.step_id, done=done, total=total, text=what)

    async def intend(self, details: Mapping[str, Any]) -> None:
        """Commit that the act is about to begin."""
        if self._step.effect is not Effect.SEND or not self._step.intends:
            raise StepMisuse(
                f"step {self._step.name} called intend",
                hint="declare it with effect=Effect.SEND and intends=True",
            )
        await self._intend(details)
