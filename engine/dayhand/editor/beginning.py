"""A routine to begin with: from a name, when it is due, and the steps it takes, a text that is right.

What a step has to be given is taken from a step before it where one gives just that; what nobody gives
stands there as an example, with a remark. A step that sends gets an approval before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dayhand.catalogue import Catalogue, StepSpec
from dayhand.errors import UserError
from dayhand.problems import closest
from dayhand.validation import inspection as seen
from dayhand.validation.inspection import Type

__all__ = ["Beginning", "NotDue", "due", "routine_text"]

MODELINE = "# yaml-language-server: $schema=../.dayhand/routine.schema.json"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLAIN = re.compile(r"[A-Za-z][\w,.'() -]*[\w.)]")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}
_TO_THE_OWNER = frozenset({"email.notify_me"})
_RESERVED = frozenset(
    {"inputs", "steps", "practice", "run", "scheduled_for", "now", "failure", "in", "is", "if", "else",
     "and", "or", "not", "true", "false", "none", "null", "defined", "item"}
)  # fmt: skip

# When ---------------------------------------------------------------------------------------------

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_TIME = r"(?:at\s+)?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
_WHEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?:daily|every day)\s+{_TIME}"), "{minute} {hour} * * *"),
    (re.compile(rf"(?:on\s+)?weekdays\s+{_TIME}"), "{minute} {hour} * * mon-fri"),
    (
        re.compile(rf"(?:on\s+|every\s+)?(?P<day>{'|'.join(_DAYS)})s?\s+{_TIME}"),
        "{minute} {hour} * * {day}",
    ),
    (
        re.compile(rf"monthly\s+(?:on\s+)?(?:the\s+)?(?P<of>\d\d?)(?:st|nd|rd|th)?\s+{_TIME}"),
        "{minute} {hour} {of} * *",
    ),
    (re.compile(rf"monthly\s+(?:on\s+)?the last day\s+{_TIME}"), "{minute} {hour} l * *"),
)
_CRON = re.compile(r"@\w+|\S+(?:\s+\S+){4}")


class NotDue(UserError):
    """The words say no time that a trigger can have."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"'{words}' says no time",
            hint="such as: by hand, daily at 18:00, weekdays at 06:30, mondays at 08:00, "
            "monthly on the 1st at 09:00, every 2 hours, file bank/*.csv, after monthly-billing, "
            "or a cron expression",
        )


def due(words: str) -> tuple[str, str] | None:
    """The trigger that words mean, as a key and its value; None for `by hand`.

    Raises:
        NotDue: they mean none.
    """
    text = " ".join(words.split())
    lower = text.lower()
    if lower in ("", "by hand", "never"):
        return None
    for pattern, made in _WHEN:
        found = pattern.fullmatch(lower)
        if found:
            parts = {name: value.lstrip("0") or "0" for name, value in found.groupdict().items()}
            return "cron", made.format(**{**parts, **_short(parts)})
    for word, key in (("every ", "every"), ("file ", "file"), ("after ", "routine")):
        if lower.startswith(word) and text[len(word) :].strip():
            return key, text[len(word) :].strip()
    if _CRON.fullmatch(text):
        return "cron", text
    raise NotDue(words)


def _short(parts: Mapping[str, str]) -> dict[str, str]:
    return {"day": parts["day"][:3]} if "day" in parts else {}


# The routine --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new routine is to be: its name and title, its trigger, the names of its steps."""

    name: str
    title: str = ""
    trigger: tuple[str, str] | None = None
    steps: tuple[str, ...] = ()


def routine_text(wanted: Beginning, catalogue: Catalogue) -> str:
    """The text of the routine, modeline and remarks included.

    Raises:
        UserError: the name is none, or there is no such step; the message guesses.
    """
    if not _NAME.fullmatch(wanted.name):
        raise UserError(
            f"'{wanted.name}' is no name for a routine",
            hint="lower-case letters, digits and hyphens, as in 'monthly-billing'",
        )
    lines = [MODELINE, f"routine: {wanted.name}"]
    lines.append(f"title: {_scalar(wanted.title or wanted.name.replace('-', ' ').capitalize())}")
    if wanted.trigger is not None:
        key, value = wanted.trigger
        lines += ["", "triggers:", f"  - {key}: {_scalar(value)}"]
        if key == "file":
            lines += ["", "inputs:", '  file: {type: file, default: ""}']
    lines += ["", "steps:"]
    writing = _Writing(catalogue)
    for name in wanted.steps or ("value.set",):
        lines += writing.step(name)
    return "\n".join(lines).rstrip() + "\n"


