"""A practice in a folder, in which a plugin's steps are run one by one."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from dayhand.errors import StepMisuse
from dayhand.keys.sealing import Vault
from dayhand.model.practice import Address, Clinician, Licence, PracticeInfo, SecretRef
from dayhand.steps.context import Kept, RunInfo
from dayhand.steps.sending import Intent, Preview
from dayhand.steps.step import Effect, Step
from dayhand.testing.kit_files import KitFiles
from dayhand.trust import Declaration
from dayhand.trust.declaration import FILE
from dayhand.trust.installed import declared_in
from dayhand.values import plain

__all__ = ["FrozenClock", "KitContext", "PracticeKit", "sample_info"]


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The moment it stands at."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it was moved forward in all."""
        return self._monotonic

    def move(self, by: timedelta) -> None:
        """Move the time; a negative length sets the wall clock back and leaves monotonic alone."""
        self._now += by
        self._monotonic += max(by.total_seconds(), 0.0)


def sample_info(**changes: Any) -> PracticeInfo:
    """A fictional practice, with any of its fields changed."""
    fields: dict[str, Any] = {
        "name": "Lakeside Counseling",
        "timezone": "America/New_York",
        "currency": "USD",
        "address": Address("12 Lake Road", "Albany", "NY", "12207"),
        "phone": "518-555-0100",
        "email": "office@lakeside.example",
        "tax_id": "12-3456789",
        "clinician": Clinician(
            name="Jane Doe",
            credentials="LCSW",
            email="jane@lakeside.example",
            npi="1234567893",
            taxonomy="1041C0700X",
            licences=(Licence("LCSW", "NY", "081234", date(2015, 6, 1), date(2027, 5, 31)),),
        ),
    }
    return PracticeInfo(**(fields | changes))


class KitContext:
    """A `StepContext` (and `Practice`) over a `PracticeKit`."""

    def __init__(
        self, kit: PracticeKit, step: Step | None, section: str, *, attempt: int, dry_run: bool
    ) -> None:
        self._kit = kit
        self._section = section
        self._effect = step.effect if step else None
        self.connection: Any = None
        self.settings = kit.settings.get(section)
        self.info = kit.info
        self.files = kit.files_of(section)
        self.now = kit.clock.now().astimezone(ZoneInfo(kit.info.timezone))
        self.today = self.now.date()
        self.run = RunInfo("run-test", "test", self.now, self.now, dry_run)
        self.step_id = step.name if step else ""
        self.key = hashlib.sha256(f"run-test/{self.step_id}".encode()).hexdigest()[:32]
        self.attempt = attempt
        self.dry_run = dry_run
        self.log = logging.getLogger("dayhand.step")
        self.intents: list[Mapping[str, Any]] = []

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """The database, to read; in a RECORD step its transaction."""
        if self.connection is not None:
            yield self.connection
        else:
            with self._kit.engine.connect() as connection:
                yield connection
                connection.rollback()

    @contextmanager
    def transaction(self, action: str) -> Iterator[Any]:
        """A transaction, for commands."""
        if self._effect is not None:
            raise StepMisuse(f"step {self.step_id} asked for a transaction; declare it RECORD")
        with self._kit.engine.begin() as connection:
            self._kit.audit.append(action)
            yield connection

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was read, to fall back on."""
        self._kit.kept[self._section, name] = Kept(data, self._kit.clock.now())

    def kept(self, name: str) -> Kept | None:
        """What the plugin kept under the name."""
        return self._kit.kept.get((self._section, name))

    def seal(self, column: Any, row: object, text: str) -> str:
        """A text as it may stand in a sealed column."""
        from dayhand.store.sealed import place_of

        return self._kit.vault.seal(place_of(column, row), text)

    def unseal(self, column: Any, row: object, sealed: str) -> str:
        """The text that `seal` closed."""
        from dayhand.store.sealed import place_of

        return self._kit.vault.open(place_of(column, row), sealed)

    def secret(self, reference: SecretRef) -> str:
        """The value given to the kit under the reference's name."""
        return self._kit.secrets[reference.name]

    def render(self, template: str, values: Mapping[str, Any], *, html: bool = False) -> str:
        """A template's text with values filled in."""
        from dayhand.templates import render

        return render(template, values, html=html)

    def progress(self, done: int, total: int, what: str = "") -> None:
        """Nothing to tell in a test."""

    async def intend(self, details: Mapping[str, Any]) -> None:
        """Note that the act is about to begin."""
        self.intents.append(plain(dict(details)))


