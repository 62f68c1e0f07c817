"""Cells of the matrix in which the server, the line to it, or another session fails at one commit of a run.

app ── proxy, which may hang up ──> PostgreSQL, which may be killed
 │                                      ^
 └── tells by an order ──> a keeper, which begins the server again, and holds locks in another session
"""

from __future__ import annotations

import mmap
import os
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from ground import Ground
from store_cells import POINTS, ROUTINE, SETTINGS, final, seen
from tests_support import postgres
from tests_support.commits import tell_who_waits
from tests_support.post_office import PostOffice
from tests_support.server_faults import Proxy, kill, socket_of

from dayhand.store import postgresql, writer
from dayhand.store.database import OwnSession

SERVER_SETTINGS = f"{SETTINGS}\nstorage: postgresql://postgres@127.0.0.1:SERVER/cell\n"
REFUSING = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = TG_ARGV[0]; END $$
"""
REFUSALS = {"not serial": "40001", "full": "53100", "disk fails": "58030"}
"""What the server says to COMMIT, and its code for that."""
NOTHING, BEFORE, AFTER, BEGIN_AGAIN, LOCK, LOCK_A_WHILE, CROSS, CROSSED = range(8)
CROSSING = (4_201, 4_202)


class Order:
    """One word between the process that a cell disturbs and its parent."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)

    def give(self, word: int, *, wait: bool = False) -> None:
        """Say it; with `wait` return once it was carried out."""
        self._shared[0] = word
        while wait and self._shared[0] == word:
            time.sleep(0.002)

    def word(self) -> int:
        return self._shared[0]

    def to_the_line(self) -> str:
        """For the proxy: what to do with a COMMIT."""
        word = {BEFORE: "before", AFTER: "after"}.get(self.word(), "")
        if word:
            self.give(NOTHING)
        return word


class Keeper(threading.Thread):
    """Does what the disturbed process orders: beginning the server again, holding locks."""

    def __init__(self, server: Any, order: Order) -> None:
        super().__init__(daemon=True)
        self._server, self._order = server, order
        self._over = threading.Event()
        self._let_go = threading.Event()
        self._held: threading.Thread | None = None

    def run(self) -> None:
        acts = {BEGIN_AGAIN: self._server.ensure_postgres_running, LOCK: self._lock,
                LOCK_A_WHILE: lambda: self._lock(0.3), CROSS: self._cross}  # fmt: skip
        while not self._over.wait(0.002):
            act = acts.get(self._order.word())
            if act is not None:
                word = self._order.word()
                act()
                if self._order.word() == word:
                    self._order.give(NOTHING)

    def _in_another_session(self, work: Callable[[Any, threading.Event], None]) -> None:
        ready = threading.Event()

        def held() -> None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.address) as connection:
                work(connection, ready)
                connection.rollback()

        self._let_go.clear()
        self._held = threading.Thread(target=held, daemon=True)
        self._held.start()
        assert ready.wait(100)

    @property
    def address(self) -> str:
        return self._server.get_uri("cell")

    def _lock(self, seconds: float = 60) -> None:
        def work(connection: Any, ready: threading.Event) -> None:
            found = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            )
            names = ", ".join(row[0] for row in found)
            connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
            ready.set()
            self._let_go.wait(seconds)

        self._in_another_session(work)

    def _cross(self) -> None:
        """Hold the first lock, and ask for the second, which the disturbed process holds."""

        def work(connection: Any, ready: threading.Event) -> None:
            # the one whose time is up looks for a deadlock and gives way: not this one
            connection.execute("SET deadlock_timeout = '1h'")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [CROSSING[0]])
            ready.set()
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [CROSSING[1]])

        self._in_another_session(work)

    def let_go(self) -> None:
        """Whatever is held."""
        self._let_go.set()
        if self._held is not None:
            self._held.join(10)

    def close(self) -> None:
        self._over.set()
        self.join()


