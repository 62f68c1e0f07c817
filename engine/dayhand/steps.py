"""What a plugin sees: how a step is declared, what it is handed, and what it may answer.

A step is a function whose first parameter is a `StepContext` and whose other parameters, all
keyword-only and annotated, are its inputs; its return annotation is its output. What it does to
the world is its effect, and the effect decides how the engine runs it:

| effect   | written as  | the engine                                                                  |
|----------|-------------|-----------------------------------------------------------------------------|
| `NONE`   | def, async  | calls it; a plain `def` runs in a worker thread                              |
| `READ`   | def, async  | the same; `context.connect()` gives a read-only connection                   |
| `WRITE`  | def, async  | the same; files go through `context.files`, which writes whole or not at all |
| `RECORD` | def only    | runs it inside the transaction that also commits its checkpoint              |
| `SEND`   | async only  | commits an intent first, a receipt after; a crash in between is *unknown*    |
"""

from __future__ import annotations

import enum
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar, get_type_hints

from dayhand import durations
from dayhand.model.practice import PracticeInfo, SecretRef
from dayhand.values import mark_sensitive

if TYPE_CHECKING:
    import logging

    import sqlalchemy
    from pydantic import BaseModel, TypeAdapter

__all__ = [
    "Confirmation",
    "Duration",
    "Effect",
    "EventKind",
    "Files",
    "Finding",
    "Happening",
    "HealthCheck",
    "Intent",
    "Kept",
    "Month",
    "Practice",
    "Preview",
    "RunInfo",
    "Secret",
    "Sensitive",
    "Settings",
    "Shipped",
    "Step",
    "StepContext",
    "Tables",
    "WrittenFile",
    "step",
]

API_VERSION = 1
"""The version of the plugin API; raised when something a plugin relies on is removed."""


