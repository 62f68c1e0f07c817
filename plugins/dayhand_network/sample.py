"""The sample's network: contacts who are due or stale, and a year of referrals in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dayhand import Practice, counted, write_csv

__all__ = ["load", "write"]

# name, role, organisation, phone, insurance, specialties, availability, verified days ago,
# touched days ago, follow-up in days, how releases name them
_CONTACTS = (
    ("Dr. Theodora Vance", "psychiatrist", "Vance Psychiatry", "518-555-0131",
     "Evergreen Mutual; Harbor Health Plan", "mood; trauma", "limited", 40, 64, None,
     "Dr. Theodora Vance, psychiatrist"),
    ("Dr. Amadou Keita", "family physician", "Northgate Family Medicine", "518-555-0132",
     "Evergreen Mutual", "", "open", 210, 130, None, "Northgate Family Medicine"),
    ("Helena Brandt", "school counselor", "Delmar Middle School", "518-555-0133",
     "self-pay", "adolescents", "open", 90, 20, 4, ""),
    ("Ruth Osei", "couples therapist", "", "518-555-0134", "self-pay", "couples", "waitlist", 15,
     95, None, ""),
    ("Samuel Lindgren", "EMDR therapist", "Kiln Street Practice", "518-555-0135", "", "trauma",
     "unknown", 400, 200, None, ""),
    ("Marguerite Dufour", "dietitian", "", "518-555-0136", "Golden Bay Cooperative",
     "eating disorders", "closed", 30, None, None, ""),
)  # fmt: skip
# direction, contact, source, client, initials, days ago, outcome
_REFERRALS: tuple[tuple[str, int | None, str, str, str, int, str], ...] = (
    ("in", 1, "", "C-0027", "IM", 22, "started"),
    ("in", 0, "", "C-0012", "MZ", 9, ""),
    ("in", 0, "", "C-0016", "CW", 6, ""),
    ("in", 1, "", "", "", 3, ""),
    ("in", 2, "", "C-0018", "JH", 233, "started"),
    ("out", 0, "", "C-0005", "AB", 47, ""),
    ("out", 5, "", "C-0010", "LF", 75, "waitlisted"),
    ("out", 3, "", "", "", 35, ""),
)
# source, how many in the last whole quarter before the sample's day
_COUNTED = (("website", 9), ("insurance directory", 6), ("friend or family", 3))


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    for name, rows in (
        ("contacts", list(_contacts(today))),
        ("touches", list(_touches(today))),
        ("referrals", list(_referrals(today))),
    ):
        header = list(dict.fromkeys(key for row in rows for key in row))
        place = folder / f"records/{name}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        text = write_csv(header, [[row.get(key) for key in header] for row in rows])
        place.write_bytes(text.encode())
        place.chmod(0o600)
        yield f"records/{name}.csv: {counted(len(rows), 'row')}"


def _id(number: int) -> str:
    return f"K-{number + 1:06}"


def _contacts(today: date) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_CONTACTS):
        name, role, organisation, phone, insurance, special, available, verified = row[:8]
        yield {
            "id": _id(number),
            "name": name,
            "role": role,
            "organisation": organisation,
            "phone": phone,
            "email": f"{name.split()[-1].casefold()}@clinic.example",
            "insurance": insurance,
            "specialties": special,
            "availability": available,
            "verified_on": today - timedelta(days=int(verified)),
            "recipient": row[10],
        }


def _touches(today: date) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_CONTACTS):
        ago, after = row[8], row[9]
        if isinstance(ago, int):
            yield {
                "contact_id": _id(number),
                "on": today - timedelta(days=ago),
                "how": "telephone" if number % 2 else "meeting",
                "note": "Group for adolescents in spring" if after is not None else "",
                "follow_up_on": today + timedelta(days=after - 7)
                if isinstance(after, int)
                else None,
            }


def _referrals(today: date) -> Iterator[dict[str, Any]]:
    for direction, number, source, client, initials, ago, outcome in _REFERRALS:
        on = today - timedelta(days=ago)
        yield {
            "direction": direction,
            "on": on,
            "contact_id": "" if number is None else _id(number),
            "source": source,
            "client_id": client,
            "initials": initials,
            "outcome": outcome,
            "outcome_on": on + timedelta(days=14) if outcome else None,
        }
    first = _quarter_before(today)
    for source, count in _COUNTED:
        for place in range(count):
            on = first + timedelta(days=7 * place + len(source) % 7)
            yield {
                "direction": "in", "on": on, "source": source, "outcome": "no_contact",
                "outcome_on": on + timedelta(days=10),
            }  # fmt: skip


def _quarter_before(today: date) -> date:
    number = today.year * 4 + (today.month - 1) // 3 - 1
    return date(number // 4, number % 4 * 3 + 1, 1)


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    from dayhand_network import desk
    from dayhand_network.kept import KINDS

    names = [name for name in KINDS if practice.files.resolve(f"records/{name}.csv").is_file()]
    done = []
    with practice.transaction("load the sample's network") as connection:
        for name in names:
            taken = desk.take_in_file(practice, connection, name, f"records/{name}.csv")
            done.append(f"{taken.new} {name}")
    return [", ".join(done)] if done else []
