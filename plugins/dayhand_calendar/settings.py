"""The section `calendar` of `practice.yaml`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dayhand import Duration, Secret, SecretRef, Sensitive, UserError

__all__ = [
    "WEEKDAYS",
    "CalendarSettings",
    "EventKind",
    "Hours",
    "Limits",
    "Marker",
    "Source",
    "Span",
    "chosen",
]

EventKind = Literal["session", "hold", "other"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")


_TIME_OFF = r"(?i)^\s*(out of office|ooo|time off|vacation|annual leave|on leave|leave|pto)\b"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Span(BaseModel):
    """A part of a day, written `09:00-12:30`; it may end at `24:00`."""

    model_config = ConfigDict(frozen=True)

    start: time
    end: time | None
    """None stands for the end of the day."""

    @property
    def minutes(self) -> tuple[int, int]:
        """Its start and end in minutes of the day."""
        end = 24 * 60 if self.end is None else self.end.hour * 60 + self.end.minute
        return self.start.hour * 60 + self.start.minute, end

    def __str__(self) -> str:
        end = "24:00" if self.end is None else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


def _span(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _SPAN.match(value.replace(" ", "").replace("–", "-"))
    if not found:
        raise ValueError("hours are written as in '09:00-12:30'")
    numbers = [int(part) for part in found.groups()]
    first, last = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if not first < last <= 24 * 60:
        raise ValueError("hours end after they begin, on the same day")
    end = None if last == 24 * 60 else time(last // 60, last % 60)
    return {"start": time(first // 60, first % 60), "end": end}


class _SpanText:
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # comes with pydantic, which is loaded here

        return core_schema.no_info_before_validator_function(_span, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {
            "type": "string",
            "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$",
            "examples": ["09:00-12:30"],
        }


Hours = list[Annotated[Span, _SpanText()]]


class Marker(_Section):
    """How an event is told to be of a kind: by a category, or by a pattern in its title."""

    categories: list[str] = Field(default_factory=list)
    """Categories of which one is enough; upper and lower case are alike."""
    pattern: str = ""
    """A regular expression looked for in the title."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from error
        return pattern

    def __bool__(self) -> bool:
        return bool(self.categories or self.pattern)


class Source(_Section):
    """A calendar: a file of the practice, an `.ics` address, or a CalDAV collection."""

    name: str = Field(min_length=1, max_length=60)
    file: str = ""
    """An `.ics` file, relative to the practice folder."""
    url: str | Secret = ""
    """The address of an `.ics` file. A private address is a secret: refer to it, `{env: NAME}`."""
    caldav: str = ""
    """The address of a calendar on a CalDAV server, or of a person's calendars there."""
    calendar: str = ""
    """Which of a person's calendars, by its name on the server, where `caldav` leads to several."""
    username: str = ""
    password: Secret | None = None
    kind: EventKind = "other"
    """What its events are, where no marker says otherwise."""
    certificate_authority: str = ""
    """A PEM file, relative to the practice folder, for a server with a certificate of its own."""

    @field_validator("url", "caldav")
    @classmethod
    def _is_an_address(cls, value: str | SecretRef) -> str | SecretRef:
        if value and isinstance(value, str):
            problem = address_problem(value)
            if problem:
                raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _is_one_thing(self) -> Source:
        if sum(bool(place) for place in (self.file, self.url, self.caldav)) != 1:
            raise ValueError("a source has exactly one of 'file', 'url' and 'caldav'")
        if self.password and not self.username:
            raise ValueError("a password needs its 'username'")
        return self

    @property
    def is_caldav(self) -> bool:
        """True if it can be changed."""
        return bool(self.caldav)


def address_problem(address: str) -> str:
    """What is wrong with the address of a calendar, or nothing."""
    if re.search(r"[\x00-\x20\x7f\\]", address):  # urlsplit drops CR and LF without a word
        return "an address has no spaces, backslashes or control characters"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "this is not an address"
    if parts.scheme not in ("https", "http", "webcal", "webcals"):
        return "an address begins with https://"
    if not parts.hostname or port == 0:
        return "an address names a host"
    if parts.username is not None or parts.password is not None:
        return "a user name does not stand in the address; use 'username' and 'password'"
    return ""


