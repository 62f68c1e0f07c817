"""The sample's releases, disclosures and one request for records; they agree with its paperwork."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dayhand import Practice, counted, read_rows, write_csv
from dayhand_collaboration.models import Part2Client

__all__ = ["load", "write"]

_VANCE = "Dr. Theodora Vance, psychiatrist"
_ADDRESS = "Vance Psychiatry; 31 Canal Street; Albany, NY 12207"
_ALL = ("says_revocation", "says_conditions", "says_redisclosure")
_INFORMATION = "attendance; diagnosis; treatment_plan; progress; measures"
_WORDS = "Dates of sessions, diagnosis, goals, progress and results of measures"
_PART2 = "C-0016"


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    for name, rows in (
        ("releases", list(_releases(today))),
        ("disclosures", list(_disclosures(today))),
        ("requests", list(_requests(today))),
    ):
        header = list(dict.fromkeys(key for row in rows for key in row))
        place = folder / f"records/{name}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        text = write_csv(header, [[row.get(key) for key in header] for row in rows])
        place.write_bytes(text.encode())
        place.chmod(0o600)
        yield f"records/{name}.csv: {counted(len(rows), 'row')}"


def _releases(today: date) -> Iterator[dict[str, Any]]:
    """One that ends soon, one that holds, one that expired, one that lacks something, one revoked."""
    for client_id, initials, left in (
        ("C-0005", "AB", 18), ("C-0012", "MZ", 150), ("C-0017", "AM", -5), ("C-0018", "JH", 80),
    ):  # fmt: skip
        ends = today + timedelta(days=left)
        row: dict[str, Any] = {
            "client_id": client_id,
            "initials": initials,
            "information": _INFORMATION,
            "description": _WORDS,
            "recipient": _VANCE,
            "recipient_address": _ADDRESS,
            "purpose": "Coordination of care",
            "expires_on": ends,
            "signed_on": ends - timedelta(days=365),
            "signed_by": "client",
            "copy_given_on": ends - timedelta(days=365),
            **dict.fromkeys(_ALL, "yes"),
        }
        if client_id == "C-0018":
            row |= {"signed_by": "representative", "purpose": "", "says_redisclosure": "no"}
        yield row
    yield {
        "client_id": "C-0001",
        "initials": "MQ",
        "information": "attendance; medication",
        "description": "Dates of sessions and medication",
        "recipient": "Northgate Family Medicine",
        "purpose": "At the request of the individual",
        "expires_event": "end of treatment",
        "signed_on": today - timedelta(days=390),
        "signed_by": "client",
        "revoked_on": today - timedelta(days=60),
        **dict.fromkeys(_ALL, "yes"),
    }


def _disclosures(today: date) -> Iterator[dict[str, Any]]:
    for client_id, initials, days, information, basis in (
        (
            "C-0012",
            "MZ",
            64,
            "dates of sessions, diagnosis, progress in treatment",
            "authorization",
        ),
        ("C-0001", "MQ", 130, "dates of sessions", "authorization"),
        ("C-0012", "MZ", 200, "confirmation of attendance", "required_by_law"),
    ):
        by_law = basis == "required_by_law"
        yield {
            "client_id": client_id,
            "initials": initials,
            "on": today - timedelta(days=days),
            "recipient": "County court" if by_law
            else _VANCE if client_id == "C-0012" else "Northgate Family Medicine",
            "information": information,
            "purpose": "Subpoena" if by_law else "Coordination of care",
            "basis": basis,
            "method": "mail" if by_law else "fax",
        }  # fmt: skip


def _requests(today: date) -> Iterator[dict[str, Any]]:
    yield {
        "client_id": "C-0009",
        "initials": "HB",
        "requested_on": today - timedelta(days=12),
        "scope": "Progress notes and dates of sessions of the last six months",
        "form": "PDF",
        "identity_checked_on": today - timedelta(days=12),
    }


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    from dayhand_collaboration import kept

    names = [name for name in kept.KINDS if practice.files.resolve(f"records/{name}.csv").is_file()]
    done = []
    with practice.transaction("load the sample's releases") as connection:
        for name in names:
            path = f"records/{name}.csv"
            records = kept.KINDS[name]
            values = read_rows(
                records.model, practice.files.read(path), path, columns=records.columns
            )
            if name == "releases":
                who = practice.info.clinician.name
                values = [one.model_copy(update={"discloser": who}) for one in values]
            done.append(f"{records.take_in(connection, values).new} {name}")
        if names:
            since = practice.today - timedelta(days=300)
            kept.mark_part2(connection, Part2Client(client_id=_PART2, since=since))
    return [f"{', '.join(done)}; {_PART2} is under 42 CFR part 2"] if done else []
