"""The sample's writing: two drafts, the words of some days, submissions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from dayhand import Practice, counted, read_rows, write_csv
from dayhand_writing.models import SUBMISSION_COLUMNS, DayCount, Submission

__all__ = ["load", "write"]

_WORDS = "records/writing_words.csv"
_SUBMISSIONS = "records/submissions.csv"
_DRAFTS = {
    "drafts/grief-group/outline.md": """\
# A bereavement group by video: what eight weeks can hold

Groups by video are now usual, and little is written on grief in them (Vance & Marchetti, 2023,
https://doi.org/10.5555/grief.2023.0117). We describe one closed group of six.

## The frame

Sessions of 90 minutes, weekly, cameras on. A woman in her sixties joined from her kitchen; she had
lost a sibling two years before. Members agreed to say nothing of one another outside.
""",
    "drafts/case-outline/draft.md": """\
# Case outline, not yet de-identified

T. W. came in the spring of 2026 with a fear of heights that kept him from his work.

At intake on January 14, 2026 he named his employer. Tobias had moved to Delmar, NY 12054, and asked
to be reached at 518-555-0104 only.

The course of exposure is described below (see Table 1).
""",
}


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    for name, text in _DRAFTS.items():
        _write(folder / name, text.encode())
        yield f"{name}: a draft"
    counts = [
        ["grief-group", today - timedelta(days=days), words, 90, "csv"]
        for days, words in ((21, 12), (14, 31), (7, 55))
    ]
    submissions = [
        ["A bereavement group by video", "Group Practice Quarterly", "article", "drafting",
         today + timedelta(days=20), "", "", "grief-group", ""],
        ["Endings in brief therapy", "Journal of Brief Work", "article", "under_review",
         "", today - timedelta(days=150), "", "", ""],
        ["Supervising at a distance", "State conference", "talk", "planned",
         today - timedelta(days=3), "", "", "", "abstract of 200 words"],
        ["Notes that help", "Northgate Press", "chapter", "revise_and_resubmit",
         today + timedelta(days=75), today - timedelta(days=90), today - timedelta(days=12), "", ""],
    ]  # fmt: skip
    for name, columns, rows in (
        (_WORDS, list(DayCount.model_fields), counts),
        (_SUBMISSIONS, SUBMISSION_COLUMNS, submissions),
    ):
        _write(folder / name, write_csv(columns, rows).encode())
        yield f"{name}: {counted(len(rows), 'row')}"


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    place.chmod(0o600)


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    from dayhand_writing.tables import put_counts, put_submissions

    if not all(practice.files.resolve(name).is_file() for name in (_WORDS, _SUBMISSIONS)):
        return []
    counts = read_rows(DayCount, practice.files.read(_WORDS), _WORDS)
    submissions = read_rows(
        Submission, practice.files.read(_SUBMISSIONS), _SUBMISSIONS, columns=SUBMISSION_COLUMNS
    )
    with practice.transaction("load the sample's writing") as connection:
        put_counts(connection, counts)
        put_submissions(connection, submissions)
    return [f"{len(counts)} word counts and {len(submissions)} submissions"]
