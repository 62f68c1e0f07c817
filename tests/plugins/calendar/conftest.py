"""Practices with calendars, real CalDAV servers on this machine, and a server that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests_support.caldav_servers import Server, start_radicale, start_xandikos

import dayhand_calendar
from dayhand.testing import PracticeKit

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n"


def sheet(*events: str) -> str:
    """A calendar of these events, each given as its lines without BEGIN and END."""
    return (
        HEAD
        + "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
        + "END:VCALENDAR\n"
    )


@pytest.fixture(name="sheet")
def _sheet() -> Callable[..., str]:
    return sheet


@pytest.fixture
def practice(tmp_path: Path) -> Callable[..., PracticeKit]:
    """A practice with a calendar file of the given text, and further settings of the section."""

    def make(
        text: str = "", now: str = "2026-11-03T08:00:00-05:00", info: Any = None, **settings: Any
    ) -> PracticeKit:
        (tmp_path / "inbox").mkdir(exist_ok=True)
        (tmp_path / "inbox" / "work.ics").write_text(text, encoding="utf-8")
        section = {"sources": [{"name": "work", "file": "inbox/work.ics"}]} | settings
        return PracticeKit(
            tmp_path,
            plugins=[dayhand_calendar],
            settings={"calendar": section},
            now=now,
            info=info,
            secrets={"CAL_PASSWORD": "geheim"},
        )

    return make


STARTS = {"radicale": start_radicale, "xandikos": start_xandikos}


@pytest.fixture(scope="session", params=list(STARTS))
def server(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each of the real servers, kept for the session."""
    started, process = STARTS[request.param](tmp_path_factory.mktemp(request.param))
    yield started
    process.kill()
    process.wait()


@pytest.fixture(params=list(STARTS))
def own_server(request: Any, tmp_path: Path) -> Iterator[Server]:
    """Each of the real servers, for one test that may hurt it."""
    folder = tmp_path / "server"
    folder.mkdir()
    started, process = STARTS[request.param](folder)
    yield started
    process.kill()
    process.wait()
