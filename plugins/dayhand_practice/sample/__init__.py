"""The sample practice: an invented year of sessions and records, the same for the same day.

`dayhand init --sample` writes it into a new practice folder and imports it. Every person in it is
made up; telephone numbers and addresses cannot exist (555-01xx, `.example`).

| file | what |
|---|---|
| `calendars/practice.ics` | a year of sessions to six weeks ahead: weekly and fortnightly series over three changes of clocks, exceptions, cancellations, no-shows, video, leave, supervision, lunch; and, on the first full day from today on, one overlap, one pair without a break and one person nobody knows; one event is broken on purpose |
| `records/*.csv` | services with last year's and this year's fees, clients, fee agreements, diagnoses, paperwork (some missing, expired or about to), opening balances, the sessions before the books begin, payments since, continuing-education credits |
| `records/certificates/*.txt` | stand-ins for certificates |
"""  # noqa: E501 - a table

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import counted
from dayhand_practice.sample.calendar_text import as_ics
from dayhand_practice.sample.people import people
from dayhand_practice.sample.record_files import SAMPLE_FILES, record_files
from dayhand_practice.sample.schedule import schedule

if TYPE_CHECKING:
    from dayhand import Practice

__all__ = ["SAMPLE_AHEAD", "SAMPLE_DAY", "load_sample", "write_sample"]

SAMPLE_DAY = date(2026, 11, 24)
"""The day around which the sample is usually built."""
SAMPLE_AHEAD = timedelta(weeks=6)
"""How far the calendar reaches beyond it."""


def write_sample(folder: Path, *, until: date, today: date = SAMPLE_DAY) -> list[str]:
    """Write the sample's files into a practice folder; what was made, one line a file.

    Args:
        folder: the practice folder.
        until: the last day of the calendar.
        today: the day around which everything is built.
    """
    everyone = people()
    year = schedule(everyone, today, until)
    made = [_write(folder, "calendars/practice.ics", as_ics(year, everyone, today, until))]
    made[0] += f": {len(year.visits)} sessions of {len(everyone)} clients"
    for name, text, rows in record_files(everyone, year.visits, today):
        made.append(f"{_write(folder, f'records/{name}', text)}: {counted(rows, 'row')}")
        if name == "credits.csv":
            certificates = _certificates(folder, text)
            made.append(f"records/certificates/: {certificates} files")
    return made


def load_sample(practice: Practice) -> list[str]:
    """Import the sample's records into the practice; what was imported, one line a file."""
    from dayhand_practice import intake  # imports SQLAlchemy, which only this needs

    done: list[str] = []
    with practice.transaction("load the sample practice") as connection:
        for kind, name in SAMPLE_FILES:
            path = f"records/{name}"
            data = practice.files.read(path)
            done.append(str(intake.import_file(practice, connection, kind, data, path)))
    return done


def _write(folder: Path, path: str, text: str) -> str:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode())
    place.chmod(0o600)
    return path


def _certificates(folder: Path, credits_text: str) -> int:
    rows = list(csv.DictReader(io.StringIO(credits_text.removeprefix("\ufeff"))))
    with_file = [row for row in rows if row["certificate"]]
    for row in with_file:
        length = f"{row['hours']} hours" if row["hours"] else f"{row['minutes']} minutes"
        text = (
            "CERTIFICATE OF COMPLETION (sample, not a real certificate)\n\n"
            f"{row['title']}\n{row['provider']}\n{length}, {row['format']}\n"
            f"Completed on {row['completed_on']} by Jane Doe, LCSW, LMFT\n"
        )
        _write(folder, row["certificate"], text)
    return len(with_file)
