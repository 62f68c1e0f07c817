"""The sample's treatment plans, measures and scores, all of them invented."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dayhand import Practice, counted, read_rows, write_csv

__all__ = ["load", "write"]

_PLANS = "records/treatment_plans.csv"
_MEASURES = "records/measures.csv"
_SCORES = "records/scores.csv"
_PLAN_COLUMNS = [
    "client_id",
    "initials",
    "made_on",
    "diagnoses",
    "problem",
    "n",
    "goal",
    "objective",
    "intervention",
]
_GOALS = (
    ("C-0001", "MQ", 30, "F41.1", "Worry most of the day", (
        ("Drive alone to work", "Two drives a week without company", "Graded exposure"),
        ("Sleep six hours", "Sleep log shows six hours on five nights", "Sleep restriction"))),
    ("C-0003", "ZL", 101, "F43.23", "Low mood and worry since the move", (
        ("Meet someone once a week", "One meeting noted each week", "Behavioural activation"),)),
    ("C-0008", "EP", 95, "F32.1", "Depressed mood, work undone", (
        ("Go back to the workshop", "Three mornings a week", "Behavioural activation"),
        ("Fewer drinks in the week", "At most two evenings", "Motivational interviewing"))),
    ("C-0014", "BQ", 40, "F33.41", "Recurrent depression, in part remitted", (
        ("Keep the medicine going", "No missed week", "Review of obstacles"),)),
    ("C-0017", "AM", 30, "F60.3; F33.1", "Storms of feeling after quarrels", (
        ("Ride out an urge", "Skill used before acting, four of five times", "Distress tolerance"),
        ("Say what is wanted", "One request a week", "Interpersonal effectiveness"))),
    ("C-0021", "GP", 77, "F34.1", "Low mood for years", (
        ("Something pleasant each day", "Noted on five days", "Behavioural activation"),)),
)  # fmt: skip
_SHORT = (
    ("C-0002", "DO", 30, "F33.1", "Speak up at work"),
    ("C-0004", "TW", 30, "F40.10", "Go out without fear"),
    ("C-0005", "AB", 30, "F43.10; F33.0", "Ask for help in time"),
    ("C-0006", "KA", 30, "F41.0", "Settle what the loss left open"),
    ("C-0007", "PR", 30, "F42.2", "Feel steadier in the evenings"),
    ("C-0009", "HB", 30, "F43.21", "Sleep through the night"),
    ("C-0010", "LP", 30, "F50.9", "Go out without fear"),
    ("C-0011", "OT", 30, "F41.1", "Ask for help in time"),
    ("C-0012", "MZ", 30, "F43.12", "Settle what the loss left open"),
    ("C-0013", "ND", 30, "F40.01", "Feel steadier in the evenings"),
    ("C-0015", "XO", 30, "F41.8", "Sleep through the night"),
    ("C-0016", "CW", 84, "F10.21", "Go out without fear"),
    ("C-0018", "JH", 30, "F93.0", "Settle what the loss left open"),
    ("C-0019", "SØ", 30, "F51.01", "Feel steadier in the evenings"),
    ("C-0020", "TO", 30, "F41.1", "Speak up at work"),
    ("C-0022", "FC", 30, "F43.10", "Go out without fear"),
    ("C-0023", "WS", 30, "F32.0", "Ask for help in time"),
    ("C-0024", "NE", 30, "F41.1", "Settle what the loss left open"),
)
"""Plans of one goal; C-0027 has none yet."""
_GIVEN = (
    ("C-0001", "MQ", "GAD-7", 14, (17, 16, 14, 15, 12, 10)),
    ("C-0003", "ZL", "PHQ-9", 28, (15, 13, 13)),
    ("C-0008", "EP", "PHQ-9", 14, (11, 10, 13, 12, 19)),
    ("C-0014", "BQ", "PHQ-9", 28, (12, 9, 7, 6)),
    ("C-0017", "AM", "PHQ-9", 14, (20, 18, 19, 15, 14, 14, 11)),
    ("C-0021", "GP", "PHQ-9", 28, ()),
)


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    files: tuple[tuple[str, list[str], list[list[Any]]], ...] = (
        (_PLANS, _PLAN_COLUMNS, _plans(today)),
        (_MEASURES, ["client_id", "initials", "measure", "every_days", "since"], _measures(today)),
        (_SCORES, ["client_id", "measure", "on", "score"], _scores(today)),
    )  # fmt: skip
    for name, header, rows in files:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(write_csv(header, rows).encode())
        place.chmod(0o600)
        yield f"{name}: {counted(len(rows), 'row')}"


def _plans(today: date) -> list[list[Any]]:
    full = [
        [client, initials, today - timedelta(days=ago), codes, problem, n, *goal]
        for client, initials, ago, codes, problem, goals in _GOALS
        for n, goal in enumerate(goals, 1)
    ]
    short = [
        [client, initials, today - timedelta(days=ago), codes, "", 1, goal, "", ""]
        for client, initials, ago, codes, goal in _SHORT
    ]
    return sorted([*full, *short], key=lambda row: (row[0], row[5]))


def _measures(today: date) -> list[list[Any]]:
    return [
        [client, initials, measure, every, today - timedelta(days=every * len(scores))]
        for client, initials, measure, every, scores in _GIVEN
    ]


def _scores(today: date) -> list[list[Any]]:
    """The last score of each is some days old, so that some measures are due and others not."""
    rows = []
    for number, (client, _, measure, every, scores) in enumerate(_GIVEN):
        last = today - timedelta(days=5 * number + 3)
        for back, score in enumerate(reversed(scores)):
            rows.append([client, measure, last - timedelta(days=every * back), score])
    return sorted(rows, key=lambda row: (row[0], row[1], row[2]))


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    # SQL is imported only where the database is used
    from dayhand_journal import measure_store, plan_store
    from dayhand_journal.plan_models import MeasureRow, PlanRow, ScoreRow

    if not all(practice.files.resolve(name).is_file() for name in (_PLANS, _MEASURES, _SCORES)):
        return []
    read = practice.files.read
    with practice.transaction("load the sample's plans and measures") as connection:
        plans, goals = plan_store.put(connection, read_rows(PlanRow, read(_PLANS), _PLANS))
        measure_store.put_cadences(connection, read_rows(MeasureRow, read(_MEASURES), _MEASURES))
        taken = measure_store.put_scores(
            connection,
            read_rows(ScoreRow, read(_SCORES), _SCORES),
            practice.settings.measures,
            practice.today,
        )
    return [f"{plans} treatment plans with {goals} goals, {taken.new} scores"]
