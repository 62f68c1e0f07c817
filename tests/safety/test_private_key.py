"""The second key: what is sealed with it stays closed to whoever has only the first."""

from __future__ import annotations

import base64
import warnings
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from tests_support import acting
from tests_support.rows import unpacked_row
from tests_support.safety import kill, tables

import dayhand_journal
from dayhand.app import private_key
from dayhand.app.restoring import restore
from dayhand.errors import SecretMissing, StepMisuse, UserError
from dayhand.keys import as_text, fingerprint
from dayhand.store import opening, sqlite
from dayhand.store.sealed import Sealed
from dayhand.testing import Workbench
from dayhand_journal.tables import checkins, psychotherapy

NOTE, ASKED, DIARY = "Zyxandra's saffron mother", "Quillwort's ochre dream", "umber fatigue"

READING = """
    steps:
      - id: note
        uses: journal.psychotherapy
        with: {note: P-000001}
      - id: kept
        uses: value.set
        with: {text: "She said: ${{ steps.note.text }}", size: "${{ steps.note.text | length }}"}
      - {id: echo, uses: act.echo, with: {value: "${{ steps.kept }}"}}
"""
ASKING = """
    steps:
      - id: asked
        uses: person.ask
        with: {title: What stays?, fields: {text: {type: text, private: true}, mood: text}}
      - {id: wrote, uses: journal.write_psychotherapy, with: {client_id: C-1, text: "${{ steps.asked.text }}"}}
"""


@pytest.fixture
def bench(tmp_path):
    acting.reset()
    made = Workbench(tmp_path, {"act": acting, "journal": dayhand_journal})
    yield made
    made.close()


def keys_of(bench):
    return private_key.keys_of(bench.app)


def key_file(bench):
    return keys_of(bench).locate()[1].file


@contextmanager
def away(bench):
    """The second key is kept away from the machine."""
    file = key_file(bench)
    elsewhere = file.with_name("elsewhere")
    file.rename(elsewhere)
    bench.fresh()
    yield
    elsewhere.rename(file)
    bench.fresh()


def write(say, text=NOTE, client="C-1"):
    say("psychotherapy-notes", "write", client, "--text", text)


def read(bench, note="P-000001"):
    from dayhand_journal import private_store

    practice = bench.app.context("journal")
    with practice.connect() as connection:
        return private_store.psychotherapy_note(practice, connection, note).text


def found_in(bench, *words):
    """Where the words are, in any table as the first key opens it, and in any file of the machine."""
    rows = {name: str(content) for name, content in tables(bench.fresh()).items()}
    bench.close()
    places = [*bench.folder.rglob("*"), *bench.home.rglob("*")]
    rows |= {str(p): p.read_bytes().decode("latin-1") for p in places if p.is_file()}
    forms = [
        f for w in words for f in (w, base64.b64encode(w.encode()).decode()[:-4], w.encode().hex())
    ]
    return {place for place, told in rows.items() if any(form in told for form in forms)}


# What is sealed -----------------------------------------------------------------------------------


def test_k08_no_private_text_is_found_with_the_first_key_alone(bench, say):
    write(say)
    say("checkin", "--scale", "zestfulness=3", "--text", DIARY)
    with bench.dies("kept"):
        bench.run(READING)
    assert bench.resume().state == "done"
    run = bench.run(ASKING, name="asking")
    (question,) = bench.app.store.questions()
    say("answer", question.id, "--set", f"text={ASKED}", "--set", "mood=calm")
    bench.fresh()
    assert bench.rehearse(READING, name="dry").ended.run.state == "done"

    assert read(bench) == NOTE
    assert read(bench, "P-000002") == ASKED
    assert bench.app.store.run(run.id).state == "done"
    words = ["Zyxandra", "saffron", "Quillwort", "ochre", DIARY, "zestfulness"]
    assert found_in(bench, *words) == set()
    print(f"K08: {len(words)} words in {len(tables(bench.fresh()))} tables and every file: 0 found")


