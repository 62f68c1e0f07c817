"""Gives a reader inputs made by chance, and tells what each took: processor time, and memory at its peak.

python fuzzing.py yaml 7 1000 10 progress

reads a thousand inputs of seed 7, each in at most ten seconds. The peak is what the system saw of the whole process since the input
before, so that memory of libraries in C counts too, and is held against what there was in the beginning.
An input that takes longer than the bound ends the process, and `progress` holds its number.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

WHOLE = 1 << 30
"""Of address space for the process."""
MIB = 1024 * 1024
ZONE = ZoneInfo("America/New_York")
SIGNS = ["\x00", "\ufeff", "\u202e", "\u2028", "\x85", "\t", "\r", "\r\n", "\n", " ", "é", "🌞", "\ud800", "\\",
         "'", '"', "9", "1e9", "-", "x", ",", ";", ":", "=", "%"]  # fmt: skip

Reader = Callable[[bytes], object]


# Readers: what they take, and a whole input to begin with -----------------------------------------


def yaml_reader() -> Reader:
    from dayhand.document import plain, read

    def act(data: bytes) -> object:
        found = read(data, file="r.yaml")
        return found.problems if found.root is None else plain(found.root)

    return act


def expression_reader() -> Reader:
    from dayhand.expressions import (
        EvaluationError,
        ExpressionError,
        compile_expression,
        compile_text,
    )

    scope = {"x": 1, "items": [{"a": str(n % 7)} for n in range(10_000)], "text": "x" * 65_536,
             "long": "ab " * 20_000, "big": 10**27, "day": date(2026, 11, 3)}  # fmt: skip

    def act(data: bytes) -> object:
        source = data.decode("utf-8", "surrogateescape")
        try:
            made = compile_text(source) if "${{" in source else compile_expression(source)
            return made if isinstance(made, str) else made.evaluate(scope)
        except (ExpressionError, EvaluationError) as error:
            return str(error)

    return act


def calendar_reader() -> Reader:
    from dayhand_calendar.blocks import BrokenCalendar, cut
    from dayhand_calendar.expansion import Calendar, Window

    window = Window(date(2026, 11, 1), date(2026, 11, 30), ZONE)

    def act(data: bytes) -> object:
        try:
            return Calendar(cut(data, most=20_000), "test", ZONE).between(window)
        except BrokenCalendar as error:
            return str(error)

    return act


def csv_reader() -> Reader:
    from dayhand import UserError
    from dayhand_practice.importing import rows_of
    from dayhand_practice.kinds import kind_of

    kind = kind_of("clients", ZONE)

    def act(data: bytes) -> object:
        try:
            return rows_of(data, kind, "clients.csv")
        except UserError as error:
            return error.message

    return act


ROUTINE = """\
routine: r
triggers:
  - cron: 0 9 1 * *
steps:
  - id: a
    uses: email.send
    with: {to: "${{ x.y | text }}", note: [1, 2.50, '02139', null]}
    note: |
      Dear ${{ client.name }}
