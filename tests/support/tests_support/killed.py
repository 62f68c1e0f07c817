"""Kill a piece of work at each of its moments: a child per moment, forked from a process that has imported all.

A moment is just before or after a change to the disk that Python sees (a file opened for writing, renamed,
removed, synced, a folder made) or a statement of the database's driver. Run as a script:

    killed.py WORK FOLDER MOST

WORK names a function of this module that prepares a folder and gives the work; FOLDER is where each child
finds a copy of what was prepared. For each moment a line of JSON tells what was found after the kill.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


class Fault:
    """Counts moments; at the chosen one the process is gone."""

    def __init__(self) -> None:
        self.count, self.chosen, self.armed = 0, -1, False

    def moment(self) -> None:
        if not self.armed:
            return
        self.count += 1
        if self.count == self.chosen:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        if event in EVENTS or writes:
            self.moment()


FAULT = Fault()


class Watched:
    """The driver's connection, each statement of it a moment before and one after."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def execute(self, *arguments: Any) -> Any:
        FAULT.moment()
        found = self._inner.execute(*arguments)
        FAULT.moment()
        return found

    def commit(self) -> None:
        FAULT.moment()
        self._inner.commit()
        FAULT.moment()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def watch() -> None:
    """From here on moments are counted."""
    from dayhand.store import sqlite

    connect, sync = sqlite.connect, os.fsync

    def synced(descriptor: int) -> None:
        FAULT.moment()
        sync(descriptor)
        FAULT.moment()

    os.fsync = synced
    sys.addaudithook(FAULT.hear)
    sqlite.connect = lambda *a: Watched(connect(*a))  # type: ignore[assignment]


def each(prepare: Callable[[Path], Any], work: Callable[[Path], None],
         look: Callable[[Path], Any], folder: Path, most: int) -> None:  # fmt: skip
    """Count the moments of the work, then kill it at `most` of them, spread evenly, and look."""
    whole = folder / "whole"
    whole.mkdir()
    prepare(whole)
    watch()
    total = _child(whole, folder / "counted", work, chosen=-1)
    shutil.rmtree(folder / "counted")
    step = max(total / most, 1)
    moments = sorted({min(int(step * n) + 1, total) for n in range(most)})
    for number in moments:
        place = folder / f"m{number}"
        code = _child(whole, place, work, chosen=number)
        print(
            json.dumps({"moment": number, "of": total, "killed": code < 0, "found": look(place)}),
            flush=True,
        )
        shutil.rmtree(place)


SWEEP = 20
"""Kills from the beginning of the work to its end, before the next begin at its beginning."""


def each_while(prepare: Callable[[Path], Any], work: Callable[[Path], None],
               look: Callable[[Path], Any], folder: Path, most: int) -> None:  # fmt: skip
    """Kill the work at `most` times spread over its length, also inside one long call of the driver.

    How long it takes is learned from the kills: a machine may be quicker or slower than it was a moment ago.
    Is the work never done before its kill, there are more of them, later and later.
    """
    whole = folder / "whole"
    whole.mkdir()
    prepare(whole)
    begin = time.monotonic()
    _child(whole, folder / "timed", work, chosen=-1)
    length = time.monotonic() - begin
    shutil.rmtree(folder / "timed")
    number, outrun = 0, False
    while number < most or (not outrun and number < 4 * most):
        number += 1
        part = (number - 1) % SWEEP + 1
        place, after = folder / f"t{number}", length * part / SWEEP
        killed = _child(whole, place, work, chosen=-1, after=after) < 0
        outrun = outrun or not killed
        if not killed:
            length = min(length, after)
        elif part == SWEEP:
            length *= 2
        print(
            json.dumps({"moment": number, "of": most, "killed": killed, "found": look(place)}),
            flush=True,
        )
        shutil.rmtree(place)


def _child(
    whole: Path, place: Path, work: Callable[[Path], None], *, chosen: int, after: float = 0
) -> int:
    shutil.copytree(whole, place, symlinks=True)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            FAULT.chosen, FAULT.armed = chosen, True
            if after:  # its default action ends the process wherever it is, without a word
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, after)
            work(place)
            FAULT.armed = False
            os.write(write, str(FAULT.count).encode())
            os._exit(0)
        import traceback

        traceback.print_exc()
        os._exit(1)
    os.close(write)
    _, status = os.waitpid(child, 0)
    told = os.read(read, 100)
    os.close(read)
    ended = os.waitstatus_to_exitcode(status)
    if ended > 0:
        raise SystemExit("the work failed by itself")
    return int(told or 0) if chosen < 0 and not after else ended


# The works ----------------------------------------------------------------------------------------


