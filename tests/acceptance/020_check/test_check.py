"""020: `dayhand check` tells every mistake at once, with its place, the line, and what to do."""

from __future__ import annotations

BROKEN = """
    inputs:
      day: {type: date, required: true}
    steps:
      - id: a
        uses: calendar.agend
      - uses: value.set
        with: {x: "${{ inputs.dya }}", y: "${{ steps.b.z }}"}
"""


def test_every_mistake_is_told_with_its_line_and_a_guess(bare):
    bare.routine("broken", BROKEN)

    told = bare("check", expect=2).out

    assert (
        "routines/broken.yaml:7:11: error: there is no step 'calendar.agend' [unknown-step]" in told
    )
    assert "  7 |     uses: calendar.agend\n    |           ^^^^^^^^^^^^^^" in told
    assert "did you mean 'calendar.agenda'?" in told
    assert "did you mean 'day'?" in told
    assert "'b'" in told
    assert "1 routine checked: 3 errors" in told


def test_mistakes_are_had_as_json(bare):
    bare.routine("broken", BROKEN)

    told = bare("check", "--json", expect=2).json

    assert told["ok"] is False
    assert {problem["line"] for problem in told["problems"]} == {7, 9}
    assert all(
        problem["file"] == "routines/broken.yaml" and problem["code"]
        for problem in told["problems"]
    )
    assert told["routines"][0]["state"] == "broken"


def test_settings_are_checked_to_the_character(bare):
    bare.settings("timezone: America/New_York", "timezone: America/New_Yrok")
    bare.settings("currency: USD", "curency: USD")

    told = bare("check", expect=2).out

    assert "did you mean 'America/New_York'?" in told
    assert "did you mean 'currency'?" in told
    assert " | timezone: America/New_Yrok\n" in told
    assert "^^^^^^^^^^^^^^^^" in told


def test_a_file_that_belongs_to_no_practice_is_checked_alone(nowhere):
    (nowhere.folder / "one.yaml").write_text(
        "routine: one\nsteps:\n  - uses: value.set\n    with: {a: 1}\n"
    )
    (nowhere.folder / "two.yaml").write_text("routine: two\nsteps:\n  - uses: value.sett\n")

    assert "no problems" in nowhere("check", "one.yaml").out
    assert "two.yaml:3:11" in nowhere("check", "two.yaml", expect=2).out
    assert "there is no practice here" in nowhere("check", expect=2).err


def test_a_routine_whose_plugin_is_missing_is_quarantined_and_the_others_run(bare):
    bare.routine("books", "steps:\n  - uses: quickbooks.sync\n    with: {invoices: []}\n")
    bare.routine("fine", "steps:\n  - uses: value.set\n    with: {a: 1}\n")

    checked = bare("check", expect=2).out
    states = {one["routine"]: one["state"] for one in bare("routines", "list", "--json").json}
    refused = bare("run", "books", expect=2)
    bare("run", "fine")

    assert "no plugin brings 'quickbooks.sync'" in checked
    assert "books is quarantined: it needs the plugin quickbooks; the others run" in checked
    assert states == {"books": "quarantined", "fine": "ready"}
    assert "quarantined: it needs the plugin 'quickbooks'" in refused.err
    assert "'books' is quarantined" in bare("doctor", expect=None).out


def test_a_missing_plugin_is_told_once_with_how_many_steps_need_it(bare):
    sync = "  - uses: quickbooks.sync\n    with: {invoices: []}\n"
    bare.routine("books", f"steps:\n{sync}{sync}")
    bare.routine("ledger", f"steps:\n  - uses: value.sett\n{sync}  - uses: xero.sync\n")
    bare.routine("more", f"steps:\n{sync}")

    told = bare("check", expect=2).out
    places = [
        (problem["file"], problem["line"])
        for problem in bare("check", "--json", expect=2).json["problems"]
        if problem["message"] == "no plugin brings 'quickbooks.sync'"
    ]

    assert told.count("no plugin brings 'quickbooks.sync'") == 1
    assert (
        "routines/books.yaml:3:11: error: no plugin brings 'quickbooks.sync'; 4 steps in 3 routines "
        "need the plugin 'quickbooks' [unknown-plugin]"
    ) in told
    assert "'dayhand steps' lists what there is; --json tells of each step\n" in told
    assert "no plugin brings 'xero.sync' [unknown-plugin]" in told
    assert "there is no step 'value.sett' [unknown-step]" in told
    assert "books, more are quarantined: they need the plugin quickbooks; the others run" in told
    assert "ledger is quarantined: it needs the plugin quickbooks, xero; the others run" in told
    assert "3 routines checked: 6 errors" in told
    assert places == [
        ("routines/books.yaml", 3), ("routines/books.yaml", 5),
        ("routines/ledger.yaml", 4), ("routines/more.yaml", 3),
    ]  # fmt: skip


