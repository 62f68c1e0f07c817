"""What steps and commands are handed: the practice, its files, settings, secrets and database."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dayhand.clock import Clock, SystemClock
from dayhand.errors import StepMisuse
from dayhand.files import PracticeFiles
from dayhand.model.practice import Limits, PracticeInfo, SecretRef
from dayhand.runner.declared_files import DeclaredFiles
from dayhand.steps.context import Kept, RunInfo
from dayhand.steps.step import Effect, Step
from dayhand.trust import Declaration, unheld

if TYPE_CHECKING:
    import sqlalchemy

    from dayhand.store import Store

__all__ = ["PracticeContext", "RunContext", "Workplace", "child_of", "key_of", "question_id"]

_UNSEAL = "unseal"
"""The act of a step that reads a sealed text."""
_REFUSED = "secret.refused"
"""The act of a plugin that asks for a secret it may not have."""


def key_of(run_id: str, path: str) -> str:
    """The idempotency key of a step in a run: 32 hex digits, the same for every attempt."""
    return hashlib.sha256(f"{run_id}/{path}".encode()).hexdigest()[:32]


def child_of(run_id: str, path: str) -> str:
    """The id of the run that a step of a run calls."""
    return f"{run_id}.{key_of(run_id, path)[:6]}"


def question_id(run_id: str, path: str, kind: str) -> str:
    """A short id for a question, the same whenever the same step of the same run asks."""
    return "q" + hashlib.sha256(f"{run_id}/{path}/{kind}".encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where steps do their work. `settings_of` gives the settings of the plugin that brings a step
    or command, by the plugin's name; `bound` gives a step and its plugin's name; `declared` gives what a
    stranger's plugin may touch, and None for one that comes with dayhand; `branch_of` gives the beginning
    of a plugin's tables' names; `note` writes to the audit log, of a dry run too.
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
    branch_of: Callable[[str], str] = lambda _: ""
    note: Callable[[str, str], None] | None = None


class PracticeContext:
    """A `Practice` for a command of one plugin."""

    _is_writing = False
    refusals: tuple[str, ...] = ()

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
    def files(self) -> PracticeFiles | DeclaredFiles:
        """The practice's files; a stranger's plugin has those in folders it declares too."""
        declared = self._place.declared(self._plugin)
        if declared is None:
            return self._place.files
        return DeclaredFiles(self._plugin, self._place.files, declared)

    @property
    def today(self) -> date:
        """The day of `now`."""
        return self.now.date()

    @contextmanager
    def connect(self) -> Iterator[sqlalchemy.Connection]:
        """The database, to read."""
        self._require("tables", "uses the database")
        with ExitStack() as stack:
            with unheld():
                connection = stack.enter_context(self._place.store.read())
            yield connection

    @contextmanager
    def transaction(self, action: str) -> Iterator[sqlalchemy.Connection]:
        """A transaction, committed at the end of the `with` and audited as `action`."""
        self._require("tables", "uses the database")
        try:
            with self._place.store.transaction(
                who=self._who(), action=action, now=self.now
            ) as connection:
                self._is_writing = True
                yield connection
        finally:
            self._is_writing = False
            self.note_refusals()

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was read, to fall back on."""
        from dayhand.store import kept  # SQLAlchemy, only where something is kept

        with unheld():
            kept.keep_soon(self._place.store, self._plugin, name, data, self._place.clock.now())

    def kept(self, name: str) -> Kept | None:
        """What the plugin kept under the name."""
        from dayhand.store import kept

        with unheld():
            return kept.find(self._place.store, self._plugin, name)

    def seal(self, column: sqlalchemy.Column[Any], row: object, text: str) -> str:
        """A text as it may stand in a sealed column."""
        place = self._place_of(column, row)
        with unheld():
            return self._place.store.vault.seal(place, text)

    def unseal(self, column: sqlalchemy.Column[Any], row: object, sealed: str) -> str:
        """The text that `seal` closed."""
        place = self._place_of(column, row)
        with unheld():
            text = self._place.store.vault.open(place, sealed)
            self._noted(column, " ".join((place[0], *place[2:])))
        return text

    def _noted(self, column: sqlalchemy.Column[Any], subject: str) -> None:
        """Nothing: a command's transaction is noted by its name."""

    def _place_of(self, column: sqlalchemy.Column[Any], row: object) -> tuple[str, ...]:
        from dayhand.store.sealed import place_of  # SQLAlchemy, only where something is sealed

        self._require("tables", "uses the database")
        place = place_of(column, row)
        branch = self._place.branch_of(self._plugin)
        if not place[0].startswith(f"{branch}_"):
            raise StepMisuse(f"plugin '{self._plugin}' has no table '{place[0]}'")
        return place

    def secret(self, reference: SecretRef) -> str:
        """The value of a secret that the plugin's own settings refer to."""
        try:
            self._require("secrets", "asks for a secret")
            self._require_named(reference)
        except StepMisuse:
            self.refusals = (*self.refusals, f"{reference}, plugin {self._plugin}{self._at}")
            if not self._is_in_transaction():
                self.note_refusals()
            raise
        with unheld():
            return self._place.secret(reference)

    def _require_named(self, reference: SecretRef) -> None:
        if not _refers_to(self.settings, reference):
            raise StepMisuse(
                f"plugin '{self._plugin}' asks for the secret {reference}, which its settings do not name",
                hint="a plugin is handed only what its own section of practice.yaml refers to",
            )

    @property
    def _at(self) -> str:
        """Where it is asked for, as the audit log tells it."""
        return ""

    def _is_in_transaction(self) -> bool:
        """True if the database waits for the end of what this does, and takes no note before."""
        return self._is_writing

    def note_refusals(self) -> None:
        """Write to the audit log which secrets were refused since the last time."""
        waiting, self.refusals = self.refusals, ()
        with unheld():
            for told in waiting:
                self._note(_REFUSED, told)

    def _note(self, action: str, told: str) -> None:
        store = self._place.store
        if self._place.note is not None:
            self._place.note(action, told)
        else:
            store.note(who=store.who, action=action, subject=told, now=self._place.clock.now())

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
    if isinstance(settings, dict):  # as it is written, where the plugin's model is not here
        return settings == {reference.kind: reference.name} or any(
            _refers_to(one, reference) for one in settings.values()
        )
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
        intend: Callable[[str, str, str, Mapping[str, Any]], Any],
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
        with super().connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, action: str) -> Iterator[sqlalchemy.Connection]:
        """Refused: a step's effect says what it may write."""
        raise StepMisuse(
            f"step {self._step.name} asked for a transaction to '{action}'",
            hint="declare the step with effect=Effect.RECORD and use context.connect()",
        )
        yield  # makes this a generator, as contextmanager wants

    def _noted(self, column: sqlalchemy.Column[Any], subject: str) -> None:
        """Note that a sealed text is read; in a dry run too, which shows it as well."""
        if not getattr(column.type, "audit", True):
            return
        told, store = f"{subject}{self._at}", self._place.store
        if self.connection is not None and not self.dry_run:
            now = self._place.clock.now()
            store.append_audit(self.connection, at=now, who=store.who, action=_UNSEAL, subject=told)
        else:
            self._note(_UNSEAL, told)

    @property
    def _at(self) -> str:
        if self.dry_run:
            return f", {self.step_id} of a dry run of {self.run.routine}"
        return f", {self.step_id} of run {self.run.id}"

    def _is_in_transaction(self) -> bool:
        return self.connection is not None

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
        with unheld():
            await self._intend(self._step.name, self.step_id, self.key, details)