@dataclass(slots=True)
class _Writing:
    """Steps written one after another, with what those before give."""

    catalogue: Catalogue
    given: dict[str, Type] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    is_approved: bool = False
    adding: set[str] = field(default_factory=set)

    def step(self, name: str) -> Iterator[str]:
        """The lines of a step; of an approval before it, if it is the first that sends."""
        spec = self._spec(name)
        if spec.effect == "send" and name not in _TO_THE_OWNER and not self.is_approved:
            yield from self.step("person.approve")
        self.is_approved = self.is_approved or name == "person.approve"
        yield from self._providers(spec)
        identity = self._id(name)
        yield f"  - id: {identity}"
        yield f"    uses: {name}"
        yield from self._arguments(spec)
        yield ""
        if spec.plugin != "dayhand":
            self.given[identity] = seen.schema_type(spec.output, spec.output)

    def _spec(self, name: str) -> StepSpec:
        spec = self.catalogue.steps.get(name)
        if spec is None:
            guess = closest(name, tuple(self.catalogue.steps))
            hint = f"did you mean '{guess}'?" if guess else "see: dayhand steps"
            raise UserError(f"there is no step '{name}'", hint=hint)
        return spec

    def _id(self, name: str) -> str:
        wanted = name.rpartition(".")[2]
        wanted = f"{name.replace('.', '_')}" if wanted in _RESERVED else wanted
        chosen, number = wanted, 1
        while chosen in self.ids:
            number += 1
            chosen = f"{wanted}_{number}"
        self.ids.add(chosen)
        return chosen

    def _arguments(self, spec: StepSpec) -> Iterator[str]:
        inputs = dict(seen.members_of(seen.schema_type(spec.inputs, spec.inputs)))
        needed = [*spec.inputs.get("required", ())]
        if spec.name == "wait.until":
            needed = ["length"]
        if needed:
            yield "    with:"
        for name in needed:
            yield from self._argument(spec, name, inputs.get(name, seen.ANY))
        others = [name for name in inputs if name not in needed]
        if others:
            yield f"    # it can also be given: {', '.join(others)}"

    def _argument(self, spec: StepSpec, name: str, wanted: Type) -> Iterator[str]:
        source = self._source(name, wanted)
        if source:
            yield f"      {name}: ${{{{ {source} }}}}"
            return
        if seen.record_of(wanted) and not _may_be_empty(wanted):
            yield f'      {name}: "${{{{ null }}}}"  # no step gives this: {seen.record_of(wanted)}'
            return
        value = _EXAMPLES.get((spec.name, name)) or _example(name, wanted)
        about = seen.described(wanted).rstrip(".")
        yield f"      {name}: {value}" + (f"  # {about}" if about else "")

    def _providers(self, spec: StepSpec) -> Iterator[str]:
        """Steps that give records which this one needs, and which nobody before gives."""
        self.adding.add(spec.name)
        for name in spec.inputs.get("required", ()):
            wanted = seen.member_of(seen.schema_type(spec.inputs, spec.inputs), name)
            if not seen.record_of(wanted) or self._source(name, wanted):
                continue
            found = sorted(
                (one for one in self.catalogue.steps.values() if _gives(one, wanted)),
                key=lambda one: (
                    one.effect not in ("none", "read"),
                    one.plugin != spec.plugin,
                    one.name,
                ),
            )
            provider = next((one for one in found if one.name not in self.adding), None)
            if provider is not None and provider.effect != "send":
                yield from self.step(provider.name)
        self.adding.discard(spec.name)

    def _source(self, name: str, wanted: Type) -> str:
        """An output of a step before that is just what is wanted; the nearest such step's."""
        for identity, output in reversed(self.given.items()):
            whole = f"steps.{identity}"
            if seen.is_same_record(output, wanted):
                return whole
            for member, inner in seen.members_of(output):
                same = seen.is_same_record(inner, wanted)
                if same or (member == name and seen.is_plain_match(inner, wanted)):
                    return f"{whole}.{member}"
        return ""


def _gives(spec: StepSpec, wanted: Type) -> bool:
    output = seen.schema_type(spec.output, spec.output)
    parts = [output, *(inner for _, inner in seen.members_of(output))]
    return any(seen.is_same_record(part, wanted) for part in parts)


def _may_be_empty(wanted: Type) -> bool:
    return seen.kind_of(wanted) == "a list"


_EXAMPLES: Mapping[tuple[str, str], str] = {
    ("person.approve", "title"): "Go on?",
    ("person.ask", "title"): "What shall it be?",
    ("person.ask", "fields"): "{note: text}",
    ("file.write", "path"): '"notes/${{ scheduled_for | date }}.md"',
    ("file.write", "text"): "What stands in it",
    ("run.fail", "reason"): "why it ends here",
    ("wait.until", "length"): "1 hour",
}
_BY_KIND = {
    "a number": "1", "true or false": "true", "a date": '"${{ scheduled_for | date }}"',
    "a date and time": '"${{ scheduled_for }}"', "a month": '"${{ scheduled_for | month }}"',
    "a length of time": "1 hour", "a list": "[]", "a mapping": "{}", "a time of day": '"09:00"',
}  # fmt: skip


def _example(name: str, wanted: Type) -> str:
    choices = [one for one in seen.choices_of(wanted) if one]  # a value that is empty is none
    if choices and seen.kind_of(wanted) != "a list":
        return choices[0]
    return _BY_KIND.get(seen.kind_of(wanted), name)


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    cron_like = re.fullmatch(r"[\d,/*LlA-Za-z#-]+( [\d,/*LlA-Za-z#-]+){4}", text)
    if cron_like and not text.startswith("*"):
        return text
    quoted: str = json.dumps(text, ensure_ascii=False)
    return quoted


def suggestions(words: str, catalogue: Catalogue) -> list[StepSpec]:
    """Steps whose name or summary has all of the words, best first."""
    parts = words.lower().split()
    found: Iterable[Any] = catalogue.steps.values()
    return sorted(
        (s for s in found if all(p in f"{s.name} {s.summary}".lower() for p in parts)),
        key=lambda spec: (not spec.name.startswith(words.lower()), spec.name),
    )
