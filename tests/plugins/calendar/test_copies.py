"""What a calendar gave last is used, with its age, when it cannot be read: also in a new process (C04)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import dayhand_calendar
from dayhand.testing import PracticeKit

DAYHAND = Path(sys.executable).with_name("dayhand")
EVENT = (
    "UID:{0}\nSUMMARY:Planted Person\nDTSTART;TZID=America/New_York:202611{1}T090000\n"
    "DTEND;TZID=America/New_York:202611{1}T095000"
)
BROKEN: dict[str, tuple[int, bytes]] = {
    "web page": (200, b"<!DOCTYPE html><html><form>Sign in</form></html>"),
    "nothing": (200, b""),
    "error 500": (500, b"oops"),
    "error 404": (404, b"gone"),
    "error 401": (401, b"who are you"),
    "other file": (200, b'{"error": "quota"}'),
    "cut off": (200, b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\n"),
    "too large": (200, b"BEGIN:VCALENDAR\n" + b"X-A:" + b"a" * 6_000_000),
}


class Served:
    """A calendar on the network, whose answer can be changed."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""
        self.url = ""


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(one.status)
            self.send_header("Content-Length", str(len(one.body)))
            self.end_headers()
            self.wfile.write(one.body)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # it was too large to be read to its end
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_address[1]}/a.ics"
    yield one
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_kit(tmp_path: Path, served: Served) -> Callable[..., PracticeKit]:
    def make(**source: Any) -> PracticeKit:
        return PracticeKit(
            tmp_path, plugins=[dayhand_calendar], now="2026-11-03T08:00:00-05:00",
            settings={"calendar": {"allow_hosts": ["127.0.0.1"],
                                   "sources": [{"name": "far", "url": served.url} | source]}},
        )  # fmt: skip

    return make


@pytest.mark.parametrize("kind", BROKEN)
def test_c04_a_broken_download_leaves_the_events_of_the_last_good_one_with_their_age(
    kind: str, served: Served, sheet: Callable[..., str], make_kit: Callable[..., PracticeKit]
) -> None:
    kit = make_kit()
    served.body = sheet(EVENT.format("a", "03"), EVENT.format("b", "04")).encode()
    good = kit.run("calendar.agenda")
    seen = kit.clock.now()
    kit.clock.move(timedelta(hours=3))
    served.status, served.body = BROKEN[kind]

    worse = [
        kit.run("calendar.agenda"),
        kit.run("calendar.agenda", start="2026-11-03", end="2026-11-04"),
    ]

    assert worse[0]["events"] == good["events"]
    assert [item["uid"] for item in worse[1]["events"]] == ["a", "b"]
    for result in worse:
        (stale,) = result["stale"]
        assert stale["source"] == "far"
        assert stale["reason"]
        assert stale["as_of"] == seen


def test_c04_after_a_good_download_nothing_is_stale(
    served: Served, sheet: Callable[..., str], make_kit: Callable[..., PracticeKit]
) -> None:
    kit = make_kit()
    served.body = sheet(EVENT.format("a", "03")).encode()
    kit.run("calendar.agenda")
    served.status = 500
    kit.run("calendar.agenda")
    served.status, served.body = 200, sheet(EVENT.format("b", "03")).encode()

    result = kit.run("calendar.agenda")

    assert result["stale"] == []
    assert [item["uid"] for item in result["events"]] == ["b"]


def test_c04_another_address_under_the_same_name_does_not_get_the_copy(
    served: Served, sheet: Callable[..., str], make_kit: Callable[..., PracticeKit]
) -> None:
    kit = make_kit()
    served.body = sheet(EVENT.format("a", "03")).encode()
    kit.run("calendar.agenda")
    served.status = 404
    other = make_kit(url=f"{served.url}?other")
    other.kept = kit.kept

    with pytest.raises(Exception, match="status 404"):
        other.run("calendar.agenda")


def test_c04_what_is_kept_of_a_server_stands_for_the_days_it_was_asked_for_alone(
    own_server: Any, tmp_path: Path
) -> None:
    def kit() -> PracticeKit:
        return PracticeKit(
            tmp_path / "practice", plugins=[dayhand_calendar], now="2026-11-03T08:00:00-05:00",
            settings={"calendar": own_server.settings()}, secrets={"CAL_PASSWORD": "geheim"},
        )  # fmt: skip

    first = kit()
    first.run(
        "calendar.create",
        summary="Hold",
        start="2026-11-05T09:00:00-05:00",
        end="2026-11-05T09:50:00-05:00",
    )
    first.run("calendar.agenda")
    gone = kit()
    gone.kept = first.kept
    gone.settings["calendar"] = gone.settings["calendar"].model_copy(
        update={"allow_hosts": []}  # it may not be asked any more
    )

    later = gone.run("calendar.agenda", day="2026-11-05")

    assert [item["summary"] for item in later["events"]] == ["Hold"]
    assert later["stale"][0]["as_of"] is not None
    with pytest.raises(Exception, match="on this machine"):  # no silence about days nobody read
        gone.run("calendar.agenda", day="2027-03-05")


@pytest.fixture
def practice_folder(tmp_path: Path, served: Served) -> tuple[Path, dict[str, str]]:
    """A practice of its own, for the real command."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ},
        "HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip
    folder = tmp_path / "practice"
    command = [DAYHAND, "init", str(folder), "--name", "Lakeside", "--clinician", "Jane Doe",
               "--timezone", "America/New_York"]  # fmt: skip
    subprocess.run(command, env=environment, check=True, capture_output=True)
    settings = folder / "practice.yaml"
    settings.write_text(
        f"practice: {{name: Lakeside}}\nclinician: {{name: Jane Doe}}\ntimezone: America/New_York\n"
        f"calendar:\n  allow_hosts: [127.0.0.1]\n  sources: [{{name: far, url: '{served.url}'}}]\n"
    )
    return folder, environment


def test_c04_a_new_process_has_the_copy_and_no_file_has_it_in_the_clear(
    served: Served, sheet: Callable[..., str], practice_folder: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = practice_folder

    def dayhand(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [DAYHAND, *arguments], cwd=folder, env=environment, capture_output=True, timeout=100
        )

    served.body = sheet(EVENT.format("a", "03")).encode()
    good = json.loads(dayhand("calendar", "agenda", "--day", "2026-11-03", "--json").stdout)
    served.status = 503

    worse = json.loads(dayhand("calendar", "agenda", "--day", "2026-11-03", "--json").stdout)
    told = dayhand("calendar", "agenda", "--day", "2026-11-03").stdout.decode()

    assert worse["events"] == good["events"]
    assert len(worse["events"]) == 1
    assert worse["stale"][0]["as_of"] is not None
    assert "its events are of" in told
    for file in folder.rglob("*"):
        assert not file.is_file() or b"Planted" not in file.read_bytes()
