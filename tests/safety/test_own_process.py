"""A plugin in a process of its own: everything a context has, and what becomes of one that misbehaves."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from tests_support.strange import Site, StrangeBench

from dayhand.trust import Approvals


@pytest.fixture
def site(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    made = Site(tmp_path / "site", monkeypatch)
    made.install()
    return made


@pytest.fixture
def apart(tmp_path, site):
    """A practice that has approved the plugin, in a process of its own."""
    bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    bench.approve(own_process=True, memory=400_000_000, time=30.0, output=200_000)
    yield bench
    bench.close()


def test_a_step_gives_what_it_would_give_here_and_is_not_here(apart):
    import sys

    run = apart.run("""
        steps:
          - {id: a, uses: odd.fine, with: {who: Ana Ruiz}}
          - {id: b, uses: odd.process}
          - {id: c, uses: odd.process}
    """)

    steps = apart.steps(run)
    assert run.state == "done", run.reason
    assert steps["a"].output == {"name": "Ana Ruiz", "about": "r a 2026-11-24"}
    assert repr(steps["a"].output["name"]) == "•••"
    assert steps["b"].output == steps["c"].output != os.getpid()
    assert "dayhand_odd" not in sys.modules


# What a step does to itself -----------------------------------------------------------------------

MISBEHAVING = [
    ("odd.exit", "", "tried to end the program (SystemExit)"),
    ("odd.exit_thread", "", "tried to end the program (SystemExit)"),
    ("odd.interrupt", "", "tried to interrupt the program (KeyboardInterrupt)"),
    ("odd.cancel", "", "cancelled itself (CancelledError)"),
    ("odd.base", "", "raised NoException, which would end the program"),
    ("odd.recurse", "", "it raised RecursionError"),
    ("odd.raises", "", "it raised ValueError"),
    ("odd.wrong", "", "what odd.wrong returned are not as declared"),
    ("odd.unkept", "", "what odd.unkept returned cannot be kept"),
    ("odd.rows", "", "uses the database, which"),
    ("odd.connect", "port: 1", "wanted to connect to 127.0.0.1, which it does not declare"),
    ("odd.secret", "name: OTHER", "asks for the secret env:OTHER, which its settings do not name"),
    ("odd.open", "path: /elsewhere/letter.txt", "which it does not declare"),
    ("odd.read", "path: /elsewhere/letter.txt", "which it does not declare"),
    ("odd.write", "path: /elsewhere/x, text: x", "which it does not declare"),
]
"""What harms only its step, in dayhand's own process and in the plugin's: inputs, and what is told."""
APART_ONLY = [
    ("odd.die", "", "ended itself, with exit code 7"),
    ("odd.crash", "", "was ended by SIGSEGV"),
    ("odd.hungry", "", "needs more memory than its 400 MB"),
    ("odd.large", "size: 1000000000", "needs more memory than its 400 MB"),
    ("odd.large", "size: 300000", "gave back more than 200 kB"),
    ("odd.talk", "", "it told more than 200 kB"),
]
"""What only a process of its own contains."""
ENDLESS = [
    ("odd.loop", "", "time limit"),
    ("odd.spin", "", "time limit"),
    ("odd.wait", "", "time limit"),
]


def harm(bench, table):
    """Run every line of a table in one run, each followed by a step that is as it should be."""
    steps = ["steps:"]
    for number, (uses, inputs, _) in enumerate(table):
        steps += [
            f"  - {{id: s{number}, uses: {uses}, with: {{{inputs}}}, on_error: continue}}",
            f"  - {{id: after{number}, uses: odd.fine, with: {{who: Bo}}}}",
        ]
    run = bench.run("\n".join(steps))
    kept = bench.steps(run)

    assert run.state == "done_with_failures", run.reason
    for number, (uses, _, told) in enumerate(table):
        assert told in kept[f"s{number}"].error.message, (uses, kept[f"s{number}"].error)
        assert "Secret Name0" not in str(kept[f"s{number}"].error)
        assert kept[f"after{number}"].output["name"] == "Bo"


@pytest.fixture
def here(tmp_path, site):
    """A practice that has approved the plugin, in dayhand's own process."""
    bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    bench.approve()
    yield bench
    bench.close()


