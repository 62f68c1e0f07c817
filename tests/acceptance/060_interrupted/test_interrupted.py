"""060: a run that is cut off goes on with `dayhand resume`; one that is worked on is left alone."""

from __future__ import annotations

import signal


def begun(practice, *arguments):
    """A command that is in the middle of its run."""
    process = practice.start(*arguments)
    while "clients" not in (line := process.stderr.readline()):
        assert line, "the run ended too soon"
    return process


def test_a_killed_run_goes_on_where_it_was_and_does_no_finished_step_again(sample):
    process = begun(sample, "run", "end-of-day-notes", "--as-of", "2026-11-17")
    process.kill()
    process.communicate()
    before = {
        step["path"]: step["ended_at"] for step in sample.last()["steps"] if step["state"] == "done"
    }

    told = sample("resume")

    after = {step["path"]: step["ended_at"] for step in sample.last()["steps"]}
    assert process.returncode == -signal.SIGKILL
    assert before
    assert before.items() <= after.items()
    assert not any(f"✓ {path} " in told.err for path in before)
    assert sample.last()["run"]["state"] == "done"
    assert (sample.folder / "out/day/2026-11-17-evening.pdf").exists()
    assert sample("resume").out == "nothing to go on with\n"


def test_the_doctor_names_a_run_that_was_cut_off(sample):
    process = begun(sample, "run", "end-of-day-notes", "--as-of", "2026-11-17")
    process.kill()
    process.communicate()

    assert "end-of-day-notes was cut off" in sample("doctor", expect=None).out


def test_a_run_that_another_process_works_on_is_left_to_it(sample):
    process = begun(sample, "run", "end-of-day-notes", "--as-of", "2026-11-17")
    process.send_signal(signal.SIGSTOP)
    try:
        run = sample("runs", "--json").json[0]["id"]
        refused = sample("resume", run, expect=1)
        all_others = sample("resume")
        cancelled = sample("cancel", run, "--yes", expect=1)
    finally:
        process.send_signal(signal.SIGCONT)
    process.communicate(timeout=250)

    assert f"run {run} is being worked on by" in refused.err
    assert "is being worked on by" in cancelled.err
    assert all_others.out == "nothing to go on with\n"
    assert process.returncode == 0
    assert sample.last()["run"]["state"] == "done"


def test_control_c_stops_the_run_and_it_goes_on_later(sample):
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:  # tests that run in the background ignore it, and a process begins as its parent is
        process = begun(sample, "run", "end-of-day-notes", "--as-of", "2026-11-17")
    finally:
        signal.signal(signal.SIGINT, heard)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=250)

    assert process.returncode == 130
    assert "Traceback" not in err
    sample("resume")
    assert sample.last()["run"]["state"] == "done"
