"""What every store does, on an encrypted file and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import shutil
import threading
import time
import warnings
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dayhand.errors import Fenced, StepMisuse, StoreBusy, StoreError, UserError
from dayhand.model.ledger import Planned
from dayhand.model.run import Attempt, EffectRecord, ErrorRecord, Question, Run, StepRecord
from dayhand.steps.context import Kept
from dayhand.store import kept, open_store, pruning
from dayhand.store.audit import Chosen
from dayhand.store.figures import figures
from dayhand.store.holding import Held, hold
from dayhand.testing import FrozenClock
from dayhand.values import SensitiveStr

NOW = datetime(2026, 11, 2, 14, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
KEY = bytes(range(32))


# Two stores -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        from tests_support import postgres

        running = postgres.start(tmp_path_factory.mktemp("pg"))
    yield running
    running.cleanup()


@pytest.fixture(scope="session")
def fresh_database(server):
    """Gives the address of an empty database with today's tables, copied from a template."""
    import sqlalchemy

    address = server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    admin = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
    numbers = itertools.count()

    def make(*, template="dayhand_template"):
        name = f"practice_{next(numbers)}"
        with admin.connect() as connection:
            connection.exec_driver_sql(
                f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")
            )
        return server.get_uri(database=name)

    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE dayhand_template")
    open_store(server.get_uri(database="dayhand_template"), key=None, create=True).close()
    yield make
    admin.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("template") / "store.db"
    open_store(file, key=KEY, create=True).close()
    return file


@pytest.fixture(params=["file", "server"])
def place(request, tmp_path):
    """Where a store with today's tables is, and its key."""
    if request.param == "server":
        return request.getfixturevalue("fresh_database")(), None
    file = tmp_path / "store.db"
    shutil.copy(request.getfixturevalue("migrated_file"), file)
    return file, KEY


@pytest.fixture
def store(place):
    with open_store(place[0], key=place[1], clock=FrozenClock(NOW)) as opened:
        yield opened


# Made-up records ------------------------------------------------------------------------------------


def a_run(run_id="run-1", **changes):
    fields = {
        "routine": "monthly-billing",
        "digest": "d1",
        "scheduled_for": NOW,
        "timezone": "America/New_York",
        "created_at": NOW,
    }
    return Run(run_id, **(fields | changes))


def claimed(store, run_id="run-1", **changes):
    store.create_run(a_run(run_id, **changes), "routine: monthly-billing")
    return store.claim(run_id, owner="here:1:1", lease=LEASE, now=NOW)


def done(path="pdf", **changes):
    fields = {"uses": "billing.render", "started_at": NOW, "ended_at": NOW + MINUTE, "attempts": 1}
    return StepRecord(path, "done", **(fields | changes))


def an_effect(key="k1", run_id="run-1", path="send", state="intended", **changes):
    return EffectRecord(key, run_id, path, "email.send", state, NOW, {"to": "x"}, **changes)


def a_question(question_id="q1", run_id="run-1", path="review", **changes):
    fields = {"kind": "approval", "title": "3 invoices", "asked_at": NOW}
    return Question(question_id, run_id, path, **(fields | changes))


def checkpoint(store, *args, **named):
    asyncio.run(store.checkpoint(*args, **named))


async def together(*calls):
    """Await all; the exceptions are results."""
    return await asyncio.gather(*calls, return_exceptions=True)


def rows_of(store, statement):
    with store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


# Runs -----------------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was_kept(store):
    run = a_run(
        title="Monthly billing",
        reason="held",
        trigger="cron 0 9 1 * *",
        state="waiting",
        inputs={"month": "2026-10", "rate": Decimal("1.50"), "client": SensitiveStr("Ann")},
        started_at=NOW + MINUTE,
        ended_at=NOW + 2 * MINUTE,
        epoch=3,
        owner="there:2:2",
        lease_until=NOW + LEASE,
        wake_at=NOW + 3 * MINUTE,
        parent="run-0",
        retry_of="run-00",
    )

    store.create_run(run, "text")

    assert store.run("run-1") == run
    assert isinstance(store.run("run-1").inputs["client"], SensitiveStr)


def test_a_moment_in_another_zone_is_the_same_moment(store):
    local = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))
    store.create_run(a_run(scheduled_for=local), "text")

    assert store.run("run-1").scheduled_for == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_run_that_is_not_there_is_none(store):
    assert store.run("nope") is None


def test_the_text_of_a_run_is_kept_once_and_given_back(store):
    store.create_run(a_run("run-1"), "routine: monthly-billing\n")
    store.create_run(a_run("run-2"), "routine: monthly-billing\n")

    assert store.text("d1") == "routine: monthly-billing\n"
    with pytest.raises(StoreError, match="text d2 is not"):
        store.text("d2")


def test_a_run_id_is_taken_once(store):
    store.create_run(a_run(), "text")

    with pytest.raises(StoreError, match="already a run run-1"):
        store.create_run(a_run(), "text")


def test_a_claim_takes_the_lease_and_a_new_epoch(store):
    store.create_run(a_run(wake_at=NOW), "text")

    run = store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW)

    assert (run.state, run.epoch, run.owner) == ("running", 1, "here:1:1")
    assert (run.started_at, run.lease_until, run.wake_at) == (NOW, NOW + LEASE, None)
    assert store.run("run-1") == run


def test_a_claim_later_keeps_when_the_run_began(store):
    claimed(store)

    run = store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW + MINUTE)

    assert (run.epoch, run.started_at) == (2, NOW)


def test_a_live_lease_of_another_is_respected_and_named(store):
    claimed(store)

    with pytest.raises(StoreBusy, match="here:1:1"):
        store.claim("run-1", owner="there:2:2", lease=LEASE, now=NOW + MINUTE)
    assert store.run("run-1").epoch == 1


def test_a_lapsed_lease_is_taken_over(store):
    claimed(store)

    assert store.claim("run-1", owner="there:2:2", lease=LEASE, now=NOW + LEASE).epoch == 2


def test_the_lease_of_an_owner_known_dead_is_not_waited_out(store):
    claimed(store)

    run = store.claim(
        "run-1", owner="b:2:2", lease=LEASE, now=NOW, stale=lambda owner: owner == "here:1:1"
    )

    assert (run.epoch, run.owner) == (2, "b:2:2")


def test_a_run_that_has_ended_or_never_was_cannot_be_claimed(store):
    claimed(store)
    asyncio.run(store.finish("run-1", 1, state="done", now=NOW))

    with pytest.raises(UserError, match="already ended as done"):
        store.claim("run-1", owner="b", lease=LEASE, now=NOW)
    with pytest.raises(UserError, match="no run 'run-2'"):
        store.claim("run-2", owner="b", lease=LEASE, now=NOW)


