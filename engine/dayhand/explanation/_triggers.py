"""Triggers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import time, timedelta
from itertools import pairwise

from dayhand import cron, durations
from dayhand.model.routine import Routine, Trigger

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_NTH = ("first", "second", "third", "fourth", "fifth")
_FEW = 4
_CLOSED = {"weekend": "weekends", "public_holiday": "public holidays", "time_off": "time off"}
_SHIFTS = {
    "next_open_day": "it moves to the next open day",
    "previous_open_day": "it moves to the open day before",
}
_MISSED = {
    "run_latest": "",
    "run_all": "Times missed while the machine was off are all made up for",
    "ask": "If a time was missed, you are asked",
    "skip": "Times missed while the machine was off are dropped",
}


def trigger_text(trigger: Trigger) -> str:
    """When a trigger makes its routine due, in one or more sentences."""
    sentences = [when(trigger), *_rules(trigger)]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def when(trigger: Trigger) -> str:
    """The same without the rules of closed days and missed times, as the middle of a sentence."""
    if trigger.kind == "cron":
        zone = f" ({trigger.timezone})" if trigger.timezone else ""
        return cron_text(trigger) + zone
    if trigger.kind == "every":
        return f"every {durations.as_text(trigger.every or timedelta(0))}"
    if trigger.kind in ("before", "after"):
        edge = "begins" if trigger.kind == "before" else "ends"
        offset = durations.as_text(trigger.offset) if trigger.offset else ""
        near = f"{offset} {trigger.kind}" if offset else "when"
        return f"{near} an event of the kind '{trigger.value}' {edge}"
    if trigger.kind == "file":
        return f"when a file arrives that matches inbox/{trigger.value}"
    ends = " or ".join(state.replace("_", " ") for state in trigger.on)
    return f"when a run of '{trigger.value}' has ended as {ends}"


def trigger_names(routines: Iterable[Routine]) -> Callable[[str, str], str]:
    """What a routine's trigger of an id is called: the words of `when`, and the id where others of the
    routine have the same words. One that is there no longer bears its id, as do those of other routines.
    """
    known = {routine.name: _names(routine.triggers) for routine in routines}

    def named(routine: str, trigger: str) -> str:
        names = known.get(routine)
        return trigger if names is None else names.get(trigger, f"a former trigger ({trigger})")

    return named


def _names(triggers: Iterable[Trigger]) -> dict[str, str]:
    told = {trigger.id: when(trigger) for trigger in triggers}
    times = Counter(told.values())
    return {key: f"{text} ({key})" if times[text] > 1 else text for key, text in told.items()}


def _rules(trigger: Trigger) -> list[str]:
    rules = []
    if trigger.skip_on:
        days = " and ".join(_CLOSED.get(day, day) for day in trigger.skip_on)
        moved = _SHIFTS[trigger.shift] if trigger.shift else "it does not run"
        rules.append(f"on {days} {moved}")
    if trigger.if_missed == "run_within" and trigger.run_within:
        length = durations.as_text(trigger.run_within)
        rules.append(f"a time missed by more than {length} is dropped")
    elif trigger.kind in ("cron", "every"):
        rules.append(_MISSED.get(trigger.if_missed, ""))
    if trigger.jitter:
        rules.append(f"the start is spread over {durations.as_text(trigger.jitter)}")
    return rules


# Cron ---------------------------------------------------------------------------------------------


def cron_text(trigger: Trigger) -> str:
    """A cron expression in words."""
    found = cron.parse(trigger.value, trigger.day_match)
    times = _times(found.times)
    every_day = found.day_fields == (("*", "*", "*"),)
    if every_day and times.startswith("every"):
        return times
    days = "every day" if every_day else _days(found)
    return f"{days} {times}"


def _times(times: tuple[time, ...]) -> str:
    if len(times) <= _FEW:
        return "at " + _listed([f"{one:%H:%M}" for one in times])
    minutes = [one.hour * 60 + one.minute for one in times]
    gaps = {later - earlier for earlier, later in pairwise(minutes)}
    if len(gaps) > 1:
        return f"{len(times)} times, from {times[0]:%H:%M} to {times[-1]:%H:%M}"
    gap = durations.as_text(timedelta(minutes=gaps.pop()))
    whole = minutes[-1] - minutes[0] + (minutes[1] - minutes[0]) == 24 * 60
    return f"every {gap}" + ("" if whole else f" from {times[0]:%H:%M} to {times[-1]:%H:%M}")


def _days(found: cron.Cron) -> str:
    told = [_day(*fields) for fields in found.day_fields]
    return " and ".join(dict.fromkeys(told))


def _day(day: str, month: str, week: str) -> str:
    months = "" if month == "*" else _listed([_MONTHS[int(one) - 1] for one in month.split(",")])
    if day == "*":
        return _weekdays(week) + (f" in {months}" if months else "")
    if day == "l":
        told = "on the last day"
    else:
        told = "on the " + _listed([_ordinal(int(one)) for one in day.split(",")])
    told += f" of {months or 'each month'}"
    return told if week == "*" else f"{told}, if that is {_one_of(week)}"


def _weekdays(week: str) -> str:
    if week == "*":
        return "every day"
    if "#" in week:
        day, _, nth = week.partition("#")
        return f"on the {_NTH[int(nth) - 1]} {_DAYS[int(day)]} of each month"
    if week.startswith("L"):
        return f"on the last {_DAYS[int(week[1:])]} of each month"
    numbers = [int(one) for one in week.split(",")]
    if numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return f"{_DAYS[numbers[0]]} to {_DAYS[numbers[-1]]}"
    return "every " + _listed([_DAYS[one] for one in numbers])


def _one_of(week: str) -> str:
    if "#" in week or week.startswith("L"):
        return _weekdays(week).removeprefix("on ").removesuffix(" of each month")
    return "a " + _listed([_DAYS[int(one)] for one in week.split(",")], "or")


def _ordinal(number: int) -> str:
    if number in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }".replace(" ", "")


def _listed(words: list[str], last: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