def test_the_same_search_finds_what_a_routine_writes_in_the_clear(bench, say):
    write(say)
    bench.run(
        READING
        + "\n      - {uses: file.write, with: {path: n.txt, text: '${{ steps.kept.text }}'}}\n"
    )

    assert found_in(bench, "saffron") == {str(bench.folder / "out/n.txt")}


def test_scales_are_compared_though_they_are_sealed(say):
    say("checkin", "--scale", "energy=3")

    assert "mean of the last entries 3.0" in say("checkin", "--scale", "energy=5")


def test_what_is_made_of_a_private_text_is_shown_and_kept_as_one(bench, say):
    write(say)
    run = bench.run(READING)

    steps = bench.steps(run)
    assert [type(steps[p].output["text"]).__name__ for p in ("note", "kept", "echo")] == [
        "LockedStr"
    ] * 3
    assert steps["kept"].output["size"] == len(NOTE)
    assert NOTE not in say("show", run.id, "--values")


def test_a_run_that_was_cut_off_goes_on_with_the_text(bench, say):
    write(say)
    with bench.dies("note"):
        bench.run(READING)
    run = bench.resume()

    bench.run("""
        steps:
          - {id: note, uses: journal.psychotherapy, with: {note: P-000001}}
          - {uses: file.write, with: {path: n.txt, text: "${{ steps.note.text }}"}}
    """)
    assert run.state == "done"
    assert (bench.folder / "out/n.txt").read_text() == NOTE


# K08: bound to its place --------------------------------------------------------------------------


def swap(bench, table, one, other):
    def job(connection):
        found = dict(connection.exec_driver_sql(f"SELECT id, text FROM {table}").fetchall())
        for row, text in ((one, found[other]), (other, found[one])):
            connection.exec_driver_sql(f"UPDATE {table} SET text = ? WHERE id = ?", (text, row))

    bench.fresh().store.write_now(job)


def test_k08_texts_that_were_swapped_between_rows_are_refused(bench, say):
    write(say)
    write(say, ASKED, "C-2")
    swap(bench, "journal_psychotherapy", "P-000001", "P-000002")

    for note in ("P-000001", "P-000002"):
        told = say("psychotherapy-notes", "show", note, code=2)
        assert (
            told
            == f"the sealed text of journal_psychotherapy {note} was changed, or belongs to another row"
        )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE journal_psychotherapy SET text = (SELECT text FROM journal_checkins)",
            "was changed, or",
        ),
        ("UPDATE journal_psychotherapy SET text = 'in the clear'", "is not sealed, and should be"),
        (
            "UPDATE journal_psychotherapy SET text = substr(text, 1, 60) || 'AAAA'",
            "was changed, or",
        ),
        ("UPDATE journal_psychotherapy SET text = text || '%'", "was changed, or"),
        ("UPDATE journal_psychotherapy SET id = 'P-000009'", "was changed, or"),
    ],
)
def test_k03_a_text_that_was_changed_or_moved_is_refused(bench, say, statement, told):
    write(say)
    say("checkin", "--text", DIARY)
    bench.fresh().store.write_now(lambda c: c.exec_driver_sql(statement))
    note = "P-000009" if "P-000009" in statement else "P-000001"

    assert told in say("psychotherapy-notes", "show", note, code=2)


# The key is away ----------------------------------------------------------------------------------


def test_without_the_key_only_what_needs_it_fails_and_says_what_to_do(bench, say, told):
    write(say)
    with away(bench):
        refused = say("psychotherapy-notes", "show", "P-000001", code=2)
        assert refused.startswith("the second key, that of private texts, is not here; looked in ")
        assert "P-000001" in say("psychotherapy-notes", "list")
        assert "second key" in say("psychotherapy-notes", "write", "C-1", "--text", "x", code=2)
        assert "second key" in say("checkin", "--text", "x", code=2)
        run = bench.run(READING)
        assert (run.state, bench.steps(run)["note"].error.kind) == ("failed", "secret-missing")
        assert (
            bench.run("steps: [{uses: act.echo, with: {value: a}}]", name="other").state == "done"
        )
        assert not told("key", "status", "--private", code=1)["opens"]
        found = [one for one in told("doctor") if one["check"] == "private texts"]
        assert [one["level"] for one in found] == ["warning"]

    assert bench.run(READING, name="again").state == "done"
    assert read(bench) == NOTE


