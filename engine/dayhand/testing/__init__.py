"""For tests of plugins: steps run for real, routines run whole, a clock that stands still.

    def test_a_month_is_drafted(practice_kit):
        kit = practice_kit(["dayhand_billing"], now="2026-11-02T09:00-05:00")
        drafts = kit.run("billing.draft", sessions=[...])

    def test_a_routine_ends_as_if_it_had_not_been_cut_off(workbench):
        bench = workbench(["dayhand_billing"])
        with bench.dies("draft", before=True):
            run = bench.run(ROUTINE)
        assert bench.resume(run).state == "done"

`PracticeKit` tests a step by itself, on a plain SQLite file. `Workbench` is a practice with all of the
engine: an encrypted database, checkpoints, effects, questions. Neither needs an asyncio plugin. The
fixtures `practice_kit`, `workbench` and `frozen_clock` are there wherever dayhand is installed.
"""

from __future__ import annotations

from dayhand.testing.kit import FrozenClock, KitContext, PracticeKit, sample_info
from dayhand.testing.workbench import ProcessDied, Workbench

__all__ = ["FrozenClock", "KitContext", "PracticeKit", "ProcessDied", "Workbench", "sample_info"]