def test_of_many_claims_at_once_one_wins(place):
    address, key = place
    stores = [open_store(address, key=key) for _ in range(4)]
    stores[0].create_run(a_run(), "text")
    won, lost = [], []

    def claim(number):
        try:
            won.append(stores[number].claim("run-1", owner=f"o{number}", lease=LEASE, now=NOW))
        except StoreBusy:
            lost.append(number)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()

    assert (len(won), len(lost), won[0].epoch) == (1, 3, 1)


def test_a_lease_is_renewed_by_its_holder_only(store):
    claimed(store)
    asyncio.run(store.renew("run-1", 1, lease=LEASE, now=NOW + MINUTE))

    assert store.run("run-1").lease_until == NOW + MINUTE + LEASE
    with pytest.raises(Fenced):
        asyncio.run(store.renew("run-1", 2, lease=LEASE, now=NOW))


def test_a_run_that_ends_lets_go_of_its_lease(store):
    claimed(store)

    asyncio.run(store.finish("run-1", 1, state="failed", reason="no paper", now=NOW + MINUTE))

    run = store.run("run-1")
    assert (run.state, run.reason, run.ended_at) == ("failed", "no paper", NOW + MINUTE)
    assert (run.owner, run.lease_until) == ("", None)


def test_a_run_that_waits_lets_go_too_and_has_not_ended(store):
    claimed(store)

    asyncio.run(store.finish("run-1", 1, state="waiting", now=NOW, wake_at=NOW + MINUTE))

    run = store.run("run-1")
    assert (run.state, run.ended_at, run.owner) == ("waiting", None, "")
    assert run.wake_at == NOW + MINUTE


def test_only_the_holder_ends_a_run_and_only_once(store):
    claimed(store)

    with pytest.raises(Fenced):
        asyncio.run(store.finish("run-1", 0, state="done", now=NOW))
    asyncio.run(store.finish("run-1", 1, state="done", now=NOW))
    asyncio.run(store.finish("run-1", 1, state="done", now=NOW))
    with pytest.raises(StoreError, match="already ended as done"):
        asyncio.run(store.finish("run-1", 1, state="failed", now=NOW))


def test_a_run_is_found_by_id_by_beginning_and_as_the_last(store):
    for run_id in ("run-a1", "run-a2", "run-b1"):
        store.create_run(a_run(run_id), "text")

    assert store.find_run("run-a1").id == "run-a1"
    assert store.find_run("run-b").id == "run-b1"
    assert store.find_run("last").id == "run-b1"


def test_an_id_that_is_the_beginning_of_another_is_found(store):
    store.create_run(a_run("run-a"), "text")
    store.create_run(a_run("run-ab"), "text")

    assert store.find_run("run-a").id == "run-a"


@pytest.mark.parametrize("text", ["", "x", "last"])
def test_a_run_not_found_is_said(store, text):
    with pytest.raises(UserError, match="no run"):
        store.find_run(text)


def test_a_beginning_of_several_ids_is_refused_with_two_of_them(store):
    store.create_run(a_run("run-a1"), "text")
    store.create_run(a_run("run-a2"), "text")

    with pytest.raises(UserError, match="several") as raised:
        store.find_run("run-a")
    assert "run-a1 and run-a2" in raised.value.hint


def test_runs_are_listed_newest_first_page_by_page(store):
    for number in range(5):
        store.create_run(a_run(f"run-{number}"), "text")

    assert [run.id for run in store.runs(limit=2)] == ["run-4", "run-3"]
    assert [run.id for run in store.runs(limit=2, before="run-3")] == ["run-2", "run-1"]


def test_runs_are_listed_by_routine_and_state(store):
    store.create_run(a_run("run-1"), "text")
    store.create_run(a_run("run-2", state="failed"), "text")
    store.create_run(a_run("run-3", routine="agenda", state="failed"), "text")

    assert [run.id for run in store.runs(state="failed")] == ["run-3", "run-2"]
    assert [run.id for run in store.runs(routine="monthly-billing")] == ["run-2", "run-1"]
    assert [run.id for run in store.runs(routine="agenda", state="queued")] == []


def test_ids_and_moments_are_in_byte_order(store):
    for run_id in ("a", "B", "_", "Z9"):
        store.create_run(a_run(run_id), "text")

    assert [run.id for run in store.runs()] == sorted(("a", "B", "_", "Z9"), reverse=True)


# Checkpoints ----------------------------------------------------------------------------------------


def test_a_checkpoint_comes_back_with_its_values(store):
    claimed(store)
    output = {
        "total": Decimal("12.50"),
        "day": date(2026, 11, 1),
        "names": [SensitiveStr("Ann"), None, True, 3],
        "text": "Zoë \u2028 \x00 'quoted' ? %s",
    }
    step = done(output=output, reason="fine")

    checkpoint(store, "run-1", 1, step)

    assert store.steps("run-1") == [step]
    assert isinstance(store.steps("run-1")[0].output["names"][0], SensitiveStr)


@pytest.mark.parametrize("output", [None, "", "None", {}, [], 0, False, {"a": None}], ids=repr)
def test_what_a_step_gave_comes_back_as_it_was_even_if_it_is_nothing(store, output):
    run = claimed(store)
    begun = StepRecord("later", "running", "value.set")
    checkpoint(store, run.id, run.epoch, done(output=output))
    checkpoint(store, run.id, run.epoch, begun)

    kept, other = store.steps(run.id)
    assert (kept, type(kept.output)) == (done(output=output), type(output))
    assert other == begun
    nothing = (
        "SELECT count(*) FROM run_steps WHERE '' IN (output, error, started_at, ended_at, inputs)"
    )
    assert rows_of(store, nothing) == [(0,)]


def test_a_failed_step_comes_back_with_its_error(store):
    claimed(store)
    step = StepRecord(
        "send", "failed", "email.send", error=ErrorRecord("NotSent", "refused", "ask", "a.yaml:3")
    )

    checkpoint(store, "run-1", 1, step)

    assert store.steps("run-1") == [step]


@pytest.mark.parametrize(
    "inputs",
    [
        None, {}, {"amount": Decimal("1.5")}, {"$x": 1}, ["a"], "text",
        pytest.param([{"day": date(2026, 11, n % 30 + 1), "ø": "z:"} for n in range(300)], id="long"),
    ],
)  # fmt: skip
def test_inputs_of_an_attempt_come_back(store, inputs):
    claimed(store)
    attempt = Attempt("pdf", 1, "done", NOW, NOW + MINUTE, inputs)

    checkpoint(store, "run-1", 1, done(output=inputs), attempt=attempt)

    assert store.attempts("run-1") == [attempt]
    assert store.steps("run-1")[0].output == inputs