def test_a_run_that_is_gone_on_with_where_the_key_is_not_fails_where_the_text_is_needed(bench, say):
    write(say)
    with bench.dies("note"):
        bench.run(READING)
    with away(bench):
        run = bench.resume()
        assert run.state == "failed"
        assert "the second key is not here" in bench.steps(run)["kept"].error.message

    again = say("retry", run.id)
    assert "done" in again


def test_no_key_is_made_where_texts_are_under_one_that_is_away(bench, say):
    write(say)
    with away(bench):
        say("runs")
        with pytest.raises(SecretMissing):
            keys_of(bench).locate()


def test_another_key_is_told_from_the_right_one(bench, say, tmp_path):
    write(say)
    file = key_file(bench)
    right, other = file.read_text(), as_text(bytes(32))
    file.write_text(other)
    (tmp_path / "right").write_text(right)

    assert "the keys here are: " in say("psychotherapy-notes", "show", "P-000001", code=2)
    assert "the second key here is" in say("checkin", "--text", "x", code=2)
    assert "are under the key" in say("key", "status", "--private", code=1)
    (tmp_path / "wrong").write_text(as_text(bytes(range(32))))
    assert "is not the one" in say("key", "import", "--private", tmp_path / "wrong", code=2)
    assert "opens the private texts" in say("key", "import", "--private", tmp_path / "right")
    assert NOTE in say("psychotherapy-notes", "show", "P-000001")
    assert "here already" in say("key", "import", "--private", tmp_path / "right", code=2)


@pytest.mark.parametrize("kind", ["file", "credential", "env"])
def test_the_key_is_had_from_where_the_settings_say(bench, say, tmp_path, kind):
    write(say)
    file = key_file(bench)
    kept = tmp_path / "THE_KEY"
    kept.write_text(file.read_text())
    kept.chmod(0o600)
    bench.environment |= {"CREDENTIALS_DIRECTORY": str(tmp_path), "THE_KEY": file.read_text()}
    file.unlink()
    named = str(kept) if kind == "file" else "THE_KEY"
    bench.settings(f"\nstorage: {{private_key: {{{kind}: {named}}}}}\n")

    assert NOTE in say("psychotherapy-notes", "show", "P-000001")
    if kind == "file":
        assert "1 private texts are under a new second key" in say(
            "key", "rotate", "--private", "--yes"
        )
        assert NOTE in say("psychotherapy-notes", "show", "P-000001")
    else:
        assert "dayhand cannot write" in say("key", "rotate", "--private", "--yes", code=2)


def test_a_key_in_the_practice_folder_is_refused(bench, say):
    write(say)
    inside = bench.folder / "p.key"
    inside.write_text(key_file(bench).read_text())
    inside.chmod(0o600)
    bench.settings("\nstorage: {private_key: {file: p.key}}\n")

    assert "lies in the practice folder" in say("psychotherapy-notes", "show", "P-000001", code=2)


def test_a_routine_that_is_called_is_handed_a_private_text(bench, say):
    write(say)
    bench.write(
        "called",
        "inputs: {text: text}\nsteps: [{uses: value.set, with: {it: '${{ inputs.text }}'}}]",
    )

    run = bench.run("""
        steps:
          - {id: note, uses: journal.psychotherapy, with: {note: P-000001}}
          - {routine: called, inputs: {text: "${{ steps.note.text }}"}}
    """)

    assert run.state == "done"
    assert found_in(bench, "saffron") == set()


# A new key ----------------------------------------------------------------------------------------


