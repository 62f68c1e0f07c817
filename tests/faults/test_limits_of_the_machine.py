"""What the machine refuses: room in a file (A08), memory (A09); and a log that is not chained (A19, L07)."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests_support import acting

from dayhand.store import audit, open_store

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)

# Fills a store until the system refuses to let the file grow, then lifts the limit and goes on.
GROWING = """
import json, resource, sys
from pathlib import Path
from dayhand.errors import StoreError
from dayhand.store import open_store

resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
kept, told = 0, []
with open_store(Path(sys.argv[1]), key=bytes(32), create=True) as store:
    def add(number):
        store.write_now(lambda connection: connection.exec_driver_sql(
            "INSERT INTO texts VALUES (?, '', ?)", (f"t{number}", "x" * 50_000)))
    try:
        for number in range(100):
            add(number)
            kept += 1
    except StoreError as error:
        told.append(error.message)
    try:
        add(kept + 1000)
    except StoreError as error:
        told.append(error.message)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with open_store(Path(sys.argv[1]), key=bytes(32), check=True) as store:
    with store.read() as connection:
        there = connection.exec_driver_sql("SELECT count(*) FROM texts").scalar()
    store.write_now(lambda c: c.exec_driver_sql("INSERT INTO texts VALUES ('more', '', '')"))
print(json.dumps({"kept": kept, "there": there, "told": told}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are Unix's")
def test_a08_a_limit_on_the_size_of_files_is_told_and_loses_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", GROWING, str(tmp_path / "store.db")], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["kept"] < 100
    assert told["there"] == told["kept"]
    assert len(told["told"]) == 2
    assert all("disk" in one for one in told["told"])


def test_a09_a_step_that_runs_out_of_memory_fails_alone(bench):
    acting.script["hungry"] = [lambda: bytearray(2**60)]

    failed = bench.run("""
        steps:
          - uses: act.record
            with: {text: before}
          - uses: act.echo
            with: {value: 1, name: hungry}
    """)
    after = bench.run("steps:\n  - uses: act.record\n    with: {text: after}\n", name="next")

    assert (failed.state, after.state) == ("failed", "done")
    assert "MemoryError" in failed.reason
    with bench.app.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT text FROM act_rows").scalars().all()
    assert rows == ["before", "after"]


# Negative control: the log without its chain -------------------------------------------------------


def _alone(n: int, at: str, who: str, action: str, subject: str, *_previous: str) -> str:
    """An entry's hash that knows nothing of the one before."""
    told = json.dumps([at, who, action, subject])
    return hashlib.sha256(told.encode()).hexdigest()


def tampered(path, hashed: Callable[..., str], statements: list[str]) -> list[str]:
    """What is found wrong with a log once somebody who can compute hashes has been at it."""
    with open_store(path, key=bytes(32), create=True) as store:
        for number in range(4):
            store.write_now(
                lambda connection, n=number: audit.append(
                    connection, at=NOW, who="jane", action="read", subject=f"client {n}"
                )
            )
        assert store.verify_audit() == []

        def tamper(connection):
            for trigger in ("audit_no_update", "audit_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
            for statement in statements:
                connection.exec_driver_sql(statement)
            columns = "n, at, who, action, subject, previous"
            for row in connection.exec_driver_sql(f"SELECT {columns} FROM audit").fetchall():
                connection.exec_driver_sql(
                    "UPDATE audit SET hash = ? WHERE n = ?", (hashed(*row), row[0])
                )

        store.write_now(tamper)
        return store.verify_audit()


REMOVE = ["DELETE FROM audit WHERE n = 2", "UPDATE audit SET n = n - 1 WHERE n > 2"]
SWAP = [
    "UPDATE audit SET n = 12 WHERE n = 2",
    "UPDATE audit SET n = 2 WHERE n = 3",
    "UPDATE audit SET n = 3 WHERE n = 12",
]
ALTER = ["UPDATE audit SET who = 'nobody' WHERE n = 2"]


@pytest.mark.parametrize("statements", [REMOVE, SWAP, ALTER], ids=["remove", "swap", "alter"])
def test_a19_a_log_that_is_not_chained_hides_what_the_chain_shows(
    tmp_path, monkeypatch, statements
):
    assert tampered(tmp_path / "chained.db", audit._hash, statements)

    monkeypatch.setattr(audit, "_hash", _alone)
    real = audit.head
    monkeypatch.setattr(
        audit, "head", lambda connection: audit.AuditHead(real(connection).n, "")
    )  # each entry follows nothing
    monkeypatch.setattr(audit, "verify", _verify_alone)

    assert tampered(tmp_path / "alone.db", _alone, statements) == []


def _verify_alone(connection, _anchors) -> list[str]:
    """Each entry for itself, and the numbers without a hole: all there is to see without a chain."""
    columns = "n, at, who, action, subject, previous, hash"
    rows = connection.exec_driver_sql(f"SELECT {columns} FROM audit ORDER BY n").fetchall()
    wrong = [f"entry {row[0]} was changed" for row in rows if _alone(*row[:6]) != row[6]]
    return wrong + [f"hole at {n}" for n, row in enumerate(rows, 1) if row[0] != n]