@pytest.fixture(params=["here", "apart"])
def either(request):
    """The practice, its plugin in dayhand's process and in its own."""
    return request.getfixturevalue(request.param)


def test_in_dayhands_own_process_much_harms_only_its_step(here):
    harm(here, [*MISBEHAVING, ("odd.large", "size: 200000000", "is more than 64 MB")])


def test_in_a_process_of_its_own_everything_harms_only_its_step(apart):
    harm(apart, MISBEHAVING + APART_ONLY)


def test_a_step_without_end_is_ended_in_its_time(apart):
    apart.approve(own_process=True, time=0.5)

    harm(apart, ENDLESS)


def test_what_it_prints_goes_nowhere(apart):
    run = apart.run("steps: [{id: a, uses: odd.chatter, with: {size: 1000000000}}]")

    assert apart.output(run, "a") == "printed"


def test_a_process_in_which_something_was_left_behind_is_not_used_again(apart):
    run = apart.run("""
        steps:
          - {id: a, uses: odd.leaves}
          - {id: b, uses: odd.process}
    """)

    assert apart.output(run, "a") != apart.output(run, "b")


def test_an_attempt_after_a_failure_is_made_as_ever(apart):
    run = apart.run("steps: [{id: a, uses: odd.again, retry: {attempts: 2, first: 1 s}}]")

    assert apart.output(run, "a") == 2


# What it is handed --------------------------------------------------------------------------------


def test_a_context_has_all_that_it_has_here(apart, caplog):
    apart.settings("odd: {folder: papers}\n")
    (apart.folder / "templates").mkdir(exist_ok=True)
    (apart.folder / "templates/hello.md").write_text("hello")

    run = apart.run("steps: [{uses: odd.keep}, {id: a, uses: odd.everything}]")

    assert run.state == "done", apart.steps(run)["a"].error
    found = apart.output(run, "a")
    assert found.pop("key")
    assert found == {
        "kept": "kept", "none": "None", "template": "hello", "rendered": "1 and Two",
        "folder": "papers", "practice": "Lakeside", "place": "practice.yaml",
    }  # fmt: skip
    assert "a word logged" in caplog.text
    assert any(event.kind == "step_progress" for event in apart.events)


def test_it_is_handed_no_secret_but_those_that_the_settings_name(apart):
    apart.environment["ODD_TOKEN"] = "hunter22"
    apart.settings("odd: {token: {env: ODD_TOKEN}}\n")

    run = apart.run("""
        steps:
          - {id: a, uses: odd.secret, with: {name: ODD_TOKEN}}
          - {id: b, uses: odd.environment}
    """)

    assert apart.output(run, "a") == len("hunter22")
    names = set(apart.output(run, "b"))
    assert "ODD_TOKEN" not in names
    assert not [name for name in names if "DAYHAND" in name or "KEY" in name]


def test_wrong_inputs_and_settings_are_told_as_they_are_here(apart):
    run = apart.run("""
        steps:
          - {id: any, uses: odd.any}
          - id: a
            uses: odd.fine
            with: {who: "${{ steps.any }}"}
    """)

    assert "the inputs of odd.fine are not as declared: who" in apart.steps(run)["a"].error.message