class ServerGround(Ground):
    """The practice with its database on a server: a copy of one that is there already."""

    def __init__(self, work: Path, office: PostOffice, server: Any, port: int) -> None:
        self.server = server
        super().__init__(work, office, SERVER_SETTINGS.replace("SERVER", str(port)), ROUTINE)
        self._say("CREATE DATABASE cell")
        with self.app(self.template) as app:
            app.open_store(create=True).close()
        with psycopg.connect(server.get_uri("cell")) as connection:
            connection.execute(REFUSING)
        self._say("ALTER DATABASE cell RENAME TO template_cell")

    def _say(self, *orders: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for order in orders:
                connection.execute(order)

    def fresh(self) -> None:
        super().fresh()
        self._say(
            "DROP DATABASE IF EXISTS cell WITH (FORCE)",
            "CREATE DATABASE cell TEMPLATE template_cell",
        )


class ServerDisturbance:
    """What goes wrong at the commit of that number, in the process that it is put into."""

    def __init__(self, fault: str, number: int, order: Order, server: Any) -> None:
        self.fault, self.number, self.order, self.server = fault, number, order, server
        self.commits = 0
        self.done = False

    def put(self) -> None:
        """Put it into this process."""
        tell_who_waits()
        begin, commit = OwnSession.begin, OwnSession.commit
        # a few tenths of a second in place of a minute
        postgresql.LOCK_SECONDS = 0.1
        writer.PATIENCE = 3

        def begun(session: OwnSession) -> None:
            begin(session)
            if self._is_now(session) and self.fault.startswith("locked"):
                self.done = True
                self.order.give(LOCK_A_WHILE if self.fault == "locked a while" else LOCK, wait=True)

        def committed(session: OwnSession) -> None:
            now = self._is_now(session)
            if now and not self.fault.startswith("locked"):
                self.done = True
                self._before(session)
            commit(session)
            self.commits += session.waited_for
            if now:
                self._after()

        if self.fault == "locked a while":
            postgresql.LOCK_SECONDS = 60
        OwnSession.begin, OwnSession.commit = begun, committed  # type: ignore[method-assign]

    def _is_now(self, session: Any) -> bool:
        return session.waited_for and self.commits + 1 == self.number and not self.done

    def _before(self, session: OwnSession) -> None:
        if self.fault == "kill before":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.fault in ("line before", "line after"):
            self.order.give(BEFORE if self.fault == "line before" else AFTER)
        elif self.fault in ("server before", "server gone"):
            self._kill_server(again=self.fault == "server before")
        elif self.fault == "deadlock":
            self._deadlock(session.cursor)
        elif self.fault in REFUSALS:
            self._refused(session.cursor, REFUSALS[self.fault])

    def _after(self) -> None:
        if self.fault == "kill after":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.fault == "server after":
            self._kill_server(again=True)

    def _kill_server(self, *, again: bool) -> None:
        kill(self.server)
        if again:
            self.order.give(BEGIN_AGAIN, wait=True)

    def _deadlock(self, cursor: Any) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CROSSING[1]])
        self.order.give(CROSS, wait=True)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not cursor.execute(waiting).fetchone()[0]:
            time.sleep(0.002)
        cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL deadlock_timeout = '1ms'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CROSSING[0]])

    @staticmethod
    def _refused(cursor: Any, code: str) -> None:
        cursor.execute("CREATE TEMP TABLE refused (x int) ON COMMIT DROP")
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER refusal AFTER INSERT ON refused DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW EXECUTE FUNCTION refuse('{code}')"
        )
        cursor.execute("INSERT INTO refused VALUES (1)")


@contextmanager
def served(work: Path) -> Iterator[tuple[ServerGround, Order, Keeper]]:
    """A practice on a server of its own, reached through a proxy."""
    work.mkdir(parents=True, exist_ok=True)
    # not pytest's own folder: another session closes it to the user the server runs as
    with tempfile.TemporaryDirectory(prefix="dayhand-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set
            server = postgres.start(Path(folder))
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # processes are killed, not the machine: what the system was given stays
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        order = Order()
        proxy = Proxy(socket_of(server.get_uri()), order.to_the_line)
        keeper = Keeper(server, order)
        keeper.start()
        with PostOffice(work / "mail") as office:
            yield ServerGround(work, office, server, proxy.port), order, keeper
        keeper.close()
        proxy.close()
        server.cleanup()


def run_cells(work: Path, cells: list[dict[str, Any]]) -> Any:
    """The result of each cell."""
    with served(work) as (ground, order, keeper):
        ground.fresh()
        nothing = ServerDisturbance("", 0, order, ground.server)
        yield ground.fork(
            lambda app: ground.pursue(app) | final(ground, app) | {"commits": nothing.commits},
            nothing.put,
        )
        for cell in cells:
            yield cell | one(ground, order, keeper, cell["point"], cell["fault"])


def one(
    ground: ServerGround, order: Order, keeper: Keeper, point: str, fault: str
) -> dict[str, Any]:
    ground.fresh()
    disturbance = ServerDisturbance(fault, list(POINTS).index(point) + 1, order, ground.server)
    ended = ground.fork(ground.pursue, disturbance.put)
    order.give(NOTHING)
    keeper.let_go()
    ground.server.ensure_postgres_running()
    kept = ground.fork(lambda app: seen(app, point))
    found = ground.fork(lambda app: ground.pursue(app) | final(ground, app))
    asked = found["asked"] + (ended["asked"] if isinstance(ended, dict) else 0)
    tried = found["tried"] + (ended["tried"] if isinstance(ended, dict) else 0)
    return {
        "ended": ended if isinstance(ended, str) else "went on",
        "kept": kept,
        **found,
        "asked": asked,
        "tried": tried,
    }
