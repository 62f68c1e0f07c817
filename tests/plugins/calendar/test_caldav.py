"""Against real CalDAV servers: find, read, create, move, cancel, lost updates, synchronising."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

import dayhand_calendar
from dayhand import NotSent, Retryable, StepError, UserError
from dayhand.testing import PracticeKit
from dayhand_calendar import caldav, sources
from dayhand_calendar.addresses import HostRules
from dayhand_calendar.caldav import CalDav, Copy, Refusal
from dayhand_calendar.transfer import Access, Connection, Interrupted

T = TypeVar("T")
NOW = "2026-11-03T08:00:00-05:00"


@pytest.fixture
def kit(server: Any, tmp_path: Path) -> PracticeKit:
    """A practice whose only calendar is on the server, empty at the beginning of each test."""
    access = access_to(server)
    run(access, server, _empty)
    return made(server, tmp_path)


def made(server: Any, folder: Path, **source: Any) -> PracticeKit:
    return PracticeKit(
        folder / "practice",
        plugins=[dayhand_calendar],
        settings={"calendar": server.settings(**source)},
        now=NOW,
        secrets={"CAL_PASSWORD": "geheim"},
    )


def access_to(server: Any, **more: Any) -> Access:
    user = {"username": "jane", "password": "geheim"} if server.kind == "radicale" else {}
    return Access(rules=HostRules(hosts=frozenset({"127.0.0.1"})), **(user | more))


def run(
    access: Access,
    server: Any,
    act: Callable[[CalDav], Awaitable[T]],
    url: str = "",
    name: str = "",
) -> T:
    async def inside() -> T:
        async with Connection(access) as connection:
            return await act(CalDav(connection, url or server.calendar, name))

    return asyncio.run(inside())


async def _empty(calendar: CalDav) -> None:
    copy = Copy()
    await calendar.sync(copy)
    for resource in copy.resources.values():
        await calendar.delete(resource.href, etag=resource.etag)


def create(
    kit: PracticeKit, start: str = "2026-11-03T10:00:00-05:00", **more: Any
) -> dict[str, Any]:
    ends = datetime.fromisoformat(start) + timedelta(minutes=50)
    return kit.run(
        "calendar.create", **({"summary": "Appointment", "start": start, "end": ends} | more)
    )


def agenda(kit: PracticeKit, **inputs: Any) -> list[dict[str, Any]]:
    result = kit.run("calendar.agenda", **inputs)
    assert result["stale"] == []
    return result["events"]


WEEKLY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:weekly@example.org
DTSTAMP:20261001T000000Z
DTSTART;TZID=America/New_York:20261020T100000
DTEND;TZID=America/New_York:20261020T105000
RRULE:FREQ=WEEKLY
SUMMARY:Weekly
X-OWN:kept
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()


def put(server: Any, name: str, data: bytes) -> None:
    async def act(calendar: CalDav) -> None:
        await calendar.put(await calendar.path(name), data, etag=None)

    run(access_to(server), server, act)


def test_a_new_event_is_on_the_agenda_with_its_title_time_and_place(kit: PracticeKit) -> None:
    receipt = create(kit, location="Room 2", busy=False)

    (event,) = agenda(kit, day="2026-11-03")
    assert (event["summary"], event["location"], event["busy"]) == ("Appointment", "Room 2", False)
    assert event["start"] == datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert event["start"].tzinfo.key == "America/New_York"
    assert event["key"] == receipt["key"] == receipt["uid"]
    assert event["minutes"] == 50
    assert receipt["warnings"] == []


@pytest.fixture
def asked(monkeypatch: Any) -> list[str]:
    """The methods of the requests that are sent."""
    methods: list[str] = []
    request = Connection.request

    async def noted(self: Connection, method: str, url: str, **more: Any) -> Any:
        methods.append(method)
        return await request(self, method, url, **more)

    monkeypatch.setattr(Connection, "request", noted)
    return methods


def test_a_calendar_is_looked_for_once(server: Any, tmp_path: Path, asked: list[str]) -> None:
    kit = made(server, tmp_path)
    agenda(kit, day="2026-11-03")
    assert asked == ["PROPFIND", "REPORT"]

    agenda(kit, day="2026-11-04")
    assert asked[2:] == ["REPORT"]


def test_a_calendar_that_is_no_longer_where_it_was_is_looked_for_anew(
    server: Any, tmp_path: Path, asked: list[str]
) -> None:
    kit = made(server, tmp_path)
    agenda(kit, day="2026-11-03")
    for copy in sources._copies.values():
        copy.collection = f"{server.calendar}gone/"
    asked.clear()

    agenda(kit, day="2026-11-03")
    assert asked == ["REPORT", "PROPFIND", "REPORT"]


def test_a_calendar_is_looked_for_anew_after_a_while(
    server: Any, tmp_path: Path, asked: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(caldav, "_FOUND_FOR", -1.0)
    kit = made(server, tmp_path)
    for _ in range(2):
        agenda(kit, day="2026-11-03")

    assert asked == ["PROPFIND", "REPORT"] * 2


def test_the_kinds_of_a_pass_share_one_reading_and_a_later_pass_reads_anew(
    kit: PracticeKit, asked: list[str]
) -> None:
    kinds = {one.name: one for one in dayhand_calendar.dayhand_event_kinds()}

    def read(*names: str) -> list[int]:
        now, context = kit.clock.now(), kit.context("calendar")
        spans = (now - timedelta(days=1), now + timedelta(days=3))
        asked.clear()
        return [len(asyncio.run(kinds[name].read(context, *spans))) for name in names]

    assert read("time_off", "session", "hold", "other") == [0, 0, 0, 0]
    assert asked.count("REPORT") == 1
    create(kit)
    assert read("session", "other") == [0, 1]
    assert asked == ["REPORT"]
    kit.clock.move(timedelta(minutes=5))
    assert read("other") == [1]
    assert asked == ["REPORT"]


def test_the_same_step_again_makes_no_second_event(kit: PracticeKit) -> None:
    first = create(kit)
    second = create(kit)

    assert second["uid"] == first["uid"]
    assert len(agenda(kit, day="2026-11-03")) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_number", range(1, 4))
def test_wherever_the_line_breaks_a_second_attempt_leaves_one_event(
    kit: PracticeKit, monkeypatch: Any, request_number: int, after: bool
) -> None:
    honest = Connection.request
    asked = 0

    async def breaking(self: Connection, method: str, url: str, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == request_number and not after:
            raise Interrupted("cut")
        reply = await honest(self, method, url, **more)
        if asked == request_number:
            raise Interrupted("cut")
        return reply

    monkeypatch.setattr(Connection, "request", breaking)
    with contextlib.suppress(Retryable):
        create(kit)
    monkeypatch.undo()
    create(kit)

    assert len(agenda(kit, day="2026-11-03")) == 1
    assert asked >= min(request_number, 2)


def test_a_broken_line_after_the_intent_is_no_certain_failure(
    kit: PracticeKit, monkeypatch: Any
) -> None:
    honest = Connection.request

    async def breaking(self: Connection, method: str, url: str, **more: Any) -> Any:
        reply = await honest(self, method, url, **more)
        if method == "PUT":
            raise Interrupted("the connection broke")
        return reply

    monkeypatch.setattr(Connection, "request", breaking)
    with pytest.raises(Retryable, match="calendar 'server': the connection broke") as failure:
        create(kit)

    assert not isinstance(failure.value, NotSent)


def test_another_event_in_the_place_of_the_new_one_is_not_overwritten(
    kit: PracticeKit, server: Any
) -> None:
    uid = create(kit)["uid"]
    run(access_to(server), server, _empty)
    put(server, f"{uid}.ics", WEEKLY)

    with pytest.raises(NotSent, match="another event is already at the place"):
        create(kit)


def test_a_telling_title_is_warned_of(kit: PracticeKit) -> None:
    receipt = create(kit, summary="Therapy session Alex Morgan")

    assert "session, therapy" in receipt["warnings"][0]
    assert "full name" in receipt["warnings"][1]


def test_a_moved_event_keeps_its_length_and_is_only_at_the_new_time(kit: PracticeKit) -> None:
    key = create(kit)["key"]

    receipt = kit.run("calendar.move", key=key, start="2026-11-04T14:00:00-05:00")

    assert receipt["change"] == "moved"
    assert agenda(kit, day="2026-11-03") == []
    (event,) = agenda(kit, day="2026-11-04")
    assert (f"{event['start']:%H:%M}", event["minutes"], event["key"]) == ("14:00", 50, key)


def test_one_occurrence_of_a_series_is_moved_and_another_cancelled(
    kit: PracticeKit, server: Any
) -> None:
    put(server, "weekly.ics", WEEKLY)
    first, second, third = agenda(kit, start="2026-10-27", end="2026-11-10")

    kit.run("calendar.move", key=second["key"], start="2026-11-05T09:00", end="2026-11-05T09:30")
    kit.run("calendar.cancel", key=third["key"])

    events = agenda(kit, start="2026-10-27", end="2026-11-17")
    assert [
        (f"{item['start']:%m-%d %H:%M}", item["minutes"], item["status"]) for item in events
    ] == [
        ("10-27 10:00", 50, "confirmed"),
        ("11-05 09:00", 30, "confirmed"),
        ("11-10 10:00", 50, "cancelled"),
        ("11-17 10:00", 50, "confirmed"),
    ]
    assert [item["key"] for item in events[:3]] == [first["key"], second["key"], third["key"]]


def test_what_is_not_known_here_stays_in_an_event_that_is_changed(
    kit: PracticeKit, server: Any
) -> None:
    put(server, "weekly.ics", WEEKLY)
    kit.run("calendar.cancel", key=agenda(kit, day="2026-11-03")[0]["key"])

    found = run(access_to(server), server, lambda calendar: calendar.find("weekly@example.org"))

    assert found is not None
    assert found.data.count(b"X-OWN:kept") == 2
    assert b"RRULE:FREQ=WEEKLY" in found.data


def test_a_series_is_not_moved_without_saying_which_occurrence(
    kit: PracticeKit, server: Any
) -> None:
    put(server, "weekly.ics", WEEKLY)

    with pytest.raises(UserError, match="is a series"):
        kit.run("calendar.move", key="weekly@example.org", start="2026-11-05T09:00:00-05:00")


def test_a_cancelled_event_stays_with_its_status_and_a_removed_one_goes(kit: PracticeKit) -> None:
    key = create(kit)["key"]

    assert kit.run("calendar.cancel", key=key)["change"] == "cancelled"
    assert [item["status"] for item in agenda(kit, day="2026-11-03")] == ["cancelled"]
    assert kit.run("calendar.cancel", key=key, delete=True)["change"] == "deleted"
    assert agenda(kit, day="2026-11-03") == []


def test_a_change_by_somebody_else_is_never_overwritten(
    kit: PracticeKit, server: Any, monkeypatch: Any
) -> None:
    key = create(kit)["key"]
    honest = CalDav.put

    async def late(self: CalDav, href: str, data: bytes, *, etag: str | None) -> str:
        there = await self.get(href)
        assert there is not None
        await honest(self, href, there.data.replace(b"Appointment", b"Changed"), etag=there.etag)
        return await honest(self, href, data, etag=etag)

    monkeypatch.setattr(CalDav, "put", late)
    with pytest.raises(NotSent, match="changed by somebody else; nothing was written") as failure:
        kit.run("calendar.move", key=key, start="2026-11-04T14:00:00-05:00")

    monkeypatch.undo()
    assert not failure.value.retryable
    assert [item["summary"] for item in agenda(kit, day="2026-11-03")] == ["Changed"]


def test_an_event_that_is_not_as_it_was_seen_is_not_touched(kit: PracticeKit) -> None:
    seen = create(kit)
    key = seen["key"]
    kit.run("calendar.move", key=key, start="2026-11-03T11:00:00-05:00")

    with pytest.raises(StepError, match="changed since it was last seen"):
        kit.run("calendar.cancel", key=key, etag=seen["etag"] or '"old"')


def test_confirm_tells_whether_an_event_was_made(kit: PracticeKit) -> None:
    step = kit.steps["calendar.create"]
    context = kit.context("calendar", step=step)
    starts = context.now
    asyncio.run(
        step.function(context, summary="Appointment", start=starts, end=starts + timedelta(hours=1))
    )
    (details,) = context.intents

    assert kit.confirm("calendar.create", details).happened is True
    kit.run("calendar.cancel", key=details["uid"], delete=True)
    assert kit.confirm("calendar.create", details).happened is False


def test_confirm_tells_whether_an_event_was_moved_or_cancelled(kit: PracticeKit) -> None:
    key = create(kit)["key"]
    for name, inputs in (
        (
            "calendar.move",
            {
                "start": datetime(2026, 11, 4, 14, tzinfo=UTC),
                "end": datetime(2026, 11, 4, 15, tzinfo=UTC),
            },
        ),
        ("calendar.cancel", {}),
        ("calendar.cancel", {"delete": True}),
    ):
        step = kit.steps[name]
        context = kit.context("calendar", step=step)
        original = CalDav.put, CalDav.delete
        asyncio.run(step.function(context, key=key, **inputs))
        (details,) = context.intents
        confirmation = kit.confirm(name, details)

        assert confirmation.happened is True, confirmation.reason
        assert original == (CalDav.put, CalDav.delete)


def test_confirm_says_no_where_the_event_is_as_before_and_asks_where_somebody_else_was(
    kit: PracticeKit,
) -> None:
    key = create(kit)["key"]
    found = run_find(kit, key)
    details = {
        "source": "server",
        "key": key,
        "uid": key,
        "href": found.href,
        "etag": found.etag,
        "delete": False,
    }
    times = {
        "start": datetime(2026, 11, 4, 14, tzinfo=UTC),
        "end": datetime(2026, 11, 4, 15, tzinfo=UTC),
    }

    assert kit.confirm("calendar.move", details | times).happened is False
    assert kit.confirm("calendar.cancel", details).happened is False
    kit.run("calendar.move", key=key, start="2026-11-03T12:00:00-05:00")
    assert kit.confirm("calendar.move", details | times).happened is None
    assert kit.confirm("calendar.cancel", details).happened is None


def run_find(kit: PracticeKit, uid: str) -> Any:
    from dayhand_calendar.targets import server_of

    async def inside() -> Any:
        context = kit.context("calendar")
        async with server_of(context, context.settings.sources[0]) as calendar:
            found = await calendar.find(uid)
            return await calendar.get(found.href)

    return asyncio.run(inside())


def test_a_dry_run_says_what_would_be_done_and_asks_no_server(
    kit: PracticeKit, server: Any
) -> None:
    preview = create(kit, dry_run=True)
    moved = kit.run("calendar.move", dry_run=True, key="x", start="2026-11-04T14:00:00-05:00")
    cancelled = kit.run("calendar.cancel", dry_run=True, key="x")

    assert preview.summary == "would put an event in 'server', Tue 2026-11-03 10:00–10:50"
    assert "would move an event" in moved.summary
    assert "would cancel an event" in cancelled.summary
    assert agenda(kit, day="2026-11-03") == []


@pytest.mark.parametrize("start", ["root", "calendar"])
def test_the_calendar_is_found_from_the_address_of_the_server_or_its_own(
    server: Any, start: str
) -> None:
    url = getattr(server, start)

    found = run(access_to(server), server, lambda calendar: calendar.collection(), url)

    assert found == server.calendar


def test_an_unknown_calendar_is_told_with_those_there_are(server: Any) -> None:
    with pytest.raises(Refusal, match="leads to 1 calendars") as failure:
        run(
            access_to(server),
            server,
            lambda calendar: calendar.collection(),
            server.root,
            "Private",
        )

    assert "there is" in failure.value.hint or "there are" in failure.value.hint


@pytest.mark.parametrize("server", ["radicale"], indirect=True)  # the other has no users
def test_a_wrong_password_is_told_as_such(server: Any, tmp_path: Path) -> None:
    kit = made(server, tmp_path)
    kit.secrets["CAL_PASSWORD"] = "wrong"

    with pytest.raises(StepError, match="does not accept the user name and password"):
        kit.run("calendar.agenda")
    with pytest.raises(NotSent, match="does not accept"):
        create(kit)


def test_c11_a_copy_is_equal_to_the_server_after_fifty_random_changes(
    server: Any, kit: PracticeKit
) -> None:
    chance = random.Random(26)
    copy = Copy()
    told: dict[str, bytes] = {}

    async def act(calendar: CalDav) -> None:
        for number in range(50):
            await one(calendar, number)
            if number % 10 == 9:
                await calendar.sync(copy)
                assert {
                    path: resource.data.count(b"SUMMARY:")
                    for path, resource in copy.resources.items()
                } == dict.fromkeys(told, 1)
                assert all(told[path] in resource.data for path, resource in copy.resources.items())
                assert not await calendar.sync(copy)

    async def one(calendar: CalDav, number: int) -> None:
        choice = chance.random()
        if choice < 0.5 or not told:
            href = await calendar.path(f"event {number} ü.ics")
            title = f"SUMMARY:Number {number}".encode()
            await calendar.put(href, event(f"n{number}", title), etag=None)
            told[href] = title
            return
        href = chance.choice(sorted(told))
        there = await calendar.get(href)
        assert there is not None
        if choice < 0.8:
            told[href] = f"SUMMARY:Changed {number}".encode()
            uid = there.data.split(b"UID:")[1].split(b"\r\n")[0].decode()
            await calendar.put(href, event(uid, told[href]), etag=there.etag)
        else:
            await calendar.delete(href, etag=there.etag)
            del told[href]

    run(access_to(server), server, act)


def event(uid: str, title: bytes) -> bytes:
    body = WEEKLY.replace(b"weekly@example.org", uid.encode()).replace(b"SUMMARY:Weekly", title)
    return body.replace(b"RRULE:FREQ=WEEKLY\r\n", b"")


POISON = WEEKLY.replace(b"weekly@example.org", b"poison").replace(
    b"FREQ=WEEKLY", b"FREQ=DAILY;INTERVAL=0"
)


def test_c09_a_series_that_hangs_the_server_costs_no_more_than_the_deadline(
    own_server: Any, tmp_path: Path
) -> None:
    put(own_server, "good.ics", event("good", b"SUMMARY:Good"))
    put(own_server, "poison.ics", POISON)
    kit = made(own_server, tmp_path)
    settings = kit.settings["calendar"]
    settings.limits.deadline = timedelta(seconds=4)

    begun = time.monotonic()
    result, message = outcome(kit)
    if message:  # a server with one thread is not heard of again
        assert "calendar 'server': the server did not answer in time" in message
    else:
        assert [item["uid"] for item in result["events"]] == ["good"]
        assert [(item["uid"], item["reason"][:8]) for item in result["skipped"]] == [
            ("poison", "INTERVAL")
        ]
    assert time.monotonic() - begun < 4 + 20  # less than the half minute it is unasked


def outcome(kit: PracticeKit) -> tuple[dict[str, Any], str]:
    try:
        return kit.run("calendar.agenda", day="2026-10-20"), ""
    except Retryable as error:
        return {}, error.message
