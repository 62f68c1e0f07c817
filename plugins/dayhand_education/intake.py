"""Taking in credits: certificates are hashed, rows kept in one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from dayhand import Files, UserError
from dayhand_education.credit_file import read_credits
from dayhand_education.models import Credit, ImportedCredits, RecordedCredit

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["take_in", "take_in_file"]


def take_in(
    connection: sqlalchemy.Connection, files: Files, courses: list[Credit]
) -> tuple[list[RecordedCredit], list[str]]:
    """Keep credits with the hashes of their certificates; tell of certificates not found."""
    # SQL is imported only where the database is written
    from dayhand_education import tables

    hashed, warnings = [], []
    for credit in courses:
        if (credit.hours is None) == (credit.minutes is None):
            raise UserError(
                "a credit has either hours or minutes",
                hint="say --hours or --minutes, and not both",
            )
        digest = _digest(files, credit.certificate)
        if credit.certificate and not digest:
            day = credit.completed_on.isoformat()
            warnings.append(f"the certificate of the course of {day} is not in the practice folder")
        hashed.append(credit.model_copy(update={"certificate_sha256": digest}))
    return tables.record(connection, hashed), warnings


def _digest(files: Files, path: str) -> str:
    if not path:
        return ""
    if not files.resolve(path).is_file():  # resolve refuses a path that leaves the practice
        return ""
    return hashlib.sha256(files.read(path)).hexdigest()


def take_in_file(connection: sqlalchemy.Connection, files: Files, path: str) -> ImportedCredits:
    """Keep the credits in a CSV file of the practice: all rows, or none."""
    courses = read_credits(files.read(path), path)
    recorded, warnings = take_in(connection, files, courses)
    states = Counter(each.state for each in recorded)
    for each in recorded:
        if each.duplicate_of:
            warnings.append(
                f"{each.id} has the same title as {each.duplicate_of}; "
                "in one cycle only the first counts"
            )
    return ImportedCredits(
        ids=[each.id for each in recorded],
        new=states["new"],
        changed=states["changed"],
        unchanged=states["unchanged"],
        warnings=warnings,
    )
