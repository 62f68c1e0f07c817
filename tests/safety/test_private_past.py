"""What runs from before the second key kept in the clear is sealed, and a server forgets it."""

from __future__ import annotations

import json
import warnings
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from tests_support import acting
from tests_support.safety import tables

import dayhand_journal
from dayhand.app import private_key, private_past
from dayhand.keys import fingerprint
from dayhand.store import past
from dayhand.testing import Workbench

NOTE, TYPED = "Zyxandra's saffron mother", "Quillwort's ochre dream"
READING = """
    steps:
      - {id: before, uses: act.people, with: {}}
      - {id: note, uses: journal.psychotherapy, with: {note: P-000001}}
      - {id: kept, uses: value.set, with: {text: "She said: ${{ steps.note.text }}"}}
      - {id: called, routine: called, inputs: {text: "${{ steps.note.text }}"}}
"""
CALLED = """
    inputs: {text: text}
    steps:
      - {uses: value.set, with: {again: "${{ inputs.text }}", size: "${{ inputs.text | length }}"}}
"""
TYPING = """
    steps:
      - {id: asked, uses: person.ask, with: {title: What stays?, fields: {text: text, mood: text}}}
      - {uses: journal.write_psychotherapy, with: {client_id: C-1, text: "${{ steps.asked.text }}"}}
"""


@pytest.fixture
def bench(tmp_path):
    acting.reset()
    made = Workbench(tmp_path, {"act": acting, "journal": dayhand_journal})
    yield made
    made.close()