def test_after_a_change_everything_is_under_the_new_key_and_the_one_before_is_kept(
    bench, say, told
):
    write(say)
    say("checkin", "--scale", "energy=3", "--text", DIARY)
    run = bench.run(READING)
    before = keys_of(bench).locate()[0]

    said = say("key", "rotate", "--private", "--yes")

    after = keys_of(bench).locate()[0]
    assert (
        f"3 private texts are under a new second key, {fingerprint(after)}" not in said
    )  # and 3 of the run
    assert f"6 private texts are under a new second key, {fingerprint(after)}" in said
    status = told("key", "status", "--private")
    assert status["texts"] == {fingerprint(after): 3}
    assert status["previous"] == [fingerprint(before)]
    kept = str(tables(bench.fresh()))
    assert fingerprint(before) not in kept.replace(f"from {fingerprint(before)}", "")
    assert read(bench) == NOTE
    assert bench.app.store.run(run.id).state == "done"
    assert [e.action for e in bench.app.store.audit(limit=2)] == [
        "key.private.rotated",
        "key.private.rotate",
    ]


def hold(found):
    for one in (each["found"] for each in found):
        assert one["read"] == one["kept"] == found[0]["found"]["kept"]
        assert (one["wrong"], one["left"], one["mixed"]) == ([], [], 1)


def test_k04_killed_at_its_moments_a_change_of_the_second_key_loses_no_text(tmp_path):
    found = kill("private", tmp_path / "k", 12)

    told = sum(one["found"]["changed"] for one in found)
    print(
        f"K04: killed at {len(found)} of {found[0]['of']} moments, {told} with the new second key"
    )
    assert all(one["killed"] for one in found)
    assert 0 < told < len(found)
    hold(found)


@pytest.mark.soak
def test_k04_killed_at_every_moment_a_change_of_the_second_key_loses_no_text(tmp_path):
    found = kill("private", tmp_path / "k", 1000, within=800)

    print(f"K04: killed at all of {found[0]['of']} moments of a change of the second key")
    assert len(found) == found[0]["of"]
    hold(found)


def test_a_text_that_does_not_open_stops_a_change_and_nothing_is_changed(bench, say):
    write(say)
    write(say, ASKED, "C-2")
    swap(bench, "journal_psychotherapy", "P-000001", "P-000002")
    before = tables(bench.fresh())["journal_psychotherapy"]

    assert "was changed, or belongs" in say("key", "rotate", "--private", "--yes", code=2)

    assert tables(bench.fresh())["journal_psychotherapy"] == before
    assert list(keys_of(bench).locate()[1].previous()) == []
    assert not (bench.app.data / private_key.MARKER).exists()


# Lost and found -----------------------------------------------------------------------------------


def test_k10_a_lost_second_key_is_brought_back(bench, say, tmp_path):
    write(say)
    say("key", "export", "--private", tmp_path / "form", "--yes")
    assert "Recovery form of the second key" in (tmp_path / "form").read_text()
    key_file(bench).unlink()

    assert "opens the private texts" in say("key", "import", "--private", tmp_path / "form")

    assert NOTE in say("psychotherapy-notes", "show", "P-000001")


def test_a_backup_is_without_the_second_key_and_restores_with_it(bench, say, tmp_path):
    write(say)
    (bench.folder / "copy.txt").write_text(key_file(bench).read_text())

    assert "left out: copy.txt: it holds the key" in say("backup", tmp_path / "b.dhb")
    bench.fresh()
    found = restore(bench.app, tmp_path / "b.dhb", tmp_path / "again", key=None)

    assert found.private_key.endswith(".private.key")
    bench.folder = tmp_path / "again"
    assert NOTE in say("psychotherapy-notes", "show", "P-000001")


def test_a_practice_restored_without_the_second_key_lacks_only_the_private_texts(
    bench, say, tmp_path
):
    write(say)
    say("key", "export", "--private", tmp_path / "form", "--yes")
    say("backup", tmp_path / "b.dhb")
    key_file(bench).unlink()
    bench.fresh()

    found = restore(bench.app, tmp_path / "b.dhb", tmp_path / "again", key=None)

    assert "private texts stay closed" in found.private_key
    bench.folder = tmp_path / "again"
    assert "P-000001" in say("psychotherapy-notes", "list")
    assert "is not here" in say("psychotherapy-notes", "show", "P-000001", code=2)
    say("key", "import", "--private", tmp_path / "form")
    assert NOTE in say("psychotherapy-notes", "show", "P-000001")


