"""Rows P07 to P09: seven plugins that misbehave, results that cannot be kept, secrets of others."""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

import pytest
from tests_support.daemons import House
from tests_support.strange import Site, StrangeBench

from dayhand.trust import Approvals

SEVEN = {
    "raises": ("odd.raises", "it raised ValueError"),
    "hangs": ("odd.loop", "time limit"),
    "exits": ("odd.exit", "tried to end the program (SystemExit)"),
    "dies": ("odd.die", "ended itself, with exit code 7"),
    "forks": ("odd.fork_on", "time limit"),
    "kills": ("odd.kill", "was ended by SIGKILL"),
    "closes": ("odd.close", "was ended"),
}
"""A routine for each, the step that misbehaves in it, and what is told."""


@pytest.fixture
def site(tmp_path, monkeypatch):
    made = Site(tmp_path / "site", monkeypatch)
    made.install()
    return made


def bench_of(tmp_path, **approval):
    bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    bench.approve(**approval)
    return bench


@pytest.fixture
def apart(tmp_path, site):
    """A practice that has approved the plugin, in a process of its own."""
    bench = bench_of(tmp_path, own_process=True, memory=800_000_000)
    yield bench
    bench.close()


@pytest.fixture
def here(tmp_path, site):
    """A practice that has approved the plugin, in dayhand's own process."""
    bench = bench_of(tmp_path)
    yield bench
    bench.close()


@pytest.fixture(params=["here", "apart"])
def either(request):
    """The practice, its plugin in dayhand's process and in its own."""
    return request.getfixturevalue(request.param)


# P07: what a step does to its process -------------------------------------------------------------


def due(minute, step):
    return f'triggers:\n  - cron: "{minute} 12 * * *"\nsteps:\n  - {{id: a, uses: {step}}}\n'


def test_p07_seven_that_misbehave_harm_their_steps_and_the_next_routine_is_on_time(apart):
    apart.approve(own_process=True, time=6.0)
    house = House(apart)
    house.set_clock("2026-11-24T12:00:30-05:00")
    for name, (step, _) in SEVEN.items():
        apart.write(name, due(1, step))
    apart.write("following", due(2, "odd.process"))
    house.look()

    begun = house.at("2026-11-24T12:01:01-05:00")
    house.at("2026-11-24T12:02:01-05:00")

    assert {run.routine for run in begun} == set(SEVEN)
    for run in house.runs():
        if run.routine in SEVEN:
            error = apart.steps(run)["a"].error
            assert run.state == "failed"
            assert SEVEN[run.routine][1] in error.message, (run.routine, error)
    (following,) = [row for row in house.rows("following") if row.due <= house.now]
    assert following.state == "ran", following.reason  # and not 'ran late'


def test_p07_a_step_that_forks_comes_out_once_and_the_other_process_ends(either):
    """Else the run would go on in two processes, and each would send."""
    run = either.run("""
        steps:
          - {id: a, uses: odd.fork}
          - {id: b, uses: odd.fork}
          - {id: c, uses: odd.fine, with: {who: Bo}}
    """)

    assert run.state == "done", run.reason
    assert either.output(run, "c")["name"] == "Bo"
    until = time.monotonic() + 200
    for step in ("a", "b"):
        while is_there(either.output(run, step)):
            assert time.monotonic() < until
            time.sleep(0.02)


def is_there(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# P08: what cannot be kept -------------------------------------------------------------------------

BAD = [
    ("nan", "cannot be kept: .total is nan"),
    ("object", "cannot be kept: .more is a object"),
    ("wrong type", "are not as declared: label: Input should be a valid string"),
    ("large", "is more than 64 MB, most of it in 'text'"),
]


def size_of(bench):
    return sum(file.stat().st_size for file in (bench.folder / ".dayhand").iterdir())


def test_p08_results_that_cannot_be_kept_fail_with_the_field_and_are_kept_nowhere(either):
    either.run("steps: [{uses: odd.process}]", name="before")
    before = size_of(either)
    steps = [
        f"  - {{id: s{number}, uses: odd.figures, with: {{what: {what}}}, on_error: continue}}"
        for number, (what, _) in enumerate(BAD)
    ]

    run = either.run("\n".join(["steps:", *steps]))

    assert run.state == "done_with_failures"
    for number, (_, told) in enumerate(BAD):
        assert told in either.steps(run)[f"s{number}"].error.message
    assert size_of(either) - before <= 1_000_000


def test_p08_a_result_beyond_the_bound_of_its_process_is_told_with_the_field(apart):
    apart.approve(own_process=True, memory=800_000_000, time=30.0, output=100_000)
    run = apart.run("steps: [{id: a, uses: odd.long, with: {size: 200000}}]")

    assert "gave back more than 100 kB, most of it in 'text'" in apart.steps(run)["a"].error.message


# P09: secrets of others ---------------------------------------------------------------------------


def refusals(bench):
    return [entry.subject for entry in bench.app.store.audit() if entry.action == "secret.refused"]


def test_p09_a_secret_of_others_is_refused_and_the_audit_log_has_it(either):
    either.environment["OTHER"] = "hunter22"
    run = either.run("steps: [{id: a, uses: odd.secret, with: {name: OTHER}, on_error: continue}]")

    error = either.steps(run)["a"].error
    assert "asks for the secret env:OTHER, which its settings do not name" in error.message
    assert refusals(either) == [f"env:OTHER, plugin odd, a of run {run.id}"]
    assert "hunter22" not in str(error)


def test_p09_a_dry_run_is_noted_too(either):
    either.rehearse("steps: [{id: a, uses: odd.secret, with: {name: OTHER}}]")

    assert refusals(either) == ["env:OTHER, plugin odd, a of a dry run of r"]


def test_p09_a_plugin_that_declares_no_secrets_is_refused_even_its_own(tmp_path, site):
    site.install(declared="send = true")
    bench = bench_of(tmp_path)
    try:
        bench.settings("odd: {token: {env: ODD_TOKEN}}\n")
        run = bench.run("steps: [{id: a, uses: odd.secret, with: {name: ODD_TOKEN}}]")

        assert "asks for a secret, which it does not declare" in bench.steps(run)["a"].error.message
        assert refusals(bench) == [f"env:ODD_TOKEN, plugin odd, a of run {run.id}"]
    finally:
        bench.close()


ROWS = """
from dayhand import Effect, SecretRef, hookimpl, step

@step("rows.keep", effect=Effect.RECORD, summary="Ask inside a transaction")
def keep(context) -> int:
    with context.connect():
        return len(context.secret(SecretRef("env", "OTHER")))

@hookimpl
def dayhand_steps():
    return [keep]
"""


def test_p09_what_is_refused_inside_a_transaction_is_noted_after_it(workbench, monkeypatch):
    module = types.ModuleType("dayhand_rows")
    monkeypatch.setitem(sys.modules, "dayhand_rows", module)
    exec(ROWS, vars(module))
    bench = workbench([module])

    run = bench.run("steps: [{id: a, uses: rows.keep}]")

    assert run.state == "failed"
    assert len(refusals(bench)) == 1
