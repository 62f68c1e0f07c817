"""A release of the sample practice that holds on whatever day it is used."""

from __future__ import annotations

import csv
import io
from typing import Any

__all__ = ["let_it_last"]


def let_it_last(practice: Any, release: str) -> None:
    """Put the end of a release off, as its owner would: a question of a test is answered today."""
    rows = list(csv.DictReader(io.StringIO(practice("releases", "export").out)))
    (row,) = [row for row in rows if row["id"] == release]
    with (practice.folder / "inbox/releases.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow({**row, "expires_on": "2126-11-24"})
    assert "1 changed" in practice("releases", "import", "inbox/releases.csv").out
