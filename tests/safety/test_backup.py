"""Backups: taken while everything goes on, verified, restored, refused where they are not what they were."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests_support import acting
from tests_support.killed import _app as another_app
from tests_support.safety import kill, tables

from dayhand.app import App, backups, runs
from dayhand.app.restoring import restore
from dayhand.daemon.daemon import Daemon
from dayhand.errors import StoreError, UserError
from dayhand.keys import as_text, find_key, recovery
from dayhand.model.ledger import Planned
from dayhand.model.run import EffectRecord, Run, StepRecord
from dayhand.settings import Settings
from dayhand.store import backup, opening, sqlite
from dayhand.store.newest import TABLES

CANARY = "Quentin Canary-Featherstone"


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def key_of(bench):
    return find_key(bench.folder, None, environment=bench.environment)


def opened(bench, folder):
    """The practice in another folder, as a new process would open it."""
    app = App(
        Settings(bench.environment, folder.parent, folder), clock=bench.clock, host=bench.app.host
    )
    bench._apps.append(app)
    return app


def brought(bench, file, into, **more):
    found = restore(bench.app, file, into, **({"key": None} | more))
    return found, opened(bench, into)


def planned(number, moment):
    key = f"r/cron/{number:06}"
    return Planned(key, "r", "cron", moment, f"{number}", "UTC", "2026", "d", ("a note",))


# B01, B03: the same practice ------------------------------------------------------------------------


def test_b01_a_backup_under_load_holds_all_that_was_acknowledged_and_restores_to_that_ledger(
    bench, stick, tmp_path
):
    store, acknowledged, going = bench.app.store, [], threading.Event()
    start = bench.clock.now() + timedelta(days=1)

    def write():
        number = 0
        while not going.is_set():
            rows = [planned(number + n, start + timedelta(minutes=number + n)) for n in range(3)]
            store.write_ledger_now(lambda ledger, rows=rows: ledger.plan(rows, bench.clock.now()))
            store.note(who="jane", action="edit", now=bench.clock.now(), subject=f"C-{number}")
            number += 3
            acknowledged.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    sure = []
    try:
        for round_number in range(3):
            while len(acknowledged) < 20 * (round_number + 1):
                pass
            sure.append(acknowledged[-1])
            backups.make(bench.app, stick / f"{round_number}.dhb")
    finally:
        going.set()
        writer.join()

    whole = tables(bench.app)
    for round_number, least in enumerate(sure):
        found, app = brought(
            bench, stick / f"{round_number}.dhb", tmp_path / f"again{round_number}"
        )
        rows = tables(app)
        assert (found.missed, found.ended) == (0, 0)
        assert len(rows["occurrences"]) >= least
        # exactly the beginning of what there is now, row by row, and so is the audit log
        assert rows["occurrences"] == whole["occurrences"][: len(rows["occurrences"])]
        assert rows["audit"][:-1] == whole["audit"][: len(rows["audit"]) - 1]
        assert app.store.verify_audit() == []
    assert len(whole["occurrences"]) > sure[-1]


def test_b03_every_table_and_every_file_comes_back(bench, stick, tmp_path):
    bench.run("steps:\n  - id: s\n    uses: act.send\n    with: {to: letter}\n")
    bench.write("other", "steps:\n  - uses: act.noop\n")
    (bench.folder / "out" / "deep").mkdir()
    (bench.folder / "out" / "deep" / "letter.txt").write_bytes(os.urandom(3_000_000))
    (bench.folder / "inbox" / "leer").write_bytes(b"")
    before = tables(bench.app)

    made = backups.make(bench.app, stick / "b.dhb")
    found, app = brought(bench, made.file, tmp_path / "again")

    after = tables(app)
    assert {n: rows for n, rows in after.items() if n not in ("audit", "pauses")} == {
        n: rows for n, rows in before.items() if n not in ("audit", "pauses")
    }
    assert after["audit"][: len(before["audit"])] == before["audit"]
    assert [row[3] for row in after["audit"][len(before["audit"]) :]] == ["backup", "restore"]
    ours, theirs = (
        {
            p.relative_to(f): p.read_bytes()
            for p in f.rglob("*")
            if p.is_file() and ".dayhand" not in p.parts
        }
        for f in (bench.folder, found.folder)
    )
    assert ours == theirs
    assert len(ours) >= 5
    assert app.store.check() == []


def test_b03_a_backup_of_a_practice_that_is_not_encrypted_restores_too(bench, stick, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    text = (bench.folder / "practice.yaml").read_text()
    (folder / "practice.yaml").write_text(text + "\nstorage: {encrypted: false}\n")
    (folder / ".dayhand").mkdir()
    (folder / ".dayhand" / "id").write_text("a" * 32)
    app = opened(bench, folder)
    app.open_store(create=True).close()

    made = backups.make(app, stick / "b.dhb")
    found, again = brought(bench, made.file, tmp_path / "again")

    assert "not encrypted" in found.key
    assert again.store.verify_audit() == []


# B02: damage ----------------------------------------------------------------------------------------


def changed(file, target, seed, size):
    """A copy of the file with something wrong with it."""
    content = bytearray(file.read_bytes())
    weather = random.Random(seed)
    place = weather.randrange(len(content))
    match seed % 4:
        case 0 | 1:
            content[place] ^= 1 << weather.randrange(8)
        case 2:
            del content[weather.randrange(len(content)) :]
        case 3:
            block = weather.randrange(len(content) // size) * size
            content[block : block + size] = os.urandom(size)
    target.write_bytes(content)


def test_b02_a_backup_that_is_flipped_torn_or_cut_off_is_refused_whatever_the_place(
    bench, stick, tmp_path
):
    made = backups.make(bench.app, stick / "b.dhb")
    refused = 0

    for seed in range(120):
        changed(made.file, stick / "wrong.dhb", seed, 4096)
        with pytest.raises((StoreError, UserError)) as raised:
            backups.verify(bench.app, stick / "wrong.dhb")
        assert str(stick / "wrong.dhb") in raised.value.message or "key" in raised.value.message
        refused += 1
        if seed % 20 == 0:
            with pytest.raises((StoreError, UserError)):
                restore(bench.app, stick / "wrong.dhb", tmp_path / "again", key=None)
            assert [p.name for p in tmp_path.iterdir() if "again" in p.name] == []

    print(f"B02: {refused} of 120 damaged backups refused")
    assert backups.verify(bench.app, made.file).rows == made.rows


def test_b02_who_changes_bytes_and_their_sum_is_found_by_the_pages(bench, stick):
    made = backups.make(bench.app, stick / "b.dhb")
    head = backup.read_head(made.file)
    wrong = 0

    for seed in range(25):
        inner = stick / "inner"
        inner.unlink(missing_ok=True)
        backup.unpack(made.file, inner)
        content = bytearray(inner.read_bytes())
        content[random.Random(seed).randrange(16, len(content))] ^= 4
        inner.write_bytes(content)
        (stick / "forged.dhb").unlink(missing_ok=True)
        backup.pack(
            inner, {n: head[n] for n in head if n not in ("size", "sha256")}, stick / "forged.dhb"
        )
        with pytest.raises(StoreError, match=r"damaged|does not open"):
            backups.verify(bench.app, stick / "forged.dhb")
        wrong += 1

    assert wrong == 25


def test_b02_a_head_that_was_changed_is_found(bench, stick):
    made = backups.make(bench.app, stick / "b.dhb")
    content = made.file.read_bytes()
    later = content.replace(b'"made_at": "2026', b'"made_at": "2031', 1)
    assert later != content
    (stick / "forged.dhb").write_bytes(later)

    with pytest.raises(StoreError, match="head was changed: made_at"):
        backups.verify(bench.app, stick / "forged.dhb")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no backup of dayhand"),
        (b"PK\x03\x04 something else", "no backup of dayhand"),
        (b"dayhand backup 2\n{}\n", "newer dayhand"),
        (b"dayhand backup 1\n{}\n", "head of the backup"),
        (b"dayhand backup 1\n" + b"[" * 60_000 + b"\n", "head of the backup"),
        (b'dayhand backup 1\n{"size": 10, "sha256": "x"}\nabc', "it holds 3 of 10 bytes"),
    ],
)
def test_b02_what_is_no_whole_backup_says_why(bench, stick, content, why):
    (stick / "b.dhb").write_bytes(content)

    with pytest.raises(StoreError, match=why):
        restore(bench.app, stick / "b.dhb", stick / "again", key=None)
    assert [p.name for p in stick.iterdir()] == ["b.dhb"]


def test_b02_a_backup_that_does_not_verify_is_not_left_there(bench, stick, monkeypatch):
    counts = iter([{"runs": 3}, {"runs": 2}])
    monkeypatch.setattr(backup, "_counts", lambda _: next(counts))

    with pytest.raises(StoreError, match="rows are missing"):
        backups.make(bench.app, stick / "b.dhb")
    assert list(stick.iterdir()) == []


def test_a_disk_that_is_full_or_not_ours_is_told_and_nothing_is_left(
    bench, stick, tmp_path, monkeypatch
):
    file = backups.make(bench.app, stick / "b.dhb").file

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space"):
        backups.make(bench.app, stick / "c.dhb")
    with pytest.raises(StoreError, match=r"cannot be restored to .*: No space"):
        restore(bench.app, file, tmp_path / "again", key=None)
    monkeypatch.undo()

    assert [p.name for p in stick.iterdir()] == ["b.dhb"]
    assert [p.name for p in tmp_path.iterdir() if "again" in p.name] == []
    assert backups.make(bench.app, stick / "c.dhb").rows


# B04: nothing twice ---------------------------------------------------------------------------------


def test_b04_a_restored_practice_starts_nothing_and_asks_about_what_may_have_been_sent(
    bench, stick, tmp_path
):
    text = "triggers:\n  - cron: 0 9 * * *\nsteps:\n  - id: s\n    uses: act.send\n    with: {to: letter}\n"
    bench.write("mail", text)
    store, now = bench.app.store, bench.clock.now()
    daemon = Daemon(bench.app)
    bench.clock.move(timedelta(minutes=1))

    async def once(one):
        assert await one.take_lease()
        await one.one_pass()
        await one.wait_for_runs()

    asyncio.run(once(daemon))
    queued = runs.create(bench.app, "mail", inputs={})
    sending = runs.create(bench.app, "mail", inputs={})
    held = store.claim(sending.id, owner="here:1:1", lease=timedelta(minutes=5), now=now)
    effect = EffectRecord("k1", sending.id, "s", "act.send", "intended", now)
    asyncio.run(store.intend(sending.id, held.epoch, effect, StepRecord("s", "running")))
    acting.world.clear()
    backups.make(bench.app, stick / "b.dhb")
    bench.app.close()
    bench.clock.move(timedelta(days=5))

    found, app = brought(bench, stick / "b.dhb", tmp_path / "again")
    for _ in range(3):
        asyncio.run(once(Daemon(app)))
        bench.clock.move(timedelta(days=1))

    assert acting.world == []
    assert (found.ended, found.missed > 0) == (2, True)
    assert {app.store.run(run.id).state for run in (queued, sending)} == {"cancelled"}
    assert app.store.effect("k1").state == "unknown"
    rows = app.store.read_ledger(lambda ledger: ledger.between(now, bench.clock.now()))
    assert {row.state for row in rows if row.due <= now + timedelta(days=2)} == {"missed"}
    assert "restored from the backup" in rows[0].reason
    pauses = app.store.read_ledger(lambda ledger: ledger.pauses(bench.clock.now()))
    assert [(pause.routine, "restoring" in pause.by) for pause in pauses] == [("", True)]


def test_b04_a_run_that_waits_for_a_person_still_waits_and_goes_on_by_the_answer_alone(
    bench, stick, tmp_path
):
    text = """
    steps:
      - id: ok
        uses: person.approve
        with: {title: Send it, expires_in: 2 days}
      - uses: act.send
        with: {to: letter}
    """
    waiting = bench.run(text)
    backups.make(bench.app, stick / "b.dhb")
    bench.clock.move(timedelta(days=5))

    found, app = brought(bench, stick / "b.dhb", tmp_path / "again")

    assert (found.ended, found.waiting) == (0, 1)
    assert runs.left_over(app) == []
    (asked,) = app.store.questions()
    assert asked.run_id == waiting.id


# B05: killed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("work", ["backup", "restore"])
def test_b05_killed_in_the_middle_there_is_a_whole_one_or_none(tmp_path, work):
    found = kill(work, tmp_path / "k", 12)

    print(f"B05: {work} killed at {len(found)} of {found[0]['of']} moments")
    assert len(found) >= 12
    assert all(one["killed"] for one in found)
    for one in (each["found"] for each in found):
        if work == "backup":
            assert one["listed"] == one["shown"]
            assert one["verified"] == [True] * len(one["shown"])
            assert (one["left"], one["rows"]) == ([], 300)
        else:
            assert (one["rows"], one["letter"], one["left"], one["wrong"]) == (300, True, [], [])


def test_a_practice_is_not_restored_into_another(bench, stick, say):
    made = backups.make(bench.app, stick / "b.dhb")

    told = say("restore", made.file, "--into", bench.folder / "inner", code=2)

    assert "lies in the practice folder" in told
    assert not (bench.folder / "inner").exists()


def test_the_doctor_tells_that_a_restored_practice_is_paused(bench, stick, tmp_path, told):
    made = backups.make(bench.app, stick / "b.dhb")
    found, app = brought(bench, made.file, tmp_path / "again")
    app.close()
    bench.folder = found.folder

    (paused,) = [one for one in told("doctor") if "is paused" in one["message"]]
    assert "by restoring a backup" in paused["message"]
    assert paused["hint"] == "let it go on: dayhand resume-schedule --all"


@pytest.mark.soak
@pytest.mark.parametrize("work", ["backup", "restore"])
def test_b05_killed_at_every_moment_there_is_a_whole_one_or_none(tmp_path, work):
    found = kill(work, tmp_path / "k", 1000, within=800)

    print(f"B05: {work} killed at all of {found[0]['of']} moments")
    assert len(found) == found[0]["of"]
    left = {json.dumps([one["found"]["rows"], one["found"]["left"]]) for one in found}
    assert left == {json.dumps([300, []])}


# B07, B08, B09 --------------------------------------------------------------------------------------


def test_b07_a_backup_is_private_and_tells_nothing_and_the_key_is_not_in_it(bench, stick):
    (bench.folder / "out" / "letter.txt").write_text(f"Dear {CANARY}")
    key = key_of(bench)
    (bench.folder / "copied.txt").write_text(f"my key: {as_text(key)}\n")
    bench.app.store.write_now(
        lambda c: c.exec_driver_sql("INSERT INTO texts VALUES ('d', '', ?)", (CANARY,))
    )
    before = os.umask(0)
    try:
        made = backups.make(bench.app, stick / "b.dhb")
    finally:
        os.umask(before)

    content = made.file.read_bytes()
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert not content.startswith(b"SQLite format 3")
    for secret in (CANARY, "Canary", "Lakeside", as_text(key), key.hex()):
        assert secret.encode() not in content
    assert key not in content
    assert made.left_out == ("copied.txt: it holds the key",)
    backup.unpack(made.file, stick / "inner")
    kept = [one.path for one in backup.Content(stick / "inner", key).files()]
    assert "practice.yaml" in kept
    assert "copied.txt" not in kept


def test_b07_links_are_left_out_and_named(bench, stick, tmp_path):
    (tmp_path / "secret").write_text(CANARY)
    (bench.folder / "inbox" / "link").symlink_to(tmp_path / "secret")
    (bench.folder / "folder").symlink_to(tmp_path)
    os.mkfifo(bench.folder / "inbox" / "pipe")

    made = backups.make(bench.app, stick / "b.dhb")

    assert made.left_out == ("folder: it is a link", "inbox/link: it is a link")


def test_b08_of_400_daily_backups_the_newest_and_the_last_of_each_month_stay(stick):
    content, day = stick / "content", datetime(2026, 1, 1, 3, tzinfo=UTC)
    for number in range(400):
        content.write_bytes(b"x" * 100)
        moment = day + timedelta(days=number)
        backup.pack(content, {"made_at": moment.isoformat()}, stick / f"p-{number:03}.dhb")
        there = [(file, head["made_at"]) for file, head in backups.listed(stick)]
        backups._thin_out(there, 14)

    left = [head["made_at"][:10] for _, head in backups.listed(stick)]
    months = ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31"]
    months += ["2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"]
    assert sorted(left)[: len(months)] == months
    assert sorted(left)[-14:] == [str((day + timedelta(days=n)).date()) for n in range(386, 400)]
    assert len(left) == 24
    assert "2027-01-31" in left


def test_b08_only_the_usual_folder_is_thinned_out(bench, say, tmp_path, stick):
    for _ in range(3):
        bench.clock.move(timedelta(days=1))
        say("backup")
        say("backup", stick)

    usual = backups.usual_folder(bench.app)
    assert len(backups.listed(usual)) == 3
    assert len(backups.listed(stick)) == 3
    assert stat.S_IMODE(usual.stat().st_mode) == 0o700
    assert "UNDER KEY" in say("backup", "--list")


def test_b09_a_copy_of_the_file_alone_without_its_log_shows_as_cut_off(bench, tmp_path, told):
    app = bench.app
    app.note("edit", "C-1")
    whole = bench.folder / ".dayhand" / "dayhand.db"
    with app.store.read():  # held open, so that the log is not moved into the file
        app.note("edit", "C-2")
        (tmp_path / "alone.db").write_bytes(whole.read_bytes())
        from dayhand.app import audit_notes

        audit_notes.note_head(app)
    app.close()
    for ending in ("", "-wal", "-shm"):
        whole.with_name(whole.name + ending).unlink(missing_ok=True)
    (tmp_path / "alone.db").rename(whole)
    whole.chmod(0o600)

    found = told("audit", "verify", code=1)

    assert "its end was cut off" in found["wrong"][0]


# Where it goes, and where it does not ---------------------------------------------------------------


def test_a_backup_never_replaces_a_file_and_never_lies_with_the_data(bench, say, stick):
    say("backup", stick / "b.dhb")
    before = (stick / "b.dhb").read_bytes()

    assert "is there already" in say("backup", stick / "b.dhb", code=2)
    assert "lies in the practice folder" in say("backup", bench.folder / "b.dhb", code=2)
    assert "there is no folder" in say("backup", stick / "none" / "b.dhb", code=2)
    assert (stick / "b.dhb").read_bytes() == before


def test_restoring_never_replaces_anything(bench, stick, tmp_path):
    file = backups.make(bench.app, stick / "b.dhb").file
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")

    for name, why in (("full", "is not empty"), ("file", "no folder"), ("link", "no folder")):
        with pytest.raises(UserError, match=why):
            restore(bench.app, file, tmp_path / name, key=None)
    with pytest.raises(UserError, match="there is no folder"):
        restore(bench.app, file, tmp_path / "none" / "deep", key=None)

    restore(bench.app, file, tmp_path / "empty", key=None)
    assert (tmp_path / "full" / "mine").read_text() == (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "empty" / "practice.yaml").is_file()


def test_a_restored_practice_is_private_and_has_an_id_of_its_own(bench, stick, tmp_path):
    file = backups.make(bench.app, stick / "b.dhb").file
    before = os.umask(0)
    try:
        restore(bench.app, file, tmp_path / "again", key=None)
    finally:
        os.umask(before)

    for path in (tmp_path / "again").rglob("*"):
        private = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == private, path
    ids = [(f / ".dayhand" / "id").read_text() for f in (bench.folder, tmp_path / "again")]
    assert ids[0] != ids[1]


HOSTILE = [
    "../outside", "a/../../outside", "/etc/cron.d/x", ".dayhand/dayhand.db", ".dayhand/key-change", "..",
    ".", "", "a//b", "a/./b", "C:\\x", "a\\..\\..\\x", "a\0b", ".dayhand", "practice.yaml/inside",
]  # fmt: skip


def hostile(bench, stick, names):
    """A backup made by somebody who has the key."""
    inner, key = stick / "inner", key_of(bench)
    bench.app.store.backup(inner)
    head = backups._head_of(bench.app, key)
    files = [(name, io.BytesIO(b"evil")) for name in names]
    backup.Content(inner, key).fill(head, files)
    backup.pack(inner, head, stick / "hostile.dhb")
    return stick / "hostile.dhb"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_backup_writes_nothing_anywhere(bench, stick, tmp_path, name):
    everything = ["practice.yaml", ".dayhand/id", name]
    file = hostile(bench, stick, everything)
    before = sorted(str(p) for p in tmp_path.rglob("*"))

    with pytest.raises(StoreError, match=r"leads elsewhere|beside what cannot stand|cannot"):
        restore(bench.app, file, tmp_path / "again", key=None)
    assert sorted(str(p) for p in tmp_path.rglob("*") if "home" not in p.parts) == [
        p for p in before if "/home/" not in p and not p.endswith("/home")
    ]


def test_a_backup_of_another_practice_under_the_same_key_is_not_taken_for_this_one(
    bench, stick, tmp_path
):
    file = hostile(bench, stick, ["practice.yaml"])

    with pytest.raises(UserError, match="no id"):
        restore(bench.app, file, tmp_path / "again", key=None)
    assert not (tmp_path / "again").exists()


def own(bench):
    """The two files that every backup holds."""
    names = ("practice.yaml", ".dayhand/id")
    return [(name, io.BytesIO((bench.folder / name).read_bytes())) for name in names]


# Schemas --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_backup_of_an_older_version_is_migrated_as_it_is_restored(
    bench, stick, tmp_path, monkeypatch, revision
):
    folder = bench.folder / ".dayhand"
    bench.app.close()
    (folder / "dayhand.db").unlink()
    older = replace(TABLES, revision=revision)
    monkeypatch.setattr(opening, "TABLES", older)
    key = key_of(bench)
    with opening.open_store(
        folder / "dayhand.db", key=key, create=True, clock=bench.clock
    ) as store:
        now = bench.clock.now()
        store.write_now(
            lambda c: c.exec_driver_sql(
                "INSERT INTO texts VALUES ('d', 'agenda', 'routine: agenda')"
            )
        )
        store.create_run(Run("old", "agenda", "d", now, "UTC", now), "routine: agenda")
        file = stick / "old.dhb"
        inner = stick / "inner"
        store.backup(inner)
        head = {"practice": (folder / "id").read_text().strip(), "made_at": now.isoformat(),
                "key": backups.fingerprint(key), "dayhand": "0.0.1"}  # fmt: skip
        backup.Content(inner, key).fill(head, own(bench))
        backup.pack(inner, head, file)
    monkeypatch.undo()

    _, app = brought(bench, file, tmp_path / "again")

    assert [run.id for run in app.store.runs()] == ["old"]
    with app.store.read() as connection:
        now_at = connection.exec_driver_sql("SELECT version_num FROM dayhand_version").scalar()
    assert now_at == TABLES.revision


def test_a_backup_of_a_newer_version_is_refused_and_nothing_is_made(bench, stick, tmp_path):
    key = key_of(bench)
    inner = stick / "inner"
    bench.app.store.backup(inner)
    connection = sqlite.connect(inner, key)
    connection.execute("UPDATE dayhand_version SET version_num = '9999'")
    connection.close()
    head = backups._head_of(bench.app, key)
    backup.Content(inner, key).fill(head, own(bench))
    backup.pack(inner, head, stick / "newer.dhb")

    with pytest.raises(StoreError, match="newer version of dayhand"):
        restore(bench.app, stick / "newer.dhb", tmp_path / "again", key=None)
    assert [p for p in tmp_path.iterdir() if "again" in p.name] == []


# The key --------------------------------------------------------------------------------------------


def test_on_another_machine_the_key_comes_from_what_was_exported(bench, stick, tmp_path):
    made, key = backups.make(bench.app, stick / "b.dhb"), key_of(bench)
    (tmp_path / "machine" / "home").mkdir(parents=True)
    machine = another_app(tmp_path / "machine", "nowhere")

    with pytest.raises(UserError, match="under the key") as raised:
        restore(machine, made.file, tmp_path / "machine" / "practice", key=None)
    assert "--key" in raised.value.hint
    with pytest.raises(UserError, match="under the key"):
        restore(machine, made.file, tmp_path / "machine" / "practice", key=bytes(32))
    form = recovery.form("x", key)
    found = restore(
        machine, made.file, tmp_path / "machine" / "practice",
        key=recovery.read_any(form, "the form", passphrase=str),
    )  # fmt: skip

    assert str(tmp_path / "machine" / "home") in found.key
    with another_app(tmp_path / "machine") as app:
        assert app.store.verify_audit() == []


def test_the_commands_by_hand(bench, say, told, stick, tmp_path):
    made = told("backup", stick)
    assert "whole:" in say("backup", "--verify", made["file"])
    assert "rows" in say("restore", made["file"], "--into", tmp_path / "again")
    assert "is not empty" in say("restore", made["file"], "--into", tmp_path / "again", code=2)
    assert "which backup" in say("backup", "--verify", code=2)
    assert say("backup", "--list").startswith("no backups in")
    assert Path(told("restore", made["file"], "--into", tmp_path / "b")["folder"]) == tmp_path / "b"
