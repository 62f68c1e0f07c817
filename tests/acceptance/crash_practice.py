"""A copy of the sample practice, what a person does in it, and what is there at the end."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests_support.rows import unpacked_row

TODAY = "2026-11-24"
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOST_ROUNDS = 30


@dataclass(frozen=True)
class Scenario:
    """A command, and what has to be done before it."""

    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()


CLIENTS = ("C-0001", "C-0002", "C-0004", "C-0009")
_INVOICES = ("run", "monthly-billing", "--as-of", "2026-11-02")
SCENARIOS = {
    "morning-prep": Scenario(("run", "morning-prep", "--as-of", TODAY)),
    "end-of-day-notes": Scenario(("run", "end-of-day-notes", "--as-of", "2026-11-17")),
    "ce-renewal-check": Scenario(("run", "ce-renewal-check", "--as-of", "2026-12-01")),
    "invoices": Scenario(_INVOICES),
    "superbills": Scenario(("run", "monthly-billing", "--as-of", "2026-11-10"), (_INVOICES,)),
}


# What a person does -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Practice:
    """One copy of the sample practice, at its commands."""

    folder: Path
    mail: Path
    scenario: Scenario

    def dayhand(self, *arguments: str) -> int:
        from dayhand.cli import main

        print(f"$ dayhand {' '.join(arguments)}", flush=True)
        try:
            main(["--practice", str(self.folder), *arguments])
        except SystemExit as end:
            print(f"  ended with {end.code}", flush=True)
            return int(end.code or 0)
        raise RuntimeError("the command line did not exit")

    def shrink(self) -> None:
        """Leave the sessions of a few clients, who do not all have e-mail: a point costs less."""
        calendar = self.folder / "calendars/practice.ics"
        events = re.findall(
            r"BEGIN:VEVENT\r?\n.*?END:VEVENT\r?\n", text := calendar.read_text(), re.DOTALL
        )
        for event in events:
            whose = re.search(r"UID:(c-\d{4})", event)
            if whose and whose[1].upper() not in CLIENTS:
                text = text.replace(event, "", 1)
        calendar.write_text(text)
        kept = ", ".join(f"'{client}'" for client in CLIENTS)
        with self.opened() as database, database.writing.begin() as connection:
            connection.exec_driver_sql(
                f"DELETE FROM practice_sessions WHERE client_id NOT IN ({kept})"
            )

    def look(self) -> tuple[Any, list[Any], dict[str, str]]:
        """The run of the scenario, its open questions, and the message of each effect."""
        from dayhand.store import questions, runs

        with self.reading() as connection:
            found = runs.listed(connection, routine=None, state=None, limit=1, before=None)
            run = found[0] if found and found[0].created_at >= BEGAN else None
            kept = runs.effects(connection, run_id=None, state=None, limit=1000)
            effects = {effect.path: str(effect.details.get("message_id", "")) for effect in kept}
            return run, questions.listed(connection, state="open", run_id=None), effects

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """The database, beneath the product's own store, which would look at the whole file first."""
        from dayhand.keys import find_key
        from dayhand.store import sqlite

        key = find_key(self.folder, None, environment=os.environ)
        file = self.folder / ".dayhand/dayhand.db"
        database = sqlite.open_file(file, key=key, create=False, check=False)
        try:
            yield database
        finally:
            database.dispose()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self.opened() as database, database.read() as connection:
            yield connection

    def pursue(self) -> int:
        """Go on until the run has ended; how many times it was not known whether a message left."""
        doubts = 0
        for _ in range(MOST_ROUNDS):
            run, questions, effects = self.look()
            if run is None:
                self.dayhand(*self.scenario.command)
            elif run.is_final:
                return doubts
            elif not questions:
                self.dayhand("resume")
            else:
                doubts += questions[0].kind == "unknown_effect"
                self.dayhand("answer", questions[0].id, self.answer_to(questions[0], effects))
        raise RuntimeError(f"after {MOST_ROUNDS} commands the run had not ended")

    def answer_to(self, question: Any, effects: Mapping[str, str]) -> str:
        """The truth: what the mail server has."""
        if question.kind != "unknown_effect":
            return "--approve"
        arrived = {identity(file.read_bytes()) for file in self.mail.glob("*.eml")}
        return "--it-was" if effects[question.path] in arrived else "--send-again"

    def ended_steps(self) -> list[str]:
        """Paths of the steps whose end is kept."""
        run, _, _ = self.look()
        if run is None:
            return []
        from dayhand.store import runs

        with self.reading() as connection:
            found = runs.steps(connection, run.id)
        return [step.path for step in found if step.state in ("done", "skipped", "failed")]

    def unforeseen(self) -> list[str]:
        """Messages that arrived though no effect is kept that tells of them (promise E01)."""
        _, _, effects = self.look()
        arrived = {identity(file.read_bytes()) for file in self.mail.glob("*.eml")}
        return sorted(arrived - set(effects.values()))

    # What is there at the end ---------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        return {"rows": self.rows(), "files": self.made(), "mail": self.received()}

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        with self.reading() as connection:
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).scalars().all()  # fmt: skip
            return {
                name: [
                    dict(zip(row._fields, unpacked_row(row), strict=True))
                    for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')
                ]
                for name in names
            }

    def made(self) -> dict[str, str]:
        out = self.folder / "out"
        return {
            str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(out.rglob("*"))
            if file.is_file()
        }

    def received(self) -> list[list[str]]:
        found = [file.read_bytes() for file in sorted(self.mail.glob("*.eml"))]
        return [[identity(message), hashlib.sha256(message).hexdigest()] for message in found]


