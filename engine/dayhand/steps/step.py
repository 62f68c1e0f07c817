"""How a step is declared, and what is known of it.

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
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_type_hints

from dayhand.errors import StepError
from dayhand.steps.context import StepContext
from dayhand.steps.sending import Confirmation
from dayhand.values import plain

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter

__all__ = ["Effect", "Step", "largest_part", "step"]

_MOST_OUTPUT = 64_000_000  # characters: it is kept in the database, and read again at each start
_NAME = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


class Effect(enum.StrEnum):
    """What a step does to the world."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    RECORD = "record"
    SEND = "send"


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
        self.effect = _effect(name, effect)
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
        return len(inspect.signature(self.function).parameters) == 1

    @cached_property
    def gives_nothing(self) -> bool:
        """True if it returns None."""
        return bool(get_type_hints(self.function)["return"] is type(None))

    def inputs_of(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that plain values make. Raises `StepError` if they are not as declared."""
        if not arguments and self.takes_nothing:
            return {}
        from pydantic import ValidationError

        try:
            return vars(self.inputs.model_validate(arguments))
        except ValidationError as error:
            raise StepError(_told(error, f"the inputs of {self.name}")) from None

    def output_of(self, value: Any, plugin: str) -> Any:
        """What the step returned, as plain values. Raises `StepError` if it is not as declared."""
        if value is None and self.gives_nothing:
            return None
        from pydantic import ValidationError

        hint = f"this is a mistake of the plugin '{plugin}'"
        try:
            given = plain(self.output.validate_python(value))
        except ValidationError as error:
            raise StepError(_told(error, f"what {self.name} returned"), hint=hint) from None
        except TypeError as error:
            told = f"what {self.name} returned cannot be kept: {error}"
            raise StepError(told, hint=hint) from None
        if _is_larger(given, _MOST_OUTPUT):
            most = f"{_MOST_OUTPUT // 1_000_000} MB{largest_part(given)}"
            told = f"what {self.name} returned is more than {most}"
            raise StepError(told, hint="a step with much to give writes a file and gives its path")
        return given

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


def _effect(name: str, effect: Effect) -> Effect:
    """One of them; its word will do, since the engine compares by identity."""
    try:
        return Effect(effect)
    except ValueError:
        known = ", ".join(f"Effect.{one.name}" for one in Effect)
        raise TypeError(f"step {name!r}: its effect is one of {known}") from None


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


def _told(error: Any, what: str) -> str:
    """A validation error in one line, without the values it is about."""
    parts = []
    for item in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = ".".join(str(part) for part in item["loc"]) or "the whole"
        parts.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    return f"{what} are not as declared: {'; '.join(parts)}"


def largest_part(value: Any) -> str:
    """Which field of a plain value takes the most room, as the end of a sentence; or nothing."""
    if not isinstance(value, dict) or not value:
        return ""
    return f", most of it in '{max(value, key=lambda name: _size(value[name]))}'"


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_size(one) for one in value.values())
    if isinstance(value, list):
        return sum(_size(one) for one in value)
    return len(value) if isinstance(value, str) else 1


def _is_larger(value: Any, most: int) -> bool:
    """True if the texts in a plain value, and a byte for each of its parts, are more than `most`."""
    waiting, size = [value], 0
    while waiting and size <= most:
        one = waiting.pop()
        size += len(one) if isinstance(one, str) else 1
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one)
            waiting.extend(one.values())
    return size > most
