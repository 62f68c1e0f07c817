"""The plain values that flow between steps, how they are kept as JSON, and which are sensitive.

A plain value is None, bool, int, Decimal, str, date, datetime, time, timedelta, or a list or a
text-keyed dict of plain values. Kept as JSON it comes back with the same type and the same
sensitivity: what JSON cannot say is written as an object with one key that begins with `$`:

    {"$decimal": "12.50"}  {"$date": "2026-11-01"}  {"$time": "09:00:00"}  {"$seconds": "3600"}
    {"$datetime": "2026-11-01T09:00:00-05:00[America/New_York]"}
    {"$sensitive": ...}  {"$map": [[key, value], ...]}  {"$sealed": a private text, under the second key}
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

__all__ = [
    "REDACTED",
    "LockedStr",
    "PrivateStr",
    "SensitiveDate",
    "SensitiveDateTime",
    "SensitiveDecimal",
    "SensitiveDuration",
    "SensitiveStr",
    "SensitiveTime",
    "SensitiveValue",
    "decode",
    "encode",
    "holds",
    "is_sensitive",
    "mark_private",
    "mark_sensitive",
    "plain",
    "redact",
    "redact_text",
    "replaced",
    "tainted",
]

T = TypeVar("T")
REDACTED = "•••"
_TELLING = 3  # letters; a shorter text is in too many words


class SensitiveValue:
    """Mixed into a value that names, or tells something about, a client."""

    __slots__ = ()


class SensitiveStr(SensitiveValue, str):
    """Sensitive text; `repr` hides it, so that a traceback with values shows nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class PrivateStr(SensitiveStr):
    """Text that is kept only under the second key; `seal` gives the form in which it is kept."""

    __slots__ = ("seal",)
    seal: Callable[[str], str] | None

    def __new__(cls, text: str, *, seal: Callable[[str], str] | None = None) -> Self:
        made = super().__new__(cls, text)
        made.seal = seal if seal is not None else getattr(text, "seal", None)
        return made


class LockedStr(SensitiveStr):
    """Stands for a private text that was not opened; `token` is its sealed form."""

    __slots__ = ("token",)
    token: str

    def __new__(cls, token: str) -> Self:
        made = super().__new__(cls, REDACTED)
        made.token = token
        return made


class SensitiveDecimal(SensitiveValue, Decimal):
    """A sensitive amount or number."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class SensitiveDate(SensitiveValue, date):
    """A sensitive date, such as a date of birth."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class SensitiveDateTime(SensitiveValue, datetime):
    """A sensitive moment."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class SensitiveTime(SensitiveValue, time):
    """A sensitive time of day."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