"""
EVENT = """\
BEGIN:VEVENT
UID:a@b
DTSTART;TZID=America/New_York:20261103T090000
DTEND;TZID=America/New_York:20261103T095000
RRULE:FREQ=WEEKLY;COUNT=10
SUMMARY:x
END:VEVENT
"""
CALENDAR = f"BEGIN:VCALENDAR\nVERSION:2.0\n{EVENT}END:VCALENDAR\n"
SHEET = "id,name,date_of_birth,email,region,status\nC-0001,Ada,1990-01-01,a@b.example,NY,active\n"


def _forever(data: bytes) -> None:
    while len(data) != 1:  # the first, a whole one, is read
        pass


VALUES = [
    "items",
    "text",
    "long",
    "big",
    "x",
    "'ab'",
    "[text, long]",
    "[items, items]",
    "{'a': items}",
    "1e27",
    "day",
]
OPERATORS = [" + ", " * ", " ~ ", " / ", " == ", " in ", " and ", " or ", " if x else "]
FILTERS = [" | text", " | upper", " | title", " | slug", " | unique", " | sort", " | sort('a')", " | map('a')",
           " | join(', ')", " | join(long)", " | replace('x', long)", " | replace('a', 'bbbb')", " | lines", " | sum",
           " | length", " | first", " | reverse", " | truncate(9)", " | default(items)", " | join(text)"]  # fmt: skip
READERS: dict[str, tuple[Callable[[], Reader], int, str, list[str]]] = {
    "yaml": (yaml_reader, 256 * 1024, ROUTINE, [
        "- ", "a: ", "? ", "&a ", "*a", "<<: *a\n", "!!python/name:os ", "[", "]", "{", "}", "[[", "{a: ", "|\n", ">-\n",
        "---\n", "%YAML 1.2\n", "a: 1\n", "  - b\n", "${{ x }}", "1:59", "0x", '"\\u00e9', "# c\n", "k{n}: 1\n",
    ]),
    "expressions": (expression_reader, 64 * 1024, "items | map('a') | unique | sort | join(', ')", [
        "items", "text", "long", "big", "x", "day", " + ", " * ", " ~ ", " ** ", " / ", " if x else ", " and ", "not ",
        "(", ")", "[", "]", "{", "}", "| join(text)", "| replace('x', long)", "| sort('a')", "| unique", "| upper",
        "| text", "| map('a')", "| sum", "| truncate(5)", "| lines", "| slug", "| title", "${{ ", " }}", "'a'", "10",
        "9" * 28, "0." + "0" * 20 + "1", " == ", " in ", "[0]", ".a", "| default(", "| date('%Y')", "| select(",
    ]),
    "calendars": (calendar_reader, 5 * MIB, CALENDAR, [
        EVENT, "BEGIN:VEVENT\n", "END:VEVENT\n", "BEGIN:VCALENDAR\n", "END:VCALENDAR\n", "UID:a@b\n", "UID:{n}\n",
        "DTSTART:20200101T000000Z\n", "DTSTART;VALUE=DATE:20261101\n", "RRULE:FREQ=DAILY\n", "RRULE:FREQ=SECONDLY\n",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n", "RRULE:FREQ=DAILY;INTERVAL=0\n", ";BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU\n", ";COUNT=999999999", "RDATE:20261103T160000Z\n",
        "RDATE:" + ",".join(["20261103T160000Z"] * 50) + "\n", "EXDATE:20261103T160000Z\n", " folded\n", "SUMMARY:",
        "RECURRENCE-ID:20261103T090000\n", "BEGIN:VTIMEZONE\nTZID:Z\nEND:VTIMEZONE\n", "DURATION:P999999999D\n",
        'ATTENDEE;CN="x":mailto:a@b\n', "BEGIN:VALARM\nEND:VALARM\n", "DESCRIPTION:\\n\\,",
    ]),
    "hoards": (lambda: lambda data: len(bytearray(300 * MIB)), 100, "a", ["a"]),
    "hangs": (lambda: _forever, 100, "a", ["a"]),
    "raises": (lambda: lambda data: data.decode("ascii"), 100, "a", ["a"]),
    "csv": (csv_reader, 20 * MIB, SHEET, [
        '"', '""', ",", "a,", "a\n", "é,", "🌞,", "\n", '"a\nb",', "C-{n},Ada,1990-01-01,a@b.example,NY,active\n",
        "=1+1,", "'", ",,,,,\n", "x" * 5000, "x" * 130_000,
    ]),
}  # fmt: skip


# Inputs -------------------------------------------------------------------------------------------


def inputs(reader: str, seed: int, number: int) -> Iterator[bytes]:
    """Of each size up to the most that is read, and a little more."""
    _, most, sample, pieces = READERS[reader]
    chance = Random(f"{reader} {seed}")
    shapes = (_joined, _repeated, _nested, _mutated, _around, _noise)
    shapes += (_composed,) * 3 if reader == "expressions" else ()
    for _ in range(number):
        size = int(10 ** chance.uniform(0, len(str(most)))) % (most + most // 50) + 1
        made = chance.choice(shapes)(chance, [*pieces, *SIGNS], sample, size)
        yield made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


def _piece(chance: Random, pieces: list[str]) -> str:
    return chance.choice(pieces).replace("{n}", str(chance.randint(0, 9999)))


def _joined(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    return "".join(_piece(chance, pieces) for _ in range(min(size, 60)))


def _repeated(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    text = "".join(_piece(chance, pieces) for _ in range(chance.randint(1, 5)))
    return text * (size // len(text.encode("utf-8", "surrogatepass")) + 1)


def _nested(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    before, after = _piece(chance, pieces), _piece(chance, pieces)
    deep = size // (len(before) + len(after)) + 1
    return before * deep + _piece(chance, pieces) + after * deep


def _mutated(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    text = sample
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(text))
        text = text[:at] + _piece(chance, pieces) + text[at + chance.randint(0, 12) :]
    return text


def _around(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    """The whole one, with something long in the middle of it."""
    at = chance.randint(0, len(sample))
    return sample[:at] + _repeated(chance, pieces, sample, size) + sample[at:]


def _composed(chance: Random, pieces: list[str], sample: str, size: int) -> str:
    """Well-formed: values and what is done to them, in one another."""
    if size < 30:
        return chance.choice(VALUES)
    one = _composed(chance, pieces, sample, size // 2)
    if chance.random() < 0.5:
        return f"({one}{chance.choice(FILTERS)})"
    other = _composed(chance, pieces, sample, size // 4)
    return f"({one}{chance.choice(OPERATORS)}{other})"


def _noise(chance: Random, pieces: list[str], sample: str, size: int) -> bytes:
    return chance.randbytes(min(size, 65_536))


# Measuring ----------------------------------------------------------------------------------------


def peak() -> float:
    """The most memory there was since `forget_peak`, in MiB."""
    status = Path("/proc/self/status").read_text()
    return next(int(s.split()[1]) for s in status.splitlines() if s.startswith("VmHWM:")) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def bounded(seconds: float) -> None:
    """From here on, an input that takes longer ends the process; without a handler, so that C is ended too."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def measured(reader: str, seed: int, number: int, seconds: float, progress: int) -> dict[str, Any]:
    make, _, sample, _ = READERS[reader]
    act = make()
    act(sample.encode())
    gc.collect()
    gc.freeze()
    resource.setrlimit(resource.RLIMIT_AS, (WHOLE, WHOLE))
    forget_peak()
    before = peak()
    found: dict[str, Any] = {
        "inputs": 0,
        "bytes": 0,
        "largest": 0,
        "seconds": 0.0,
        "mib": 0.0,
        "wrong": [],
    }
    for at, data in enumerate(inputs(reader, seed, number)):
        os.pwrite(progress, b"%-12d" % at, 0)
        gc.collect()
        forget_peak()
        bounded(seconds)
        begun = time.process_time()
        try:
            act(data)
        except BaseException as error:
            found["wrong"].append(f"input {at} of {len(data)} bytes: {error!r:.200}")
        took = time.process_time() - begun
        bounded(0)
        mib = peak() - before
        found["inputs"] += 1
        found["bytes"] += len(data)
        found["largest"] = max(found["largest"], len(data))
        for name, value in (("seconds", took), ("mib", mib)):
            if value > found[name]:
                found |= {name: value, f"{name} at": at}
    return found


if __name__ == "__main__":
    name, seed, number, seconds, place = sys.argv[1:]
    progress = os.open(place, os.O_CREAT | os.O_WRONLY, 0o600)
    print(json.dumps(measured(name, int(seed), int(number), float(seconds), progress)))