def _app(place: Path, folder: str = "practice") -> Any:
    from dayhand.app import App
    from dayhand.plugin_host import PluginHost
    from dayhand.settings import Settings
    from tests_support import acting

    environment = {
        "HOME": str(place / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    import dayhand_journal

    host = PluginHost(modules={"act": acting, "journal": dayhand_journal}, installed=False)
    return App(Settings(environment, place, place / folder), host=host)


def _practice(place: Path) -> None:
    from dayhand.app.founding import found

    (place / "home").mkdir()
    app = _app(place)
    list(found(app, place / "practice", sample=False, name="Lakeside", clinician="Jane Doe",
               timezone="UTC", currency="USD", today=None, routines=False))  # fmt: skip
    (place / "practice" / "out" / "letter.txt").write_text("a letter\n" * 400)
    with app:
        app.store.write_now(
            lambda c: c.exec_driver_sql(
                "INSERT INTO texts VALUES (?, '', ?)", [(str(n), "x" * 900) for n in range(300)]
            )
        )


def _rows(app: Any) -> int:
    with app.store.read() as connection:
        found: int = connection.exec_driver_sql("SELECT count(*) FROM texts").scalar()
    return found


def rotate(place: Path) -> None:
    from dayhand.app import key_change

    with _app(place) as app:
        key_change.rotate(app)


def rotate_private(place: Path) -> None:
    from dayhand.app import private_key

    with _app(place) as app:
        private_key.rotate(app)


def prepare_private(place: Path) -> None:
    """Psychotherapy notes, check-ins, and a run that read one."""
    from dayhand.app import runs
    from dayhand_journal import private_store

    _practice(place)
    routine = place / "practice" / "routines" / "r.yaml"
    routine.write_text(
        "routine: r\nsteps:\n  - {uses: journal.psychotherapy, with: {note: P-000001}}\n"
    )
    with _app(place) as app:
        practice = app.context("journal")
        for number in range(1, 6):
            with practice.transaction("prepare") as connection:
                private_store.write_psychotherapy(
                    practice, connection, client_id="C-1", initials="", text=f"note {number}",
                    key=f"k{number}",
                )  # fmt: skip
                private_store.check_in(
                    practice, connection, scales={"energy": number}, text="t", key=f"k{number}"
                )
        runs.go_on(app, runs.create(app, "r", inputs={}).id)


def look_at_the_texts(place: Path) -> Any:
    """Every text read by the next process, and by the one after it; and what lies about."""
    from dayhand.app import private_key
    from dayhand.runner import private
    from dayhand_journal import private_store

    def read() -> list[str]:
        with _app(place) as app:
            practice, run = app.context("journal"), app.store.runs(limit=1)[0]
            with practice.connect() as connection:
                notes = [
                    str(private_store.psychotherapy_note(practice, connection, f"P-{n:06}").text)
                    for n in range(1, 6)
                ]
            kept = private.opened(app.store.steps(run.id)[0].output, app.store)
            return [*notes, str(kept["text"])]

    first = read()
    with _app(place) as app:
        key, at = private_key.keys_of(app).locate()
        mixed = len(private_key.status(app).texts)
        left = [p.name for p in at.file.parent.iterdir() if ".next" in p.name or ".part" in p.name]  # type: ignore[union-attr]
        left += [p.name for p in app.data.glob(private_key.MARKER)]
        wrong = app.store.check() + app.store.verify_audit()
    with _app(place.parent / "whole") as whole:
        before = private_key.keys_of(whole).locate()[0]
    return {
        "read": first, "kept": read(), "mixed": mixed, "left": left, "wrong": wrong,
        "changed": key != before,
    }  # fmt: skip


def _larger(place: Path) -> None:
    _practice(place)
    with _app(place) as app:
        app.store.write_now(
            lambda c: c.exec_driver_sql(
                "INSERT INTO texts VALUES (?, '', ?)", [(f"m{n}", "x" * 1900) for n in range(3700)]
            )
        )


def _key_of(place: Path) -> bytes:
    from dayhand.keys import find_key

    return find_key(place / "practice", None, environment={"HOME": str(place / "home")})


def look_at_the_key(place: Path) -> Any:
    """How many of the keys there are open the file as it lies there; then as dayhand finds it."""
    from dayhand.store import sqlite

    copy = place / "copy"
    shutil.copytree(place / "practice" / ".dayhand", copy)
    kept = sorted((place / "home" / ".local" / "share" / "dayhand" / "keys").glob("*.key*"))
    from dayhand.keys import read_key

    # as an operator would: the key there first, whose journal may have to be played back
    keys = {read_key(one.read_text(), "") for one in kept if not one.name.endswith(".part")}
    main = next(one for one in kept if one.suffix == ".key")
    order = sorted(keys, key=lambda k: k != read_key(main.read_text(), ""))
    opening = [sqlite.opens(copy / "dayhand.db", key) for key in order]
    with _app(place) as app:
        rows, wrong, left = _rows(app), app.store.check() + app.store.verify_audit(), []
        left = [p.name for p in kept[0].parent.iterdir() if ".next" in p.name or ".part" in p.name]
        left += [p.name for p in (place / "practice" / ".dayhand").glob("key-change")]
    with _app(place) as again:
        rows_again = _rows(again)
    changed = _key_of(place) != _key_of(place.parent / "whole")
    return {
        "open": sum(opening),
        "changed": changed,
        "rows": rows,
        "again": rows_again,
        "wrong": wrong,
        "left": left,
    }


def back_up(place: Path) -> None:
    from dayhand.app import backups

    with _app(place) as app:
        backups.make(app, place / "stick" / "b.dhb")


def prepare_backup(place: Path) -> None:
    _practice(place)
    (place / "stick").mkdir()


def look_at_the_backup(place: Path) -> Any:
    """Whether there is a backup, and then a whole one; and that another can be made beside it."""
    from dayhand.app import backups

    with _app(place) as app:
        there = [file.name for file, _ in backups.listed(place / "stick")]
        shown = [p.name for p in (place / "stick").iterdir() if not p.name.startswith(".")]
        verified = [bool(backups.verify(app, place / "stick" / name).rows) for name in shown]
        backups.make(app, place / "stick" / "c.dhb")
        left = [p.name for p in (place / "stick").iterdir() if p.name.startswith(".")]
        return {
            "listed": there,
            "shown": shown,
            "verified": verified,
            "left": left,
            "rows": _rows(app),
        }


def prepare_restore(place: Path) -> None:
    prepare_backup(place)
    back_up(place)


def restore(place: Path) -> None:
    from dayhand.app.restoring import restore as bring

    with _app(place, "nowhere") as app:
        bring(app, place / "stick" / "b.dhb", place / "again", key=None)


def act(place: Path) -> None:
    """Acts of people, each to be in the audit log if it was done, and not if it was not."""
    with _app(place) as app:
        for number in range(50):
            with app.store.transaction(
                who="jane", action=f"edit C-{number}", now=app.clock.now()
            ) as connection:
                connection.exec_driver_sql(
                    "INSERT INTO texts VALUES (?, 'act', '')", (f"a{number}",)
                )


def look_at_the_acts(place: Path) -> Any:
    with _app(place) as app:
        with app.store.read() as connection:
            done = connection.exec_driver_sql(
                "SELECT digest FROM texts WHERE routine = 'act'"
            ).scalars()
            acts = sorted(done)
        noted = sorted(
            f"a{e.action[7:]}" for e in app.store.audit(limit=1000) if e.action[:4] == "edit"
        )
        return {"acts": acts, "noted": noted, "wrong": app.store.verify_audit()}


def prepare_migration(place: Path) -> None:
    """A practice as an older version left it."""
    from dataclasses import replace

    from dayhand.store import opening, sqlite
    from dayhand.store.newest import TABLES

    _practice(place)
    file = place / "practice" / ".dayhand" / "dayhand.db"
    sqlite.remove(file)
    opening.TABLES = replace(TABLES, revision="0001")
    with opening.open_store(file, key=_key_of(place), create=True) as store:
        store.write_now(
            lambda c: c.exec_driver_sql(
                "INSERT INTO texts VALUES (?, '', '')", [(str(n),) for n in range(300)]
            )
        )
    opening.TABLES = TABLES


def migrate(place: Path) -> None:
    with _app(place) as app:
        _ = app.store


def look_at_the_migrated(place: Path) -> Any:
    """Which version it is at as it lies there; then that it opens, with a copy from before."""
    from dayhand.store import sqlite

    folder = place / "practice" / ".dayhand"
    copy = place / "copy"
    shutil.copytree(folder, copy)
    connection = sqlite.connect(copy / "dayhand.db", _key_of(place))
    version = connection.execute("SELECT version_num FROM dayhand_version").fetchone()[0]
    before = sorted(p.name for p in copy.glob("*.before-*") if not p.name.endswith(".part"))
    connection.close()
    with _app(place) as app:
        rows, wrong = _rows(app), app.store.check()
    left = [p.name for p in folder.iterdir() if "throwaway" in p.name or p.name.endswith(".part")]
    kept = len(list(folder.glob("*.before-*")))
    return {
        "version": version,
        "before": before,
        "rows": rows,
        "wrong": wrong,
        "left": left,
        "kept": kept,
    }


def look_at_the_restored(place: Path) -> Any:
    """Whether the folder is there, and then whole; and that restoring works now."""
    there = (place / "again").exists()
    if not there:
        restore(place)
    with _app(place, "again") as app:
        whole = (place / "again" / "out" / "letter.txt").read_text() == "a letter\n" * 400
        left = [p.name for p in place.iterdir() if p.name.startswith(".again")]
        return {
            "there": there,
            "rows": _rows(app),
            "letter": whole,
            "left": left,
            "wrong": app.store.check(),
        }


WORKS = {
    "rotate": (_practice, rotate, look_at_the_key),
    "rekey": (_larger, rotate, look_at_the_key),
    "private": (prepare_private, rotate_private, look_at_the_texts),
    "migrate": (prepare_migration, migrate, look_at_the_migrated),
    "acts": (_practice, act, look_at_the_acts),
    "backup": (prepare_backup, back_up, look_at_the_backup),
    "restore": (prepare_restore, restore, look_at_the_restored),
}

if __name__ == "__main__":
    kill = each_while if sys.argv[1] == "rekey" else each
    kill(*WORKS[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3]))
