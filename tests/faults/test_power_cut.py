"""A05: what was acknowledged is on the disk, whenever the power fails; and A19: the replay can see that.

The product runs a routine on its own encrypted database while everything it writes and syncs there is
recorded (`tests_support.disk`). Then the disk is made as a power cut could have left it (`power_cut`),
thousands of times, and opened by the product.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests_support import disk
from tests_support.memory import in_memory
from tests_support.power_cut import Disk, acked, laid_out, states

from dayhand.errors import StoreError
from dayhand.keys import find_key
from dayhand.store import open_store, sqlite
from dayhand.store.sql_store import Store

TEXT = """
    steps:
      - for_each: "range"
        as: number
        steps:
          - uses: act.record
            with: {text: "n${{ number }}"}
          - uses: act.send
            with: {to: "n${{ number }}"}
          - uses: value.set
            with: {number: "${{ number }}"}
"""
FILE = "dayhand.db"


@dataclass(frozen=True)
class Recorded:
    """A run: the files before it, every act on them and every word of the product that something is kept."""

    before: Disk
    acts: list[disk.Act]
    key: bytes
    tables: list


@pytest.fixture
def memory(tmp_path) -> Iterator[Path]:
    """A folder for the disks that are made, in memory if the machine has such a place."""
    with tempfile.TemporaryDirectory(dir=in_memory() or tmp_path) as folder:
        yield Path(folder)


@contextmanager
def telling(monkeypatch, acts) -> Iterator[None]:
    """Note each time the store has said that something is kept."""

    def told(name, what):
        honest = getattr(Store, name)

        async def awaited(self, *arguments, **named):
            value = await honest(self, *arguments, **named)
            acts.extend(acked(each) for each in what(value, *arguments, **named))
            return value

        def called(self, *arguments, **named):
            value = honest(self, *arguments, **named)
            acts.extend(acked(each) for each in what(value, *arguments, **named))
            return value

        patch.setattr(Store, name, awaited if asyncio.iscoroutinefunction(honest) else called)

    with monkeypatch.context() as patch:
        told("create_run", lambda _, run, text: [f"run {run.id}"])
        told(
            "checkpoint", lambda _, run, epoch, step, **more: list(_kept(step, more.get("effect")))
        )
        told("intend", lambda _, run, epoch, effect, step, **more: [f"effect {effect.key}"])
        told("finish", lambda _, run, epoch, **more: [f"end {run}"])
        patch.setattr(
            "dayhand.runner.session.Session.remember", _remembering(acts)
        )  # after `record`, which gives its checkpoint back only so
        yield


def _remembering(acts):
    from dayhand.runner.session import Session

    honest = Session.remember

    def remember(self, record):
        acts.extend(acked(each) for each in _kept(record, None))
        honest(self, record)

    return remember


def _kept(step, effect):
    if step.state == "done":
        yield f"step {step.path}"
    if effect is not None:
        yield f"effect {effect.key}"


def recorded(bench, monkeypatch, *, sync: str, rounds: int) -> Recorded:
    for app in bench._apps:
        app.close()
    place = bench.folder / ".dayhand"
    files = [place / FILE, place / f"{FILE}-wal"]
    before = {file.name: file.read_bytes() for file in files if file.exists()}
    acts: list[disk.Act] = []

    def seen(act: disk.Act) -> int:
        acts.append(act)
        return 0

    # a small log, so that it is moved into the file and begun anew several times
    monkeypatch.setattr(sqlite, "_SETTINGS", (*sqlite._SETTINGS, "wal_autocheckpoint = 60"))
    monkeypatch.setitem(sqlite.open_file.__kwdefaults__, "sync", sync)
    with disk.watching(seen), telling(monkeypatch, acts):
        app = bench.fresh()
        run = bench.run(TEXT.replace("range", str(list(range(rounds)))))
        assert run.state == "done", run.reason
        tables = list(app.host.tables())
    key = find_key(bench.folder, None, environment=bench.environment)
    kept = [act for act in acts if act.file.startswith(FILE) or act.kind == "ack"]
    bench.app.close()
    return Recorded(before, kept, key, tables)


def lost(one: Recorded, found: Disk, said: frozenset[str], folder: Path) -> list[str]:
    """What the disk misses of what was said to be kept, and what else is wrong with it."""
    laid_out(found, folder)
    try:
        with open_store(folder / FILE, key=one.key, tables=one.tables, check=True) as store:
            return list(_missing(store, said))
    except StoreError as error:
        return [f"does not open: {error.message}"]
    finally:
        sqlite.remove(folder / FILE)


def _missing(store: Store, said: frozenset[str]) -> Iterator[str]:
    with store.read() as connection:

        def column(statement):
            return {row[0] for row in connection.exec_driver_sql(statement)}

        there = {f"run {one}" for one in column("SELECT id FROM runs")}
        there |= {f"end {one}" for one in column("SELECT id FROM runs WHERE state = 'done'")}
        there |= {
            f"step {one}" for one in column("SELECT path FROM run_steps WHERE state = 'done'")
        }
        there |= {f"effect {one}" for one in column("SELECT key FROM effects")}
        yield from (f"lost: {one}" for one in sorted(said - there))
        recorded = column("SELECT path FROM run_steps WHERE state = 'done' AND uses = 'act.record'")
        rows = {int(one[1:]) for one in column("SELECT text FROM act_rows")}
        if {int(path.partition("[")[2].partition("]")[0]) for path in recorded} != rows:
            yield "rows of a step and its checkpoint are not together"
    yield from store.verify_audit()


def replayed(one: Recorded, folder: Path, **more) -> tuple[int, list[str]]:
    count, wrong = 0, []
    for number, found, said in states(one.before, one.acts, **more):
        count += 1
        wrong += [f"after act {number}: {each}" for each in lost(one, found, said, folder)]
    return count, wrong


def told(one: Recorded, name: str, count: int, wrong: list[str]) -> None:
    syncs = sum(act.kind == "sync" for act in one.acts)
    moved = sum(act.kind == "write" and act.file == FILE for act in one.acts)
    acks = sum(act.kind == "ack" for act in one.acts)
    print(
        f"power cut, {name}: {count} disk states, {syncs} syncs, {moved} pages moved from the log,"
        f" {acks} acknowledgements, {len(wrong)} states or words wrong"
    )
    assert moved > 10, "the log was never moved into the file"
    assert acks > 50


def test_a05_a_power_cut_loses_nothing_that_was_acknowledged(bench, monkeypatch, memory):
    one = recorded(bench, monkeypatch, sync="FULL", rounds=12)

    count, wrong = replayed(one, memory, every=9, chances=2, moving=FILE)
    told(one, "FULL", count, wrong)

    assert wrong == []
    assert count >= 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_a05_a_power_cut_at_any_act_loses_nothing_that_was_acknowledged(
    bench, monkeypatch, memory, seed
):
    one = recorded(bench, monkeypatch, sync="FULL", rounds=40)

    count, wrong = replayed(one, memory, chances=2, seed=seed)
    told(one, f"FULL, seed {seed}", count, wrong)

    assert wrong == []
    assert count >= 1000


@pytest.mark.parametrize("sync", ["NORMAL", pytest.param("OFF", marks=pytest.mark.soak)])
def test_a19_the_replay_sees_what_weaker_syncing_loses(bench, monkeypatch, memory, sync):
    one = recorded(bench, monkeypatch, sync=sync, rounds=12)

    count, wrong = replayed(one, memory, every=20)
    told(one, sync, count, wrong)

    assert [each for each in wrong if "lost: step" in each]
    assert [each for each in wrong if "lost: effect" in each]
