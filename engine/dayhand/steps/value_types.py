"""Types for inputs, outputs and settings, as pydantic and the JSON Schema understand them.

Each is `Annotated` with a mark that pydantic asks; pydantic itself is loaded only where steps are
described or run.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from dayhand import durations
from dayhand.model.practice import SecretRef
from dayhand.values import mark_private, mark_sensitive

__all__ = ["Duration", "Line", "Month", "Parts", "Private", "Secret", "Sensitive"]


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


class _PrivateMark:
    """The same for texts that are kept only under the second key."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(mark_private, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {**handler(schema), "x-sensitive": True, "x-private": True}


Private = Annotated[T, _PrivateMark()]
"""`Private[str]`: sensitive, and sealed with the second key wherever the history of runs keeps it; it
is put into no question, and handed to no `SEND` step."""


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


class _LineText:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(_line, handler(source))


def _line(text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        raise ValueError("it is one line of text")
    return " ".join(text.split())


Line = Annotated[str, _LineText()]
"""Text of one line, with single spaces between its words."""


class _PartsOfText:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_parts, handler(source))


def _parts(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return value


Parts = Annotated[list[T], _PartsOfText()]
"""`Parts[Line]`: a list that may be given as text with `;` between its parts, as `Records` keeps it."""


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
