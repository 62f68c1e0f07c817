"""A year in a therapist's practice: the sample practice, the daemon's own code, a clock that is moved.

The daemon plans, starts and ends everything. What a person does in such a year is done here, with the
real commands and with real files: sessions end as they end, questions are answered, notes are written
and signed in the evening, the card processor's list and certificates are dropped into `inbox/`, and a
few routines are run by hand. Mail goes to a real server.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from dayhand.app import App, runs
from dayhand.cli import cli
from dayhand.settings import Settings
from dayhand.testing import CalendarServer, FrozenClock
from tests_support.daemons import House
from tests_support.practice_diary import Diary, at

DAYHAND = Path(sys.executable).with_name("dayhand")
VANCE = "Dr. Theodora Vance, psychiatrist"
NEWCOMERS = {1: "Perpetua", 5: "Octavia", 9: "Ignatius"}
CERTIFICATE = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_LAST = {"SOAP": "plan", "DAP": "plan", "BIRP": "plan", "GIRP": "plan", "PIE": "evaluation"}
_OPEN = re.compile("‹[^›]*›")


@dataclass
class Bench:
    """The practice, as each process of the daemon opens it."""

    folder: Path
    environment: Mapping[str, str]
    clock: FrozenClock
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.fresh()

    def fresh(self) -> App:
        settings = Settings(self.environment, self.folder.parent, self.folder)
        self.app = App(settings, clock=self.clock)
        return self.app


def _renewed(day: date) -> tuple[str, ...]:
    """The release that ended yesterday, signed anew."""
    on, until = str(day), str(day.replace(year=day.year + 1))
    told = {
        "--recipient": VANCE,
        "--recipient-address": "Vance Psychiatry;31 Canal Street;Albany, NY 12207",
        "--information": "attendance",
        "--description": "Attendance, diagnosis and progress",
        "--purpose": "Coordination of care",
        "--signed-by": "client",
        "--signed-on": on,
        "--expires-on": until,
        "--copy-given-on": on,
    }
    said = ("--says-revocation", "--says-conditions", "--says-redisclosure")
    more = ("--information", "diagnosis", "--information", "progress")
    return (
        "releases",
        "add",
        "C-0012",
        *(one for pair in told.items() for one in pair),
        *more,
        *said,
    )


class PracticeYear:
    """From the first day to the last."""

    def __init__(
        self, root: Path, first: date, last: date, port: int, calendar: CalendarServer
    ) -> None:
        self.first, self.last = first, last
        self.root = root
        self.folder = root / "practice"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(root),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "HOLDS": calendar.password,
        }  # fmt: skip
        self._found(port, calendar)
        clock = FrozenClock(at(first, 0, 10))
        self.house = House(Bench(self.folder, self.environment, clock))
        self.diary = Diary(self.folder, first, last)
        self.answered: Counter[str] = Counter()
        self.paid: list[dict[str, str]] = []

    def _found(self, port: int, calendar: CalendarServer) -> None:
        command = [DAYHAND, "init", "--sample", "--all", self.folder, "--today", str(self.first)]
        subprocess.run(
            command, env=self.environment, cwd=self.root, check=True, capture_output=True
        )
        settings = self.folder / "practice.yaml"
        text = settings.read_text("utf-8").replace("port: 2525", f"port: {port}")
        holds = (
            f"  allow_hosts: ['127.0.0.1:{calendar.port}']\n  sources:\n    - {{name: holds,"
            f" caldav: '{calendar.calendar}', username: {calendar.user}, password: {{env: HOLDS}}}}\n"
        )
        assert "  sources:\n" in text
        settings.write_text(text.replace("  sources:\n", holds, 1), "utf-8")

    @property
    def app(self) -> App:
        return self.house.bench.app

    # What is done by hand -------------------------------------------------------------------------

    def do(self, *arguments: str, expect: tuple[int, ...] = (0,)) -> str:
        """A real command, at the moment the clock shows."""
        done = CliRunner().invoke(cli, arguments, obj=self.app)
        if done.exit_code not in expect:
            raise RuntimeError(
                f"dayhand {' '.join(arguments)}: {done.exit_code}: {done.output}{done.exception!r}"
            ) from done.exception
        return done.output

    def told(self, *arguments: str) -> Any:
        return json.loads(self.do(*arguments, "--json"))

    def answer(self) -> int:
        """Answer all that is asked, as somebody would who agrees."""
        asked = self.app.store.questions()
        self._write_posts(asked)
        for question in asked:
            runs.answer(self.app, question.id, _answer(question))
            self.answered[question.kind] += 1
        return len(asked)

    def _write_posts(self, asked: Sequence[Any]) -> None:
        """What a draft of a post leaves open is written before it is released."""
        if not any(question.routine == "draft-post" for question in asked):
            return
        for file in (self.folder / "out" / "outreach" / "drafts").glob("*.md"):
            text = file.read_text("utf-8")
            written = _OPEN.sub("Some words on rest.", text)
            if written != text:
                file.write_text(written, "utf-8")

    def drop(self, path: str, content: bytes) -> None:
        """Put a file into `inbox/`, as a download or a scanner does."""
        file = self.folder / "inbox" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def sign_notes(self) -> None:
        """Write a plan into each draft, and sign what is there."""
        drafts = [one["note_id"] for one in self.told("notes", "unsigned")["items"]]
        for note in drafts:
            section = _LAST[self.told("notes", "show", note)["format"]]
            self.do("notes", "write", note, "-s", f"{section}=Go on as agreed.")
        if drafts:
            self.do("notes", "sign", *drafts, "--yes")

    def collect(self, day: date) -> None:
        """The card processor's list of a month: most pay what they owe, some later, some in part."""
        rows = []
        for invoice in self.told("invoices", "list", "--state", "open"):
            fate = zlib.crc32(f"{invoice['number']} {day}".encode()) % 10
            owed = Decimal(invoice["balance"])
            if fate < 2 or owed <= 0:
                continue
            amount = owed if fate > 3 else (owed / 2).quantize(Decimal("0.01"))
            rows.append(
                {"Date": str(day), "Amount": str(amount), "Fee": "1.30", "Id": f"ch_{len(self.paid) + len(rows):05}",
                 "Description": invoice["number"]}
            )  # fmt: skip
        if rows:
            self.paid += rows
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            self.drop(f"payments/{day:%Y-%m}.csv", text.getvalue().encode())

    def export(self) -> None:
        """What the commands print of the year, for whoever wants to look."""
        place = self.folder / "exports"
        place.mkdir()

        def keep(name: str, told: Any) -> None:
            (place / f"{name}.json").write_text(json.dumps(told, indent=1), "utf-8")

        months = sorted({f"{day:%Y-%m}" for day in self.days()})
        sessions = [self.told("sessions", "list", "--month", month) for month in months]
        keep("sessions", [one for month in sessions for one in month])
        for name in ("notes", "invoices", "payments"):
            keep(name, self.told(name, "list"))
        numbers = [one["number"] for one in self.told("invoices", "list")]
        shown = [self.told("invoices", "show", one) for one in numbers if one[:3] == "INV"]
        keep("invoice-details", shown)
        keep("credits", self.told("ce", "credits", "list"))
        (place / "hours.csv").write_text(self.do("supervision", "export"), "utf-8")
        with (place / "collected.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self.paid[0]))
            writer.writeheader()
            writer.writerows(self.paid)
        self.do("ledger", "export", "--format", "beancount")

    # The year -------------------------------------------------------------------------------------

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def live(self) -> None:
        for day in self.days():
            if day == self.first or day.weekday() == 0:
                self.diary.write(at(day, 0, 10))
            self.until(at(day, 17, 40))
            if self.diary.missed_on(day):
                self.diary.write(at(day, 23, 59))
            if day.day == 20:
                self.collect(day)
            for deed in self.deeds(day):
                self.do(*deed, expect=(0, 1, 3))
            self.until(at(day, 20))
            self.sign_notes()
            self.until(at(day, 23, 50))

    def deeds(self, day: date) -> Iterator[tuple[str, ...]]:
        """What is run or kept by hand on a day."""
        on = str(day)
        if day.day == 5:
            self.drop(f"scores/{day:%Y-%m}.csv", _scores(day))
            self.drop(f"papers/{day:%Y-%m}.bib", _paper(day))
        if (day.month, day.day) == (6, 1):
            yield _renewed(day)
        if self.diary.is_back_on(day):  # that of the last Sunday before it was seen
            yield ("run", "end-of-day-notes", "-i", f"since={day - timedelta(days=21)}")
        if day.day == 12 and day.month % 3 == 1:
            yield ("run", "coordination-letter", "-i", "client=C-0012", "-i", f"recipient={VANCE}")
            yield ("run", "consult-memo", "-i", "track=lpcc")
            self.drop(f"drafts/{day:%Y-%m}.md", b"# On rest\n\nA composite of many years.\n")
            self.drop(
                f"submissions/{day:%Y-%m}.csv",
                f"title,due_on\nOn rest {on},{day.year}-12-31\n".encode(),
            )
            self.drop(f"certificates/{day:%Y-%m}.pdf", CERTIFICATE)
        if day.day == 14 and day.month in NEWCOMERS:
            name = f"{NEWCOMERS[day.month]} Longfellow"
            yield ("clients", "add", "--name", name, "--email", f"c{day.month}@client.example")
            yield (
                "referrals",
                "add",
                "in",
                "--source",
                "website",
                "--initials",
                name[0] + "L",
                "--reason",
                "sleep",
            )
            yield (
                "requests",
                "add",
                "C-0009",
                "--scope",
                "the record",
                "--deliver-to",
                "the client",
                "--form",
                "PDF",
            )
        if day.day == 26 and day.month % 6 == 1:
            first = day + timedelta(days=14)
            yield (
                "run",
                "leave-planner",
                "-i",
                f"first={first}",
                "-i",
                f"last={first + timedelta(days=4)}",
            )
            yield ("run", "ce-audit-binder", "-i", "licence=NY-LCSW")

    def until(self, end: datetime) -> None:
        asyncio.run(self._until(end))

    async def _until(self, end: datetime) -> None:
        house = self.house
        await house.settle()
        while house.now < end:
            following = house.read(lambda ledger: ledger.next_at(house.now))
            house.clock.move(max(min(following or end, end) - house.now, timedelta(seconds=1)))
            await house.settle()
            while self.answer():
                await house.settle()


def _scores(day: date) -> bytes:
    rows = [f"C-{number:04},PHQ-9,{day},{20 - day.month}" for number in (21, 22)]
    return "\n".join(["client_id,measure,on,score", *rows, ""]).encode()


def _paper(day: date) -> bytes:
    return (
        f"@article{{rest{day:%m},\n  title = {{Rest, part {day.month}}},\n  author = {{Doe, Ada}},\n"
        f"  year = {{2025}},\n  journal = {{Journal of Rest}},\n  doi = {{10.5555/rest.{day.month}}}\n}}\n"
    ).encode()


def _answer(question: Any) -> dict[str, Any]:
    if question.kind == "approval":
        return {"approved": True, "note": "looked through"}
    return {name: _field(name, told) for name, told in question.form.get("properties", {}).items()}


def _field(name: str, told: Mapping[str, Any]) -> Any:
    if told.get("default") not in (None, ""):
        return told["default"]
    if "enum" in told:
        return told["enum"][0]
    kind = told.get("type")
    if kind in ("integer", "number"):
        return told.get("minimum", 5)
    if kind == "boolean":
        return True
    return f"{name.replace('_', ' ')}: nothing to remark"
