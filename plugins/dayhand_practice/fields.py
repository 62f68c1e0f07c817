"""The kinds of value a record's field can have: read from text, written as text, kept in a table.

One reading serves the CSV files and the commands, so that both accept and refuse the same things
with the same words. A reading that fails raises `ValueError` with the reason alone, never with the
value, which may be a client's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from dayhand_practice.regions import REGIONS
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["Field", "value_class"]

Reader = Callable[[str], Any]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"[\x85\u2028\u2029]")
_EMAIL = re.compile(
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,63})$"
)
_PHONE = re.compile(r"^\+?[0-9(][0-9 ().\-]{5,24}( ?(x|ext\.?) ?\d{1,6})?$")
_ICD = re.compile(r"^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$")
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MONEY = re.compile(r"^-?\d{1,7}(\.\d{1,2})?$")
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:00)?(Z|[+-]\d{2}:\d{2})?$")
_YES = frozenset({"yes", "true", "y", "1"})
_NO = frozenset({"no", "false", "n", "0", ""})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record.

    `empty` is the value of an empty cell; `required` refuses an empty one. `exposes` says that the
    value names or describes a client, so that it is shown only on request.
    """

    name: str
    about: str
    read: Reader
    write: Callable[[Any], str] = str
    store: Callable[[Any], Any] = lambda value: value
    load: Callable[[Any], Any] = lambda value: value
    empty: Any = ""
    required: bool = False
    exposes: bool = False
    is_id: bool = False
    is_text: bool = field(default=True)
    """Written by people, so that an export guards it against being read as a formula."""

    def from_text(self, text: str) -> Any:
        """The value a cell or an option holds.

        Raises:
            ValueError: it is not one; the message is the reason.
        """
        stripped = text.strip()
        if not stripped:
            if self.required:
                raise ValueError("it is required")
            return self.empty
        return self.read(stripped)

    def as_text(self, value: Any) -> str:
        """The value as it stands in a cell."""
        return "" if value is None else self.write(value)

    def to_table(self, value: Any) -> Any:
        """The value as the table keeps it."""
        return None if value is None else self.store(value)

    def from_table(self, value: Any) -> Any:
        """The value that the table keeps."""
        return None if value is None else self.load(value)


def value_class(text: str, *, is_id: bool = False) -> str:
    """What sort of thing a cell holds, without telling it unless it is an id and looks like one."""
    stripped = text.strip()
    if not stripped:
        return "empty"
    if is_id and re.fullmatch(r"[A-Z]{1,10}-[A-Z0-9-]{1,20}", stripped):
        return f"the id {stripped}"
    if _ISO_DATE.match(stripped):
        return "a date"
    if re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", stripped):
        return "a date in another form"
    if re.fullmatch(r"[-+$€£ ]*[\d., ]+", stripped):
        return "a number"
    return f"text of {len(stripped)} characters"


# Readings -----------------------------------------------------------------------------------------


def line(most: int = 200) -> Reader:
    """One line of text."""

    def read(text: str) -> str:
        if _CONTROL.search(text) or _LINE_BREAKS.search(text):
            raise ValueError("it holds a line break or another control character")
        if len(text) > most:
            raise ValueError(f"it is longer than {most} characters")
        return text

    return read


