"""The occurrence ledger: planned ahead, one row a key, each decided once.

`planned` rows may be taken back or moved; from `started` on a row only goes forward. Every change
says in its `WHERE` which state it expects, so that of two processes that decide at once one decides.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection

from dayhand.model.ledger import BEFORE_THE_EDIT, Due, Horizon, Lease, Pause, Planned
from dayhand.model.run import Run
from dayhand.store import runs
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["Ledger"]

_COLUMNS = (
    "key, routine, trigger, at, nominal, zone, tzdata, digest, notes,"
    " state, reason, run_id, decided_at"
)
_OPEN = "('planned', 'asking', 'started')"


class Ledger:
    """The ledger as one transaction sees it. Made where a connection is at hand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _execute(self, statement: str, *values: Any) -> Any:
        return execute(self._connection, statement, *values)

    # Planning -------------------------------------------------------------------------------------

    def plan(self, occurrences: Iterable[Planned], now: datetime) -> int:
        """Add rows for occurrences whose key is new, or was taken back; how many.

        What was taken back since its place had run before an edit stays so.
        """
        added = 0
        for one in occurrences:
            decided = moment_text(now) if one.state != "planned" else None
            added += self._execute(
                f"INSERT INTO occurrences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)"
                " ON CONFLICT (key) DO UPDATE SET at = excluded.at, nominal = excluded.nominal,"
                " zone = excluded.zone, tzdata = excluded.tzdata, digest = excluded.digest,"
                " notes = excluded.notes, state = excluded.state, reason = excluded.reason,"
                " decided_at = excluded.decided_at WHERE occurrences.state = 'superseded'"
                f" AND occurrences.reason NOT LIKE '%{BEFORE_THE_EDIT}'",
                one.key, one.routine, one.trigger, moment_text(one.at), one.nominal, one.zone,
                one.tzdata, one.digest, json.dumps(one.notes), one.state, one.reason, decided,
            ).rowcount  # fmt: skip
        return added

    def revise(self, one: Planned, now: datetime) -> bool:
        """Give a row that is still planned, or planned not to run, its new moment; False if it is
        something else by now."""
        decided = moment_text(now) if one.state != "planned" else None
        changed: int = self._execute(
            "UPDATE occurrences SET at = ?, nominal = ?, zone = ?, tzdata = ?, digest = ?, notes = ?,"
            " state = ?, reason = ?, decided_at = ?"
            " WHERE key = ? AND run_id IS NULL AND state IN ('planned', 'skipped')",
            moment_text(one.at), one.nominal, one.zone, one.tzdata, one.digest,
            json.dumps(one.notes), one.state, one.reason, decided, one.key,
        ).rowcount  # fmt: skip
        return changed == 1

    def supersede(self, keys: Iterable[str], reason: str, now: datetime) -> int:
        """Take back rows that are planned, or planned not to run; how many."""
        return sum(
            self._decide(key, "planned", "superseded", reason, now)
            or self._decide(key, "skipped", "superseded", reason, now)
            for key in keys
        )

    def reinstate(self, routine: str, since: datetime) -> list[Due]:
        """Plan again what was taken back because its place had run before an edit; the rows."""
        mine = (
            f"routine = ? AND state = 'superseded' AND at > ? AND reason LIKE '%{BEFORE_THE_EDIT}'"
        )
        rows = self._rows(f"{mine} ORDER BY at, key", routine, moment_text(since))
        self._execute(
            f"UPDATE occurrences SET state = 'planned', reason = '', decided_at = NULL WHERE {mine}",
            routine, moment_text(since),
        )  # fmt: skip
        return rows

    # Deciding -------------------------------------------------------------------------------------

    def decide(self, key: str, state: str, reason: str, now: datetime) -> bool:
        """Close a row that is planned or asked about, or begin to ask; False if another was quicker."""
        return bool(
            self._decide(key, "planned", state, reason, now)
            or self._decide(key, "asking", state, reason, now)
        )

    def _decide(self, key: str, before: str, state: str, reason: str, now: datetime) -> int:
        changed: int = self._execute(
            "UPDATE occurrences SET state = ?, reason = ?, decided_at = ? WHERE key = ? AND state = ?",
            state, reason, moment_text(now), key, before,
        ).rowcount  # fmt: skip
        return changed

    def note(self, key: str, reason: str) -> None:
        """Say of a planned row why it has not begun."""
        self._execute(
            "UPDATE occurrences SET reason = ? WHERE key = ? AND state = 'planned'", reason, key
        )

    def start(self, key: str, run: Run, text: str, *, reason: str, now: datetime) -> bool:
        """Turn a planned row into a run, in this one transaction; False if it is planned no more.

        The text may be left out if it was given to `schedule` before.
        """
        changed: int = self._execute(
            "UPDATE occurrences SET state = 'started', run_id = ?, reason = ?, decided_at = ?"
            " WHERE key = ? AND state IN ('planned', 'asking')",
            run.id, reason, moment_text(now), key,
        ).rowcount  # fmt: skip
        if changed == 1:
            runs.create(self._connection, run, text or runs.text(self._connection, run.digest))
        return changed == 1

    def settle(self, now: datetime) -> int:
        """Close the started rows whose run has ended for good; how many."""
        final = "('done', 'done_with_failures', 'failed', 'declined', 'cancelled')"
        rows = self._execute(
            "SELECT o.key, o.reason, r.state FROM occurrences o JOIN runs r ON r.id = o.run_id"
            f" WHERE o.state = 'started' AND r.state IN {final}"
        ).fetchall()
        for key, reason, state in rows:
            late = str(reason).endswith(" late")
            told = f"{reason}; {state}" if reason else str(state)
            self._decide(key, "started", "ran_late" if late else "ran", told.replace("_", " "), now)
        return len(rows)

    # Reading --------------------------------------------------------------------------------------

    def due(self, now: datetime, *, limit: int = 100_000) -> list[Due]:
        """Rows that are planned and whose moment has come, oldest first."""
        return self._rows(
            "state = 'planned' AND at <= ? ORDER BY at, key LIMIT ?", moment_text(now), limit
        )

    def next_at(self, after: datetime) -> datetime | None:
        """When the next planned row is due, of those that are not yet."""
        found = self._execute(
            "SELECT MIN(at) FROM occurrences WHERE state = 'planned' AND at > ?",
            moment_text(after),
        ).scalar()
        return datetime.fromisoformat(found) if found else None

    def next_moment(self, after: datetime) -> datetime | None:
        """When the next planned row is due, a run that waits goes on, or a pause ends; of those to come."""
        told = moment_text(after)
        found = self._execute(
            "SELECT MIN(moment) FROM ("
            "SELECT MIN(at) AS moment FROM occurrences WHERE state = 'planned' AND at > ?"
            " UNION ALL SELECT MIN(wake_at) FROM runs"
            " WHERE state IN ('waiting', 'unknown') AND wake_at > ?"
            " UNION ALL SELECT MIN(until) FROM pauses WHERE until > ?"
            ") AS moments",
            told, told, told,
        ).scalar()  # fmt: skip
        return datetime.fromisoformat(found) if found else None

    def revisable(self, routine: str, trigger: str, now: datetime) -> list[Due]:
        """Rows still to come of a trigger that a new plan may move or take back."""
        rows = self._rows(
            "routine = ? AND at > ? AND trigger = ? AND run_id IS NULL"
            " AND state IN ('planned', 'skipped') ORDER BY at, key",
            routine, moment_text(now), trigger,
        )  # fmt: skip
        return [
            row
            for row in rows
            if row.state == "planned" or (row.decided_at is not None and row.decided_at < row.due)
        ]

    def open(self, routine: str | None = None) -> list[Due]:
        """Rows not closed yet."""
        if routine is None:
            return self._rows(f"state IN {_OPEN} ORDER BY at, key")
        return self._rows(f"routine = ? AND state IN {_OPEN} ORDER BY at, key", routine)

    def between(self, after: datetime, until: datetime, *, routine: str | None = None) -> list[Due]:
        """Rows after the one moment and up to the other, in order."""
        where, values = "at > ? AND at <= ?", [moment_text(after), moment_text(until)]
        if routine is not None:
            where, values = f"{where} AND routine = ?", [*values, routine]
        return self._rows(f"{where} ORDER BY at, key", *values)

    def late(self, since: datetime) -> list[Due]:
        """Rows decided after a moment that began late, were missed, or are asked about; not those
        that somebody let go."""
        return self._rows(
            "state IN ('started', 'ran_late', 'asking', 'missed') AND at > ? AND decided_at > ?"
            " AND (state = 'asking'"
            " OR (state = 'missed' AND reason NOT LIKE ? AND reason NOT LIKE ?)"
            " OR (state IN ('started', 'ran_late') AND reason LIKE ?)) ORDER BY at, key",
            moment_text(since - timedelta(days=30)), moment_text(since),
            "%if_missed is skip", "%said no", "% late%",
        )  # fmt: skip

    def get(self, key: str) -> Due | None:
        """The row of that key."""
        found = self._rows("key = ?", key)
        return found[0] if found else None

    def tries(self, key: str) -> list[Due]:
        """The row of that key and those of its repetitions, `KEY/2` and on, oldest first."""
        return self._rows("key = ? OR (key > ? AND key < ?) ORDER BY n", key, f"{key}/", f"{key}0")

    def with_content(self, digest: str) -> list[Due]:
        """Rows made by a file of that content, oldest first."""
        return self._rows("key LIKE ? ORDER BY n", f"%/sha256:{digest}%")

    def counts(self) -> dict[str, int]:
        """How many rows are in each state."""
        return dict(
            map(tuple, self._execute("SELECT state, COUNT(*) FROM occurrences GROUP BY state"))
        )

    def _rows(self, where: str, *values: Any) -> list[Due]:
        found = self._execute(f"SELECT {_COLUMNS} FROM occurrences WHERE {where}", *values)
        return [_due(row) for row in found]

    # Pauses, lease, last good routines, what was told ---------------------------------------------

    def pause(self, pause: Pause) -> None:
        """Hold a routine, or all."""
        self._execute("DELETE FROM pauses WHERE routine = ?", pause.routine)
        self._execute(
            "INSERT INTO pauses (routine, since, by, until) VALUES (?, ?, ?, ?)",
            pause.routine, moment_text(pause.since), pause.by, moment_text(pause.until),
        )  # fmt: skip

    def resume(self, routine: str) -> int:
        """Let go of a routine, or with an empty name of all; how many pauses ended."""
        changed: int = (
            self._execute("DELETE FROM pauses WHERE routine = ?", routine).rowcount
            if routine
            else self._execute("DELETE FROM pauses").rowcount
        )
        return changed

    def pauses(self, now: datetime) -> list[Pause]:
        """Pauses in force."""
        found = self._execute("SELECT routine, since, by, until FROM pauses ORDER BY routine")
        made = [
            Pause(
                row[0],
                datetime.fromisoformat(row[1]),
                datetime.fromisoformat(row[3]) if row[3] else None,
                row[2],
            )
            for row in found
        ]
        return [pause for pause in made if pause.until is None or pause.until > now]

    def take_lease(
        self, name: str, owner: str, *, length: timedelta, now: datetime, stale: bool = False
    ) -> Lease | None:
        """Take or renew a lease; None while another holds it. A takeover counts the epoch up."""
        held = self.lease(name)
        until = now + length
        if held is None:
            self._execute(
                "INSERT INTO leases (name, owner, until, epoch) VALUES (?, ?, ?, 1)",
                name, owner, moment_text(until),
            )  # fmt: skip
            return Lease(owner, 1, until)
        if held.owner != owner and held.until > now and not stale:
            return None
        epoch = held.epoch + (held.owner != owner)
        self._execute(
            "UPDATE leases SET owner = ?, until = ?, epoch = ? WHERE name = ? AND epoch = ?",
            owner, moment_text(until), epoch, name, held.epoch,
        )  # fmt: skip
        return Lease(owner, epoch, until)

    def lease(self, name: str) -> Lease | None:
        """Who holds a lease, past its end or not."""
        row = self._execute("SELECT owner, epoch, until FROM leases WHERE name = ?", name).first()
        return Lease(row[0], row[1], datetime.fromisoformat(row[2])) if row else None

    def drop_lease(self, name: str, owner: str, now: datetime) -> None:
        """Let go of a lease at once, so that another need not wait."""
        self._execute(
            "UPDATE leases SET until = ? WHERE name = ? AND owner = ?",
            moment_text(now),
            name,
            owner,
        )

    def horizons(self) -> dict[tuple[str, str], Horizon]:
        """How far each trigger is planned, by routine and trigger."""
        found = self._execute("SELECT routine, trigger, rule, until FROM horizons")
        until = cache(datetime.fromisoformat)  # of many, most are the same
        shared = cache(str)
        made = (Horizon(row[0], shared(row[1]), shared(row[2]), until(row[3])) for row in found)
        return {(one.routine, one.trigger): one for one in made}

    def reach(self, one: Horizon) -> None:
        """Note how far a trigger is planned."""
        self._execute(
            "INSERT INTO horizons (routine, trigger, rule, until) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (routine, trigger)"
            " DO UPDATE SET rule = excluded.rule, until = excluded.until",
            one.routine, one.trigger, one.rule, moment_text(one.until),
        )  # fmt: skip

    def withdraw(self, routine: str, trigger: str | None = None) -> None:
        """A trigger, or all of a routine, is planned no more: if it comes back, it begins anew."""
        if trigger is None:
            self._execute("DELETE FROM horizons WHERE routine = ?", routine)
            self._execute("DELETE FROM told WHERE key LIKE ?", f"trigger:{routine}/%")
        else:
            self._execute(
                "DELETE FROM horizons WHERE routine = ? AND trigger = ?", routine, trigger
            )

    def schedules(self) -> dict[str, str]:
        """The digest of the text each routine was last scheduled by, where the text is still there."""
        return dict(
            map(
                tuple,
                self._execute(
                    "SELECT s.routine, s.digest FROM schedules s JOIN texts t ON t.digest = s.digest"
                ),
            )
        )

    def scheduled(self, routine: str) -> str | None:
        """The digest of the text a routine was last scheduled by."""
        found = self._execute("SELECT digest FROM schedules WHERE routine = ?", routine).scalar()
        return None if found is None else str(found)

    def schedule(self, routine: str, digest: str, text: str) -> None:
        """Note the text a routine is scheduled by from now on."""
        self._execute(
            "INSERT INTO texts (digest, routine, text) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            digest, routine, text,
        )  # fmt: skip
        self._execute(
            "INSERT INTO schedules (routine, digest) VALUES (?, ?)"
            " ON CONFLICT (routine) DO UPDATE SET digest = excluded.digest",
            routine, digest,
        )  # fmt: skip

    def unschedule(self, routine: str) -> None:
        """Forget a routine that is gone."""
        self._execute("DELETE FROM schedules WHERE routine = ?", routine)

    def tell(self, key: str, now: datetime) -> bool:
        """True the first time it is asked: the owner is told of a thing once."""
        changed: int = self._execute(
            "INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
            key,
            moment_text(now),
        ).rowcount
        return changed == 1

    def told_with(self, beginning: str) -> dict[str, datetime]:
        """What was noted under keys that begin so, and its moments."""
        found = self._execute(
            "SELECT key, at FROM told WHERE key >= ? AND key < ?",
            beginning, beginning + "\U0010ffff",
        )  # fmt: skip
        return {key: datetime.fromisoformat(at) for key, at in found}

    def untell(self, key: str) -> None:
        """Take back that the owner was told of a thing: it could not be delivered."""
        self._execute("DELETE FROM told WHERE key = ?", key)

    def told_at(self, key: str) -> datetime | None:
        """When the owner was told of a thing, or a trigger became known."""
        found = self._execute("SELECT at FROM told WHERE key = ?", key).scalar()
        return datetime.fromisoformat(found) if found else None


def _due(row: Sequence[Any]) -> Due:
    planned = Planned(
        key=row[0], routine=row[1], trigger=row[2], at=datetime.fromisoformat(row[3]),
        nominal=row[4], zone=row[5], tzdata=row[6], digest=row[7], notes=tuple(json.loads(row[8])),
    )  # fmt: skip
    decided = datetime.fromisoformat(row[12]) if row[12] else None
    return Due(planned, row[9], row[10], row[11], decided)
