"""Filters on single values, numbers and texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from dayhand.expressions._asking import (
    Reading,
    a_number,
    a_text,
    text_argument,
    whole_argument,
    wrong,
)
from dayhand.expressions._data import (
    MAX_TEXT,
    short,
    text,
)
from dayhand.expressions._errors import FilterError


def default_argument(value: Any, _: Reading, other: Any = "", when_empty: Any = False) -> Any:  # noqa: FBT002  # the language's argument
    """Only for its signature: the evaluator asks for `other` when it is needed."""
    return other if value is None or (when_empty and not value) else value


def length(value: Any, _: Reading) -> int:
    if not isinstance(value, str | list | Mapping):
        raise wrong("length", "a list, a mapping or a text", value)
    return len(value)


def as_text(value: Any, _: Reading) -> str:
    return short(text(value))


_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")


def as_int(value: Any, _: Reading) -> int:
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value.strip()):
            raise FilterError("this text is not a whole number")
        return int(value)
    found = a_number(value, "int")
    if found != int(found):
        raise FilterError("this number is not whole", "put round before int")
    return int(found)


# ISO 4217: the currencies whose minor unit is not a hundredth
_PLACES = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
     "XAF", "XOF", "XPF"), 0,
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)  # fmt: skip


def money(value: Any, reading: Reading, currency: Any = None) -> str:
    if isinstance(value, Mapping) and "amount" in value:
        currency = currency or value.get("currency")
        value = reading.note(value["amount"])
    practice = reading.scope.get("practice")
    if currency is None and isinstance(practice, Mapping):
        currency = practice.get("currency")
    code = "" if currency is None else text_argument(currency, "the currency")
    amount = _rounded(a_number(value, "money"), _PLACES.get(code, 2))
    return f"{amount:,f} {code}".rstrip()


_HALF_UP = Context(prec=60, rounding=ROUND_HALF_UP)


def _rounded(value: int | Decimal, places: int) -> Decimal:
    rounded = _HALF_UP.quantize(Decimal(value), Decimal(1).scaleb(-places))
    return rounded or abs(rounded)  # no -0.00


def round_half_up(value: Any, _: Reading, places: Any = 0) -> int | Decimal:
    digits = whole_argument(places, "round", 0, 10)
    found = a_number(value, "round")
    return found if isinstance(found, int) else _rounded(found, digits)


def absolute(value: Any, _: Reading) -> int | Decimal:
    found = a_number(value, "abs")
    return negated(found) if found < 0 else found


def plural(value: Any, _: Reading, one: Any, many: Any = None) -> str:
    count = len(value) if isinstance(value, list) else a_number(value, "plural")
    single = text_argument(one, "the singular")
    return (
        single
        if count == 1
        else text_argument(f"{single}s" if many is None else many, "the plural")
    )


_WORD_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def upper(value: Any, _: Reading) -> str:
    return a_text(value, "upper").upper()


def lower(value: Any, _: Reading) -> str:
    return a_text(value, "lower").lower()


def title(value: Any, _: Reading) -> str:
    return _WORD_LETTERS.sub(lambda match: match[0].capitalize(), a_text(value, "title"))


def trim(value: Any, _: Reading) -> str:
    return a_text(value, "trim").strip()


def truncate(value: Any, _: Reading, length: Any) -> str:
    whole = a_text(value, "truncate")
    most = whole_argument(length, "truncate", 1, MAX_TEXT)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def replace(value: Any, _: Reading, old: Any, new: Any) -> str:
    whole = a_text(value, "replace")
    before, after = text_argument(old, "what to replace"), text_argument(new, "the replacement")
    if not before:
        raise FilterError("replace needs a text to look for")
    if len(whole) + whole.count(before) * (len(after) - len(before)) > MAX_TEXT:
        raise FilterError(f"the text grows longer than {MAX_TEXT // 1024} KiB")
    return whole.replace(before, after)


def initials(value: Any, _: Reading) -> str:
    words = _WORD_LETTERS.findall(a_text(value, "initials"))
    return "".join(f"{word[0].upper()}." for word in words)


def slug(value: Any, _: Reading) -> str:
    letters = unicodedata.normalize("NFKD", a_text(value, "slug"))
    ascii_only = letters.encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
