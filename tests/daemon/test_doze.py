"""When the daemon leaves but a lookout, what it hands over, and that it goes on from there as if it had stayed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from dayhand.app import runs
from dayhand.app.calendars import calendars_of
from dayhand.daemon import doze
from dayhand.daemon.doze import LONGEST, SETTLED, Doze, resume
from dayhand.daemon.housekeeping import Housekeeping
from dayhand.daemon.rest import READY
from dayhand.model.ledger import Pause
from dayhand.runner.owner import this_process

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SEVEN = 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.noop\n'
ASKS = """\
triggers:
  - cron: "0 7 * * *"
steps:
  - uses: person.approve
    with: {title: Go on?, remind_every: 15 minutes}
"""


class Dozing:
    """A daemon at six in the morning, turning every five seconds, that may doze."""

    def __init__(self, house, *, possible=True):
        house.set_clock("2026-06-09T06:00-04:00")
        self.house = house
        self.daemon = house.daemon
        self.housekeeping = Housekeeping(house.bench.app, self.daemon.owner)
        self.housekeeping.due_at = house.now + timedelta(hours=2)
        self.doze = Doze(self.daemon, self.housekeeping, log="text", possible=possible)
        self.moment = None

    def turn(self, length, act=None):
        """Turn for so long, or until it may doze; how long it took, None if it may not."""

        async def turned():
            self.daemon._rest.listen()
            try:
                return await until_it_may()
            finally:
                self.daemon._rest.close()

        async def until_it_may():
            begun = self.house.now
            while self.house.now - begun < length:
                await self.daemon._turn()
                await self.daemon.wait_for_runs()
                await asyncio.sleep(0)
                if self.doze.is_time():
                    return self.house.now - begun
                self.house.clock.move(5 * SECOND)
                if act is not None:
                    act()
            return None

        return asyncio.run(turned())


@pytest.fixture
def dozing(house):
    return Dozing(house)


def test_it_leaves_once_there_was_nothing_to_do_for_a_while_and_comes_back_before_it_is_due(dozing):
    dozing.house.bench.write("r", SEVEN)
    dozing.house.set_clock("2026-06-09T06:53-04:00")

    took = dozing.turn(3 * MINUTE)

    assert SETTLED <= took <= MINUTE
    assert dozing.doze.until == datetime.fromisoformat("2026-06-09T07:00-04:00") - READY


def test_it_comes_back_after_ten_minutes_whatever_is_due(dozing):
    dozing.turn(3 * MINUTE)
    assert dozing.doze.until == dozing.house.now + LONGEST


def test_it_comes_back_to_keep_house(dozing):
    dozing.housekeeping.due_at = dozing.house.now + 5 * MINUTE
    dozing.turn(3 * MINUTE)
    assert dozing.doze.until == dozing.housekeeping.due_at


def test_for_less_than_two_minutes_it_stays(dozing):
    dozing.house.bench.write("r", SEVEN)
    dozing.house.set_clock("2026-06-09T06:57:40-04:00")
    assert dozing.turn(MINUTE) is None


def test_not_possible_it_stays(house):
    assert Dozing(house, possible=False).turn(3 * MINUTE) is None


@pytest.mark.parametrize("executable", ["/nowhere/python", "/bin/false"])
def test_where_this_python_does_not_find_the_lookout_it_stays(house, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    dozing = Dozing(house)
    assert dozing.turn(3 * MINUTE) is None
    monkeypatch.undo()
    assert dozing.turn(MINUTE) is None  # it is not tried again and again


def test_while_packages_are_installed_it_stays_and_then_looks_whether_there_is_a_lookout(
    dozing, monkeypatch, tmp_path
):
    found, now = [], dozing.house.now.timestamp()
    monkeypatch.setattr(doze, "INSTALLATION", tmp_path)
    monkeypatch.setattr(doze, "_can_be_begun", lambda: found.append(1) or len(found) < 2)
    os.utime(tmp_path, (now - 60, now - 60))
    assert dozing.turn(3 * MINUTE) is not None
    assert dozing.doze.is_time()
    assert len(found) == 1

    now = dozing.house.now.timestamp()
    os.utime(tmp_path, (now, now))  # by an older one, which has none
    assert not dozing.doze.is_time()
    dozing.house.clock.move(11 * SECOND)
    assert not dozing.doze.is_time()
    assert len(found) == 2


def test_where_the_lookout_by_now_is_of_another_form_it_stays(house, monkeypatch):
    monkeypatch.setattr("dayhand.daemon.doze.FORM", 999)
    assert Dozing(house).turn(3 * MINUTE) is None


def test_where_memory_cannot_be_handed_over_it_stays(house, monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    assert Dozing(house).turn(3 * MINUTE) is None


def test_an_open_question_brings_it_back_for_the_reminder(dozing):
    dozing.house.bench.write("r", ASKS)
    dozing.turn(10 * SECOND)
    dozing.house.set_clock("2026-06-09T07:00-04:00")
    (took, (question,)) = dozing.turn(5 * MINUTE), dozing.house.bench.app.store.questions()
    assert took is not None
    while dozing.doze.until - dozing.house.now >= LONGEST:
        dozing.house.set_clock(dozing.doze.until)
        dozing.turn(5 * MINUTE)
    assert dozing.doze.until == question.asked_at + 15 * MINUTE


def test_the_end_of_a_pause_brings_it_back(dozing):
    app, until = dozing.house.bench.app, dozing.house.now + 8 * MINUTE
    app.store.write_ledger_now(
        lambda ledger: ledger.pause(Pause("r", dozing.house.now, until=until))
    )
    dozing.turn(3 * MINUTE)
    assert dozing.doze.until == until - READY


def test_a_pause_that_ends_is_acted_on_at_its_end(dozing):
    house, until = dozing.house, datetime.fromisoformat("2026-06-09T07:08-04:00")
    house.bench.write("r", SEVEN)
    house.bench.app.store.write_ledger_now(
        lambda ledger: ledger.pause(Pause("", dozing.house.now, until=until))
    )
    dozing.turn(10 * SECOND)
    house.set_clock("2026-06-09T07:06:30-04:00")

    dozing.turn(2 * MINUTE)

    (run,) = house.runs()
    assert timedelta(0) <= run.created_at - until <= 5 * SECOND


def break_routine(dozing):
    (dozing.house.bench.folder / "routines" / "bad.yaml").write_text("routine: bad\nsteps: 1\n")


def break_settings(dozing):
    path = dozing.house.bench.folder / "practice.yaml"
    dozing.turn(10 * SECOND)
    path.write_text(path.read_text() + "nonsense: [\n")


def set_back(dozing):
    dozing.turn(10 * SECOND)
    dozing.house.clock.move(-30 * MINUTE)


def stand_by(dozing):
    dozing.house.bench.app.store.write_ledger_now(
        lambda ledger: ledger.take_lease(
            "daemon", "elsewhere:1:2", length=timedelta(days=1), now=dozing.house.now
        )
    )


def leave_untold(dozing):
    way = SimpleNamespace(name="x")
    later = dozing.house.now + timedelta(hours=1)
    dozing.daemon._notices._queue.append(SimpleNamespace(way=way, due=later))


def run_elsewhere(dozing):
    """As in a terminal, where it may be killed without a word."""
    bench = dozing.house.bench
    bench.write("r", "steps:\n  - uses: act.noop\n")
    run, day = runs.create(bench.app, "r", inputs={}), timedelta(days=1)
    bench.app.store.claim(run.id, owner=this_process(), lease=day, now=dozing.house.now)


def fail_to_keep_house(dozing):
    dozing.housekeeping._trouble = "no backup could be made"


@pytest.mark.parametrize(
    "unsettle",
    [
        break_routine,
        break_settings,
        set_back,
        stand_by,
        leave_untold,
        run_elsewhere,
        fail_to_keep_house,
    ],
    ids=lambda act: act.__name__,
)
def test_it_stays_while_anything_is_unsettled(dozing, unsettle):
    unsettle(dozing)
    assert dozing.turn(5 * MINUTE) is None


def test_a_calendar_that_cannot_be_read_does_not_keep_it_and_is_told_once(dozing, caplog):
    text = "triggers:\n  - before: visit\n    offset: 1 hour\nsteps:\n  - uses: act.noop\n"
    dozing.house.bench.write("r", text)  # no plugin knows visits
    why = "no plugin knows events of the kind 'visit'"

    for _ in range(3):
        assert dozing.turn(3 * MINUTE) is not None
        assert dozing.doze.told(7)["unread"] == {"visit": why}
        assert dozing.doze.until - dozing.house.now <= 5 * MINUTE
        dozing.house.doze(lambda: dozing.house.clock.move(5 * MINUTE))
        dozing.daemon = dozing.house.daemon
        dozing.doze = Doze(dozing.daemon, dozing.housekeeping, log="text", possible=True)

    assert sum(why in line for line in caplog.messages) == 1


def test_holidays_that_are_not_known_keep_it(dozing, monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)  # as if it were not installed
    dozing.house.bench.write("r", SEVEN.replace('* * *"', '* * *"\n    skip_on: [public_holiday]'))
    assert dozing.turn(3 * MINUTE) is None


def test_it_leaves_once_what_was_wrong_is_mended(dozing):
    path = dozing.house.bench.folder / "practice.yaml"
    text = path.read_text()
    break_settings(dozing)
    assert dozing.turn(MINUTE) is None
    path.write_text(text)
    assert dozing.turn(3 * MINUTE) is not None


# What is handed over ------------------------------------------------------------------------------


def handed(dozing):
    assert dozing.turn(3 * MINUTE) is not None
    return json.loads(json.dumps(dozing.doze.told(7)))


def test_what_is_handed_over(dozing):
    app = dozing.house.bench.app
    path, key = app.store.file

    told = handed(dozing)

    assert told == {
        "command": sys.orig_argv, "owner": dozing.daemon.owner, "epoch": 1, "log": "text", "unread": {},
        "until": (dozing.house.now + LONGEST).timestamp(), "seen": dozing.house.now.timestamp(),
        "mark": app.store.mark(), "status": dozing.daemon.supervisor.status,
        "database": str(path), "key": key.hex(), "practice": (app.folder / "practice.yaml").read_text(),
        "housekeeping": dozing.housekeeping.due_at.timestamp(), "descriptors": [7],
    }  # fmt: skip


@pytest.mark.parametrize(("why", "settles"), [("due", False), ("files", True), ("slept", True)])
def test_who_comes_back_goes_on_as_before(dozing, why, settles):
    house, told = dozing.house, handed(dozing)
    house.bench.app.close()
    house.bench.fresh()
    house.told.clear()
    daemon = house.daemon = house.new_daemon(told["owner"])
    keeps = Housekeeping(house.bench.app, daemon.owner)
    doze = Doze(daemon, keeps, log="text", possible=True)

    resume({**told, "why": why}, daemon, keeps, doze)
    house.look()

    assert house.told == []  # neither a takeover, nor routines that are no news
    assert daemon.lease.epoch == 1
    assert keeps.due_at == dozing.housekeeping.due_at
    assert daemon._woken_by == why
    assert (doze.settled == SETTLED) == settles


def test_who_comes_back_for_nothing_leaves_again_at_once(dozing):
    house, told = dozing.house, handed(dozing)
    house.bench.app.close()
    house.bench.fresh()
    house.daemon = dozing.daemon = house.new_daemon(told["owner"])
    dozing.doze = Doze(dozing.daemon, dozing.housekeeping, log="text", possible=True)

    resume({**told, "why": "due"}, dozing.daemon, dozing.housekeeping, dozing.doze)

    assert dozing.turn(3 * MINUTE) <= 10 * SECOND


def test_a_clock_that_was_set_back_meanwhile_is_waited_for(dozing):
    house, told = dozing.house, handed(dozing)
    house.bench.write("r", 'triggers:\n  - cron: "* * * * *"\nsteps:\n  - uses: act.noop\n')
    house.restart()
    house.clock.move(-20 * MINUTE)

    resume({**told, "why": "clock"}, house.daemon, dozing.housekeeping, dozing.doze)

    assert house.look() == []
    assert house.told[-1] == "the clock is 20 min behind: nothing is started until it has caught up"


def test_a_file_that_an_editor_replaces_as_it_comes_back_is_not_gone(dozing):
    house = dozing.house
    file = house.bench.write("r", SEVEN)
    assert dozing.turn(3 * MINUTE) is not None
    (row,) = (row for row in house.rows("r") if row.planned.nominal == "2026-06-09T07:00")
    away = file.with_name("away")

    house.doze(lambda: file.rename(away), woken_by="files")
    asyncio.run(house.pass_once())
    assert row in house.rows("r")
    away.rename(file)
    house.look()

    assert row in house.rows("r")
    house.doze(file.unlink, woken_by="files")
    house.look()
    house.look()
    assert {row.state for row in house.rows("r")} == {"superseded"}


def comes_back_to(dozing, zone):
    """The daemon that comes back, and looks, after the zone of the settings was edited meanwhile."""
    house, told = dozing.house, handed(dozing)
    edit(dozing, "America/New_York", zone)
    house.restart()
    house.told.clear()
    house.bench.app.begin_with(told["practice"].encode())
    resume({**told, "why": "files"}, house.daemon, dozing.housekeeping, dozing.doze)
    house.look()
    return house


def edit(dozing, old, new):
    path = dozing.house.bench.folder / "practice.yaml"
    path.write_text(path.read_text().replace(old, new))


def test_settings_with_mistakes_do_not_keep_it_from_coming_back(dozing):
    house = comes_back_to(dozing, "America/Nowhere")

    assert house.bench.app.info.timezone == "America/New_York"
    assert [line for line in house.told if "the last good one stays" in line]
    edit(dozing, "America/Nowhere", "America/Chicago")
    house.look()
    assert house.bench.app.info.timezone == "America/Chicago"


def test_settings_edited_meanwhile_are_read_and_told(dozing):
    house = comes_back_to(dozing, "America/Chicago")

    assert house.told == ["practice.yaml: changed, and read again"]
    assert house.bench.app.info.timezone == "America/Chicago"
    assert calendars_of(house.bench.app, house.daemon.happenings.time_off)