def test_nothing_of_it_goes_on_after_dayhands_process(apart, tmp_path):
    """A process that is killed tells nobody: its plugin's sees the line cut."""
    import subprocess
    import sys
    import time

    note = tmp_path / "scratch/note"
    bench = apart
    bench.write("r", f"steps: [{{uses: odd.forks, with: {{note: '{note}'}}}}]")
    program = (
        "import sys; from pathlib import Path; from tests_support.strange import StrangeBench, again;"
        "again(Path(sys.argv[1]))"
    )
    support = str(Path(__file__).parents[1] / "support")
    environment = {**os.environ, "PYTHONPATH": f"{support}:{tmp_path / 'site'}"}
    bench.close()
    running = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=environment)
    try:
        until = time.monotonic() + 200
        while not (note.exists() and note.read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        started = int(note.read_text())
    finally:
        running.kill()
        running.wait()
    while Path(f"/proc/{started}").exists() and "Z" not in state_of(started):
        assert time.monotonic() < until + 30
        time.sleep(0.02)


def state_of(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_what_it_started_ends_with_a_step_that_took_too_long(apart, tmp_path):
    apart.approve(own_process=True, time=6.0)
    note = tmp_path / "scratch/note"

    run = apart.run(f"steps: [{{id: a, uses: odd.forks, with: {{note: '{note}'}}}}]")

    assert apart.steps(run)["a"].error.kind == "timeout"
    until = time.monotonic() + 100
    while state_of(int(note.read_text())) != "Z":  # killed, but not yet at its end
        assert time.monotonic() < until
        time.sleep(0.02)


# Sending ------------------------------------------------------------------------------------------

SEND = "steps: [{{id: a, uses: odd.send, with: {{to: Ana, note: '{note}', {more}}}}}]"


@pytest.mark.parametrize("then", ["die", "crash"])
def test_a_process_that_ends_after_it_sent_leaves_doubt_that_is_asked_about(apart, tmp_path, then):
    note = tmp_path / "scratch/note"

    run = apart.run(SEND.format(note=note, more=f"then: {then}"))

    assert run.state == "done", run.reason
    assert apart.output(run, "a") == "found True"
    (effect,) = apart.app.store.effects(run_id=run.id)
    assert effect.state == "done"


def test_a_receipt_that_cannot_be_kept_leaves_doubt_and_no_failure(either, tmp_path):
    run = either.run(SEND.format(note=tmp_path / "scratch/note", more="then: wrong"))

    assert run.state == "done", run.reason
    assert either.output(run, "a") == "found True"


def test_one_that_ends_before_it_intends_has_sent_nothing(apart, tmp_path):
    run = apart.run(SEND.format(note=tmp_path / "scratch/note", more="before: die"))

    assert run.state == "failed"
    assert apart.app.store.effects(run_id=run.id) == []


def test_what_was_refused_and_what_is_ill_formed_was_certainly_not_sent(apart, tmp_path):
    run = apart.run(SEND.format(note=tmp_path / "scratch/note", more="then: not sent"))
    ill = apart.run(
        "steps: [{id: any, uses: odd.any}, {id: a, uses: odd.post, with: {to: '${{ steps.any }}'}}]",
        name="ill",
    )

    assert [one.state for one in apart.app.store.effects(run_id=run.id)] == ["not_sent"]
    assert [one.state for one in apart.app.store.effects(run_id=ill.id)] == ["not_sent"]


def test_a_dry_run_shows_what_would_be_sent(apart, tmp_path):
    note = tmp_path / "scratch/note"

    rehearsed = apart.rehearse(SEND.format(note=note, more="then: die"))

    ((_, preview),) = rehearsed.ended.previews
    assert preview.summary == "would send to Ana"
    assert preview.details == {"note": str(note)}
    assert not note.exists()


# Loading it ---------------------------------------------------------------------------------------

FINE = "steps: [{uses: value.set, with: {a: 1}}]"
HOOK = "from dayhand import hookimpl\n@hookimpl\ndef "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import a_library_that_is_not_there", "it needs 'a_library_that_is_not_there'"),
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit(3)", "it tried to end the program while it was loaded"),
        (HOOK + "dayhand_steps():\n    raise ValueError('no')", "ValueError: no"),
        (HOOK + "dayhand_settings():\n    import sys; sys.exit(3)", "it tried to end the program"),
        (HOOK + "dayhand_stepps():\n    return []", "it has a hook that dayhand does not know"),
        (HOOK + "dayhand_steps():\n    return [1]", "gave an int, not a step"),
        ("open('/elsewhere/letter.txt')", "letter.txt"),
    ],
)
@pytest.mark.parametrize("own_process", [False, True], ids=["here", "apart"])
def test_one_that_cannot_be_loaded_is_left_out(site, tmp_path, text, told, own_process):
    if not own_process and "elsewhere" in text:
        told = "FileNotFoundError"
    site.install(text)
    state, reason = approved_state(tmp_path, own_process=own_process)

    assert state == "left out"
    assert told in reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import os; os._exit(7)", "ended itself, with exit code 7"),
        (HOOK + "dayhand_steps():\n    import os; os._exit(7)", "ended itself, with exit code 7"),
        ("import ctypes; ctypes.string_at(0)", "was ended by SIGSEGV"),
        ("raise KeyboardInterrupt", "was ended by SIGINT"),
        ("while True: pass", "was ended: it did not answer in time"),
        (HOOK + "dayhand_steps():\n    while True: pass", "was ended: it did not answer in time"),
    ],
)
def test_in_a_process_of_its_own_even_this_leaves_out_only_the_plugin(
    site, tmp_path, monkeypatch, text, told
):
    from dayhand.own_process import child

    if "while" in text:
        monkeypatch.setattr(child, "START", 1.0)
    site.install(text)
    state, reason = approved_state(tmp_path, own_process=True)

    assert state == "left out"
    assert told in reason