def identity(message: bytes) -> str:
    found = re.search(rb"(?im)^message-id:\s*(\S+)", message)
    return found[1].decode() if found else ""


# What may differ ----------------------------------------------------------------------------------

# How often a run was taken up, and how often a step was begun, is what a crash changes.
_HISTORY = {
    "runs": {"epoch", "owner"},
    "run_steps": {"n", "attempts"},
    "questions": set(),
    "audit": {"n", "previous", "hash"},
}
# Of a step that ended in doubt, a person gave the end: there is no receipt.
_IN_DOUBT = {
    "run_steps": {"output", "reason", "inputs"},
    "effects": {"receipt", "reason"},
}


def comparable(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot without what a crash rightly changes, each part in an order of its own."""
    tables = snapshot["rows"]
    asked = [q for q in tables["questions"] if q["kind"] == "unknown_effect"]
    doubtful = {(q["run_id"], q["path"]) for q in asked}
    numbers = {run["n"]: run["id"] for run in tables["runs"]}
    kept: dict[str, Any] = {}
    for name, rows in tables.items():
        if name in ("attempts", "kept"):  # what is kept to fall back on may be lost
            continue
        found = []
        for row in rows:
            place = (row.get("run_id") or numbers.get(row.get("run_n", 0)), row.get("path"))
            if name == "questions" and row["kind"] == "unknown_effect":
                continue
            left_out = _HISTORY.get(name, set()) | (
                _IN_DOUBT.get(name, set()) if place in doubtful else set()
            )
            found.append({key: value for key, value in row.items() if key not in left_out})
        if name == "audit":
            found = _without_doubts(found, [q["id"] for q in asked])
        kept[name] = sorted(found, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    return {"rows": kept, "files": snapshot["files"], "mail": sorted(snapshot["mail"])}


def _without_doubts(entries: list[dict[str, Any]], asked: list[str]) -> list[dict[str, Any]]:
    """The audit log without answers about doubts, and with each message once, however often begun."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        about_a_doubt = entry["action"] == "answer" and any(
            name in entry["subject"] for name in asked
        )
        again = entry["action"] == "send" and any(
            (one["action"], one["subject"]) == ("send", entry["subject"]) for one in found
        )
        if not about_a_doubt and not again:
            found.append(entry)
    return found


def broken_links(entries: list[Mapping[str, Any]]) -> list[str]:
    """Entries of the audit log that do not hold the hash of the one before."""
    ordered = sorted(entries, key=lambda entry: entry["n"])
    return [
        f"audit entry {entry['n']} does not follow the one before"
        for last, entry in zip([{"n": 0, "hash": ""}, *ordered], ordered, strict=False)
        if (entry["n"], entry["previous"]) != (last["n"] + 1, last["hash"])
    ]


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What is otherwise than in the undisturbed run, a line each."""
    told = []
    one, other = comparable(expected), comparable(found)
    doubtful = {q["path"] for q in found["rows"]["questions"] if q["kind"] == "unknown_effect"}
    for name in sorted(set(one["rows"]) | set(other["rows"])):
        was, now = one["rows"].get(name, []), other["rows"].get(name, [])
        if name in _IN_DOUBT and doubtful:
            fields = _IN_DOUBT[name]
            was = [
                {k: v for k, v in row.items() if k not in fields}
                if row["path"] in doubtful
                else row
                for row in was
            ]
        lost, more = _only_in(was, now), _only_in(now, was)
        told += [f"{name}: lost {row}"[:900] for row in lost] + [
            f"{name}: new {row}"[:900] for row in more
        ]
    for path in sorted(set(one["files"]) | set(other["files"])):
        if one["files"].get(path) != other["files"].get(path):
            told.append(
                f"file {path}: {one['files'].get(path, 'none')[:8]} became {other['files'].get(path, 'none')[:8]}"
            )
    for message in _only_in(one["mail"], other["mail"]):
        told.append(f"mail {message}: lost")
    for message in _only_in(other["mail"], one["mail"]):
        told.append(f"mail {message}: new")
    return told + broken_links(found["rows"]["audit"]) + doubles(found)


def _only_in(these: list[Any], those: list[Any]) -> list[Any]:
    left = list(those)
    found = []
    for one in these:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found


def doubles(found: Mapping[str, Any]) -> list[str]:
    """Messages that came twice, by their identity or by what they say."""
    told = []
    for which, name in enumerate(("identity", "content")):
        times = Counter(message[which] for message in found["mail"])
        told += [
            f"twice, by its {name}: {what} ({many} times)"
            for what, many in times.items()
            if many > 1
        ]
    return told
