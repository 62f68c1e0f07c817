"""The sample's reading: a list, a file of citations to take in, and a journal's feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from dayhand import Practice, counted, write_csv
from dayhand_reading.models import ITEM_COLUMNS

__all__ = ["load", "write"]

_LIST = "records/reading.csv"
_BIB = """\
@article{marchetti2024,
  author  = {Marchetti, Ilse and van der Berg, Jos{\\'e}},
  title   = {Endings in brief therapy: what clients remember},
  journal = {Journal of Brief Work},
  year    = 2024, volume = 12, pages = {31--44},
  doi     = {10.5555/jbw.2024.12.31},
}
@book{vance2022,
  author    = {Theodora Vance},
  title     = {Grief in Groups},
  publisher = {Northgate Press},
  year      = {2022},
}
"""
_FEED = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Journal of Brief Work</title>
<entry><title>Bereavement by video: a trial</title><id>https://doi.org/10.5555/jbw.2026.14.1</id>
<link href="https://doi.org/10.5555/jbw.2026.14.1"/><author><name>Odile Kern</name></author>
<published>2026-11-18T00:00:00Z</published><summary>Sixty people in eight groups.</summary></entry>
<entry><title>Fees and silence</title><id>https://doi.org/10.5555/jbw.2026.14.2</id>
<link href="https://doi.org/10.5555/jbw.2026.14.2"/><author><name>R. Sato</name></author>
<published>2026-11-18T00:00:00Z</published></entry></feed>
"""
_QUEUE = (
    ("Sleep before insight", "Kern, Odile", 2021, "Sleep and Mind", "sleep", 200),
    (
        "Trauma and the body: a review",
        "Sato, R.; Lind, A.",
        2023,
        "Trauma Quarterly",
        "trauma",
        120,
    ),
    ("The empty chair revisited", "Lind, A.", 2019, "Journal of Brief Work", "", 90),
    (
        "Complicated grief at one year",
        "Vance, Theodora",
        2023,
        "Group Practice Quarterly",
        "grief",
        30,
    ),
    ("Ethics of the waiting list", "Marchetti, Ilse", 2025, "Practice Notes", "ethics", 10),
)


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    rows = [
        {"title": title, "authors": who, "year": year, "container": where, "topics": topic,
         "status": "queued", "added_on": today - timedelta(days=days)}
        for title, who, year, where, topic, days in _QUEUE
    ]  # fmt: skip
    last_month = today.replace(day=1) - timedelta(days=9)
    rows.append(
        {"title": "What supervision is for", "authors": "Lind, A.", "year": 2022,
         "container": "Practice Notes", "topics": "supervision", "status": "done",
         "added_on": today - timedelta(days=300), "finished_on": last_month, "minutes": 50,
         "reflection": "I will ask for the question before the case, and end with what I take away."}
    )  # fmt: skip
    rows.append(
        {"title": "A short history of silence", "authors": "Sato, R.", "year": 2018, "topics": "",
         "status": "done", "added_on": today - timedelta(days=310), "finished_on": last_month, "minutes": 35}
    )  # fmt: skip
    table = write_csv(ITEM_COLUMNS, [[row.get(name) for name in ITEM_COLUMNS] for row in rows])
    for name, text, told in (
        (_LIST, table, f"{counted(len(rows), 'row')}"),
        ("records/papers.bib", _BIB, "2 citations"),
        ("records/journal-of-brief-work.xml", _FEED, "a journal's feed"),
    ):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        place.chmod(0o600)
        yield f"{name}: {told}"


def load(practice: Practice) -> Iterable[str]:
    """Import the list; says what was done, or nothing if it is not there."""
    from dayhand_reading import tables
    from dayhand_reading.queue import read_items

    if not practice.files.resolve(_LIST).is_file():
        return []
    rows = read_items(practice, _LIST)
    with practice.transaction("load the sample's reading list") as connection:
        done = tables.put_items(connection, rows)
    return [f"{done.new} items of the reading list"]