class SensitiveDuration(SensitiveValue, timedelta):
    """A sensitive length of time, such as an age."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED


def mark_sensitive(value: Any) -> Any:
    """The value in its sensitive kind; lists and dicts deeply; None and bool stay as they are."""
    if isinstance(value, SensitiveValue) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return SensitiveStr(value)
    if isinstance(value, int | Decimal):
        return SensitiveDecimal(value)
    if isinstance(value, list):
        return [mark_sensitive(item) for item in value]
    if isinstance(value, dict):
        return {key: mark_sensitive(item) for key, item in value.items()}
    return _sensitive_moment(value)


def mark_private(value: Any, seal: Callable[[str], str] | None = None) -> Any:
    """The value with every text in it private, and what else is in it sensitive."""
    if isinstance(value, LockedStr):
        return value
    if isinstance(value, str):
        return PrivateStr(value, seal=seal)
    if isinstance(value, list):
        return [mark_private(item, seal) for item in value]
    if isinstance(value, dict):
        return {key: mark_private(item, seal) for key, item in value.items()}
    return mark_sensitive(value)


def tainted(result: Any, sources: Iterable[Any]) -> Any:
    """The result, as sensitive as the most sensitive of what it was made of."""
    found = None
    for source in sources:
        if isinstance(source, LockedStr):
            return source  # nothing can be made of what is not opened
        if isinstance(source, PrivateStr) or (found is None and isinstance(source, SensitiveValue)):
            found = source
    if isinstance(found, PrivateStr):
        return mark_private(result, found.seal)
    return result if found is None else mark_sensitive(result)


def _sensitive_moment(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = SensitiveDateTime.combine(value.date(), value.timetz())
        return moment.replace(fold=value.fold)  # of another class, combine drops it
    if isinstance(value, date):
        return SensitiveDate(value.year, value.month, value.day)
    if isinstance(value, time):
        return SensitiveTime(
            value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold
        )
    if isinstance(value, timedelta):
        return SensitiveDuration(value.days, value.seconds, value.microseconds)
    return value


def is_sensitive(value: Any) -> bool:
    """True if the value, or anything inside it, is sensitive."""
    return holds(value, SensitiveValue)


def holds(value: Any, kind: type[Any]) -> bool:
    """True if the value, or anything inside it, is of the kind."""
    if isinstance(value, dict):
        return any(holds(item, kind) for item in value.values())
    if isinstance(value, list):
        return any(holds(item, kind) for item in value)
    return isinstance(value, kind)


def replaced(value: Any, kind: type[T], by: Callable[[T], Any]) -> Any:
    """The value with every leaf of the kind replaced."""
    if isinstance(value, dict):
        return {key: replaced(item, kind, by) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, kind, by) for item in value]
    return by(value) if isinstance(value, kind) else value


def redact(value: Any) -> Any:
    """The same value with every sensitive leaf replaced by `REDACTED`."""
    if isinstance(value, SensitiveValue):
        return REDACTED
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


_LEAVES = (str, bool, int, date, time, timedelta)


def redact_text(text: str, known: Any) -> str:
    """The text without the sensitive texts that are somewhere in the values known."""
    hidden = {str(one) for one in _sensitive_texts(known) if len(one) >= _TELLING}
    if not hidden:
        return text
    longest_first = sorted(hidden, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), REDACTED, text)


def _sensitive_texts(value: Any) -> Iterator[SensitiveStr]:
    if isinstance(value, SensitiveStr):
        yield value
    elif isinstance(value, dict):
        yield from (found for item in value.values() for found in _sensitive_texts(item))
    elif isinstance(value, list):
        yield from (found for item in value for found in _sensitive_texts(item))


def plain(value: Any) -> Any:
    """A model, dataclass, enum, path or collection as plain values.

    Raises:
        TypeError: something inside cannot be told in plain values (a number that is not finite, a
            function, an open file, a list that holds itself); the message names where.
    """
    try:
        return _plain(value, "")
    except RecursionError:
        raise TypeError("the value is nested too deeply, or holds itself") from None


def _plain(value: Any, at: str) -> Any:
    if value is None:
        return None
    if isinstance(value, enum.Enum):
        return _plain(value.value, at)
    if isinstance(value, float | Decimal):
        return _plain_number(value, at)
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, dict):
        return {_key(key): _plain(item, f"{at}.{_key(key)}") for key, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=_rank)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{at}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    return _plain_object(value, at)


def _rank(item: Any) -> tuple[str, str]:
    """An order for a set, whose own differs from process to process."""
    return type(item).__name__, str(item)


def _key(key: Any) -> str:
    return str(key.value if isinstance(key, enum.Enum) else key)


def _plain_number(value: float | Decimal, at: str) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise TypeError(f"{at or 'the value'} is {value}, which is not a number that can be kept")
    return number


def _plain_object(value: Any, at: str) -> Any:
    fields = getattr(type(value), "model_fields", None)  # a pydantic model, without importing it
    if fields is not None:
        names = [*fields, *type(value).model_computed_fields]
        return {name: _plain(getattr(value, name), f"{at}.{name}") for name in names}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name), f"{at}.{field.name}")
            for field in dataclasses.fields(value)
        }
    raise TypeError(f"{at or 'the value'} is a {type(value).__name__}, which cannot be kept")


def encode(value: Any) -> str:
    """A plain value as JSON text that `decode` brings back with types and sensitivity."""
    return json.dumps(_to_json(value), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Any:
    """The plain value that `encode` was given."""
    return _from_json(json.loads(text))


def _to_json(value: Any) -> Any:
    if isinstance(value, LockedStr):
        return {"$sealed": value.token}
    if isinstance(value, PrivateStr):
        if value.seal is None:
            raise TypeError("a private text is not kept without being sealed")
        return {"$sealed": str(value.seal(str(value)))}
    if isinstance(value, SensitiveValue):
        return {"$sensitive": _leaf_to_json(value)}
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith("$"):
            return {"$map": [[key, _to_json(item)] for key, item in value.items()]}
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    return _leaf_to_json(value)


def _leaf_to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return {"$datetime": value.isoformat() + (f"[{zone}]" if zone else "")}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    if isinstance(value, timedelta):
        return {
            "$seconds": str(
                Decimal(value.days * 86400 + value.seconds)
                + Decimal(value.microseconds) / 1_000_000
            )
        }
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"a {type(value).__name__} is not a plain value")


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, item), *_ = value.items()
        reader = _READERS.get(key)
        if reader is not None:
            return reader(item)
    return {key: _from_json(item) for key, item in value.items()}


def _read_datetime(text: str) -> datetime:
    moment, bracket, zone = text.partition("[")
    parsed = datetime.fromisoformat(moment)
    if not bracket:
        return parsed
    local = parsed.replace(tzinfo=ZoneInfo(zone.rstrip("]")))
    for one in (local, local.replace(fold=1)):
        if one.utcoffset() == parsed.utcoffset():
            return one
    return parsed.astimezone(local.tzinfo)  # the zone's rules have changed since


_READERS: dict[str, Callable[[Any], Any]] = {
    "$decimal": Decimal,
    "$date": date.fromisoformat,
    "$datetime": _read_datetime,
    "$time": time.fromisoformat,
    "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
    "$sensitive": lambda item: mark_sensitive(_from_json(item)),
    "$sealed": LockedStr,
    "$map": lambda pairs: {key: _from_json(item) for key, item in pairs},
}