def approved_state(tmp_path, *, own_process):
    from tests_support.strange import NOW

    from dayhand.plugin_host import PluginHost
    from dayhand.trust import Bounds

    approvals = Approvals(tmp_path / "plugins.json")
    host = PluginHost(approvals=approvals)
    process = Bounds() if own_process else None
    approvals.approve(host.candidate("odd"), by="jane", at=NOW, process=process)
    (found,) = [one for one in host.catalogue.plugins if one.name == "odd"]
    host.close()
    return found.state, found.reason


def test_one_that_uses_the_database_cannot_be_in_a_process_of_its_own(site, tmp_path):
    from dayhand.errors import UserError
    from dayhand.trust import Declaration

    site.install(declared="tables = true")
    with pytest.raises(UserError, match="hands neither the key of the database nor a transaction"):
        approved_state(tmp_path, own_process=True)
    with pytest.raises(UserError, match="it uses the database"):
        Declaration.of({"tables": True, "process": {"own": True}})


def test_what_it_brings_that_cannot_be_there_is_told(site, tmp_path):
    text = (
        f"{HOOK}dayhand_commands():\n    import click\n    return [click.Command('odd')]\n"
        "@hookimpl\ndef dayhand_health():\n    from dayhand import HealthCheck\n"
        "    return [HealthCheck('fit', lambda practice: [])]\n"
        "@hookimpl\ndef dayhand_event_kinds():\n    from dayhand import EventKind\n"
        "    return [EventKind('full_moon', lambda *given: [])]\n"
    )
    site.install(text)
    approved_state(tmp_path, own_process=True)
    from dayhand.plugin_host import PluginHost

    host = PluginHost(approvals=Approvals(tmp_path / "plugins.json"))
    (found,) = [one for one in host.catalogue.plugins if one.name == "odd"]
    host.close()

    assert found.state == "loaded"
    assert found.hint == (
        "in a process of its own it does not bring the command 'odd', the events 'full_moon', the health"
        " check 'fit'"
    )
    assert "odd" not in host.catalogue.commands
    assert "full_moon" not in host.catalogue.event_kinds


def test_a_routine_that_follows_its_events_has_an_error(site, tmp_path):
    from dayhand.errors import CheckFailed

    site.install(
        f"{HOOK}dayhand_event_kinds():\n    from dayhand import EventKind\n"
        "    return [EventKind('full_moon', lambda *given: [])]\n"
    )
    bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    text = "triggers: [{after: full_moon, offset: 1 hour}]\n" + FINE
    try:
        bench.approve()
        assert bench.run(text).state == "done"
        bench.approve(own_process=True)
        with pytest.raises(CheckFailed) as told:
            bench.run(text, name="again")
    finally:
        bench.close()

    (problem,) = [one for one in told.value.problems if one.code == "unknown-event-kind"]
    assert problem.message == "plugin 'odd' brings no events, since it is in a process of its own"
    assert problem.is_error
    assert "dayhand plugins approve odd" in problem.hint
