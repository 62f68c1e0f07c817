"""130: `dayhand explain` tells a routine in plain sentences, with what leaves the machine and who approves it."""

from __future__ import annotations


def test_a_shipped_routine_is_told(bare):
    bare.routine(
        "billing",
        """
        triggers:
          - cron: 0 9 1 * *
        steps:
          - {id: ok, uses: person.approve, with: {title: Send it?}}
          - {uses: email.send, with: {to: a@example.com, subject: a, body: b, purpose: office}}
        """,
    )

    told = bare("explain", "billing").out

    assert "  - On the 1st of each month at 09:00." in told
    assert "Ask you: “Send it?”" in told
    assert "to a@example.com. You approve it before: 'ok'." in " ".join(told.split())


def test_it_is_had_as_json(bare):
    bare.routine("one", "steps: [{uses: file.write, with: {path: a.md, text: b}}]")

    told = bare("explain", "one", "--json").json

    assert told["steps"][0]["effect"] == "write"
    assert told["writes"] == ["1 Write the file out/a.md"]
    assert told["sends"] == []


def test_a_routine_with_mistakes_is_not_told(bare):
    bare.routine("broken", "steps: [{uses: file.wrte}]")

    told = bare("explain", "broken", expect=2)

    assert told.out == ""
    assert "did you mean 'file.write'?" in told.err


def test_a_file_outside_the_practice_is_told(nowhere):
    (nowhere.folder / "one.yaml").write_text("routine: one\nsteps: [{uses: value.set}]\n")

    assert "Name values for later steps: none." in nowhere("explain", "one.yaml").out