def opened(value, vault):
    """A kept value as it was kept before there was a second key."""
    if isinstance(value, list):
        return [opened(item, vault) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["$sealed"]:
        return {"$sensitive": str(vault.open_history(value["$sealed"]))}
    return {name: opened(item, vault) for name, item in value.items()}


def as_before(bench):
    """Make of the history what an earlier version kept."""
    store = bench.fresh().store

    def job(connection):
        for table, key, column in (
            ("runs", "id", "inputs"), ("run_steps", "n", "output"), ("questions", "id", "answer"),
        ):  # fmt: skip
            rows = connection.exec_driver_sql(f"SELECT {key}, {column} FROM {table}").fetchall()
            for row, text in rows:
                if text and "$sealed" in text:
                    told = json.dumps(opened(json.loads(text), store.vault)).replace("'", "''")
                    where = f"'{row}'" if isinstance(row, str) else row
                    connection.exec_driver_sql(
                        f"UPDATE {table} SET {column} = '{told}' WHERE {key} = {where}"
                    )

    store.write_now(job)


def in_history(bench, *words):
    """The tables that hold the words, as the first key opens them."""
    rows = {name: str(content) for name, content in tables(bench.fresh()).items()}
    return {name for name, told in rows.items() if any(word in told for word in words)}


@pytest.fixture
def old(bench, say):
    """A practice with runs of an earlier version."""
    say("psychotherapy-notes", "write", "C-1", "--text", NOTE)
    bench.write("called", CALLED)
    assert bench.run(READING, name="reading").state == "done"
    bench.run(TYPING, name="typing")
    (question,) = bench.app.store.questions()
    say("answer", question.id, "--set", f"text={TYPED}", "--set", "mood=calm")
    as_before(bench)
    return bench


def test_what_runs_from_before_kept_in_the_clear_is_reported_and_sealed(old, say, told):
    assert in_history(old, "saffron", "ochre") == {"runs", "run_steps", "questions"}
    (found,) = [one for one in told("doctor") if "from before" in one["message"]]
    assert (found["level"], found["hint"]) == ("warning", "seal them: dayhand key seal --yes")

    reported = told("key", "seal")
    assert in_history(old, "saffron", "ochre") == {"runs", "run_steps", "questions"}
    assert "sealed 8 texts" in say("key", "seal", "--yes")

    assert (reported["runs"], reported["texts"], reported["sealed"]) == (3, 8, 0)
    assert in_history(old, "saffron", "ochre", "calm") == set()
    assert "0 private texts of 0 runs" in say("key", "seal", "--yes")
    assert [one for one in told("doctor") if "from before" in one["message"]] == []
    noted = [e.subject for e in old.fresh().store.audit(limit=20) if e.action == "key.private.seal"]
    assert noted == ["8 texts of 3 runs from before"]


def test_what_was_sealed_afterwards_opens_and_the_rest_of_a_run_is_as_it_was(old, say):
    before = {
        step.path: step.output for run in old.app.store.runs() for step in old.steps(run).values()
    }
    say("key", "seal", "--yes")

    store = old.fresh().store
    after = {step.path: step.output for run in store.runs() for step in old.steps(run).values()}
    assert store.vault.open_history(after["kept"]["text"].token) == f"She said: {NOTE}"
    assert after["before"] == before["before"]  # before the private step
    assert after["1-value-set"]["size"] == len(NOTE)
    (child,) = [run for run in store.runs() if run.routine == "called"]
    assert store.vault.open_history(child.inputs["text"].token) == NOTE
    say("key", "rotate", "--private", "--yes")
    key = fingerprint(private_key.keys_of(old.fresh()).all()[1])
    kept = {name: str(rows) for name, rows in tables(old.app).items() if name != "audit"}
    assert [name for name, rows in kept.items() if key in rows] == []


def test_sealing_that_was_cut_off_goes_on(old, monkeypatch):
    monkeypatch.setattr(private_past, "BATCH", 1)
    app = old.fresh()
    (first,) = islice(private_past.seal_all(app), 1)
    assert private_past.report(app).runs == 2
    app = old.fresh()

    rest = list(private_past.seal_all(app))

    assert first + sum(rest) == 8
    assert private_past.report(app).texts == 0


def test_a_run_that_has_not_ended_is_left_alone_until_then(bench, say, told):
    say("psychotherapy-notes", "write", "C-1", "--text", NOTE)
    bench.write("called", CALLED)
    waiting = READING + "      - {id: ok, uses: person.approve, with: {title: Go on?}}\n"
    run = bench.run(waiting, name="reading")
    as_before(bench)

    assert told("key", "seal", "--yes")["going"] == 1
    assert "saffron" in str(tables(bench.fresh())["run_steps"])
    (question,) = bench.app.store.questions()
    say("answer", question.id, "--approve")

    assert bench.fresh().store.run(run.id).state == "done"
    assert told("key", "seal", "--yes")["going"] == 0
    assert in_history(bench, "saffron") == set()


def test_without_the_second_key_nothing_is_sealed_and_it_is_told(old, say):
    place = private_key.keys_of(old.app).locate()[1]
    place.file.unlink()

    assert "is not here" in say("key", "seal", "--yes", code=2)
    assert in_history(old, "saffron") == {"runs", "run_steps"}


def test_no_private_step_no_search():
    assert past.find(None, past.PrivateSteps(frozenset(), frozenset())) == []


@pytest.mark.soak
def test_a_server_forgets_what_was_sealed_or_removed(bench, say, told, tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        from tests_support import postgres

        server = postgres.start(tmp_path_factory.mktemp("pg"))
    try:
        bench.app.close()
        bench.settings(f"\nstorage: {server.get_uri()}\n")
        bench.app.open_store(create=True).close()
        say("psychotherapy-notes", "write", "C-1", "--text", NOTE)
        bench.write("called", CALLED)
        bench.run(READING, name="reading")
        bench.run("steps: [{uses: value.set, with: {word: vermilion}}]", name="plain")
        as_before(bench)

        def in_files(word):
            with bench.fresh().store._database.writing.connect() as connection:
                connection.exec_driver_sql("CHECKPOINT")
            files = [p for p in Path(server.pgdata).glob("base/**/*") if p.is_file()]
            return [p.name for p in files if word.encode() in p.read_bytes()]

        assert in_files("saffron")
        assert any("a server keeps" in one["message"] for one in told("doctor"))
        assert sum(private_past.seal_all(bench.fresh()))
        left = in_files("saffron")  # sealed, and yet in the files
        bench.clock.move(timedelta(days=40))
        assert in_files("vermilion")
        gone = say("prune", "--older-than", "30 days", "--yes")

        print(
            f"sealed on a server: in {len(left)} of its files before, in {in_files('saffron')} after"
        )
        assert "removed" in gone
        assert left
        assert in_files("saffron") == in_files("vermilion") == []
        assert not any("a server keeps" in one["message"] for one in told("doctor"))
    finally:
        bench.close()
        server.cleanup()
