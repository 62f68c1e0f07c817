"""The fault matrix: what goes wrong, where, and how everything stands afterwards. Each cell is run for real.

A cell is a run in a process of its own in which one thing goes wrong at one point: the process is killed,
the disk fails under its database, another process holds the lock, the mail server or the calendar server
ends the conversation otherwise. Then what is kept is looked at, and another process goes on as a person
would. At the end the servers are asked what they have. See `ground` and `*_cells` for how.

Everyday a slice is run, with `-m soak` the whole.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CELLS = Path(__file__).with_name("cells.py")


def run_cells(folder: Path, part: str, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    spec = json.dumps({"part": part, "work": str(folder / "work"), "cells": cells})
    environment = {**os.environ, "PYTHONPATH": str(CELLS.parents[1] / "support")}
    done = subprocess.run(
        [sys.executable, CELLS, spec], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-6000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(table: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of a table: a name, two spaces, and the cells."""
    for line in table.strip("\n").splitlines():
        name, _, cells = line.strip().partition("  ")
        yield name, cells.split()


def told(part: str, cells: list[Any], wrong: list[str]) -> None:
    """The figures, for `pytest -rP`."""
    print(f"fault matrix, {part}: {len(cells)} cells, {len(cells) - len(wrong)} as expected")


# The database -------------------------------------------------------------------------------------

# In a run that reads, records, writes a file, mails, asks a person and records again:
# + what the commit was to keep is kept, - it is not; ? going on asks whether the message was sent.
STORE = """
create the run     -   +   -   -   -   -   -   -   -   +   -
claim it           -   +   -   +   -   -   -   -   -   +   -
keep a step        -   +   -   +   -   -   -   -   -   +   -
record rows        -   +   -   +   -   -   -   -   -   +   -
keep a file        -   +   -   +   -   -   -   -   -   +   -
intend to send     -   +?  -   +?  -   -   -   -   -   +   -
keep the receipt   -?  +   -?  +   -?  -?  -?  -?  -?  +   -?
ask                -   +   -   +   -   -   -   -   -   +   -
begin to wait      -   +   -   +   -   -   -   -   -   +   -
answer             -   +   -   +   -   -   -   -   -   +   -
claim it again     -   +   -   +   -   -   -   -   -   +   -
keep the answer    -   +   -   +   -   -   -   -   -   +   -
record more rows   -   +   -   +   -   -   -   -   -   +   -
end the run        -   +   -   +   -   -   -   -   -   +   -
"""
_DISK = "the disk failed while the database was used"
STORE_FAULTS = {
    "kill before": "killed",
    "kill after": "killed",
    "kill amid writing": "killed",
    "kill before sync": "killed",
    "write fails": _DISK,
    "write fails for good": _DISK,
    "sync fails": _DISK,
    "full": "the disk is full",
    "full for good": "the disk is full",
    "locked a while": "went on",
    "locked for good": "another process holds the database",
}
"""The columns of the table, and what the process says of it."""
STORE_END = {
    "state": "done", "runs": 1, "rows": ["one", "two"], "files": {"a.txt": "hello"}, "effects": ["done"],
    "mail": 1, "twice": 0, "open": 0, "damage": [], "tried": 0,
}  # fmt: skip
"""What there is once it has been gone on with, the same in every cell."""


def store_cells() -> list[dict[str, str]]:
    return [
        {"point": point, "fault": fault, "expected": cell}
        for point, cells in rows(STORE)
        for fault, cell in zip(STORE_FAULTS, cells, strict=True)
    ]


