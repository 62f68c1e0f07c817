"""Promises P2 to P5: a run that is killed anywhere and gone on with ends as if nothing had happened.

Rows of every table, files under `out/` byte by byte, and what a real mail server received are compared
with those of an undisturbed run. See `crash_driver` for the points.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("crash_driver.py")
SCENARIOS = ("morning-prep", "end-of-day-notes", "ce-renewal-check", "invoices", "superbills")
MAIL = {"invoices": 3, "superbills": 2}
QUICK = ("morning-prep", "invoices")
"""One that writes and one that sends: the others are killed in the soak, at every point."""


def drive(folder: Path, scenario: str, **more) -> tuple[dict, list[dict]]:
    """The undisturbed run, and what each kill led to."""
    spec = {"scenario": scenario, "work": str(folder / "work"), **more}
    environment = {**os.environ, "PYTHONPATH": str(DRIVER.parents[1] / "support")}
    command = [sys.executable, DRIVER, json.dumps(spec)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-6000:]
    undisturbed, *points = map(json.loads, done.stdout.splitlines())
    return undisturbed, points


def told(scenario: str, undisturbed: dict, points: list[dict]) -> str:
    """The figures, for `pytest -rP`."""
    kinds = Counter(point["kind"] for point in points if point["killed"])
    wrong = [point for point in points if point["wrong"]]
    return (
        f"{scenario}: {len(undisturbed['passed'])} fault points, {sum(kinds.values())} kills ({dict(kinds)}),"
        f" {sum(point['doubts'] for point in points)} questions, {len(points) - len(wrong)} of {len(points)} equal;"
        f" {undisturbed['mail']} messages, {undisturbed['files']} files, {undisturbed['rows']} rows;"
        f" {sum(point['seconds'] for point in points) / max(len(points), 1):.2f} s a point"
    )


def wrong(points: list[dict]) -> list[str]:
    return [f"{p['point']}/{p['again']} {p['kind']}: {line}" for p in points for line in p["wrong"]]


@pytest.mark.parametrize("scenario", QUICK)
def test_a01_a02_e01_e02_e03_e20_a_run_that_is_killed_somewhere_ends_as_if_it_had_not_been(
    tmp_path, scenario
):
    undisturbed, points = drive(tmp_path, scenario, points="6", pairs=1)
    print(told(scenario, undisturbed, points))

    assert undisturbed["mail"] == MAIL.get(scenario, 0)
    assert undisturbed["wrong"] + wrong(points) == []
    assert {p["kind"] for p in points} >= set(undisturbed["passed"]) - {"commit<", "commit>"}
    assert sum(p["killed"] for p in points) >= 6


@pytest.mark.soak
@pytest.mark.parametrize("part", ["0/2", "1/2"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a01_a02_e01_e02_e03_e20_a_run_that_is_killed_at_any_point_ends_as_if_it_had_not_been(
    tmp_path, scenario, part
):
    undisturbed, points = drive(tmp_path, scenario, points=part, pairs=20)
    print(told(scenario, undisturbed, points))

    assert undisturbed["wrong"] + wrong(points) == []
    assert {p["kind"] for p in points} >= set(undisturbed["passed"])


def test_e05_a_reply_that_is_lost_is_asked_about_and_the_message_is_sent_once(tmp_path):
    undisturbed, points = drive(tmp_path, "invoices", silent=True)
    print(told("invoices, no reply", undisturbed, points))

    assert wrong(points) == []
    assert points[-1]["doubts"] == MAIL["invoices"]


@pytest.mark.parametrize(
    ("mutant", "scenario", "points", "seen"),
    [
        ("no-intent", "invoices", "accepted", "twice, by its identity"),
        ("two-transactions", "invoices", "13,19", "lost"),
        *(
            pytest.param(*more, marks=pytest.mark.soak)
            for more in (
                ("sends-again", "invoices", "accepted", "twice, by its content"),
                ("forgets", "morning-prep", "file>", "had ended and was begun again"),
                ("sent-before", "invoices", "commit>", "mail .*: lost"),
                ("numbers-apart", "invoices", "commit<", "invoices: new"),
                ("identity-by-attempt", "invoices", "commit>", "mail .*: new"),
            )
        ),
    ],
)
def test_a19_the_harness_sees_what_a_mutant_breaks(tmp_path, mutant, scenario, points, seen):
    _, found = drive(tmp_path, scenario, points=points, mutant=mutant)

    assert wrong(found[:1]) == []  # undisturbed, the mutant does the same
    assert [line for line in wrong(found) if re.search(seen, line)]