class Limits(_Section):
    """What is read at most; a source beyond a limit is not read in part, it is told of."""

    megabytes: int = Field(5, ge=1, le=50)
    """Size of one source, unpacked."""
    components: int = Field(20_000, ge=1, le=100_000)
    """Events and other parts of one source."""
    deadline: Duration = timedelta(seconds=30)
    """The time all requests of one source may take together."""


class CalendarSettings(_Section):
    """The section `calendar`; every part of it may be left out."""

    sources: list[Source] = Field(default_factory=list)
    session: Marker = Field(default_factory=Marker)
    """What makes an event a session. Where this is given, no other event is matched to a client."""
    hold: Marker = Field(default_factory=Marker)
    """What makes an event a hold: a break, leave, protected time."""
    time_off: Marker = Field(default_factory=lambda: Marker(pattern=_TIME_OFF))
    """What makes an event time off, besides all-day holds and what is marked as out of office."""
    no_show: list[str] = Field(default_factory=lambda: ["NO-SHOW", "NO SHOW", "NOSHOW"])
    """Categories, or words of a title, by which you mark that a client did not come."""
    late_cancel: list[str] = Field(default_factory=lambda: ["LATE-CANCEL", "LATE CANCEL"])
    """The same for a session cancelled too late."""
    aliases: dict[Sensitive[str], str] = Field(default_factory=dict)
    """Texts by which your calendar names a client, with the client's id."""
    buffer: Duration = timedelta(0)
    """The least time between two events; less is a conflict."""
    hours: dict[str, Hours] | None = None
    """Hours by weekday. Without them nothing is outside hours, and Monday to Friday are open."""
    closed: list[date] = Field(default_factory=list)
    """Days on which the practice is closed."""
    holidays: str = ""
    """Public holidays on which it is closed: a country, or country and region, as in `US-NY`."""
    allow_private_hosts: bool = False
    """Let sources be on private networks (10/8, 192.168/16, fd00::/8 and the like)."""
    allow_hosts: list[str] = Field(default_factory=list)
    """Hosts that may be on this machine or on a private network, by the name used in the source."""
    limits: Limits = Field(default_factory=lambda: Limits.model_validate({}))

    @field_validator("hours")
    @classmethod
    def _weekdays(cls, hours: dict[str, Hours] | None) -> dict[str, Hours] | None:
        for weekday in hours or ():
            if weekday not in WEEKDAYS:
                raise ValueError(f"'{weekday[:20]}' is no weekday; write 'monday' to 'sunday'")
        return hours

    @field_validator("holidays")
    @classmethod
    def _region(cls, holidays: str) -> str:
        if holidays and not re.match(r"^[A-Z]{2}(-[A-Z0-9]{1,8})?$", holidays):
            raise ValueError("holidays are named by country and region, as in 'US' or 'US-NY'")
        return holidays

    @model_validator(mode="after")
    def _names_differ(self) -> CalendarSettings:
        names = [source.name for source in self.sources]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"two sources are named '{double}'")
        return self

    def hours_on(self, day: date) -> Hours:
        """The working hours of the weekday of a day, in the order of the day."""
        if self.hours is None:
            return []
        return sorted(self.hours.get(WEEKDAYS[day.weekday()], []), key=lambda span: span.minutes)

    @property
    def marks_sessions(self) -> bool:
        """True if something tells sessions from other events."""
        return bool(self.session) or any(source.kind == "session" for source in self.sources)


def chosen(settings: CalendarSettings, names: Sequence[str] | None) -> list[Source]:
    """The sources of these names, or all.

    Raises:
        UserError: there is none, or none of that name.
    """
    if not settings.sources:
        raise UserError(
            "no calendar is set up", hint="name one under calendar.sources in practice.yaml"
        )
    known = {source.name: source for source in settings.sources}
    for name in names or ():
        if name not in known:
            raise UserError(
                f"there is no calendar source '{name}'", hint=f"there are: {', '.join(known)}"
            )
    return [known[name] for name in names] if names else settings.sources