class Effect(enum.StrEnum):
    """What a step does to the world."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    RECORD = "record"
    SEND = "send"


# Types for inputs, outputs and settings -----------------------------------------------------------


class _SensitiveMark:
    """Makes pydantic hand over the sensitive kind of a value, and say so in the JSON Schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is loaded only where steps are described

        return core_schema.no_info_after_validator_function(mark_sensitive, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {**handler(schema), "x-sensitive": True}


T = TypeVar("T")
Sensitive = Annotated[T, _SensitiveMark()]
"""`Sensitive[str]`: names or tells something about a client; redacted wherever it is shown."""


class _MonthText:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(
            _month_text, core_schema.str_schema(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "x-type": "month"}


def _month_text(value: Any) -> Any:
    return f"{value.year:04}-{value.month:02}" if isinstance(value, date) else value


Month = Annotated[str, _MonthText()]
"""A calendar month as text, `2026-11`."""


class _DurationText:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_duration, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {"type": "string", "pattern": durations.PATTERN, "x-type": "duration"}


def _duration(value: Any) -> Any:
    return durations.parse(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, _DurationText()]
"""A length of time, written `20 minutes` or `14 days`."""


class _SecretShape:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(SecretRef.read)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {
            "type": "object",
            "properties": {name: {"type": "string", "minLength": 1} for name in SecretRef.KINDS},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "x-type": "secret",
        }


Secret = Annotated[SecretRef, _SecretShape()]
"""A reference to a secret in settings: `{env: NAME}`, `{file: PATH}`, `{credential: NAME}`,
`{keyring: SERVICE/USER}`. Its value is had from `context.secret(reference)`, at the time of use."""


# What a step is handed ----------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Preview:
    """What a `SEND` step would do: a line, details to show, and the output later steps may count on."""

    summary: str
    output: Any = None
    details: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What was committed before an act whose end is not known."""

    key: str
    details: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer of `confirm`: did it happen?"""

    happened: bool | None
    output: Any = None
    reason: str = ""

    @classmethod
    def yes(cls, output: Any = None, reason: str = "") -> Confirmation:
        """It happened, and this is the step's output."""
        return cls(happened=True, output=output, reason=reason)

    @classmethod
    def no(cls, reason: str = "") -> Confirmation:
        """It certainly did not happen: the step may be attempted again."""
        return cls(happened=False, reason=reason)

    @classmethod
    def unclear(cls, reason: str = "") -> Confirmation:
        """It cannot be told: a person decides."""
        return cls(happened=None, reason=reason)


# Declarations other than steps --------------------------------------------------------------------


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
class Shipped:
    """Folders with `*.yaml` routines and with templates that a plugin brings."""

    routines: Path | None = None
    templates: Path | None = None


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
    """

    name: str
    read: Callable[[Practice, datetime, datetime], Awaitable[Sequence[Happening]]]


# Steps --------------------------------------------------------------------------------------------

_NAME = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


class Step:
    """A step as its plugin declares it. Made by `@step`."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str,
        effect: Effect,
        summary: str,
        intends: bool,
    ) -> None:
        self.function = function
        self.name = name
        self.effect = effect
        self.summary = summary
        self.intends = intends
        self.preview_function: Callable[..., Any] | None = None
        self.confirm_function: Callable[..., Awaitable[Confirmation]] | None = None
        self.is_async = inspect.iscoroutinefunction(function)
        _check_declaration(self)

    def __repr__(self) -> str:
        return f"<step {self.name}>"

    def __call__(self, context: StepContext, **inputs: Any) -> Any:
        """Call the function itself, without validation: for tests of the plugin."""
        return self.function(context, **inputs)

    def preview(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Declare what a dry run says instead of acting: the same parameters, returns a `Preview`."""
        self.preview_function = function
        return function

    def confirm(
        self, function: Callable[..., Awaitable[Confirmation]]
    ) -> Callable[..., Awaitable[Confirmation]]:
        """Declare how to find out, after a crash in between, whether the act happened:
        `async def _(context, intent: Intent) -> Confirmation`.
        """
        self.confirm_function = function
        return function

    @property
    def description(self) -> str:
        """The docstring without its `Args:` and later sections."""
        text = inspect.getdoc(self.function) or ""
        return re.split(r"\n\s*(?:Args|Returns|Raises):", text)[0].strip()

    @cached_property
    def inputs(self) -> type[BaseModel]:
        """The pydantic model of the inputs, made from the function's signature."""
        from pydantic import ConfigDict, Field, create_model

        described = _described_arguments(inspect.getdoc(self.function) or "")
        fields: dict[str, Any] = {}
        hints = get_type_hints(self.function, include_extras=True)
        for parameter in list(inspect.signature(self.function).parameters.values())[1:]:
            default = ... if parameter.default is parameter.empty else parameter.default
            about = Field(default, description=described.get(parameter.name))
            fields[parameter.name] = (hints[parameter.name], about)
        config = ConfigDict(extra="forbid", hide_input_in_errors=True, validate_default=True)
        return create_model(f"{self.name} inputs", __config__=config, **fields)

    @cached_property
    def output(self) -> TypeAdapter[Any]:
        """The pydantic adapter of the return annotation."""
        from pydantic import TypeAdapter

        return TypeAdapter(get_type_hints(self.function, include_extras=True)["return"])

    @cached_property
    def takes_nothing(self) -> bool:
        """True if it has no inputs."""
        return not self.inputs.model_fields

    @cached_property
    def gives_nothing(self) -> bool:
        """True if it returns None."""
        return bool(get_type_hints(self.function)["return"] is type(None))

    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the inputs."""
        return self.inputs.model_json_schema()

    def output_schema(self) -> dict[str, Any]:
        """The JSON Schema of the output; an exact number in it says `x-type: decimal`."""
        from pydantic.json_schema import GenerateJsonSchema

        class WithDecimals(GenerateJsonSchema):
            """Tells an exact number from text, which pydantic's own schema does not."""

            def decimal_schema(self, schema: Any) -> dict[str, Any]:
                return {**super().decimal_schema(schema), "x-type": "decimal"}

        return self.output.json_schema(mode="serialization", schema_generator=WithDecimals)


def step(
    name: str, *, effect: Effect, summary: str, intends: bool = False
) -> Callable[[Callable[..., Any]], Step]:
    """Declare a step.

    Args:
        name: `plugin.verb`, lower case, as written after `uses:` in a routine.
        effect: what it does to the world; see the module's table.
        summary: one line for `dayhand steps` and the editor.
        intends: for `SEND` only: the function calls `context.intend` itself, just before the act.
            Without it the engine commits the intent before the function is called, and every
            exception but `NotSent` makes the step *unknown*.

    Raises:
        TypeError: the name, the effect or the signature is not one a step can have.
    """

    def declare(function: Callable[..., Any]) -> Step:
        return Step(function, name=name, effect=effect, summary=summary, intends=intends)

    return declare


def _check_declaration(declared: Step) -> None:
    where = f"step {declared.name!r}"
    if not _NAME.match(declared.name):
        raise TypeError(f"{where}: a name has two lower-case parts, such as 'calendar.agenda'")
    if declared.effect is Effect.RECORD and declared.is_async:
        raise TypeError(
            f"{where}: a RECORD step is a plain function; nothing may be awaited inside its transaction"
        )
    if declared.effect is Effect.SEND and not declared.is_async:
        raise TypeError(f"{where}: a SEND step is an async function")
    if declared.intends and declared.effect is not Effect.SEND:
        raise TypeError(f"{where}: only a SEND step intends")
    parameters = list(inspect.signature(declared.function).parameters.values())
    if not parameters or parameters[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        raise TypeError(f"{where}: the first parameter is the context")
    for parameter in parameters[1:]:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise TypeError(f"{where}: write its inputs after a '*', so that they are named")
        if parameter.annotation is inspect.Parameter.empty:
            raise TypeError(f"{where}: input {parameter.name!r} has no type")
    if inspect.signature(declared.function).return_annotation is inspect.Signature.empty:
        raise TypeError(f"{where}: say what it returns; None is an answer")


def _described_arguments(docstring: str) -> dict[str, str]:
    """What the docstring's `Args:` section says of each argument (Google style)."""
    _, found, section = docstring.partition("Args:\n")
    described: dict[str, str] = {}
    name = ""
    for line in section.splitlines() if found else ():
        entry = re.match(r"^ {4}(\w+): (.*)$", line)
        if entry:
            name = entry[1]
            described[name] = entry[2].strip()
        elif name and line.startswith("     "):
            described[name] += " " + line.strip()
        elif line.strip():
            break
    return described