def store_wrong(cells: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for cell, found in zip(cells, results, strict=True):
        kept = ("+" if found["kept"] else "-") + ("?" if found["asked"] else "")
        expected = STORE_END | {"ended": STORE_FAULTS[cell["fault"]]}
        odd = {name: found[name] for name in expected if found[name] != expected[name]}
        if odd or kept != cell["expected"]:
            wrong.append(
                f"{cell['point']} x {cell['fault']}: {kept}, not {cell['expected']}; {odd}"
            )
    return wrong


def store(folder: Path, cells: list[dict[str, Any]]) -> list[str]:
    usual, *results = run_cells(folder, "store", cells)
    assert usual == STORE_END | {"asked": 0, "commits": len(list(rows(STORE)))}
    wrong = store_wrong(cells, results)
    told("database", cells, wrong)
    return wrong


def test_a06_a07_a10_a_failing_database_loses_nothing_and_does_nothing_twice(tmp_path):
    assert store(tmp_path, store_cells()[::17]) == []


@pytest.mark.soak
@pytest.mark.parametrize("part", [0, 1])
def test_a06_a07_a10_the_database_failing_at_any_commit_loses_nothing_and_does_nothing_twice(
    tmp_path, part
):
    assert store(tmp_path, store_cells()[part::2]) == []


def killed_at_acts(folder: Path, *, first: int, every: int) -> int:
    """How many kills there were. A run may be over before the last points: what is kept by and by shares a commit
    or has one of its own, as the machine is quick or slow."""
    _, whole, *results = run_cells(folder, "store", [{"first": first, "every": every}])
    assert not whole["killed"]
    lost = [one for one in results if one["lost"]]
    wrong = [
        one
        for one in results
        if not (one["killed"] or one["whole"])
        or {name: one[name] for name in STORE_END} != STORE_END
    ]
    reached = sum(one["killed"] for one in results)
    print(
        f"killed at a write or sync: {reached} points of {whole['acts']},"
        f" {len(lost)} with a loss, {len(wrong)} wrong"
    )
    assert lost + wrong == []
    return reached


def test_a04_killed_at_a_write_or_sync_nothing_acknowledged_is_lost(tmp_path):
    assert killed_at_acts(tmp_path, first=1, every=17) >= 5


@pytest.mark.soak
@pytest.mark.parametrize("part", [1, 2])
def test_a04_killed_at_any_write_or_sync_nothing_acknowledged_is_lost(tmp_path, part):
    assert killed_at_acts(tmp_path, first=part, every=2) >= 50


# The database on a server -------------------------------------------------------------------------

# The same run on a real PostgreSQL. As above, and: > the process itself went on, and the run was done;
# there is no other that could tell whether a commit is kept whose answer was lost, so it is looked up.
SERVER = """
create the run     -   +   -   +   -   +>  -   +>  -   -   -   -   -
claim it           -   +   -   +   -   +>  -   +>  -   -   -   -   -
keep a step        -   +   +>  +>  +>  +>  -   +>  -   -   -   -   -
record rows        -   +   -   +   -   +>  -   +>  -   -   -   -   -
keep a file        -   +   +>  +>  +>  +>  -   +>  -   -   -   -   -
intend to send     -   +?  -   +?  -   +>  -   +>  -   -   -   -   -
keep the receipt   -?  +   +>  +>  +>  +>  -?  +>  -?  -?  -?  -?  -?
ask                -   +   +>  +>  +>  +>  -   +>  -   -   -   -   -
begin to wait      -   +   -   +   -   +>  -   +>  -   -   -   -   -
answer             -   +   -   +   -   +>  -   +>  -   -   -   -   -
claim it again     -   +   -   +   -   +>  -   +>  -   -   -   -   -
keep the answer    -   +   +>  +>  +>  +>  -   +>  -   -   -   -   -
record more rows   -   +   -   +   -   +>  -   +>  -   -   -   -   -
end the run        -   +   -   +   -   +>  -   +>  -   -   -   -   -
"""
_LOST = "the connection to the database was lost"
_HELD = "another process holds the database"
SERVER_FAULTS = {
    "kill before": "killed",
    "kill after": "killed",
    "line before": _LOST,  # it is cut, and COMMIT does not arrive
    "line after": _LOST,  # it is cut, and the answer to COMMIT does not arrive
    "server before": _LOST,  # it is killed, and begun again
    "server after": _LOST,
    "server gone": _LOST,  # it is killed, and not begun again
    "locked a while": _HELD,
    "locked for good": _HELD,
    "deadlock": _HELD,
    "not serial": _HELD,
    "full": "the disk is full",
    "disk fails": _DISK,
}
"""The columns of the table, and what the process says of it where it does not go on."""


def server_cells() -> list[dict[str, str]]:
    return [
        {"point": point, "fault": fault, "expected": cell}
        for point, cells in rows(SERVER)
        for fault, cell in zip(SERVER_FAULTS, cells, strict=True)
    ]


def server_wrong(cells: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for cell, found in zip(cells, results, strict=True):
        went_on = found["ended"] == "went on"
        kept = ("+" if found["kept"] else "-") + ("?" if found["asked"] else "") + ">" * went_on
        said = "went on" if went_on else SERVER_FAULTS[cell["fault"]]
        expected = STORE_END | {"ended": said}
        odd = {name: found[name] for name in expected if found[name] != expected[name]}
        if odd or kept != cell["expected"]:
            wrong.append(
                f"{cell['point']} x {cell['fault']}: {kept}, not {cell['expected']}; {odd}"
            )
    return wrong


@pytest.mark.soak
@pytest.mark.parametrize("part", [0, 1])
def test_a14_a15_a_server_failing_at_any_commit_loses_nothing_and_does_nothing_twice(
    tmp_path, part
):
    cells = server_cells()[part::2]
    usual, *results = run_cells(tmp_path, "server", cells)
    wrong = server_wrong(cells, results)
    told("PostgreSQL", cells, wrong)
    arrived, twice = (sum(found[name] for found in results) for name in ("mail", "twice"))
    print(f"  {arrived} messages arrived of {len(cells)}, {twice} twice")

    assert usual == STORE_END | {"asked": 0, "commits": len(list(rows(SERVER)))}
    assert wrong == []


# The mail server ----------------------------------------------------------------------------------

# In a run that mails three people, one conversation ends otherwise at a point:
#   how that one stands then · how the run does · how many arrived then · how often a person is asked
# The two others are sent in any case. A message that failed is sent by `dayhand retry`.
MAIL = """
greeting drop     done      done                3  0
greeting 421      done      done                3  0
greeting silent   done      done                3  0
ehlo drop         done      done                3  0
ehlo silent       done      done                3  0
mail drop         done      done                3  0
mail 451          done      done                3  0
mail 550          failed    done_with_failures  2  0
mail silent       done      done                3  0
rcpt drop         done      done                3  0
rcpt 451          done      done                3  0
rcpt 550          failed    done_with_failures  2  0
rcpt silent       done      done                3  0
data drop         done      done                3  0
data 451          done      done                3  0
data 554          not_sent  done_with_failures  2  0
data silent       done      done                3  0
amid drop         unknown   unknown             2  1
dot drop          unknown   unknown             2  1
dot 451           done      done                3  0
dot 550           not_sent  done_with_failures  2  0
dot silent        unknown   unknown             2  1
kept drop         unknown   unknown             3  1
kept silent       unknown   unknown             3  1
answered drop     done      done                3  0
"""
MAIL_END = {"state": "done", "mail": [1, 1, 1], "twice": 0, "believed": 3, "open": 0}


def mail_cells() -> list[dict[str, Any]]:
    return [
        {"fault": fault, "visit": visit, "expected": cells}
        for fault, cells in rows(MAIL)
        for visit in (1, 2, 3)
    ]


def mail_wrong(cells: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for cell, found in zip(cells, results, strict=True):
        item, then, arrived, asked = cell["expected"]
        items = ["done"] * 3
        items[cell["visit"] - 1] = item
        expected = MAIL_END | {
            "items": items, "then": then, "arrived": int(arrived), "asked": int(asked),
            "tried": int(item in ("failed", "not_sent")),
        }  # fmt: skip
        odd = {name: found[name] for name in expected if found[name] != expected[name]}
        wrong += [f"{cell['fault']} at message {cell['visit']}: {odd}"] if odd else []
    return wrong


def mail(folder: Path, cells: list[dict[str, Any]]) -> list[str]:
    usual, *results = run_cells(folder, "mail", cells)
    assert {name: usual[name] for name in MAIL_END} == MAIL_END
    wrong = mail_wrong(cells, results)
    told("mail", cells, wrong)
    arrived = sum(sum(found["mail"]) for found in results)
    print(
        f"  {arrived} messages arrived of {3 * len(cells)}, {sum(f['twice'] for f in results)} twice"
    )
    return wrong


def test_e02_e03_a_failing_mail_server_gets_each_message_once(tmp_path):
    slice_of_each = [cell for cell in mail_cells() if cell["visit"] == 2]

    assert mail(tmp_path, slice_of_each[5::3]) == []


@pytest.mark.soak
@pytest.mark.parametrize("part", [0, 1])
def test_e02_e03_a_mail_server_failing_at_any_point_gets_each_message_once(tmp_path, part):
    assert mail(tmp_path, mail_cells()[part::2]) == []


# The calendar server ------------------------------------------------------------------------------

# A step creates, moves, cancels or removes an event; one request ends otherwise, the first that reads or
# the one that writes. Of the run then, its effect, and the event on the server:
DONE, FREE, NOT_SENT = "done done after", "failed none before", "failed not_sent before"
CALENDAR = {
    "read": {"403": FREE, "412": FREE, "429": FREE, "503": FREE, "500": DONE, "500-after": DONE,
             "silent": DONE, "before": DONE, "after": DONE},
    # where it is not known whether the server did it, the server is asked, and knows
    "write": {"403": NOT_SENT, "412": NOT_SENT, "429": NOT_SENT, "503": NOT_SENT, "500": DONE,
              "500-after": DONE, "silent": DONE, "before": DONE, "after": DONE},
}  # fmt: skip
ACTIONS = ("create", "move", "cancel", "delete")


def calendar_cells() -> list[dict[str, str]]:
    return [
        {"action": action, "request": request, "fault": fault, "expected": expected}
        for request, faults in CALENDAR.items()
        for fault, expected in faults.items()
        for action in ACTIONS
    ]


def calendar(folder: Path, cells: list[dict[str, Any]]) -> list[str]:
    results = run_cells(folder, "calendar", cells)
    wrong = []
    for cell, found in zip(cells, results, strict=True):
        then, effect, there = cell["expected"].split()
        expected = {
            "then": then, "effect": effect, "there": there, "fired": True, "asked": 0, "state": "done",
            "tried": int(then == "failed"), "finally": "after", "believed": "done",
        }  # fmt: skip
        odd = {name: found[name] for name in expected if found[name] != expected[name]}
        where = f"{cell['action']}, {cell['request']} x {cell['fault']}"
        wrong += [f"{where}: {odd}"] if odd else []
    told("calendar", cells, wrong)
    return wrong


def test_c12_e23_a_failing_calendar_server_has_each_change_once(tmp_path):
    chosen = {("write", "412"), ("write", "500-after"), ("write", "after"), ("read", "429")}
    cells = [c for c in calendar_cells() if (c["request"], c["fault"]) in chosen]

    assert calendar(tmp_path, cells[1::4]) == []


@pytest.mark.soak
@pytest.mark.parametrize("part", [0, 1])
def test_c12_e23_a_calendar_server_failing_at_any_request_has_each_change_once(tmp_path, part):
    assert calendar(tmp_path, calendar_cells()[part::2]) == []


@pytest.mark.soak
def test_e23_a_run_killed_at_any_point_makes_each_event_once(tmp_path):
    (usual,) = run_cells(tmp_path / "usual", "calendar", [{"point": 0}])
    assert usual["events"] == [1] * 6
    assert usual["points"] >= 50

    points = [{"point": number} for number in range(1, usual["points"] + 1)]
    results = run_cells(tmp_path / "killed", "calendar", points)
    wrong = [
        one
        for one in results
        if not (one["killed"] or one["whole"]) or (one["state"], one["events"]) != ("done", [1] * 6)
    ]
    kills = sum(one["killed"] for one in results)
    asked = sum(one["asked"] for one in results)
    print(
        f"calendar, killed: {kills} of {len(points)} points, {len(wrong)} wrong, {asked} questions"
    )

    assert wrong == []
    assert kills >= 50
    assert asked == 0  # the server knows


def test_the_matrix_has_at_least_150_cells_and_none_twice():
    every = [*store_cells(), *server_cells(), *mail_cells(), *calendar_cells()]

    print(f"fault matrix: {len(every)} cells")
    assert len(every) >= 150
    for part in (store_cells(), server_cells(), mail_cells(), calendar_cells()):
        assert len(part) == len({json.dumps(cell, sort_keys=True) for cell in part})
