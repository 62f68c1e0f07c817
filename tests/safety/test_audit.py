"""The audit log: what is in it, that nothing goes past it, and what shows of a hand on it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from tests_support.safety import kill

from dayhand.app import audit_notes, backups, runs
from dayhand.daemon.housekeeping import Housekeeping
from dayhand.errors import StoreError
from dayhand.keys import find_key
from dayhand.model.ledger import Planned
from dayhand.store import sqlite
from dayhand.store.audit import AuditHead, _hash


@pytest.fixture
def full(bench):
    """A log of twenty entries."""
    for number in range(20):
        bench.app.note("edit" if number % 2 else "send", f"C-{number}")
    return bench


def by_hand(bench, *statements):
    """Somebody who has the key and knows SQL."""
    bench.close()
    key = find_key(bench.folder, None, environment=bench.environment)
    connection = sqlite.connect(bench.folder / ".dayhand" / "dayhand.db", key)
    for trigger in ("audit_no_update", "audit_no_delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(
            statement
        )
    connection.close()


def recomputed(bench, change):
    """All of the log computed anew, with a change in it."""
    rows = [list(row) for row in bench.app.store.audit(limit=1000)[::-1] and _rows(bench)]
    change(rows)
    previous, made = "", []
    for n, row in enumerate(rows, start=1):
        row[0], row[5] = n, previous
        previous = row[6] = _hash(*row[:6])
        made.append(("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", tuple(row)))
    by_hand(bench, "DELETE FROM audit", *made)


def _rows(bench):
    with bench.app.store.read() as connection:
        return connection.exec_driver_sql("SELECT * FROM audit ORDER BY n").fetchall()


SWAP = (
    "UPDATE audit SET n = -1 WHERE n = 4",
    "UPDATE audit SET n = 4 WHERE n = 5",
    "UPDATE audit SET n = 5 WHERE n = -1",
)
ALONE = {  # what the chain shows by itself
    "edited": ("UPDATE audit SET subject = 'C-99' WHERE n = 7",),
    "another user": ("UPDATE audit SET who = 'nobody' WHERE n = 1",),
    "another time": ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE n = 20",),
    "removed": ("DELETE FROM audit WHERE n = 7",),
    "the first removed": ("DELETE FROM audit WHERE n = 1",),
    "removed and renumbered": (
        "DELETE FROM audit WHERE n = 7",
        "UPDATE audit SET n = n - 1 WHERE n > 7",
    ),
    "swapped": SWAP,
    "added in between": (
        "INSERT INTO audit SELECT 21, at, who, action, subject, previous, hash FROM audit WHERE n = 9",
    ),
}


@pytest.mark.parametrize("statements", ALONE.values(), ids=ALONE)
def test_l07_what_was_altered_removed_or_reordered_shows_by_itself(full, told, statements):
    by_hand(full, *statements)

    found = told("audit", "verify", code=1)

    assert found["wrong"]
    assert found["compared_with"] == 0


def test_l07_a_cut_off_end_and_a_log_written_anew_show_only_against_a_head(full, told, tmp_path):
    head = full.app.store.audit_head()
    (tmp_path / "noted").write_text(f"{head.n} {head.hash}\n")

    by_hand(full, "DELETE FROM audit WHERE n > 17")
    assert (
        told("audit", "verify")["wrong"] == []
    )  # negative control: the chain alone does not see it
    cut = told("audit", "verify", "--against", tmp_path / "noted", code=1)
    audit_notes.notes_file(full.fresh()).unlink()

    recomputed(
        full,
        lambda rows: rows.append(rows[2][:]) or rows.append(rows[3][:]) or rows.append(rows[4][:]),
    )
    assert told("audit", "verify")["wrong"] == []
    anew = told("audit", "verify", "--against", tmp_path / "noted", code=1)

    assert "its end was cut off" in cut["wrong"][0]
    assert "was written anew" in anew["wrong"][0]


def test_l07_a_backup_is_such_a_head(full, told, tmp_path):
    made = backups.make(full.app, tmp_path / "b.dhb")
    audit_notes.notes_file(full.app).unlink()
    recomputed(full, lambda rows: rows[3].__setitem__(4, "C-77"))

    assert told("audit", "verify")["wrong"] == []
    found = told("audit", "verify", "--against", made.file, code=1)
    assert "was written anew" in found["wrong"][0]


def test_l07_what_was_noted_by_itself_is_enough(full, told):
    assert told("audit", "verify")["compared_with"] == 0
    assert told("audit", "verify")["compared_with"] == 1  # the first one noted the head

    by_hand(full, "DELETE FROM audit WHERE n > 17")

    assert "its end was cut off" in told("audit", "verify", code=1)["wrong"][0]
    assert (full.home / ".local/share/dayhand/audit").stat().st_mode & 0o077 == 0


def test_the_database_itself_refuses_to_change_entries(full):
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="only ever added to"):
            full.app.store.write_now(lambda c, s=statement: c.exec_driver_sql(s))
    assert full.app.store.verify_audit() == []


# L05, L06, L08 --------------------------------------------------------------------------------------


def test_l05_acts_of_the_engine_are_noted_with_who_when_what_and_which(bench, say, tmp_path):
    bench.write(
        "r",
        "triggers:\n  - cron: 0 9 * * *\nsteps:\n  - id: ok\n    uses: person.approve\n    with: {title: Send it}\n"
        "  - uses: act.send\n    with: {to: jane@client.example}\n",
    )
    run = runs.create(bench.app, "r", inputs={})
    waiting = runs.go_on(bench.app, run.id)
    (question,) = bench.app.store.questions()
    other = runs.create(bench.app, "r", inputs={})
    bench.close()
    acts = {
        "answer": ("answer", question.id, "--approve"),
        "reveal": ("show", waiting.id, "--reveal"),
        "cancel": ("cancel", other.id, "--yes"),
        "retry": ("retry", other.id),
        "pause": ("pause", "r"),
        "resume-schedule": ("resume-schedule", "r"),
        "backup": ("backup", tmp_path / "b.dhb"),
        "audit.export": ("audit", "export", tmp_path / "log.csv"),
        "key.export": ("key", "export", tmp_path / "form", "--yes"),
        "key.rotate": ("key", "rotate", "--yes"),
        "restore": ("restore", tmp_path / "b.dhb", "--into", tmp_path / "again"),
    }

    for action, arguments in acts.items():
        say(*arguments, code=3 if action == "retry" else 0)

    import getpass

    noted = {e.action: e for e in bench.fresh().store.audit(limit=1000)}
    again = bench._make_app(tmp_path / "again").store.audit(limit=1)
    noted[again[0].action] = again[0]
    wanted = {*acts, "send", "key.rotated"}
    missing = wanted - set(noted)
    assert len(wanted) >= 13
    assert missing == set()
    assert {e.who for e in noted.values()} == {getpass.getuser()}
    assert all(e.at.utcoffset() == timedelta(0) for e in noted.values())
    assert (noted["cancel"].subject, noted["pause"].subject) == (f"run {other.id}", "r")
    assert run.id in noted["answer"].subject
    assert noted["answer"].subject.startswith("approved")
    assert run.id in noted["send"].subject
    told = " ".join(f"{e.action} {e.subject}" for e in noted.values())
    assert "client.example" not in told
    assert "Send it" not in told
    print(f"L05: {len(noted)} kinds of acts noted")


def test_l06_killed_at_any_moment_no_act_is_without_its_entry(tmp_path):
    found = kill("acts", tmp_path / "k", 24)

    told = [one["found"] for one in found]
    print(
        f"L06: killed at {len(found)} of {found[0]['of']} moments, {sum(len(o['acts']) for o in told)} acts"
    )
    assert found[0]["of"] >= 100
    assert all(one["acts"] == one["noted"] for one in told)
    assert all(one["wrong"] == [] for one in told)
    assert len({len(one["acts"]) for one in told}) > 10


@pytest.mark.soak
def test_l06_killed_at_every_moment_no_act_is_without_its_entry(tmp_path):
    found = kill("acts", tmp_path / "k", 1000, within=800)

    assert len(found) == found[0]["of"] >= 100
    assert all(one["found"]["acts"] == one["found"]["noted"] for one in found)


def test_l08_an_act_that_cannot_be_noted_is_not_done(bench):
    store = bench.app.store

    def limit(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    store.write_now(limit)
    with (
        pytest.raises(StoreError, match="full"),
        store.transaction(who="jane", action="x" * 200_000, now=bench.clock.now()) as connection,
    ):
        connection.exec_driver_sql("INSERT INTO texts VALUES ('d', '', '')")

    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM texts").scalar() == 0
    assert store.verify_audit() == []


def test_l08_on_a_database_that_may_only_be_read_nothing_is_revealed(bench, monkeypatch, say):
    run = bench.run("steps:\n  - id: p\n    uses: act.people\n")

    def refuse(*_, **__):
        raise StoreError("the database may only be read here")

    monkeypatch.setattr("dayhand.store.audit.append", refuse)
    with pytest.raises(AssertionError) as raised:
        say("show", run.id, "--reveal")
    assert "Secret Name" not in str(raised.value)
    assert "may only be read" in str(raised.value)


# L10 ------------------------------------------------------------------------------------------------


def test_l10_a_review_counts_acts_users_failures_doubt_and_what_was_missed(bench, say, told):
    bench.app.note("reveal clients", "C-1")  # before the week
    bench.clock.move(timedelta(days=9))
    now = bench.clock.now()
    bench.run("steps:\n  - uses: act.crash\n", name="fails")
    bench.run(
        "steps:\n  - id: s\n    uses: act.send\n    with: {to: jane@client.example}\n", name="sends"
    )
    bench.run("steps:\n  - uses: person.approve\n    with: {title: Yes or no}\n", name="asks")
    rows = [
        Planned(
            f"k{n}",
            "r",
            "cron",
            now - timedelta(hours=n),
            "",
            "UTC",
            "2026",
            "d",
            (),
            "missed",
            "asleep",
        )
        for n in (1, 2)
    ]
    bench.app.store.write_ledger_now(lambda ledger: ledger.plan(rows, now))
    bench.app.store.note(who="joe", action="export clients", now=now)
    bench.clock.move(timedelta(minutes=1))

    found = told("audit", "review")

    assert found["acts"] == {"send": 1, "export": 1}
    assert found["users"]["joe"] == 1
    assert (found["runs"], found["occurrences"]) == ({"done": 1, "failed": 1}, {"missed": 2})
    assert (found["in_doubt"], found["waiting"], found["wrong"]) == (0, 1, [])
    assert "client.example" not in json.dumps(found)
    assert "runs ended: 1 done, 1 failed" in say("audit", "review", "--days", "2")
    assert told("audit", "review", "--days", "30")["acts"]["reveal"] == 1


def test_l10_the_daemon_says_a_line_of_it_once_a_week(bench):
    said = []
    for days in (0, 1, 4, 2, 1):
        bench.clock.move(timedelta(days=days))
        asyncio.run(Housekeeping(bench.app, "me", said.append).look())

    assert len(said) == 2  # Tuesday to Sunday, and from Monday on
    assert said[0] == (
        "the week past: 0 disclosures, 0 reveals, 0 runs failed, 0 occurrences missed, 0 in doubt,"
        " 0 waiting for you; see: dayhand audit review"
    )


# Listing and exporting ------------------------------------------------------------------------------


def test_entries_are_chosen_by_time_user_action_and_what_they_name(bench, told):
    for number in range(6):
        bench.app.note(("send", "reveal clients", "export clients")[number % 3], f"C-{number}")
        bench.clock.move(timedelta(days=1))

    def listed(*more):
        return [one["subject"] for one in told("audit", "list", *more)]

    assert listed() == [f"C-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert listed("--limit", "2", "--before", "4") == ["C-2", "C-1"]
    assert listed("--action", "reveal") == ["C-4", "C-1"]
    assert listed("--disclosures") == ["C-5", "C-3", "C-2", "C-0"]
    assert listed("--about", "C-3") == ["C-3"]
    assert listed("--who", "nobody") == []
    assert listed("--from", "2026-11-25", "--to", "2026-11-26") == ["C-2", "C-1"]
    assert listed("--from", "2026-11-28T17:00Z", "--action", "send", "--action", "export") == [
        "C-5"
    ]
    assert listed("--about", "%") == []


def test_an_action_is_not_mistaken_for_one_that_begins_like_it(bench, told):
    for action in ("send", "sender", "send.late", "send it"):
        bench.app.note(action, "x")

    assert [one["action"] for one in told("audit", "list", "--action", "send")] == [
        "send it", "send.late", "send",
    ]  # fmt: skip


def test_json_lines_hold_what_the_hashes_were_computed_from(full, say, tmp_path):
    say("audit", "export", tmp_path / "log.jsonl")

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    previous = ""
    for line in lines:
        *parts, hashed = line.values()
        text = json.dumps(parts, ensure_ascii=False).encode()
        assert (line["previous"], hashlib.sha256(text).hexdigest()) == (previous, hashed)
        previous = hashed
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["action"] == "audit.export"
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|'/c calc'!A0"])
def test_csv_runs_no_formula(bench, say, cell):
    bench.app.note(cell, cell)

    out = say("audit", "export", "-", "--format", "csv")

    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert rows[0] == ["n", "at", "who", "action", "subject", "previous", "hash"]
    (mine,) = (row for row in rows if row[0] == "1")
    assert mine[3] == mine[4] == f"'{cell}"
    assert mine[0].isdigit()


def test_an_export_never_replaces_a_file(full, say, tmp_path):
    (tmp_path / "log.csv").write_text("mine")

    assert "is there already" in say("audit", "export", tmp_path / "log.csv", code=2)
    assert (tmp_path / "log.csv").read_text() == "mine"


def test_an_export_to_nowhere_is_told(full, say, tmp_path):
    assert "cannot be written" in say("audit", "export", tmp_path / "no" / "log.csv", code=2)


def test_a_long_log_is_read_in_parts_and_in_order(bench, say, monkeypatch):
    monkeypatch.setattr("dayhand.app.audit_export._PART", 7)
    for number in range(50):
        bench.app.note("edit", f"C-{number:02}")

    lines = say("audit", "export", "-").splitlines()

    assert [json.loads(line)["n"] for line in lines] == list(range(1, 52))


def test_what_tells_of_no_head_is_refused(full, say, tmp_path):
    (tmp_path / "text").write_text("hello\n12\n")

    assert "tells of no head" in say("audit", "verify", "--against", tmp_path / "text", code=2)
    assert "cannot be read" in say("audit", "verify", "--against", tmp_path / "none", code=2)


def test_notes_are_appended_once_for_each_head_and_survive_a_torn_line(bench):
    app = bench.app
    app.note("edit", "C-1")
    first = audit_notes.note_head(app)
    audit_notes.note_head(app)
    with audit_notes.notes_file(app).open("a") as file:
        file.write('{"at": "2026-')
    app.note("edit", "C-2")

    assert audit_notes.noted(app) == [first]
    assert list(audit_notes.read_heads('{"n": 1, "hash": "x"}\nnonsense\n2 y\n{"n": true}\n[]')) == [
        AuditHead(1, "x"), AuditHead(2, "y"),
    ]  # fmt: skip
