"""What is kept of calendars is what is read anew: nothing that has changed is ever taken from before."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import certifi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dayhand_calendar
from dayhand.testing import PracticeKit
from dayhand_calendar import sources, trusted
from dayhand_calendar.blocks import cut
from dayhand_calendar.expansion import Calendar, Window

NEW_YORK = ZoneInfo("America/New_York")
HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n"
SERIES = """UID:{uid}
DTSTART;TZID=America/New_York:20260105T{hour:02}0000
DTEND;TZID=America/New_York:20260105T{hour:02}5000
RRULE:FREQ={rule}
SUMMARY:{summary}
CATEGORIES:SESSION
"""


def series(uid: str, hour: int = 9, rule: str = "WEEKLY", summary: str = "a") -> str:
    return SERIES.format(uid=uid, hour=hour, rule=rule, summary=summary)


def text_of(*events: str) -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{event}END:VEVENT\n" for event in events)
    return f"{HEAD}{blocks}END:VCALENDAR\n".encode()


def calendar(*events: str, before: Calendar | None = None) -> Calendar:
    return Calendar(cut(text_of(*events), most=20_000), "work", NEW_YORK, before=before)


def window(first: str, days: int = 1) -> Window:
    begin = date.fromisoformat(first)
    return Window(begin, begin + timedelta(days=days - 1), NEW_YORK)


def told(subject: Calendar, days: Window) -> list[tuple[str, datetime, datetime, str]]:
    found, skipped = subject.between(days)
    assert skipped == []
    return [(o.uid, o.start, o.end, str(o.component["SUMMARY"])) for o in found]


# Expanded once ------------------------------------------------------------------------------------

TWO = (series("a"), series("b", 14, "DAILY;INTERVAL=3", "b"))


@settings(max_examples=12, deadline=None)
@given(asked=st.lists(st.tuples(st.integers(0, 120), st.sampled_from([1, 5, 30, 90])), max_size=30))
def test_a_calendar_that_is_asked_again_and_again_tells_what_a_new_one_tells(
    asked: list[tuple[int, int]],
) -> None:
    subject = calendar(*TWO)

    for offset, length in [*asked, *asked]:
        days = window(str(date(2026, 1, 1) + timedelta(days=offset)), length)
        assert told(subject, days) == told(calendar(*TWO), days)


def test_a_calendar_that_is_asked_often_is_expanded_once(monkeypatch: Any) -> None:
    subject, days = calendar(*TWO), window("2026-02-02", 30)
    expanded: list[str] = []
    found = Calendar._found

    def counted(self: Any, uid: str, *rest: Any) -> Any:
        expanded.append(uid)
        return found(self, uid, *rest)

    monkeypatch.setattr(Calendar, "_found", counted)
    for _ in range(20):
        told(subject, days)

    assert expanded.count("a") <= 6


def test_of_a_calendar_that_changed_only_what_did_not_is_taken_over() -> None:
    days = window("2026-02-02", 28)
    before = calendar(*TWO)
    for _ in range(9):
        told(before, days)

    moved = calendar(series("a", 11), TWO[1], before=before)

    assert told(moved, days) == told(calendar(series("a", 11), TWO[1]), days)
    assert told(before, days) == told(calendar(*TWO), days)
    gone = calendar(TWO[1], before=moved)
    assert told(gone, days) == told(calendar(TWO[1]), days)
    renamed = calendar(series("a", 11, summary="other"), before=gone)
    assert told(renamed, days) == told(calendar(series("a", 11, summary="other")), days)
    exception = series("a", 11).replace(
        "RRULE:FREQ=WEEKLY\n", "RECURRENCE-ID;TZID=America/New_York:20260209T110000\n"
    ).replace("20260105T11", "20260210T16")  # fmt: skip
    changed = calendar(series("a", 11), exception, before=moved)
    assert told(changed, days) == told(calendar(series("a", 11), exception), days)


def test_a_line_that_is_named_is_the_one_of_the_new_text() -> None:
    bad = series("bad").replace("FREQ=WEEKLY", "FREQ=SOMETIMES")
    before = calendar(bad)
    days = window("2026-02-02")
    _, skipped = before.between(days)

    _, moved = calendar(TWO[0], bad, before=before).between(days)

    assert moved[0].line > skipped[0].line


# Told again ---------------------------------------------------------------------------------------


@pytest.fixture
def kit(tmp_path: Path) -> PracticeKit:
    (tmp_path / "inbox").mkdir()
    return PracticeKit(
        tmp_path,
        plugins=[dayhand_calendar],
        settings={
            "calendar": {
                "sources": [{"name": "work", "file": "inbox/work.ics"}],
                "session": {"categories": ["SESSION"]},
            }
        },
        now="2026-02-02T08:00:00-05:00",
    )


def ask(kit: PracticeKit, kind: str = "session") -> list[str]:
    (known,) = [one for one in dayhand_calendar.dayhand_event_kinds() if one.name == kind]
    now = kit.clock.now()
    found = asyncio.run(
        known.read(kit.context("calendar"), now - timedelta(days=1), now + timedelta(days=3))
    )
    return [f"{one.start:%d %H}" for one in found]


def test_an_unchanged_calendar_is_not_looked_through_again(
    kit: PracticeKit, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "inbox/work.ics").write_bytes(text_of(series("kept")))
    looked: list[object] = []
    understand = sources.understand

    async def counted(*given: Any) -> None:
        looked.append(given)
        await understand(*given)

    monkeypatch.setattr(sources, "understand", counted)

    assert ask(kit) == ask(kit) == ["02 09"]
    assert len(looked) == 1
    kit.clock.move(timedelta(days=7))
    assert ask(kit) == ["09 09"]
    assert len(looked) == 2


def test_of_a_file_that_changes_again_and_again_one_text_is_kept(
    kit: PracticeKit, tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / "inbox/work.ics").write_bytes(text_of(series(f"n{number}", 9 + number)))
        assert ask(kit) == [f"02 {9 + number:02}"]

    gc.collect()
    there = [one for one in gc.get_objects() if type(one) is Calendar]
    assert [uid for one in there for uid in one._series if uid in ("n0", "n1", "n2")] == ["n2"]


def test_a_calendar_that_changed_is_read_though_its_size_and_time_are_the_same(
    kit: PracticeKit, tmp_path: Path
) -> None:
    file = tmp_path / "inbox/work.ics"
    file.write_bytes(text_of(series("x")))
    when = file.stat()
    assert ask(kit) == ["02 09"]

    file.write_bytes(text_of(series("x", 11)).replace(b"T090000", b"T110000"))
    os.utime(file, ns=(when.st_atime_ns, when.st_mtime_ns))

    assert file.stat().st_size == when.st_size
    assert ask(kit) == ["02 11"]


def test_other_settings_are_followed_at_once(kit: PracticeKit, tmp_path: Path) -> None:
    (tmp_path / "inbox/work.ics").write_bytes(text_of(series("y")))
    assert ask(kit) == ["02 09"]

    other = PracticeKit(
        tmp_path,
        plugins=[dayhand_calendar],
        settings={"calendar": {"sources": [{"name": "work", "file": "inbox/work.ics"}]}},
        now="2026-02-02T08:00:00-05:00",
    )

    assert ask(other) == []
    assert ask(other, "other") == ["02 09"]


def test_a_broken_calendar_is_never_taken_for_the_one_before(
    kit: PracticeKit, tmp_path: Path
) -> None:
    file = tmp_path / "inbox/work.ics"
    file.write_bytes(text_of(series("z")))
    assert ask(kit) == ["02 09"]
    file.write_bytes(b"no calendar")
    assert ask(kit) == ["02 09"]  # of the last good one, which is told elsewhere

    file.write_bytes(text_of(series("z", 12)))

    assert ask(kit) == ["02 12"]


# Whom to trust ------------------------------------------------------------------------------------


def test_the_systems_authorities_are_read_once_and_anew_when_they_change(
    tmp_path: Path, monkeypatch: Any
) -> None:
    file = tmp_path / "authorities.pem"
    whole = Path(certifi.where()).read_text("utf-8")
    file.write_text(whole, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    first = trusted.tls_context()
    assert trusted.tls_context() is first
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.check_hostname

    file.write_text(whole[: whole.index("-----END CERTIFICATE-----") + 26], "utf-8")

    other = trusted.tls_context()
    assert other is not first
    assert len(other.get_ca_certs()) == 1 < len(first.get_ca_certs())