def matching(pattern: str, reason: str) -> Reader:
    """Text of one form."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(reason)
        return text

    return read


def one_of(*choices: str) -> Reader:
    """One of a few words; a guess is made of a near one."""

    def read(text: str) -> str:
        from difflib import get_close_matches  # needed only for the mistake

        word = text.lower().replace(" ", "_").replace("-", "_")
        for choice in choices:
            if choice.lower() == word:
                return choice
        near = get_close_matches(word, choices, n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"it is none of {', '.join(choices)}{guess}")

    return read


def email(text: str) -> str:
    """An e-mail address, by its form."""
    if len(text) > 254 or len(text.partition("@")[0]) > 64 or not _EMAIL.match(text):
        raise ValueError("it is not an e-mail address such as name@example.com")
    return text


def phone(text: str) -> str:
    """A telephone number, by its form."""
    if not _PHONE.match(text):
        raise ValueError("it is not a telephone number such as 518-555-0100 or +1 518 555 0100")
    return text


def region(text: str) -> str:
    """A state or territory of the United States by its two letters, or an ISO 3166-2 code."""
    code = text.upper()
    if code not in REGIONS and not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", code):
        raise ValueError("it is not a state such as NY, nor a region such as CA-ON")
    return code


def icd(text: str) -> str:
    """An ICD-10-CM code by its form, with its dot. That the code exists is not checked."""
    code = text.upper()
    if not _ICD.match(code):
        raise ValueError("it has not the form of an ICD-10-CM code such as F41.1")
    return code if "." in code or len(code) == 3 else f"{code[:3]}.{code[3:]}"


def day(text: str) -> date:
    """A date in ISO form; no other form is guessed at."""
    if not _ISO_DATE.match(text):
        raise ValueError("write dates as YYYY-MM-DD, such as 2026-11-24")
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("there is no such day") from error
    if not 1900 <= found.year <= 2200:
        raise ValueError("the year is out of reach")
    return found


def money(text: str) -> Decimal:
    """An amount with up to two places and no other signs."""
    if not _MONEY.match(text):
        raise ValueError("write amounts as 120 or 120.00, without currency or thousands signs")
    return Decimal(text).quantize(Decimal("0.01"))


def percent(text: str) -> Decimal:
    """A share of the listed fee, between 0 and 100."""
    try:
        share = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("write a percentage as 60 or 62.5, without the sign") from error
    if not share.is_finite() or not 0 <= share <= 100 or share != share.quantize(Decimal("0.01")):
        raise ValueError("a percentage is between 0 and 100, with up to two places")
    return share.quantize(Decimal("0.01"))


def whole(least: int, most: int) -> Reader:
    """A whole number between two."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,6}", text) or not least <= int(text) <= most:
            raise ValueError(f"it is not a whole number from {least} to {most}")
        return int(text)

    return read


def yes_or_no(text: str) -> bool:
    """A yes or a no."""
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError("write yes or no")
    return word in _YES


def several(item: Reader, most: int = 20) -> Reader:
    """Several values with semicolons between."""

    def read(text: str) -> list[Any]:
        parts = [part.strip() for part in re.split(r"[;\n]", text)]
        items = list(dict.fromkeys(item(part) for part in parts if part))
        if len(items) > most:
            raise ValueError(f"there are more than {most} of them")
        return items

    return read


def moment(zone: ZoneInfo) -> Reader:
    """A date and time; without an offset it is meant in the practice's zone."""

    def read(text: str) -> datetime:
        if not _MOMENT.match(text):
            raise ValueError("write it as 2026-11-24T09:00 or 2026-11-24T09:00-05:00")
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError("there is no such day or time") from error
        if found.tzinfo is not None:
            return found.astimezone(zone)
        early, late = (found.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if early.utcoffset() != late.utcoffset():
            exists = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == found
            if not exists:
                raise ValueError("the clocks skip this time that day")
            raise ValueError("the clocks show this time twice that day; add an offset, as -05:00")
        return early

    return read


# Fields -------------------------------------------------------------------------------------------


def text_field(name: str, about: str, read: Reader | None = None, **options: Any) -> Field:
    """Text on one line, or of a form."""
    return Field(name, about, read or line(), **options)


def list_field(name: str, about: str, read: Reader, **options: Any) -> Field:
    """Several texts."""
    return Field(
        name,
        about,
        read,
        write="; ".join,
        store="\n".join,
        load=lambda kept: kept.split("\n") if kept else [],
        empty=[],
        **options,
    )


def date_field(name: str, about: str, **options: Any) -> Field:
    """A date."""
    return Field(name, about, day, write=date.isoformat, empty=None, is_text=False, **options)


def money_field(name: str, about: str, *, empty: Any = None, **options: Any) -> Field:
    """An amount, kept in cents."""
    return Field(
        name, about, money, store=cents, load=from_cents, empty=empty, is_text=False, **options
    )


def percent_field(name: str, about: str) -> Field:
    """A percentage, kept in hundredths."""
    return Field(name, about, percent, store=cents, load=from_cents, empty=None, is_text=False)


def whole_field(name: str, about: str, least: int, most: int, **options: Any) -> Field:
    """A whole number."""
    return Field(name, about, whole(least, most), empty=None, is_text=False, **options)


def yes_field(name: str, about: str) -> Field:
    """A yes or a no."""
    return Field(
        name,
        about,
        yes_or_no,
        write=lambda value: "yes" if value else "no",
        empty=False,
        is_text=False,
    )


def moment_field(name: str, about: str, zone: ZoneInfo, **options: Any) -> Field:
    """A moment, kept in UTC, shown in the practice's zone."""
    return Field(
        name,
        about,
        moment(zone),
        write=lambda value: value.isoformat(timespec="minutes"),
        store=lambda value: value.astimezone(UTC).isoformat(timespec="seconds"),
        load=lambda kept: datetime.fromisoformat(kept).astimezone(zone),
        empty=None,
        is_text=False,
        **options,
    )
