"""One practice, or none yet, and everything that works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from dayhand import document
from dayhand.age import Age
from dayhand.app.book import Book
from dayhand.catalogue import Catalogue
from dayhand.clock import Clock, SystemClock
from dayhand.errors import CheckFailed, DayhandError, PracticeError, UserError
from dayhand.keys.places import data_folder
from dayhand.model.events import Event
from dayhand.model.practice import PracticeInfo, SecretRef
from dayhand.model.routine import Routine
from dayhand.plugin_host import PluginHost
from dayhand.resources import beginning
from dayhand.settings import Settings
from dayhand.trust import Approvals

if TYPE_CHECKING:
    from dayhand.files import PracticeFiles
    from dayhand.runner.context import PracticeContext, Workplace
    from dayhand.runner.runner import Runner
    from dayhand.store import Store
    from dayhand.validation.practice import CheckedPractice

__all__ = ["App"]

DATABASE = "dayhand.db"
_MOST_PINNED = 4096
"""Routines that are kept as they were checked: a few kilobytes each."""


class App:
    """What a command, the daemon or a test works through; in a `with` it closes the database."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, host: PluginHost | None = None
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._host = host
        self._store: Store | None = None
        self._models: dict[str, Any] = {}
        self._pinned: dict[str, Routine] = {}
        self._handed: bytes | None = None
        self.practice_text = b""
        """`practice.yaml` as it is in force, once it was read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if "host" in self.__dict__:
            self.host.close()

    # What is installed ----------------------------------------------------------------------------

    @cached_property
    def host(self) -> PluginHost:
        """The plugins."""
        return self._host or PluginHost(cache=self.settings.cache, approvals=self._approvals())

    def _approvals(self) -> Approvals | None:
        """Which strangers' plugins this user has approved; none in safe mode."""
        if self.settings.safe_mode:
            return None
        return Approvals(data_folder(self.settings.environment) / "plugins.json")

    @property
    def catalogue(self) -> Catalogue:
        """What the plugins declare."""
        return self.host.catalogue

    # The practice ---------------------------------------------------------------------------------

    @cached_property
    def folder(self) -> Path:
        """The practice's folder. Raises `PracticeError` if there is none."""
        return self.settings.practice_folder()

    @property
    def data(self) -> Path:
        """The folder of what dayhand itself keeps."""
        return self.folder / ".dayhand"

    @cached_property
    def checked_practice(self) -> CheckedPractice:
        """`practice.yaml`, read and checked, whatever was found."""
        from dayhand.validation.practice import (
            check_practice,  # jsonschema, only where settings are read
        )

        file = self.folder / "practice.yaml"
        shown = self.book.shown(file)
        try:
            text = beginning(file) if self._handed is None else self._handed
            read = document.read(text, file=shown)
        except OSError as error:
            raise PracticeError(
                f"{shown} cannot be read: {error.strerror}",
                hint="look at its name, and whether you may read it",
            ) from error
        self.practice_text = text
        return check_practice(read, self.catalogue)

    def begin_with(self, text: bytes) -> None:
        """Take that for `practice.yaml`, until it is read again."""
        self._handed = text

    def reread_practice(self) -> None:
        """Read `practice.yaml` again. Raises `CheckFailed`, and then keeps what it had."""
        before, self._handed, text = (
            self.__dict__.pop("checked_practice", None),
            None,
            self.practice_text,
        )
        try:
            _ = self.info
        except DayhandError:
            self.__dict__["checked_practice"], self.practice_text = before, text
            raise
        self._models.clear()

    @property
    def info(self) -> PracticeInfo:
        """Who the practice is. Raises `CheckFailed` if `practice.yaml` has mistakes."""
        checked = self.checked_practice
        if checked.info is None:
            raise CheckFailed(checked.problems)
        return checked.info

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.info.timezone)

    def now(self) -> datetime:
        """The wall clock, in the practice's zone."""
        return self.clock.now().astimezone(self.zone)

    @cached_property
    def book(self) -> Book:
        """The practice's routines."""
        return Book(
            self.folder / "routines",
            self.catalogue,
            today=self.clock.now().date(),
            shown_from=self.settings.working_folder,
        )

    def forget_routines(self) -> None:
        """Read the routines' files again when they are next asked for."""
        self.__dict__.pop("book", None)

    def loose_book(self) -> Book:
        """A book for checking files that belong to no practice."""
        here = self.settings.working_folder
        return Book(here, self.catalogue, today=self.clock.now().date(), shown_from=here)

    def secret(self, reference: SecretRef) -> str:
        """The value of a secret. Raises `SecretMissing`."""
        from dayhand.keys import resolve_secret

        return resolve_secret(
            reference, practice_folder=self.folder, environment=self.settings.environment
        )

    def settings_of(self, plugin: str) -> Any:
        """A plugin's settings. Raises `UserError` if its section cannot be read."""
        apart = self.host.section_apart(plugin)
        if apart is not None:  # read by its model where that is
            return self.checked_practice.sections.get(apart, {})
        if plugin not in self._models:
            declared = self.host.settings_model(plugin)
            self._models[plugin] = None if declared is None else self._read_section(*declared)
        return self._models[plugin]

    def _read_section(self, section: str, model: Any) -> Any:
        from pydantic import ValidationError

        try:
            return model.model_validate(self.checked_practice.sections.get(section, {}))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in (section, *first["loc"]))
            told = first["msg"].removeprefix("Value error, ")
            raise UserError(
                f"practice.yaml: {where}: {told}",
                hint="change it in practice.yaml, then: dayhand check",
            ) from None

    # The database ---------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The database, opened when first asked for. Raises `StoreError`."""
        if self._store is None:
            self._store = self.open_store()
        return self._store

    def open_store(self, *, create: bool = False) -> Store:
        """Open the practice's database, or create it."""
        from dayhand.app import private_key
        from dayhand.app.key_change import key_of
        from dayhand.store import open_store

        storage = self.checked_practice.storage
        where: str | Path = storage.url
        key, change, password = None, "", None
        if storage.url.startswith("postgresql"):
            password = self.secret(storage.password) if storage.password else None
        else:
            where = self.database_file
            if storage.encrypted:
                environment = self.settings.environment
                key, change = key_of(self.data, self.database_file, storage.key, environment)
        store = open_store(
            where, key=key, tables=self.host.tables(), create=create, clock=self.clock,
            vault=private_key.vault(self), password=password,
        )  # fmt: skip
        store.who = self.settings.user
        private_key.settle(self, store)
        if change:
            store.note(
                who=self.settings.user, action="key.rotate", subject=change, now=self.clock.now()
            )
        return store

    @property
    def database_file(self) -> Path:
        """The file of the practice's database, where it is one."""
        return self.data / DATABASE

    def note(self, action: str, subject: str = "") -> None:
        """Note an act in the audit log; on the disk at return."""
        self.store.note(
            who=self.settings.user, action=action, subject=subject, now=self.clock.now()
        )

    def note_reveal(self, subject: str) -> None:
        """Note in the audit log that client data is shown."""
        self.note("reveal", subject)

    # Work -----------------------------------------------------------------------------------------

    def files(self, *, preview: Path | None = None) -> PracticeFiles:
        """The practice's files; with `preview`, writing goes there."""
        from dayhand.files import PracticeFiles

        folders = [Path(f.templates) for f in self.catalogue.folders if f.templates]
        return PracticeFiles(self.folder, folders, preview, age=self.age)

    @property
    def age(self) -> Age:
        """For whom documents are encrypted, and what reads them."""
        told = self.checked_practice.documents
        named = told.identity
        identity = None if named is None else (lambda: self.secret(named))
        return Age(told.encrypt_to, identity)

    def workplace(
        self,
        *,
        store: Store | None = None,
        preview: Path | None = None,
        note: Callable[[str, str], None] | None = None,
    ) -> Workplace:
        """Where steps and commands do their work; with `note`, that writes to the audit log."""
        from dayhand.runner.context import Workplace

        return Workplace(
            info=self.info,
            store=store or self.store,
            files=self.files(preview=preview),
            secret=self.secret,
            settings_of=self.settings_of,
            bound=self.host.step,
            limits=self.checked_practice.limits,
            declared=self.host.declared,
            clock=self.clock,
            clock_changes=self.clock_changes,
            branch_of=self.host.branch,
            note=note,
        )

    def clock_changes(self, after: datetime, days: int) -> Sequence[str]:
        """The changes of the clock in the days after a moment that touch a routine, in words."""
        from dayhand.app.clock_changes import in_words  # reckons with cron, which few runs need

        return in_words(self, after, days)

    def context(self, plugin: str, *, now: datetime | None = None) -> PracticeContext:
        """What a command of a plugin is handed."""
        from dayhand.runner.context import PracticeContext

        return PracticeContext(
            self.workplace(), plugin, now=now or self.now(), who=lambda: self.settings.user
        )

    def runner(
        self,
        place: Workplace | None = None,
        *,
        observe: Callable[[Event], None] | None = None,
        dry_run: bool = False,
        answers: Mapping[str, Any] | None = None,
    ) -> Runner:
        """Runs the practice's routines."""
        from dayhand.runner.runner import Runner

        return Runner(
            place or self.workplace(),
            clock=self.clock,
            read=self.pinned_to,
            routine=self.book.ready,
            observe=observe,
            dry_run=dry_run,
            answers=answers,
        )

    def pinned_to(self, name: str, digest: str) -> Routine:
        """The routine of the text that a run is pinned to, read and checked once.

        Raises:
            CheckFailed: it no longer passes, since a plugin changed or is gone.
        """
        routine = self._pinned.get(digest) or self.book.checked(name, digest)
        if routine is None:
            routine = self.pinned(name, self.store.text(digest))
        if len(self._pinned) >= _MOST_PINNED:  # a daemon lives through many edits
            self._pinned.clear()
        self._pinned[digest] = routine
        return routine

    def pinned(self, name: str, text: str) -> Routine:
        """The routine of a text that a run is pinned to.

        Raises:
            CheckFailed: it no longer passes, since a plugin changed or is gone.
        """
        from dayhand.validation.routine import check_routine

        made = document.read(text, file=f"{name}.yaml (as it was when the run began)")
        checked = check_routine(made, self.catalogue, file_stem=name)
        if checked.routine is None:
            raise CheckFailed(checked.problems)
        return checked.routine

    @contextmanager
    def rehearsal(self) -> Iterator[tuple[Workplace, Path]]:
        """Where a dry run works: a throw-away copy of the database, and a folder for its files."""
        import shutil
        import tempfile

        self.data.mkdir(mode=0o700, exist_ok=True)
        previews = self.data / "preview"
        previews.mkdir(mode=0o700, exist_ok=True)
        preview = Path(tempfile.mkdtemp(dir=previews))
        for old in sorted(previews.iterdir(), key=lambda one: one.stat().st_mtime_ns)[:-5]:
            if old != preview:
                shutil.rmtree(old, ignore_errors=True)
        # a dry run on a server holds the audit log's table until its end: there its readings are noted
        # then, before anybody is shown what it tells
        on_server = self.checked_practice.storage.url.startswith("postgresql")
        noted: list[tuple[str, str]] = []
        note = (lambda action, subject: noted.append((action, subject))) if on_server else self.note
        try:
            with self.store.throwaway() as copy:
                yield self.workplace(store=copy, preview=preview, note=note), preview
        finally:
            for action, subject in noted:
                self.note(action, subject)