def test_a_file_that_is_no_yaml_harms_only_itself(bare):
    (bare.folder / "routines/binary.yaml").write_bytes(b"routine: x\n\xff\xfe\x00")
    (bare.folder / "routines/empty.yaml").write_bytes(b"")
    (bare.folder / "routines/open.yaml").write_bytes(b"routine: [open\n")
    bare.routine("fine", "steps:\n  - uses: value.set\n    with: {a: 1}\n")

    told = bare("check", expect=2).out
    bare("run", "fine")

    assert all(f"routines/{name}.yaml:" in told for name in ("binary", "empty", "open"))
    assert "is not closed" in bare("run", "open", expect=2).err


FLOW = """
    inputs: {month: {type: month, default: 2026-11}}
    steps:
      - {id: sessions, uses: practice.sessions}
      - uses: billing.draft
        with: {sessions: "${{ steps.sessions.items | map('id') }}"}
      - uses: value.set
        when: steps.sessions
        with: {text: "about ${{ steps.sessions.items }}"}
"""


def test_types_are_followed_through_filters_and_text(bare):
    bare.routine("flow", FLOW)

    told = bare("check", expect=2).out

    assert "'sessions' should be a list of records, and this is a list of texts" in told
    assert "warning: this is always true [always-true]" in told
    assert "a list cannot stand inside text [type-mismatch]" in told
    assert "1 routine checked: 2 errors, 1 warning" in told


def test_advice_is_told_when_it_is_asked_for_and_never_counts(bare):
    bare.routine("plain", "inputs: {day: date}\nsteps:\n  - uses: value.set\n")

    told = bare("check", "--strict").out
    more = bare("check", "--strict", "--advice").out
    data = bare("check", "--json").json

    assert told == "1 routine checked: no problems; 1 piece of advice (--advice tells)\n"
    assert "advice: nothing uses the input 'day' [unused-input]" in more
    assert data["ok"] is True
    assert [one["code"] for one in data["advice"]] == ["unused-input"]


def test_the_editors_schema_is_written_anew_when_the_plugins_have_changed(bare):
    schema = bare.folder / ".dayhand" / "routine.schema.json"
    fresh = schema.read_text(encoding="utf-8")

    bare("check")
    unchanged = schema.stat().st_mtime_ns
    bare("check")
    assert schema.stat().st_mtime_ns == unchanged
    schema.write_text('{"$comment": "made from the plugins of last year"}', encoding="utf-8")
    bare("check")
    assert schema.read_text(encoding="utf-8") == fresh
    schema.unlink()
    bare("check")
    assert not schema.exists()


def test_a_folder_is_checked_with_what_is_in_it_and_not_with_what_programs_keep(bare):
    bare.routine("wrong", "steps:\n  - uses: value.sett\n")
    (bare.folder / "routines/kept").mkdir()
    (bare.folder / "routines/wrong.yaml").rename(bare.folder / "routines/kept/wrong.yaml")
    bare.routine("fine", "steps:\n  - uses: value.set\n    with: {a: 1}\n")
    (bare.folder / ".dayhand/shipped").mkdir(exist_ok=True)
    (bare.folder / ".dayhand/shipped/old.yaml").write_text("routine: old\n", encoding="utf-8")

    whole, part = bare("check", expect=2).out, bare("check", "routines/kept", expect=2).out

    assert bare("check", ".", expect=2).out == whole
    assert "2 routines checked: 1 error" in whole
    assert "1 routine checked: 1 error" in part
    assert "there is no routine in the folder 'out'" in bare("check", "out", expect=2).err


def test_of_two_files_of_one_name_the_one_that_is_not_looked_at_is_told(bare):
    file = bare.routine("twice", "steps:\n  - uses: value.set\n    with: {a: 1}\n")
    (bare.folder / "routines/other").mkdir()
    (bare.folder / "routines/other/twice.yaml").write_text(file.read_text(), encoding="utf-8")

    told = bare("check").out
    bare("check", "--strict", expect=2)

    assert "routines/other/twice.yaml:1:1: warning: routines/twice.yaml has the same name" in told
    assert "1 routine checked: 1 warning" in told
    assert "done" in bare("run", "twice").out