# From before there was one ------------------------------------------------------------------------


@pytest.fixture
def old(bench):
    """A practice whose private entries stand in the clear under the one key, as they did before."""
    bench.app.close()
    file = bench.folder / ".dayhand" / "dayhand.db"
    key_file(bench).unlink()
    sqlite.remove(file)
    from dayhand.keys import find_key

    key = find_key(bench.folder, None, environment=bench.environment)
    (declared,) = [one for one in bench.app.host.tables() if one.branch == "journal"]
    journal = replace(declared, revision="0001")
    engine = replace(opening.TABLES, revision="0005")
    new, opening.TABLES = opening.TABLES, engine
    try:
        with opening.open_store(file, key=key, tables=[journal], create=True) as store:
            store.write_now(_plain_rows)
    finally:
        opening.TABLES = new
    return bench


def _plain_rows(connection):
    for number in range(1, 4):
        connection.exec_driver_sql(
            "INSERT INTO journal_psychotherapy VALUES (?, ?, 'C-1', 'ZQ', '2026-10-01T12:00:00+00:00', ?)",
            (f"P-{number:06}", f"k{number}", NOTE if number == 1 else f"note {number}"),
        )
    connection.exec_driver_sql(
        "INSERT INTO journal_checkins VALUES ('K-000001', 'k', '2026-10-01', ?, ?)",
        ('{"energy": 6}', DIARY),
    )


def test_private_texts_of_an_older_database_are_sealed_when_it_is_opened(old, say, told):
    assert NOTE in say("psychotherapy-notes", "show", "P-000001")
    assert "mean of the last entries 6.0" in say("checkin", "--scale", "energy=5")

    held = {
        name
        for name, rows in tables(old.fresh()).items()
        if "saffron" in str(rows) or DIARY in str(rows)
    }
    assert held == set()
    assert told("key", "status", "--private")["texts"] == {old.app.store.vault.expected: 7}


def test_the_copy_from_before_is_told_of_as_long_as_it_is_there(old, say, told):
    say("runs")

    (copy,) = (old.folder / ".dayhand").glob("*.before-*")
    warned = [one["message"] for one in told("doctor") if one["check"] == "private texts"]
    assert any(
        copy.name in message and "under the first key alone" in message for message in warned
    )
    copy.unlink()
    assert not any("first key alone" in one["message"] for one in told("doctor"))


def test_an_upgrade_is_checked_without_a_key_being_made_or_a_text_sealed(old, say):
    before = (old.folder / ".dayhand" / "dayhand.db").read_bytes()

    assert "brought up to date on a copy: dayhand, act, journal" in say("upgrade", "--check")

    assert (old.folder / ".dayhand" / "dayhand.db").read_bytes() == before
    assert not list(old.home.rglob("*.private.key"))


def test_where_no_key_can_be_kept_an_older_database_is_not_changed(old):
    before = (old.folder / ".dayhand" / "dayhand.db").read_bytes()
    old.settings("\nstorage: {private_key: {env: NOT_SET}}\n")

    with pytest.raises(UserError):
        _ = old.fresh().store

    assert (old.folder / ".dayhand" / "dayhand.db").read_bytes() == before


# What plugins may do ------------------------------------------------------------------------------


def test_a_text_in_the_clear_is_neither_written_to_a_sealed_column_nor_searched_for(bench):
    with (
        pytest.raises(sa.exc.StatementError, match="in the clear"),
        bench.app.context("journal").transaction("test") as connection,
    ):
        connection.execute(psychotherapy.update().values(text="in the clear"))
    with pytest.raises(StepMisuse, match="in the clear"), bench.app.store.read() as connection:
        connection.execute(sa.select(psychotherapy).where(psychotherapy.c.text == "x"))


