"""A run that records and mails while the disk under its PostgreSQL is really full; prints how it ended, as JSON.

What the server keeps lies on a small disk, its tables or its log. Once some of the messages have arrived
that disk is filled to its last byte, and kept full. A full disk for the tables is an error of one
statement; one for the log ends the server, which cannot begin again before there is room.
"""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from ground import Ground
from store_cells import SETTINGS, final
from tests_support import postgres
from tests_support.post_office import PostOffice, message_ids
from tests_support.server_faults import kill

from dayhand.app import App
from dayhand.store import writer
from dayhand.store.database import OwnSession

PEOPLE = 40
FILLED_AT = 30
"""Before this commit of the run, of more than two hundred, the disk is filled."""
ROUTINE = """
steps:
  - for_each: "NUMBERS"
    as: number
    steps:
      - uses: act.record
        with: {text: "row ${{ number }} LONG"}
      - uses: email.send
        with: {to: "c${{ number }}@example.org", purpose: office, subject: Hello, body: Good day.}
"""
LONG = "x" * 1900
"""Few rows to a page, so that the tables need room again and again."""
SERVER = f"{SETTINGS}\nstorage: postgresql://postgres@/postgres?host=SOCKET\n"


class NoSmallDisk(Exception):
    """This machine does not let us make one."""


class SmallDisk:
    """A disk that can be filled to its last byte, and is kept so until there is to be room."""

    def __init__(self, place: Path, size: str) -> None:
        self.place = place
        place.mkdir()
        if os.geteuid() != 0:
            raise NoSmallDisk("only root can mount a small disk")
        options = ["-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(place)]
        done = subprocess.run(["mount", *options], capture_output=True, text=True)
        if done.returncode != 0:
            raise NoSmallDisk(f"no small disk: {done.stderr.strip()}")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def fill(self) -> None:
        """Returns once it is full; what is given free is taken again."""
        full = threading.Event()

        def work() -> None:
            with (self.place / "ballast").open("ab", buffering=0) as ballast:
                while not self._over.wait(0.01):
                    for size in (1 << 20, 4096, 1):
                        with suppress(OSError):
                            while not self._over.is_set():
                                ballast.write(b"\0" * size)
                    full.set()

        self._over.clear()
        self._thread = threading.Thread(target=work)
        self._thread.start()
        assert full.wait(120)

    def make_room(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        (self.place / "ballast").unlink(missing_ok=True)

    def close(self) -> None:
        self.make_room()
        subprocess.run(["umount", "-l", self.place], check=True)


class Watcher(threading.Thread):
    """Fills the disk when the run asks for it, which waits meanwhile."""

    def __init__(self, order: Path, kept: str, disk: SmallDisk, server: Any) -> None:
        super().__init__()
        self.order, self.kept, self.disk, self.server = order, kept, disk, server
        self.over = threading.Event()

    def run(self) -> None:
        while not self.order.exists():
            if self.over.wait(0.01):
                return
        self.disk.fill()
        if self.kept == "log":
            self._use_up_the_log()
        self.order.unlink()

    def _use_up_the_log(self) -> None:
        """Leave no file that is there already: the next record needs a new one."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            while True:
                (now,) = connection.execute(
                    "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"
                ).fetchone()
                files = [
                    one.name for one in (self.disk.place / "pg_wal").iterdir() if one.is_file()
                ]
                ahead = [name for name in files if len(name) == len(now) and name > now]
                connection.execute("SELECT pg_logical_emit_message(true, 'a', 'b')")
                connection.execute("SELECT pg_switch_wal()")
                if not ahead:
                    return


def waits_at(commit: int, order: Path) -> Callable[[], None]:
    """Before that commit the run waits until the disk is full; it gives up soon what is tried again."""

    def put() -> None:
        writer.PATIENCE = 5
        real, done = OwnSession.commit, [0]

        def committed(session: OwnSession) -> None:
            done[0] += 1
            if done[0] == commit:
                order.touch()
                while order.exists():
                    time.sleep(0.01)
            real(session)

        OwnSession.commit = committed  # type: ignore[method-assign]

    return put


@contextmanager
def small_server(folder: Path, kept: str) -> Iterator[tuple[Any, SmallDisk]]:
    """A server whose tables, or whose log, lie on a small disk."""
    disk = SmallDisk(folder / "small", "200m")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set
            server = postgres.start(disk.place if kept == "tables" else folder)
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET checkpoint_timeout = '1h'")
                connection.execute("SELECT pg_reload_conf()")
            if kept == "log":
                kill(server)
                move_log(server.pgdata / "pg_wal", disk.place / "pg_wal")
                server.ensure_postgres_running()
            yield server, disk
        finally:
            disk.make_room()
            server.cleanup()
    finally:
        disk.close()


def move_log(log: Path, target: Path) -> None:
    owner = log.stat()
    shutil.copytree(log, target)
    shutil.rmtree(log)
    log.symlink_to(target)
    for one in (target, *target.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid)
    target.chmod(0o700)


def began_again(server: Any) -> None:
    """Wait until it answers; one that ended is begun."""
    until = time.monotonic() + 120
    while True:
        try:
            server.ensure_postgres_running()
            psycopg.connect(server.get_uri(), connect_timeout=5).close()
        except Exception as error:
            if time.monotonic() > until:
                raise AssertionError("the server does not begin again") from error
            time.sleep(0.2)
        else:
            return


def receiver(message: bytes) -> str:
    return str(email.message_from_bytes(message)["To"])


def filled(ground: Ground, kept: str, server: Any, disk: SmallDisk) -> dict[str, Any]:
    """How the run ended as the disk filled, once more while it was full, and after there was room."""
    order = ground.work / "fill"
    watcher = Watcher(order, kept, disk, server)
    watcher.start()
    first = ground.fork(ground.pursue, waits_at(FILLED_AT, order))
    watcher.over.set()
    watcher.join()
    arrived = len(ground.office.messages)
    second = ground.fork(ground.pursue, waits_at(0, order))
    disk.make_room()
    began_again(server)

    def end(app: App) -> dict[str, Any]:
        gone_on = ground.pursue(app)
        return final(ground, app) | gone_on

    found = ground.fork(end)
    told = [one if isinstance(one, str) else one["state"] for one in (first, second)]
    asked = sum(one["asked"] for one in (first, second, found) if isinstance(one, dict))
    return {
        **found,
        "asked": asked,
        "arrived": arrived,
        "first": told[0],
        "second": told[1],
        "rows": [row.rpartition(" ")[0] for row in found["rows"]],
        "to": Counter(receiver(one) for one in ground.office.messages),
        "twice": len(ground.office.messages) - len(set(message_ids(ground.office.messages))),
    }


def tried(work: Path, kept: str) -> dict[str, Any]:
    # not pytest's own folder: another session closes it to the user the server runs as
    with tempfile.TemporaryDirectory(prefix="dayhand-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with (
            small_server(Path(folder), kept) as (server, disk),
            PostOffice(work / "mail") as office,
        ):
            address = server.get_uri().partition("host=")[2]
            routine = ROUTINE.replace("NUMBERS", str(list(range(PEOPLE)))).replace("LONG", LONG)
            ground = Ground(work / "ground", office, SERVER.replace("SOCKET", address), routine)
            with ground.app(ground.template) as app:
                app.open_store(create=True).close()
            ground.fresh()
            return filled(ground, kept, server, disk)


if __name__ == "__main__":
    try:
        print(json.dumps(tried(Path(sys.argv[1]), sys.argv[2])))
    except NoSmallDisk as none:
        print(json.dumps({"no small disk": str(none)}))
