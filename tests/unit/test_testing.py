"""The kit that strangers test their plugins with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests_support import acting

TWO = """
    steps:
      - id: kept
        uses: act.record
        with: {text: once}
      - id: said
        uses: act.echo
        with: {value: 7}
"""


@pytest.fixture
def bench(workbench):
    acting.reset()
    return workbench({"act": acting})


@pytest.mark.parametrize("path", ["kept", "said"])
@pytest.mark.parametrize("before", [True, False])
def test_a_run_goes_on_where_its_process_died(bench, path, before):
    with bench.dies(path, before=before):
        bench.run(TWO)
    left = bench.steps(bench.app.store.runs()[0])
    assert (path in left and left[path].state == "done") is not before

    run = bench.resume()

    assert run.state == "done"
    assert bench.output(run, "said") == 7
    with bench.app.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM act_rows").scalar()
    assert rows == 1


def test_it_dies_in_one_of_several_branches(bench):
    both = """
        steps:
          - parallel:
              - {id: a, uses: act.echo, with: {value: 1}}
              - {id: b, uses: act.echo, with: {value: 2}}
    """
    with bench.dies("1-parallel.b", before=True):
        bench.run(both)

    assert bench.resume().state == "done"


def test_a_step_that_never_ends_is_a_mistake_of_the_test(bench):
    with (
        pytest.raises(AssertionError, match="no step 'nowhere' came to its end"),
        bench.dies("nowhere"),
    ):
        bench.run(TWO)


def test_the_clock_stands_until_it_is_moved(frozen_clock, bench):
    before = frozen_clock.now()
    frozen_clock.move(timedelta(hours=1))

    assert frozen_clock.now() - before == timedelta(hours=1)
    assert bench.clock.now() == bench.clock.now()


def test_settings_are_those_of_practice_yaml(bench):
    bench.settings("currency_note: x\n")

    assert "currency_note" in (bench.folder / "practice.yaml").read_text()


def test_a_kit_is_made_for_a_plugin(practice_kit):
    kit = practice_kit([acting])

    assert kit.run("act.echo", value=3) == 3