def test_a_plugin_seals_only_columns_of_its_own_that_are_declared_so(bench):
    other = sa.Table("other_notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                     sa.Column("text", Sealed()))  # fmt: skip
    journal = bench.app.context("journal")

    with pytest.raises(StepMisuse, match="has no table 'other_notes'"):
        journal.seal(other.c.text, 1, "x")
    with pytest.raises(StepMisuse, match="is not declared Sealed"):
        journal.seal(psychotherapy.c.initials, "P-000001", "x")
    with pytest.raises(StepMisuse, match="named by its primary key: id"):
        journal.seal(checkins.c.text, ("K-1", 2), "x")


def test_a_private_text_is_put_into_no_question_and_does_not_leave(bench, say):
    write(say)
    note = "steps:\n  - {id: note, uses: journal.psychotherapy, with: {note: P-000001}}\n"

    asked = bench.run(
        note + "  - {uses: person.approve, with: {title: 'Is it ${{ steps.note.text }}?'}}\n"
    )
    sent = bench.run(
        note + "  - {uses: act.send, with: {to: a, text: '${{ steps.note.text }}'}}\n", name="s"
    )

    told = [next(s.error for s in bench.steps(run).values() if s.error) for run in (asked, sent)]
    assert "is not put into a question" in told[0].message
    assert "private texts do not leave the machine" in told[1].message
    assert acting.world == []


def test_each_reading_of_a_psychotherapy_note_is_noted_and_of_ones_own_diary_none(bench, say):
    write(say)
    say("psychotherapy-notes", "show", "P-000001")
    run = bench.run(READING)
    bench.rehearse(READING, name="dry")
    say("checkin", "--scale", "energy=3")
    say("checkin", "--scale", "energy=4")

    noted = [
        (e.action, e.subject)
        for e in bench.fresh().store.audit(limit=100)
        if "journal_" in e.subject
    ]
    assert noted == [
        ("unseal", "journal_psychotherapy P-000001, note of a dry run of dry"),
        ("unseal", f"journal_psychotherapy P-000001, note of run {run.id}"),
    ]
    assert "read psychotherapy note P-000001" in {
        e.action for e in bench.app.store.audit(limit=100)
    }


# On a server --------------------------------------------------------------------------------------


@pytest.fixture
def served(bench, tmp_path_factory):
    """The practice with its database on a server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        from tests_support import postgres

        server = postgres.start(tmp_path_factory.mktemp("postgres"))
    bench.app.close()
    bench.settings(f"\nstorage: {server.get_uri()}\n")
    bench.app.open_store(create=True).close()
    yield bench
    bench.close()
    server.cleanup()


def test_k08_on_a_server_texts_are_sealed_bound_to_their_rows_and_changed_to_a_new_key(served, say):
    write(say)
    write(say, ASKED, "C-2")
    run = served.run(READING)
    assert served.app.store.run(run.id).state == "done"
    assert "is not encrypted" not in say("key", "status", "--private")
    # two notes, and what three steps of the run gave
    assert "5 private texts are under a new second key" in say(
        "key", "rotate", "--private", "--yes"
    )
    assert read(served) == NOTE
    served.rehearse(READING, name="dry")
    noted = [e.subject for e in served.fresh().store.audit(limit=9) if e.action == "unseal"]
    assert noted[0] == "journal_psychotherapy P-000001, note of a dry run of dry"
    assert served.app.store.verify_audit() == []

    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    with served.fresh().store.read() as connection:
        found = {
            name: str(
                [unpacked_row(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]
            )
            for name in connection.exec_driver_sql(names).scalars().all()
        }
    assert [name for name, rows in found.items() if "saffron" in rows or "ochre" in rows] == []
    swapped = """UPDATE journal_psychotherapy a SET text = b.text FROM journal_psychotherapy b WHERE a.id <> b.id"""
    served.app.store.write_now(lambda c: c.exec_driver_sql(swapped))
    assert "belongs to another row" in say("psychotherapy-notes", "show", "P-000001", code=2)
    print(f"K08: on PostgreSQL 2 words in {len(found)} tables: 0 found; swapped rows refused")
