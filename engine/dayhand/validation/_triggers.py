"""Triggers: read, with every surprise a time can hold told before it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from dayhand import document, durations
from dayhand.model.routine import Trigger
from dayhand.validation import _envelope, _words
from dayhand.validation._check import Check
from dayhand.validation._envelope import Keys

if TYPE_CHECKING:
    from dayhand.cron import Cron

_Kind = Literal["cron", "every", "before", "after", "file", "routine"]
_KINDS: tuple[_Kind, ...] = get_args(_Kind)
_TIMED = frozenset({"cron", "every", "before", "after"})
_APPLIES: Mapping[str, frozenset[str]] = {
    "offset": frozenset({"before", "after"}),
    "on": frozenset({"routine"}),
    "if_missed": _TIMED,
    "max": _TIMED,
    "skip_on": _TIMED,
    "shift": frozenset({"cron", "before", "after"}),
    "jitter": _TIMED,
    "timezone": _TIMED,
    "dst_gap": frozenset({"cron"}),
    "dst_overlap": frozenset({"cron"}),
    "day_match": frozenset({"cron"}),
}
_MOST = 100
_SATURDAY = 5
_SHORTEST = timedelta(minutes=1)


def read_triggers(check: Check, node: document.Node | None) -> list[Trigger]:
    """The triggers of a list, their problems noted."""
    if not isinstance(node, document.Sequence):
        return []
    found: list[Trigger] = []
    if len(node.items) > _MOST:
        hint = "a cron expression names many times at once, with lists, ranges and steps"
        message = f"a routine can have up to {_MOST} triggers"
        check.note(node.items[_MOST].mark, "wrong-value", message, hint)
    for item in node.items[:_MOST]:
        if not isinstance(item, document.Mapping):
            check.extend([_words.wrong_type(item, "triggers", ["object"])])
            continue
        trigger = _read(check, item)
        if trigger and not _is_duplicate(check, trigger, found):
            found.append(trigger)
    return found


def _is_duplicate(check: Check, trigger: Trigger, found: list[Trigger]) -> bool:
    for other in found:
        if other.id == trigger.id and trigger.mark and other.mark:
            message = f"this is the same trigger as in line {other.mark.line}"
            check.note(trigger.mark, "duplicate-trigger", message, "remove one of the two")
            return True
    return False


def _read(check: Check, node: document.Mapping) -> Trigger | None:
    before = len(check.problems)
    keys = _envelope.check(node, "trigger")
    check.extend(keys.problems)
    kind = _kind(check, node)
    if kind is None:
        return None
    _applicable(check, node, kind)
    _check_kind(check, keys, kind)
    if any(problem.is_error for problem in check.problems[before:]):
        return None
    return _made(keys, kind)


def _kind(check: Check, node: document.Mapping) -> _Kind | None:
    present = [kind for kind in _KINDS if node.entry(kind)]
    if len(present) == 1:
        return present[0]
    if present:
        mark = node.key_mark(present[1]) or node.mark
        message = f"a trigger cannot have both '{present[0]}' and '{present[1]}'"
        check.note(mark, "conflicting-keys", message, "make two triggers of it")
        return None
    known = _envelope.keys("trigger")
    written = node.keys()
    if not any(key not in known and _words.near(key, known) in _KINDS for key in written):
        hint = _words.listed("add one of", _KINDS)
        check.note(node.mark, "missing-key", "this trigger does not say when", hint)
    return None


def _applicable(check: Check, node: document.Mapping, kind: _Kind) -> None:
    for entry in node.entries:
        kinds = _APPLIES.get(entry.key.text)
        if kinds and kind not in kinds:
            message = f"'{entry.key.text}' means nothing with '{kind}'"
            hint = _words.listed("it goes with", sorted(kinds))
            check.note(entry.key.mark, "key-does-not-apply", message, hint)
    if node.entry("shift") and not node.entry("skip_on"):
        message = "'shift' moves days named in 'skip_on', and there are none"
        mark = node.key_mark("shift") or node.mark
        check.note(mark, "key-does-not-apply", message, "add 'skip_on: [weekend, public_holiday]'")
    missed = node.get("if_missed")
    is_all = isinstance(missed, document.Scalar) and missed.text == "run_all"
    if node.entry("max") and not is_all and kind in _TIMED:
        mark = node.key_mark("max") or node.mark
        message = "'max' belongs to 'if_missed: run_all'"
        check.note(mark, "key-does-not-apply", message, "remove it, or add 'if_missed: run_all'")


def _check_kind(check: Check, keys: Keys, kind: _Kind) -> None:
    value = keys.scalar(kind)
    if value is None:
        return
    if kind == "cron":
        _check_cron(check, keys, value)
    elif kind == "every" and durations.parse(value.text) < _SHORTEST:
        message = f"{_words.shown(value.text)} is too short"
        check.note(value.mark, "bad-duration", message, "the shortest is 1 minute")
    elif kind == "file":
        _check_glob(check, value)
    elif kind in ("before", "after"):
        _check_events(check, value)


def _check_cron(check: Check, keys: Keys, value: document.Scalar) -> None:
    from dayhand import cron  # only for a routine with a schedule

    match: Any = keys.text("day_match") or "cron"
    try:
        expression = cron.parse(value.text, match)
    except cron.CronError as error:
        mark = document.place(value, error.offset, error.length)
        check.note(mark, error.code, error.message, error.hint)
        return
    start = datetime.combine(check.today, datetime.min.time())
    if expression.next(start) is None:
        message = f"{_words.shown(value.text)} never comes in {cron.SEARCH_YEARS} years"
        check.note(value.mark, "cron-never-fires", message, "is there such a day?")
    elif _is_dropped(keys) and not _comes_on_a_weekday(
        expression, check.today, check.today.year + cron.SEARCH_YEARS
    ):
        message = f"{_words.shown(value.text)} comes at weekends only, and 'skip_on' drops those"
        hint = "add 'shift: next_open_day', or take 'weekend' out of 'skip_on'"
        check.note(value.mark, "cron-never-fires", message, hint)
    elif expression.day_rule and not keys.get("day_match"):
        either = "either is enough" if expression.day_rule == "any" else "both have to match"
        message = f"this names a day of the month and a weekday: {either}"
        hint = "say 'day_match: all' (both) or 'day_match: any' (either)"
        check.warn(value.mark, "cron-day-rule", message, hint)


def _is_dropped(keys: Keys) -> bool:
    """True if what falls on a weekend is left out, and not moved."""
    return "weekend" in _texts(keys.get("skip_on")) and not keys.get("shift")


def _comes_on_a_weekday(expression: Cron, start: date, last: int) -> bool:
    for day in expression.days(start):
        if day.weekday() < _SATURDAY or day.year > last:
            return day.weekday() < _SATURDAY
    return False


def _check_events(check: Check, value: document.Scalar) -> None:
    """A warning: by hand the routine runs, and a plugin may bring the kind tomorrow. An error where
    the plugin is there, in a process of its own, and so never will."""
    kinds = tuple(check.catalogue.event_kinds)
    apart = [one.name for one in check.catalogue.plugins if value.text in one.absent_events]
    if apart:
        message = f"plugin '{apart[0]}' brings no events, since it is in a process of its own"
        command = f"dayhand plugins approve {apart[0]}"
        hint = f"let it run in dayhand's process, unless it asks for its own: {command}"
        check.note(value.mark, "unknown-event-kind", message, hint)
        return
    if kinds and value.text not in kinds:
        near = check.near(value.text, kinds)
        hint = _words.mean(near) if near else _words.listed("there are", kinds)
        message = f"no plugin brings events of the kind {_words.shown(value.text)}"
        check.warn(value.mark, "unknown-event-kind", message, hint)


def _check_glob(check: Check, value: document.Scalar) -> None:
    parts = value.text.replace("\\", "/").split("/")
    if value.text[0] in "/\\~" or ".." in parts or ":" in parts[0]:
        message = f"{_words.shown(value.text)} leaves the folder 'inbox/'"
        check.note(value.mark, "bad-path", message, "write it relative to inbox/, such as '*.csv'")
    elif parts[0] == "inbox":
        message = "'inbox/' is already where the pattern begins"
        check.note(value.mark, "bad-path", message, f"write '{'/'.join(parts[1:]) or '*'}'")


# Making it ----------------------------------------------------------------------------------------


def _made(keys: Keys, kind: _Kind) -> Trigger:
    value = " ".join((keys.text(kind) or "").split())
    zone = keys.text("timezone")
    offset = length(keys, "offset") or timedelta(0)
    day_match: Any = keys.text("day_match") or "cron"
    content = (kind, value, str(offset.total_seconds()), zone or "", day_match)
    missed, within = _if_missed(keys)
    overlap: Any = keys.text("overlap")
    shift: Any = keys.text("shift")
    gap: Any = keys.text("dst_gap") or "shift"
    fold: Any = keys.text("dst_overlap") or "first"
    named = keys.scalar(kind)
    return Trigger(
        id=keys.text("id") or f"{kind}-{_digest(content)}",
        kind=kind,
        value=value,
        offset=offset,
        every=length(keys, "every"),
        timezone=zone,
        if_missed=missed,
        max_missed=_number(keys, "max"),
        run_within=within,
        overlap=overlap,
        skip_on=_texts(keys.get("skip_on")),
        shift=shift,
        jitter=length(keys, "jitter") or timedelta(0),
        dst_gap=gap,
        dst_overlap=fold,
        day_match=day_match,
        on=_texts(keys.get("on")) or ("done",),
        mark=named.mark if named else keys.node.mark,
    )


def _digest(content: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:8]


def _if_missed(keys: Keys) -> tuple[Any, timedelta | None]:
    node = keys.get("if_missed")
    if isinstance(node, document.Mapping):
        within = node.get("run_within")
        text = within.text if isinstance(within, document.Scalar) else ""
        return "run_within", durations.parse(text)
    return keys.text("if_missed") or "run_latest", None


def length(keys: Keys, key: str) -> timedelta | None:
    """The length of time under a key, if there is one."""
    text = keys.text(key)
    return durations.parse(text) if text else None


def _number(keys: Keys, key: str) -> int | None:
    found = keys.scalar(key)
    return found.value if found and isinstance(found.value, int) else None


def _texts(node: document.Node | None) -> tuple[str, ...]:
    if isinstance(node, document.Scalar):
        return (node.text,)
    if isinstance(node, document.Sequence):
        return tuple(item.text for item in node.items if isinstance(item, document.Scalar))
    return ()
