"""Old runs go by rule, after a report; the ledger, the audit log and whatever is open stay."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from tests_support.safety import tables

from dayhand.app import retention, runs
from dayhand.daemon.daemon import Daemon
from dayhand.daemon.housekeeping import Housekeeping, is_in_charge
from dayhand.model.ledger import Planned
from dayhand.model.retention import SIX_YEARS, Retention
from dayhand.model.run import EffectRecord, StepRecord

YEAR = timedelta(days=365)
QUIET = "steps:\n  - id: p\n    uses: act.people\n  - uses: act.echo\n    with: {value: 1}\n"
ASKS = "steps:\n  - id: ok\n    uses: person.approve\n    with: {title: Yes or no}\n"
SENDS = "steps:\n  - id: s\n    uses: act.send\n    with: {to: jane@client.example}\n"


def rule(bench, text="{runs: 400 days}"):
    file = bench.folder / "practice.yaml"
    file.write_text(file.read_text() + f"\nretention: {text}\n")
    bench.close()
    bench.fresh()


def ids(bench):
    return {run.id for run in bench.app.store.runs(limit=1000)}


def pruned(bench, policy=None):
    return sum(retention.prune_all(bench.app, policy or Retention(timedelta(days=400))))


def intended(bench, run):
    store, now = bench.app.store, bench.clock.now()
    held = store.claim(run.id, owner="here:1:1", lease=timedelta(minutes=5), now=now)
    effect = EffectRecord(f"k{run.id}", run.id, "s", "act.send", "intended", now)
    asyncio.run(store.intend(run.id, held.epoch, effect, StepRecord("s", "running")))
    return held


# What goes, and what stays --------------------------------------------------------------------------


def test_an_old_run_goes_with_all_that_belongs_to_it_and_a_young_one_stays(bench, say, told):
    old = [bench.run(QUIET) for _ in range(3)]
    bench.write("asks", ASKS)
    asked = runs.go_on(bench.app, runs.create(bench.app, "asks", inputs={}).id)
    (question,) = bench.app.store.questions()
    runs.answer(bench.app, question.id, {"approved": True, "note": "a note about somebody"})
    runs.go_on(bench.app, asked.id)
    bench.clock.move(2 * YEAR)
    young = bench.run(QUIET.replace("1", "2"), name="young")
    rule(bench)

    report = told("prune")
    assert (report["removed"], report["report"]["runs"]) == (0, 4)
    assert ids(bench) >= {run.id for run in old}
    assert "removed 4 runs" in say("prune", "--yes")

    left = tables(bench.app)
    left["audit"] = []  # whose entries name runs, and stay
    assert ids(bench) == {young.id}
    for run in (*old, asked):
        assert run.id not in json.dumps(left, default=str)
    assert "a note about somebody" not in json.dumps(left, default=str)
    assert len(left["run_steps"]) == 2
    assert [row[1] for row in left["texts"]] == ["young"]
    assert bench.app.store.audit(limit=1)[0].action == "prune"
    assert "4 runs that ended before 2027" in bench.app.store.audit(limit=1)[0].subject


def test_what_waits_is_in_doubt_is_asked_about_or_is_needed_never_goes(bench):
    waiting = bench.run(ASKS, name="waits")
    bench.write("sends", SENDS)
    doubt = runs.create(bench.app, "sends", inputs={})
    held = intended(bench, doubt)
    asyncio.run(
        bench.app.store.finish(doubt.id, held.epoch, state="cancelled", now=bench.clock.now())
    )
    queued = runs.create(bench.app, "sends", inputs={})
    failed = bench.run("steps:\n  - uses: act.crash\n", name="fails")
    retried = runs.retry(bench.app, failed.id)
    caller = bench.run(
        f"{ASKS}  - routine: inner\n", name="outer"
    ) if bench.write("inner", QUIET) else None  # fmt: skip
    bench.clock.move(20 * YEAR)

    report = retention.report(bench.app, Retention(timedelta(days=400)))
    assert pruned(bench) == report.runs == 0

    assert ids(bench) >= {r.id for r in (waiting, doubt, queued, failed, retried, caller)}
    assert report.kept == {"not ended": 4, "in doubt": 1, "needed by another": 1}


def test_a_run_that_ended_and_is_named_by_an_open_question_stays(bench):
    run = bench.run(ASKS)
    store, now = bench.app.store, bench.clock.now()
    held = store.claim(run.id, owner="here:1:1", lease=timedelta(minutes=5), now=now)
    asyncio.run(store.finish(run.id, held.epoch, state="cancelled", now=now))
    assert len(store.questions()) == 1
    bench.clock.move(20 * YEAR)

    assert pruned(bench) == 0
    assert retention.report(bench.app, Retention(timedelta(days=400))).kept == {
        "a question is open": 1
    }


def test_l09_what_was_sent_stays_six_years_and_the_audit_log_for_ever(bench):
    first = bench.run(SENDS)
    entries = len(bench.app.store.audit(limit=1000))
    gone = []
    for year in range(1, 8):
        bench.clock.move(timedelta(days=365.25))
        bench.run(QUIET)
        gone.append(pruned(bench, Retention(timedelta(days=30))))
        sent = bench.app.store.run(first.id)
        assert (sent is not None) == (year < 6 or year * timedelta(days=365.25) < SIX_YEARS)

    audit = bench.app.store.audit(limit=1000)
    print(
        f"L09: {sum(gone)} runs removed in seven years, {len(audit)} entries of the audit log kept"
    )
    assert sum(gone) == 7
    assert len(audit) == entries + 7 - gone.count(0)
    assert [e.action for e in audit][-1] == "send"
    assert bench.app.store.verify_audit() == []


def planned(key, moment, state="planned"):
    return Planned(key, "r", "cron", moment, key, "UTC", "2026", "d", ("moved",), state)


def test_the_ledgers_rows_stay_as_they_are(bench):
    bench.write("r", QUIET)
    store, now = bench.app.store, bench.clock.now()
    routine = bench.app.book.ready("r")
    closed, started = (runs.new_run(bench.app, routine, inputs={}, run_id=n) for n in ("a", "b"))
    store.write_ledger_now(
        lambda ledger: ledger.plan([planned("k1", now), planned("k2", now)], now)
    )
    for key, run in (("k1", closed), ("k2", started)):
        store.write_ledger_now(
            lambda ledger, k=key, r=run: ledger.start(k, r, routine.text, reason="on time", now=now)
        )
        runs.go_on(bench.app, run.id)
    store.write_ledger_now(lambda ledger: ledger.settle(now))
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM occurrences ORDER BY key").fetchall()
    store.write_now(
        lambda c: c.exec_driver_sql(
            "UPDATE occurrences SET state = 'started', reason = 'on time' WHERE key = 'k2'"
        )
    )
    bench.clock.move(2 * YEAR)

    assert pruned(bench) == 1
    store.write_ledger_now(lambda ledger: ledger.settle(now))

    assert ids(bench) == {"b"}
    with store.read() as connection:
        after = connection.exec_driver_sql("SELECT * FROM occurrences ORDER BY key").fetchall()
    assert [tuple(row) for row in after] == [tuple(row) for row in rows]


def test_it_goes_in_small_batches_each_with_its_entry(bench, monkeypatch):
    for _ in range(7):
        bench.run(QUIET)
    bench.clock.move(2 * YEAR)
    monkeypatch.setattr(retention, "BATCH", 3)

    batches = list(retention.prune_all(bench.app, Retention(timedelta(days=400))))

    assert batches == [3, 3, 1]
    assert [e.subject[:6] for e in bench.app.store.audit(limit=3)] == ["1 runs", "3 runs", "3 runs"]


def test_the_last_write_ahead_log_holds_nothing_of_it_either(bench):
    bench.run(QUIET)
    bench.clock.move(2 * YEAR)

    pruned(bench)

    log = bench.folder / ".dayhand" / "dayhand.db-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_the_command_says_what_is_wrong(bench, say):
    assert "says nothing of how long" in say("prune", code=2)
    assert "contradict" in say("prune", "--yes", "--dry-run", code=2)
    assert "shorter than a day" in say("prune", "--older-than", "2 hours", code=2)
    assert "not a length" in say("prune", "--older-than", "soon", code=2)
    bench.fresh().store.close()
    assert "0 runs that ended before" in say("prune", "--older-than", "60 days")


def listening():
    """What is said of retention, and who listens."""
    said = []
    return said, lambda line: said.append(line) if "the week past" not in line else None


# The daemon -----------------------------------------------------------------------------------------


def test_the_daemon_announces_a_rule_waits_a_day_and_then_removes(bench):
    bench.run(QUIET)
    bench.clock.move(2 * YEAR)
    rule(bench)
    said, say_it = listening()
    house = Housekeeping(bench.app, "me", say_it)

    assert asyncio.run(house.look()) == 0
    bench.clock.move(timedelta(hours=23))
    assert asyncio.run(house.look()) == 0
    assert len(ids(bench)) == 1
    bench.clock.move(timedelta(hours=2))
    assert asyncio.run(Housekeeping(bench.app, "me", say_it).look()) == 1

    assert ids(bench) == set()
    assert "1 runs are older and go from 2028-11-24 17:00 UTC on" in said[0]
    assert said[1:] == ["1 old runs were removed (retention in practice.yaml)"]


def test_a_changed_rule_is_announced_anew(bench):
    said, say_it = listening()
    rule(bench)
    asyncio.run(Housekeeping(bench.app, "me", say_it).look())
    bench.clock.move(timedelta(days=2))
    file = bench.folder / "practice.yaml"
    file.write_text(file.read_text().replace("400 days", "300 days"))
    bench.fresh()

    asyncio.run(Housekeeping(bench.app, "me", say_it).look())

    assert len(said) == 2


def test_without_a_rule_nothing_goes(bench):
    bench.run(QUIET)
    bench.clock.move(20 * YEAR)

    assert asyncio.run(Housekeeping(bench.app, "me").look()) == 0
    assert len(ids(bench)) == 1


def test_the_head_of_the_audit_log_is_noted_once_a_day(bench):
    from dayhand.app import audit_notes

    for hours in (0, 1, 22, 2):
        bench.clock.move(timedelta(hours=hours))
        bench.app.note("edit", "C-1")
        asyncio.run(Housekeeping(bench.app, "me").look())  # as each tick of cron does

    assert [head.n for head in audit_notes.noted(bench.app)] == [1, 4]


def test_only_who_runs_the_practice_keeps_house(bench):
    async def turn(daemon):
        return await daemon.take_lease()

    first, second = Daemon(bench.app, owner="here:1:1"), Daemon(bench.app, owner="there:2:2")
    assert asyncio.run(turn(first))
    assert (is_in_charge(bench.app, first.owner), is_in_charge(bench.app, second.owner)) == (
        True,
        False,
    )
    bench.clock.move(timedelta(minutes=2))
    assert not is_in_charge(bench.app, first.owner)


def test_who_takes_its_place_a_moment_later_keeps_house_soon(bench, monkeypatch):
    """As after a sleep, in which its place lapsed."""
    from dayhand.daemon import housekeeping

    asked, looked = [], asyncio.Event()

    async def look(_):
        looked.set()

    monkeypatch.setattr(housekeeping, "FIRST", timedelta(0))
    monkeypatch.setattr(housekeeping, "is_in_charge", lambda *_: asked.append(1) or len(asked) > 1)
    monkeypatch.setattr(Housekeeping, "look", look)

    async def some():
        task = asyncio.get_running_loop().create_task(Housekeeping(bench.app, "me").live())
        async with asyncio.timeout(60):  # and not an hour
            await looked.wait()
        task.cancel()

    asyncio.run(some())

    assert len(asked) == 2


def test_a_bug_is_told_and_housekeeping_goes_on(bench, monkeypatch, caplog):
    from dayhand.daemon import housekeeping

    looks = []

    async def fail(_):
        looks.append(1)
        raise KeyError("a bug")

    monkeypatch.setattr(housekeeping, "FIRST", timedelta(0))
    monkeypatch.setattr(housekeeping, "EVERY", timedelta(0))
    monkeypatch.setattr(housekeeping, "is_in_charge", lambda *_: True)
    monkeypatch.setattr(Housekeeping, "look", fail)

    async def some():
        task = asyncio.get_running_loop().create_task(Housekeeping(bench.app, "me").live())
        while len(looks) < 3:
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(some())

    assert any("stopped on a bug" in r.message for r in caplog.records)


def test_trouble_is_told_once_and_housekeeping_goes_on(bench, monkeypatch, caplog):
    from dayhand.daemon import housekeeping
    from dayhand.errors import StoreError

    looks = []

    async def fail(_):
        looks.append(1)
        raise StoreError("the disk is full")

    monkeypatch.setattr(housekeeping, "FIRST", timedelta(0))
    monkeypatch.setattr(housekeeping, "EVERY", timedelta(0))
    monkeypatch.setattr(housekeeping, "is_in_charge", lambda *_: True)
    monkeypatch.setattr(Housekeeping, "look", fail)

    async def some():
        task = asyncio.get_running_loop().create_task(Housekeeping(bench.app, "me").live())
        while len(looks) < 5:
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(some())

    assert [r.message for r in caplog.records].count(
        "housekeeping: the disk is full; trying again in an hour"
    ) == 1


# The setting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("{runs: 10 days}", (19, "10 days"), "retention-too-short"),
        ("{runs: 60 days, sent: 5 weeks}", (34, "5 weeks"), "retention-too-short"),
        ("{runs: soon}", (19, "soon"), "bad-duration"),
        ("{sent: 2200 days}", None, "missing-key"),
        ("{runs: 60 days, kept: 1 day}", None, "unknown-key"),
        ("400 days", None, "wrong-type"),
    ],
)
def test_a_wrong_rule_is_told_at_the_character_and_removes_nothing(bench, text, place, code):
    rule(bench, text)

    checked = bench.app.checked_practice
    (problem,) = checked.problems

    assert problem.code == code
    assert place is None or problem.mark.column == place[0]
    assert checked.retention.runs is None


def test_a_right_rule_is_read(bench):
    rule(bench, "{runs: 52 weeks, sent: 3000 days}")

    assert bench.app.checked_practice.problems == ()
    assert bench.app.checked_practice.retention == Retention(
        timedelta(weeks=52), timedelta(days=3000)
    )