def test_long_values_take_a_fraction_of_their_length_and_can_be_unpacked(store):
    """The migration's way back unpacks them."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    claimed(store)
    inputs = {"rows": [{"client": f"C-{n:04}", "minutes": 50} for n in range(500)]}
    first = Attempt("pdf", 1, "failed", NOW, NOW, inputs, ErrorRecord("E", "m"))
    last = Attempt("pdf", 2, "done", NOW, NOW + MINUTE, inputs)
    checkpoint(store, "run-1", 1, StepRecord("pdf", "running"), attempt=first)
    checkpoint(store, "run-1", 1, done(attempts=2, output=inputs), attempt=last)
    lengths = (
        "SELECT length(inputs) FROM run_steps UNION ALL SELECT length(output) FROM run_steps"
        " UNION ALL SELECT length(inputs) FROM attempts"
    )
    before = [length for (length,) in rows_of(store, lengths)]
    way = importlib.import_module("dayhand.store.migrations.0007_packing")

    def back(connection):
        with Operations.context(MigrationContext.configure(connection)):
            way.downgrade()

    store.write_now(back)

    after = [length for (length,) in rows_of(store, lengths)]
    assert [10 * length < whole for length, whole in zip(before, after, strict=True)] == [True] * 3
    assert store.attempts("run-1") == [first, last]
    assert store.steps("run-1") == [done(attempts=2, output=inputs)]


def test_every_attempt_is_kept_in_order(store):
    claimed(store)
    failed = [
        Attempt("pdf", n, "failed", NOW + n * MINUTE, NOW + n * MINUTE, None, ErrorRecord("E", "e"))
        for n in (1, 2)
    ]
    last = Attempt("pdf", 3, "done", NOW + 3 * MINUTE, NOW + 4 * MINUTE, {"a": 1})
    for attempt in failed:
        checkpoint(store, "run-1", 1, StepRecord("pdf", "running"), attempt=attempt)

    checkpoint(store, "run-1", 1, done(attempts=3), attempt=last)

    assert store.attempts("run-1") == [*failed, last]
    assert store.attempts("run-1", "pdf") == [*failed, last]
    assert store.attempts("run-1", "other") == []


def test_a_later_checkpoint_replaces_an_earlier_one_in_its_place(store):
    claimed(store)
    checkpoint(store, "run-1", 1, StepRecord("b", "waiting"))
    checkpoint(store, "run-1", 1, StepRecord("a", "done"))
    checkpoint(store, "run-1", 1, StepRecord("b", "done"))

    assert [(step.path, step.state) for step in store.steps("run-1")] == [
        ("b", "done"),
        ("a", "done"),
    ]


def test_a_checkpoint_of_an_older_epoch_is_fenced(store):
    claimed(store)
    store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW)

    with pytest.raises(Fenced) as raised:
        checkpoint(store, "run-1", 1, done())
    assert (raised.value.run_id, raised.value.epoch) == ("run-1", 1)
    assert store.steps("run-1") == []


def test_a_checkpoint_of_a_run_that_is_not_there_is_fenced(store):
    with pytest.raises(Fenced):
        checkpoint(store, "run-1", 0, done())


def test_a_fence_stops_only_its_own_run(store):
    claimed(store, "run-1")
    claimed(store, "run-2")

    results = asyncio.run(
        together(
            store.checkpoint("run-1", 1, done()),
            store.checkpoint("run-2", 7, done()),
            store.checkpoint("run-3", 1, done()),
            store.checkpoint("run-1", 1, done("two")),
        )
    )

    assert [type(result) for result in results] == [type(None), Fenced, Fenced, type(None)]
    assert [step.path for step in store.steps("run-1")] == ["pdf", "two"]
    assert store.steps("run-2") == []


def test_a_checkpoint_that_cannot_be_written_stops_only_itself(store):
    claimed(store)

    results = asyncio.run(
        together(
            store.checkpoint("run-1", 1, done("a")),
            store.checkpoint("run-1", 1, done("b", output="\ud800")),
            store.checkpoint("run-1", 1, done("c"), effect=an_effect(run_id="no such run")),
            store.checkpoint("run-1", 1, done("d")),
        )
    )

    assert [step.path for step in store.steps("run-1")] == ["a", "d"]
    assert [isinstance(result, Exception) for result in results] == [False, True, True, False]


def test_a_message_of_the_database_holds_no_value(store):
    claimed(store)

    with pytest.raises(StoreError) as raised:
        checkpoint(
            store, "run-1", 1, done(output="Ann Smith"), effect=an_effect(run_id="Ann Smith")
        )

    assert "Ann" not in str(raised.value)


def test_checkpoints_awaited_together_share_commits(store):
    for number in range(50):
        claimed(store, f"run-{number:02}")
    before = store.batches

    async def stream(run_id):
        for number in range(10):
            await store.checkpoint(run_id, 1, done(f"step{number}"))

    async def all_of_them():
        async with asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(stream(f"run-{number:02}"))

    asyncio.run(all_of_them())

    assert 10 <= store.batches - before <= 50  # ten, when nothing else uses the machine
    assert all(len(store.steps(f"run-{number:02}")) == 10 for number in range(50))


def test_more_runs_in_one_commit_than_a_statement_takes(store):
    def job(connection):
        for number in range(600):
            connection.exec_driver_sql(
                "INSERT INTO runs (id, routine, digest, scheduled_for, timezone, created_at, state,"
                ' title, reason, "trigger", inputs, epoch, owner) SELECT'
                f" 'many-{number:03}', routine, digest, scheduled_for, timezone, created_at, state,"
                " title, reason, \"trigger\", inputs, epoch, owner FROM runs WHERE id = 'run-1'"
            )

    claimed(store)
    store.write_now(job)

    results = asyncio.run(
        together(*(store.checkpoint(f"many-{n:03}", 1, done()) for n in range(600)))
    )

    assert set(results) == {None}
    assert rows_of(store, "SELECT count(*) FROM run_steps") == [(600,)]


def test_a_waiting_task_that_is_cancelled_leaves_the_others_alone(store):
    claimed(store)

    async def main():
        async with asyncio.TaskGroup() as group:
            first = group.create_task(store.checkpoint("run-1", 1, done("a")))
            group.create_task(store.checkpoint("run-1", 1, done("b")))
            await asyncio.sleep(0)
            first.cancel()

    asyncio.run(main())

    assert [step.path for step in store.steps("run-1")] == ["a", "b"]


# Steps shown as running -----------------------------------------------------------------------------


def eventually(check):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if check():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to pass in a minute")


def test_a_step_is_soon_shown_as_running(store):
    claimed(store)
    step = StepRecord("pdf", "running", "billing.render", started_at=NOW)

    store.started("run-1", 1, step)

    eventually(lambda: store.steps("run-1") == [step])


def test_a_step_is_soon_shown_as_running_from_an_event_loop_too(store):
    claimed(store)

    async def main():
        store.started("run-1", 1, StepRecord("pdf", "running"))
        await asyncio.sleep(0.3)

    asyncio.run(main())

    eventually(lambda: [step.state for step in store.steps("run-1")] == ["running"])


def test_started_never_overwrites_an_end(store):
    claimed(store)
    for number, state in enumerate(("done", "failed", "skipped", "waiting", "unknown")):
        checkpoint(store, "run-1", 1, StepRecord(f"s{number}", state))

    for number in range(5):
        store.started("run-1", 1, StepRecord(f"s{number}", "running"))
    store.write_now(lambda _: None)

    assert "running" not in {step.state for step in store.steps("run-1")}


def test_a_step_that_ends_first_is_never_shown_as_running(store):
    claimed(store)

    async def main():
        store.started("run-1", 1, StepRecord("pdf", "running"))
        await store.checkpoint("run-1", 1, done())

    asyncio.run(main())
    store.write_now(lambda _: None)

    assert [step.state for step in store.steps("run-1")] == ["done"]


def test_started_of_an_older_epoch_is_dropped(store):
    claimed(store)

    store.started("run-1", 0, StepRecord("pdf", "running"))
    store.started("run-9", 0, StepRecord("pdf", "running"))
    store.write_now(lambda _: None)

    assert store.steps("run-1") == []


# Writing and reading --------------------------------------------------------------------------------


def note(text):
    """A job that writes a row of its own."""
    return lambda connection: connection.exec_driver_sql(
        f"INSERT INTO texts (digest, routine, text) VALUES ('{text}', '', '')"
    )


def notes(store):
    return [row[0] for row in rows_of(store, "SELECT digest FROM texts ORDER BY digest")]


def test_a_job_gives_its_result_after_the_commit(store):
    async def main():
        return await store.write(lambda connection: (note("a")(connection), 42)[1])

    assert asyncio.run(main()) == 42
    assert notes(store) == ["a"]


def test_a_job_that_raises_is_undone_alone(store):
    def bad(connection):
        note("bad")(connection)
        raise ValueError("mine")

    results = asyncio.run(
        together(store.write(note("a")), store.write(bad), store.write(note("b")))
    )

    assert notes(store) == ["a", "b"]
    assert isinstance(results[1], ValueError)


def test_a_job_with_a_broken_statement_is_undone_alone(store):
    def bad(connection):
        note("bad")(connection)
        connection.exec_driver_sql("SELECT * FROM no_such_table")

    results = asyncio.run(
        together(store.write(note("a")), store.write(bad), store.write(note("b")))
    )

    assert notes(store) == ["a", "b"]
    assert "no_such_table" in str(results[1])


def test_a_job_that_leaves_a_savepoint_open_is_still_whole(store):
    def job(connection):
        note("a")(connection)
        connection.begin_nested()
        note("b")(connection)

    store.write_now(job)
    store.write_now(note("c"))

    assert notes(store) == ["a", "c"]


@pytest.mark.parametrize("act", ["commit", "rollback", "close"])
def test_a_job_cannot_end_the_transaction_it_shares(store, act):
    def bad(connection):
        note("bad")(connection)
        getattr(connection, act)()

    results = asyncio.run(together(store.write(note("a")), store.write(bad)))

    assert isinstance(results[1], StepMisuse)
    assert notes(store) == ["a"]


def test_a_job_that_would_leave_the_interpreter_does_not_stop_the_writer(store):
    def bad(_):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        store.write_now(bad)
    store.write_now(note("a"))

    assert notes(store) == ["a"]


def test_a_job_that_waits_for_another_is_told_so(store):
    with pytest.raises(StepMisuse, match="connection it was given"):
        store.write_now(lambda _: store.write_now(note("a")))


def test_jobs_and_checkpoints_keep_their_order(store):
    claimed(store)
    seen = []

    def look(connection):
        seen.append(connection.exec_driver_sql("SELECT count(*) FROM run_steps").scalar())

    asyncio.run(
        together(
            store.checkpoint("run-1", 1, done("a")),
            store.write(look),
            store.checkpoint("run-1", 1, done("b")),
            store.write(look),
        )
    )

    assert seen == [1, 2]


def test_what_is_written_soon_is_written_soon(store):
    store.write_soon(note("a"))

    eventually(lambda: notes(store) == ["a"])


def test_what_is_written_soon_goes_with_the_next_write(store):
    async def main():
        store.write_soon(note("a"))
        await store.write(count)

    def count(connection):
        seen.append(connection.exec_driver_sql("SELECT count(*) FROM texts").scalar())

    seen = []
    asyncio.run(main())

    assert seen == [1]


def test_a_lazy_write_that_fails_is_logged_and_harms_nothing(store, caplog):
    def bad(_):
        raise ValueError("Ann Smith")

    store.write_soon(bad)
    store.write_soon(note("a"))
    store.write_now(note("b"))

    assert notes(store) == ["a", "b"]
    assert "ValueError" in caplog.text
    assert "Ann" not in caplog.text


def test_closing_writes_what_is_waiting(place):
    store = open_store(place[0], key=place[1])
    store.write_soon(note("a"))
    store.close()
    store.close()

    with open_store(place[0], key=place[1]) as again:
        assert notes(again) == ["a"]


def test_a_closed_store_says_so(place):
    store = open_store(place[0], key=place[1])
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.write_now(note("a"))
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(store.write(note("a")))
    with pytest.raises(StoreError, match="closed"):
        store.write_soon(note("a"))
    with pytest.raises(StoreError, match="closed"):
        store.started("run-1", 1, done())


def test_a_reading_connection_cannot_write(store):
    with pytest.raises(Exception, match="only"), store.read() as connection:
        note("a")(connection)

    assert notes(store) == []


def test_a_reader_sees_one_unchanging_view(store):
    with store.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM texts").scalar()
        store.write_now(note("a"))
        after = connection.exec_driver_sql("SELECT count(*) FROM texts").scalar()

    assert (before, after) == (0, 0)
    assert notes(store) == ["a"]


def test_many_read_while_others_write(store):
    claimed(store)
    wrong = []

    def read():
        for _ in range(20):
            if store.run("run-1") is None:
                wrong.append("gone")

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(50):
        checkpoint(store, "run-1", 1, done(f"s{number}"))
    for thread in threads:
        thread.join()

    assert wrong == []


def test_a_transaction_is_committed_with_its_entry_in_the_audit_log(store):
    with store.transaction(who="jane", action="client.add", now=NOW, subject="c1") as connection:
        note("a")(connection)

    assert notes(store) == ["a"]
    assert [(entry.who, entry.action, entry.subject) for entry in store.audit()] == [
        ("jane", "client.add", "c1")
    ]
    assert store.verify_audit() == []


def test_a_transaction_whose_block_raises_leaves_nothing(store):
    def fail():
        with store.transaction(who="jane", action="client.add", now=NOW) as connection:
            note("a")(connection)
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    store.write_now(note("b"))

    assert (notes(store), store.audit()) == (["b"], [])


def test_a_transaction_that_waits_for_itself_is_told_so(store):
    with store.transaction(who="jane", action="x", now=NOW) as connection:
        note("a")(connection)
        with pytest.raises(StepMisuse, match="connection it was given"):
            store.write_now(note("b"))
        with (
            pytest.raises(StepMisuse, match="inside another"),
            store.transaction(who="jane", action="y", now=NOW),
        ):
            pass

    assert notes(store) == ["a"]


def test_transactions_of_two_threads_follow_each_other(store):
    def work(number):
        with store.transaction(who="jane", action="x", now=NOW) as connection:
            note(f"{number}")(connection)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert notes(store) == ["0", "1", "2", "3"]
    assert store.verify_audit() == []


# Record steps ---------------------------------------------------------------------------------------


def test_rows_and_checkpoint_of_a_record_step_are_one(store):
    claimed(store)

    def work(connection):
        note("invoice")(connection)
        return 7, done(output=7), Attempt("pdf", 1, "done", NOW, NOW + MINUTE)

    assert asyncio.run(store.record("run-1", 1, work)) == 7
    assert notes(store) == ["d1", "invoice"]
    assert store.steps("run-1") == [done(output=7)]
    assert len(store.attempts("run-1")) == 1


def test_a_record_step_that_raises_leaves_neither(store):
    claimed(store)

    def work(connection):
        note("invoice")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(store.record("run-1", 1, work))
    assert notes(store) == ["d1"]
    assert store.steps("run-1") == []


def test_a_record_step_whose_checkpoint_fails_leaves_neither(store):
    claimed(store)

    def work(connection):
        note("invoice")(connection)
        return None, done(output="\ud800"), None

    with pytest.raises(Exception, match="surrogate"):
        asyncio.run(store.record("run-1", 1, work))
    assert notes(store) == ["d1"]


def test_a_fenced_record_step_is_not_begun(store):
    claimed(store)
    begun = []

    with pytest.raises(Fenced):
        asyncio.run(store.record("run-1", 2, begun.append))
    assert begun == []


# Effects --------------------------------------------------------------------------------------------


def test_an_intent_is_there_before_the_act_and_its_receipt_after(store):
    claimed(store)
    step = StepRecord("send", "running", "email.send", started_at=NOW)

    asyncio.run(store.intend("run-1", 1, an_effect(), step))

    assert store.effect("k1") == an_effect()
    assert store.steps("run-1") == [step]
    after = an_effect(state="done", receipt={"message_id": "<a@b>"}, ended_at=NOW, reason="250")
    checkpoint(store, "run-1", 1, done("send"), effect=after)
    assert store.effect("k1") == after


def test_an_act_that_is_done_is_never_begun_again(store):
    claimed(store)
    checkpoint(store, "run-1", 1, done("send"), effect=an_effect(state="done"))

    with pytest.raises(StoreError, match="already left the machine"):
        asyncio.run(store.intend("run-1", 1, an_effect(), StepRecord("send", "running")))
    checkpoint(store, "run-1", 1, done("send"), effect=an_effect(state="unknown"))
    assert store.effect("k1").state == "done"


def test_an_act_that_was_not_sent_may_be_begun_again(store):
    claimed(store)
    failed = StepRecord("send", "failed")
    checkpoint(store, "run-1", 1, failed, effect=an_effect(state="not_sent"))

    asyncio.run(store.intend("run-1", 1, an_effect(), StepRecord("send", "running")))

    assert store.effect("k1").state == "intended"


def test_a_fenced_intent_is_not_kept(store):
    claimed(store)

    with pytest.raises(Fenced):
        asyncio.run(store.intend("run-1", 9, an_effect(), StepRecord("send", "running")))
    assert store.effect("k1") is None


def test_e18_an_intent_that_is_not_allowed_leaves_nothing(store):
    claimed(store)
    before, audited = store.steps("run-1"), store.audit_head()

    def not_allowed(connection):
        raise UserError("no more today")

    with pytest.raises(UserError, match="no more today"):
        asyncio.run(
            store.intend(
                "run-1", 1, an_effect(), StepRecord("send", "running"), allowed=not_allowed
            )
        )

    assert store.effect("k1") is None
    assert store.steps("run-1") == before
    assert store.audit_head() == audited


def test_effects_are_listed_newest_first(store):
    claimed(store, "run-1")
    claimed(store, "run-2")
    for number, (run_id, state) in enumerate(
        (("run-1", "done"), ("run-1", "unknown"), ("run-2", "unknown"))
    ):
        effect = EffectRecord(f"k{number}", run_id, "send", "e.s", state, NOW + number * MINUTE)
        checkpoint(store, run_id, 1, done("send"), effect=effect)

    assert [effect.key for effect in store.effects()] == ["k2", "k1", "k0"]
    assert [effect.key for effect in store.effects(run_id="run-1")] == ["k1", "k0"]
    assert [effect.key for effect in store.effects(state="unknown", limit=1)] == ["k2"]
    assert [effect.key for effect in store.effects(since=NOW + MINUTE)] == ["k2", "k1"]


# Questions ------------------------------------------------------------------------------------------


def asked(store, question, run_id="run-1", state="waiting"):
    checkpoint(store, run_id, 1, StepRecord(question.path, state), question=question)


def test_a_question_comes_back_as_it_was_asked(store):
    claimed(store)
    question = a_question(
        kind="form",
        title=SensitiveStr("Ann Smith"),
        body="# What\n\nnow?",
        form={"type": "object"},
        expires_at=NOW + timedelta(days=14),
        remind_every=timedelta(days=1, microseconds=1),
        routine="monthly-billing",
    )

    asked(store, question)

    assert store.questions() == [question]
    assert store.question("q1") == question
    assert isinstance(store.question("q1").title, SensitiveStr)


def test_an_answer_is_kept_with_who_gave_it(store):
    claimed(store)
    asked(store, a_question("question-1"))

    answered = store.answer("question", answer={"approved": True}, by="jane", now=NOW + MINUTE)

    assert (answered.state, answered.answer, answered.answered_by) == (
        "answered",
        {"approved": True},
        "jane",
    )
    assert answered.answered_at == NOW + MINUTE
    assert store.questions() == []
    assert store.questions(state=None, run_id="run-1") == [answered]


def test_a_question_is_answered_once(store):
    claimed(store)
    asked(store, a_question())
    store.answer("q1", answer={"approved": True}, by="jane", now=NOW)

    with pytest.raises(UserError, match="answered by jane"):
        store.answer("q1", answer={"approved": False}, by="joe", now=NOW)
    assert store.question("q1").answer == {"approved": True}


def test_asking_again_does_not_undo_the_answer(store):
    claimed(store)
    asked(store, a_question())
    store.answer("q1", answer={"approved": True}, by="jane", now=NOW)

    asked(store, a_question())

    assert store.question("q1").state == "answered"


def test_a_question_not_found_is_said(store):
    claimed(store)
    asked(store, a_question("qa1"))
    asked(store, a_question("qa2"))

    for text in ("", "x"):
        with pytest.raises(UserError, match="no question"):
            store.question(text)
    with pytest.raises(UserError, match="several"):
        store.question("qa")


def test_questions_of_a_step_or_of_a_run_are_closed(store):
    claimed(store)
    for path in ("a", "b", "c"):
        asked(store, a_question(f"q{path}", path=path))

    assert store.close_questions("run-1", "a", "expired", NOW) == 1
    assert store.close_questions("run-1", None, "withdrawn", NOW) == 2
    states = {question.id: question.state for question in store.questions(state=None)}
    assert states == {"qa": "expired", "qb": "withdrawn", "qc": "withdrawn"}
    with pytest.raises(UserError, match="expired"):
        store.answer("qa", answer={}, by="jane", now=NOW)


# What to go on with ---------------------------------------------------------------------------------


def resumable(store, now=NOW):
    return [run.id for run in store.resumable(now)]


def test_queued_runs_are_to_be_begun(store):
    store.create_run(a_run("run-2"), "text")
    store.create_run(a_run("run-1"), "text")

    assert resumable(store) == ["run-1", "run-2"]


def test_a_running_run_is_taken_up_when_its_lease_has_lapsed(store):
    claimed(store)

    assert resumable(store) == []
    assert resumable(store, NOW + LEASE) == ["run-1"]


def test_a_waiting_run_is_woken_at_its_time(store):
    claimed(store)
    asyncio.run(store.finish("run-1", 1, state="waiting", now=NOW, wake_at=NOW + MINUTE))

    assert resumable(store) == []
    assert resumable(store, NOW + MINUTE) == ["run-1"]


def test_a_waiting_run_is_woken_by_an_answer_also_one_that_came_before_it_let_go(store):
    claimed(store)
    asked(store, a_question())
    store.answer("q1", answer={}, by="jane", now=NOW)
    asyncio.run(store.finish("run-1", 1, state="waiting", now=NOW))

    assert resumable(store) == ["run-1"]


def test_one_answer_of_two_wakes_a_run_and_only_once(store):
    claimed(store)
    asked(store, a_question("q1", path="a"))
    asked(store, a_question("q2", path="b"))
    asyncio.run(store.finish("run-1", 1, state="waiting", now=NOW))
    assert resumable(store) == []

    store.answer("q1", answer={}, by="jane", now=NOW)

    assert resumable(store) == ["run-1"]
    store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW)
    checkpoint(store, "run-1", 2, StepRecord("a", "done"))
    asyncio.run(store.finish("run-1", 2, state="waiting", now=NOW))
    assert resumable(store) == []


def test_an_expired_question_wakes_a_run_unless_it_was_asked_anew(store):
    claimed(store)
    asked(store, a_question("q1"))
    asyncio.run(store.finish("run-1", 1, state="waiting", now=NOW))
    store.close_questions("run-1", "review", "expired", NOW)
    assert resumable(store) == ["run-1"]

    asked(store, a_question("q2"))

    assert resumable(store) == []


def test_a_run_in_doubt_is_taken_up_when_a_person_has_decided(store):
    claimed(store)
    asked(store, a_question(kind="unknown_effect", path="send"), state="unknown")
    asyncio.run(store.finish("run-1", 1, state="unknown", now=NOW))
    assert resumable(store) == []

    store.answer("q1", answer={"choice": "it_was"}, by="jane", now=NOW)

    assert resumable(store) == ["run-1"]


def test_what_has_ended_is_left_alone(store):
    claimed(store)
    asyncio.run(store.finish("run-1", 1, state="failed", now=NOW))

    assert resumable(store, NOW + timedelta(days=9)) == []


# The audit log --------------------------------------------------------------------------------------


def audited(store, count=4):
    for number in range(count):
        store.write_now(
            lambda connection, n=number: store.append_audit(
                connection, at=NOW, who="jane", action="answer", subject=f"q{n}"
            )
        )


def tamper(store, *statements):
    def job(connection):
        sqlite = connection.dialect.name == "sqlite"
        for name in (
            ("audit_no_update", "audit_no_delete") if sqlite else ("audit_no_change ON audit",)
        ):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)

    store.write_now(job)


def test_an_untouched_audit_log_is_found_in_order(store):
    audited(store)

    assert store.verify_audit() == []
    assert store.verify_audit(store.audit_head()) == []
    newest = store.audit(limit=2)
    assert [(entry.n, entry.who, entry.subject) for entry in newest] == [
        (4, "jane", "q3"),
        (3, "jane", "q2"),
    ]
    assert [entry.n for entry in store.audit(limit=2, before=3)] == [2, 1]


def test_an_empty_audit_log_is_in_order(store):
    assert store.verify_audit() == []
    assert store.audit_head().n == 0


@pytest.mark.parametrize(
    "statements, told",
    [
        (["UPDATE audit SET subject = 'x' WHERE n = 2"], "entry 2 was changed"),
        (["DELETE FROM audit WHERE n = 2"], "entry 2 is missing"),
        (["UPDATE audit SET n = n + 10", "UPDATE audit SET n = 15 - n WHERE n IN (12, 13)",
          "UPDATE audit SET n = n - 10 WHERE n > 10"], "changed"),
    ],
)  # fmt: skip
def test_an_edit_a_deletion_and_a_swap_are_found(store, statements, told):
    audited(store)

    tamper(store, *statements)

    assert told in "\n".join(store.verify_audit())


def test_a_tail_that_was_cut_off_is_found_against_a_head_kept_elsewhere(store):
    audited(store)
    head = store.audit_head()

    tamper(store, "DELETE FROM audit WHERE n = 4")

    assert store.verify_audit() == []
    assert "cut off" in store.verify_audit(head)[0]


def test_a_log_that_was_computed_anew_is_found_against_a_head_kept_elsewhere(store):
    audited(store)
    head = store.audit_head()

    tamper(store, "DELETE FROM audit")
    audited(store, 3)
    store.write_now(
        lambda connection: store.append_audit(connection, at=NOW, who="joe", action="x")
    )

    assert store.verify_audit() == []
    assert "written anew" in store.verify_audit(head)[0]


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_audit_log(store, statement):
    audited(store)

    with pytest.raises(Exception, match="only ever added to"):
        store.write_now(lambda connection: connection.exec_driver_sql(statement))
    assert store.verify_audit() == []


def test_act_and_audit_entry_are_kept_together_or_not_at_all(store):
    def job(connection):
        note("a")(connection)
        store.append_audit(connection, at=NOW, who="jane", action="note")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.write_now(job)

    assert (notes(store), store.audit()) == ([], [])


# A server that goes away ----------------------------------------------------------------------------


@pytest.fixture
def served(fresh_database):
    with open_store(fresh_database(), key=None) as opened:
        yield opened


def cut_off(store):
    """End the writer's connection from the server's side."""
    here = store.write_now(lambda c: c.exec_driver_sql("SELECT pg_backend_pid()").scalar())
    with store.read() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({here})")


def test_what_is_written_after_a_lost_connection_is_written_on_a_new_one(served):
    claimed(served)
    cut_off(served)
    checkpoint(served, "run-1", 1, done("a"))
    cut_off(served)
    served.write_now(note("x"))
    cut_off(served)
    asyncio.run(together(served.write(note("y")), served.checkpoint("run-1", 1, done("b"))))

    assert [step.path for step in served.steps("run-1")] == ["a", "b"]
    assert notes(served) == ["d1", "x", "y"]


def test_a14_a_job_whose_connection_is_lost_is_not_called_twice(served):
    called = []

    def job(connection):
        called.append(1)
        note("a")(connection)
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with served.read() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        note("b")(connection)

    with pytest.raises(StoreError, match="connection to the database was lost"):
        served.write_now(job)
    served.write_now(note("c"))

    assert (called, notes(served)) == ([1], ["c"])


def test_a_server_that_is_not_there_is_said_without_the_password():
    with pytest.raises(StoreError, match="cannot be reached: Connection refused") as raised:
        open_store("postgresql://jane:s3cret@127.0.0.1:1/practice", key=None)
    assert "s3cret" not in f"{raised.value}{raised.value.hint}"


def test_an_address_that_cannot_be_read_is_said_without_the_password():
    with pytest.raises(StoreError, match="cannot be read") as raised:
        open_store("postgresql://jane:s3cret@host:port/x", key=None)
    assert "s3cret" not in f"{raised.value}{raised.value.hint}"


# Copies ---------------------------------------------------------------------------------------------


def test_of_a_throwaway_copy_nothing_stays(store):
    claimed(store)
    checkpoint(store, "run-1", 1, done("before"))

    with store.throwaway() as copy:
        checkpoint(copy, "run-1", 1, done("dry"))
        asyncio.run(copy.record("run-1", 1, lambda c: (note("x")(c), done("rec"), None)))
        with pytest.raises(Fenced):
            checkpoint(copy, "run-1", 3, done("fenced"))
        seen = [step.path for step in copy.steps("run-1")]

    assert seen == ["before", "dry", "rec"]
    assert [step.path for step in store.steps("run-1")] == ["before"]
    assert notes(store) == ["d1"]


def test_a_throwaway_copy_goes_also_when_its_use_fails(store):
    claimed(store)

    def fail():
        with store.throwaway() as copy:
            checkpoint(copy, "run-1", 1, done())
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    assert store.steps("run-1") == []


def test_a_job_that_fails_in_a_throwaway_copy_is_undone_alone(store):
    def bad(connection):
        note("bad")(connection)
        connection.exec_driver_sql("SELECT * FROM no_such_table")

    with store.throwaway() as copy:
        results = asyncio.run(
            together(copy.write(note("a")), copy.write(bad), copy.write(note("b")))
        )
        seen = notes(copy)

    assert seen == ["a", "b"]
    assert isinstance(results[1], Exception)


def test_checkpoints_are_copied_to_another_run(store):
    claimed(store, "run-1")
    claimed(store, "run-2")
    for path in ("a", "b", "c"):
        checkpoint(store, "run-1", 1, done(path, output=path))

    store.copy_checkpoints("run-1", "run-2", ["a", "c", "nope"])

    assert [(step.path, step.output) for step in store.steps("run-2")] == [("a", "a"), ("c", "c")]
    assert len(store.steps("run-1")) == 3


# Tables ---------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_are_declared(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from dayhand.store.tables import METADATA

    with store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "dayhand_version", "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_a_store_of_a_newer_version_is_refused_and_named(place):
    with open_store(place[0], key=place[1]) as store:
        store.write_now(
            lambda connection: connection.exec_driver_sql(
                "UPDATE dayhand_version SET version_num = '9999'"
            )
        )

    with pytest.raises(StoreError, match="newer version of dayhand") as raised:
        open_store(place[0], key=place[1])
    assert "upgrade dayhand" in raised.value.hint


# What plugins keep --------------------------------------------------------------------------------


def test_what_is_kept_is_the_newest_of_each_name_and_plugin(store):
    for plugin, name, data in (
        ("a", "x", b"1"),
        ("a", "y", b"2"),
        ("b", "x", b"3"),
        ("a", "x", b"\x00\xff"),
    ):
        kept.keep_soon(store, plugin, name, data, NOW)
    store.write_now(lambda _: None)

    assert kept.find(store, "a", "x") == Kept(b"\x00\xff", NOW)
    assert kept.find(store, "b", "x") == Kept(b"3", NOW)
    assert kept.find(store, "b", "y") is None


def test_what_nobody_renews_is_let_go_after_ninety_days(store):
    kept.keep_soon(store, "a", "old", b"1", NOW - timedelta(days=91))
    kept.keep_soon(store, "a", "young", b"2", NOW - timedelta(days=89))
    kept.keep_soon(store, "b", "old", b"3", NOW - timedelta(days=91))
    kept.keep_soon(store, "a", "new", b"4", NOW)
    store.write_now(lambda _: None)

    found = [name for name in ("old", "young", "new") if kept.find(store, "a", name)]

    assert found == ["young", "new"]
    assert kept.find(store, "b", "old") is not None  # the other plugin's turn comes with its next


def test_too_much_is_not_kept(store):
    with pytest.raises(StepMisuse, match="16,777,217 bytes"):
        kept.keep_soon(store, "a", "x", b"0" * (16 * 1024 * 1024 + 1), NOW)
    with pytest.raises(StepMisuse, match="a name of 201"):
        kept.keep_soon(store, "a", "x" * 201, b"", NOW)


# Old runs, figures, a restored database -------------------------------------------------------------


EVER = datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


def planned(key, *, at):
    return Planned(key, "monthly-billing", "cron", at, key, "UTC", "2026", "d1")


def an_ended_run(store, run_id, *, days, sent=False, state="done"):
    """A run with a step that ended so many days ago."""
    at = NOW - timedelta(days=days)
    store.create_run(a_run(run_id, created_at=at), "routine: monthly-billing")
    held = store.claim(run_id, owner="here:1:1", lease=timedelta(minutes=5), now=at)
    asyncio.run(store.checkpoint(run_id, held.epoch, StepRecord("s", "done", output="x")))
    if sent:
        effect = EffectRecord(f"k-{run_id}", run_id, "m", "email.send", "intended", at)
        asyncio.run(store.intend(run_id, held.epoch, effect, StepRecord("m", "running")))
        done = EffectRecord(f"k-{run_id}", run_id, "m", "email.send", "done", at, ended_at=at)
        step = StepRecord("m", "done")
        asyncio.run(store.checkpoint(run_id, held.epoch, step, effect=done))
    asyncio.run(store.finish(run_id, held.epoch, state=state, now=at))


def test_old_runs_go_and_young_ones_and_sent_ones_stay(store):
    an_ended_run(store, "old-1", days=500)
    an_ended_run(store, "old-2", days=500, state="failed")
    an_ended_run(store, "old-sent", days=500, sent=True)
    an_ended_run(store, "ancient-sent", days=3000, sent=True)
    an_ended_run(store, "young", days=10)
    store.create_run(a_run("queued", created_at=NOW - timedelta(days=900)), "")
    store.write_ledger_now(lambda ledger: ledger.tell("old-1/failed", NOW))
    store.write_ledger_now(lambda ledger: ledger.tell("old-10/failed", NOW))
    limits = {"before": NOW - timedelta(days=400), "sent_before": NOW - timedelta(days=2192)}

    with store.read() as connection:
        report = pruning.report(connection, **limits)
    first = store.write_now(lambda c: pruning.prune(c, most=2, **limits))
    rest = store.write_now(lambda c: pruning.prune(c, most=100, **limits))

    assert [(one.routine, one.state, one.runs) for one in report.old] == [
        ("monthly-billing", "done", 2),
        ("monthly-billing", "failed", 1),
    ]
    assert (report.runs, report.kept) == (3, {"not ended": 1, "sent something": 1})
    assert (first, rest) == (2, 1)
    assert {run.id for run in store.runs()} == {"old-sent", "young", "queued"}
    assert [effect.run_id for effect in store.effects()] == ["old-sent"]
    assert store.read_ledger(lambda ledger: ledger.told_at("old-1/failed")) is None
    assert store.read_ledger(lambda ledger: ledger.told_at("old-10/failed")) == NOW


def test_entries_of_the_audit_log_are_chosen(store):
    for number, action in enumerate(("send", "reveal 100%", "send it", "sender")):
        at = NOW + timedelta(days=number)
        store.note(who="jane" if number else "joe", action=action, now=at, subject=f"C_{number}")

    def chosen(**named):
        return [entry.n for entry in store.audit(chosen=Chosen(**named))]

    assert chosen() == [4, 3, 2, 1]
    assert chosen(actions=("send",)) == [3, 1]
    assert chosen(who="joe") == [1]
    assert (chosen(subject="100%"), chosen(subject="C_3"), chosen(subject="_%")) == ([2], [4], [])
    assert chosen(since=NOW + timedelta(days=1), until=NOW + timedelta(days=3)) == [3, 2]
    assert chosen(before=3, actions=("send", "reveal")) == [2, 1]
    assert store.last_audit("send").n == 3


def test_figures_count_by_state(store):
    an_ended_run(store, "r1", days=1, sent=True)
    store.create_run(a_run("r2"), "")
    rows = [planned(f"k{n}", at=NOW + timedelta(minutes=m)) for n, m in ((1, -5), (2, 10))]
    store.write_ledger_now(lambda ledger: ledger.plan(rows, NOW))

    with store.read() as connection:
        found = figures(connection, NOW)

    assert found.by_state["runs"] == {"done": 1, "queued": 1}
    assert found.by_state["occurrences"] == {"planned": 2}
    assert (found.by_state["effects"], found.by_state["questions"]) == ({"done": 1}, {})
    assert (found.overdue, found.next_due) == (300.0, 600.0)


def test_what_was_restored_is_held_back(store):
    an_ended_run(store, "done", days=1)
    store.create_run(a_run("queued"), "")
    rows = [planned(f"k{n}", at=NOW + timedelta(minutes=m)) for n, m in ((1, -5), (2, 10))]
    store.write_ledger_now(lambda ledger: ledger.plan(rows, NOW))
    store.write_ledger_now(
        lambda ledger: ledger.take_lease("daemon", "x:1:1", length=timedelta(days=1), now=NOW)
    )

    found = store.write_now(
        lambda c: hold(c, made_at=NOW - timedelta(days=1), now=NOW, who="jane", subject="b.dhb")
    )

    assert found == Held(ended=1, waiting=0, missed=1)
    assert store.run("queued").state == "cancelled"
    states = [row.state for row in store.read_ledger(lambda ledger: ledger.between(*EVER))]
    assert states == ["missed", "planned"]
    assert store.read_ledger(lambda ledger: ledger.lease("daemon")) is None
    (pause,) = store.read_ledger(lambda ledger: ledger.pauses(NOW))
    assert (pause.routine, pause.until) == ("", None)
    assert store.last_audit("restore").subject == "b.dhb"