class PracticeKit:
    """A practice for tests.

    Args:
        folder: an empty folder, such as pytest's `tmp_path`.
        plugins: modules, or their names, whose steps, tables, settings and templates to use.
        settings: plugin sections as they would stand in `practice.yaml`.
        now: an aware moment, as a datetime or in ISO form.
        info: who the practice is.
        secrets: values of secrets by the name in their reference.
    """

    def __init__(
        self,
        folder: Path,
        *,
        plugins: Sequence[str | ModuleType] = (),
        settings: Mapping[str, Any] | None = None,
        now: datetime | str = "2026-11-02T09:00:00-05:00",
        info: PracticeInfo | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.info = info or sample_info()
        self.clock = FrozenClock(datetime.fromisoformat(now) if isinstance(now, str) else now)
        self.secrets = dict(secrets or {})
        self.audit: list[str] = []
        self.kept: dict[tuple[str, str], Kept] = {}
        modules = [import_module(p) if isinstance(p, str) else p for p in plugins]
        self.steps: dict[str, Step] = {}
        self._sections: dict[str, str] = {}
        self._declared: dict[str, Declaration] = {}
        self.settings: dict[str, Any] = {}
        folders: list[Path] = []
        for module in modules:
            self._add(module, settings or {}, folders)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.files = KitFiles(folder, folder / ".outside", folders)
        self.vault = Vault.of_key(hashlib.sha256(str(folder).encode()).digest())
        self.engine = self._create_database(folder, modules)

    def _add(self, module: ModuleType, settings: Mapping[str, Any], folders: list[Path]) -> None:
        declared = _call(module, "dayhand_settings")
        section = declared.section if declared else module.__name__
        package = declared_in(module.__name__)
        if package is not None:
            self._declared[section] = Declaration.read(package / FILE)
        if declared:
            self.settings[section] = declared.model().model_validate(settings.get(section, {}))
        for step in _call(module, "dayhand_steps") or ():
            self.steps[step.name] = step
            self._sections[step.name] = section
        shipped = _call(module, "dayhand_shipped")
        if shipped and shipped.templates:
            folders.append(shipped.templates)

    def _create_database(self, folder: Path, modules: list[ModuleType]) -> Any:
        import sqlalchemy

        engine = sqlalchemy.create_engine(
            f"sqlite:///{folder / 'test.sqlite'}", hide_parameters=True
        )

        @sqlalchemy.event.listens_for(engine, "connect")
        def _(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA foreign_keys = ON")

        for module in modules:
            tables = _call(module, "dayhand_tables")
            if tables:
                tables.metadata().create_all(engine)
        return engine

    def files_of(self, section: str) -> KitFiles:
        """The files as the plugin has them that this section of settings is of: those of the practice,
        and those in the folders that its `dayhand-plugin.toml` declares."""
        return self.files.of(section, self._declared.get(section, Declaration()))

    def context(
        self,
        section: str = "",
        *,
        step: Step | None = None,
        attempt: int = 1,
        dry_run: bool = False,
    ) -> KitContext:
        """A context for calling a plugin's functions directly, or as the `Practice` of a command."""
        return KitContext(self, step, section, attempt=attempt, dry_run=dry_run)

    def run(self, name: str, *, dry_run: bool = False, **inputs: Any) -> Any:
        """Run a step as the engine would and return its output as plain values.

        A `SEND` step in a dry run returns its `Preview`.

        Raises:
            pydantic.ValidationError: the inputs, or the output, are not as declared.
        """
        step = self.steps[name]
        context = self.context(self._sections[name], step=step, dry_run=dry_run)
        model = step.inputs.model_validate(inputs)
        arguments = {field: getattr(model, field) for field in type(model).model_fields}
        if dry_run and step.effect is Effect.SEND:
            return self._preview(step, context, arguments)
        if step.effect is Effect.RECORD:
            with self.engine.begin() as connection:
                context.connection = connection
                result = step.function(context, **arguments)
        else:
            result = step.function(context, **arguments)
            if asyncio.iscoroutine(result):
                result = asyncio.run(result)
        return plain(step.output.validate_python(result))

    def confirm(self, name: str, details: Mapping[str, Any]) -> Any:
        """Ask the step whether the act with these intended details happened."""
        step = self.steps[name]
        if step.confirm_function is None:
            raise StepMisuse(f"step {name} declares no confirm")
        context = self.context(self._sections[name], step=step)
        return asyncio.run(
            _await(step.confirm_function(context, Intent(context.key, details, context.now)))
        )

    def _preview(self, step: Step, context: KitContext, arguments: dict[str, Any]) -> Preview:
        if step.preview_function is None:
            return Preview(f"{step.name} would act")
        result = step.preview_function(context, **arguments)
        preview: Preview = asyncio.run(_await(result)) if asyncio.iscoroutine(result) else result
        return preview


async def _await(result: Any) -> Any:
    return await result


def _call(module: ModuleType, hook: str) -> Any:
    function = getattr(module, hook, None)
    return function() if function else None
