"""030: the exit code of `dayhand run` says how the run ended: 0, 1, 2, 3, 4."""

from __future__ import annotations

import pytest

SET = "steps:\n  - id: v\n    uses: value.set\n    with: {a: 1}\n"
FAIL = "steps:\n  - uses: run.fail\n    with: {reason: because}\n"
ASK = "steps:\n  - id: ok\n    uses: person.approve\n    with: {title: Fine?}\n"
ON = "steps:\n  - uses: run.fail\n    with: {reason: because}\n    on_error: continue\n"
SEND = """
    steps:
      - uses: email.notify_me
        with: {subject: Hello}
"""


@pytest.mark.parametrize(
    ("text", "code", "state"),
    [(SET, 0, "done"), (FAIL, 1, "failed"), (ON, 1, "done_with_failures"), (ASK, 3, "waiting")],
)
def test_the_exit_code_says_how_the_run_ended(bare, text, code, state):
    bare.routine("r", text)

    told = bare("run", "r", "--json", expect=code)

    assert told.json["run"]["state"] == state
    assert told.err == ""
    assert bare("run", "r", expect=code).out.startswith("run 2")


def test_a_failed_run_says_why_and_what_to_do(bare):
    bare.routine("r", FAIL)

    told = bare("run", "r", expect=1)

    assert "because" in told.out
    assert "dayhand show" in told.out
    assert "dayhand retry" in told.out


NO_CALENDAR = "steps:\n  - uses: calendar.agenda\n"
WRITES = "steps:\n  - uses: file.write\n    with: {path: notes/a.md, text: Hello}\n"


def test_what_may_help_is_told_at_the_end_of_a_run_and_of_a_dry_run(bare):
    bare.routine("r", NO_CALENDAR)

    for more in ((), ("--dry-run",)):
        told = bare("run", "r", *more, expect=1).out

        assert "no calendar is set up" in told
        assert "hint: name one under calendar.sources in practice.yaml" in told


def test_the_files_that_a_run_wrote_are_told(bare):
    bare.routine("r", WRITES)

    assert "\n  wrote out/notes/a.md\n" in bare("run", "r").out


def test_an_input_that_is_missing_is_asked_for_with_what_it_is(bare):
    bare.routine(
        "r",
        "inputs:\n  file: {type: file, required: true, description: A certificate}\n" + SET,
    )

    told = bare("run", "r", expect=2)

    assert "give it with --input file=…; it is: A certificate" in told.err


def test_a_message_of_which_nobody_knows_ends_with_4_until_it_is_told(sample, office):
    sample.routine("note", SEND)
    office.falls_silent(after_accepting=True)

    told = sample("run", "note", expect=4)
    office.falls_silent(after_accepting=False)
    sample("resume", expect=0)
    still = sample("inbox", "--json").json
    sample("answer", sample.question(), "--it-was")

    assert "is not known" in told.out
    assert "--it-was" in told.out
    assert len(still) == 1
    assert sample.last()["run"]["state"] == "done"
    assert len(office.messages) == 1


def test_a_message_that_is_sent_again_by_a_person_is_the_same_message(sample, office):
    sample.routine("note", SEND)
    office.falls_silent(after_accepting=True)
    sample("run", "note", expect=4)
    office.falls_silent(after_accepting=False)

    sample("answer", sample.question(), "--send-again")

    first, second = office.messages
    assert first == second


def test_no_server_is_a_failure_that_retry_mends(sample, office):
    sample.settings(f"port: {office.port}", "port: 9")
    sample.routine("note", SEND)

    told = sample("run", "note", expect=1)
    sample.settings("port: 9", f"port: {office.port}")
    sample("retry", "last")

    assert "cannot be reached" in told.out
    assert len(office.messages) == 1


def test_as_of_a_date_the_run_means_that_day(sample):
    sample("run", "morning-prep", "--as-of", "2026-11-23")

    told = sample.last()["run"]
    assert told["scheduled_for"].startswith("2026-11-23T11:30")  # its own time of that day
    assert {file.name for file in (sample.folder / "out/day").iterdir()} == {
        "2026-11-23.md",
        "2026-11-23.pdf",
    }


def test_an_input_is_read_as_its_type(bare):
    bare.routine("r", "inputs:\n  n: {type: integer, required: true}\nsteps:\n  - id: v\n    uses: value.set\n"
                      '    with: {m: "${{ inputs.n + 1 }}"}\n')  # fmt: skip

    told = bare("run", "r", "-i", "n=41", "--json").json

    assert [step["output"] for step in told["steps"]] == [{"m": 42}]
    assert "input 'n'" in bare("run", "r", expect=2).err
    assert "input 'n' is not a whole number" in bare("run", "r", "-i", "n=x", expect=2).err
