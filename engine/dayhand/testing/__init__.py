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
engine: an encrypted database, checkpoints, effects, questions. `MailServer` and `CalendarServer` are
real servers on this machine; they need `pip install --only-binary :all: 'dayhand[testing]'`. None
of it needs an asyncio plugin. The fixtures `practice_kit`, `workbench`, `frozen_clock`, `mail_server`,
`calendar_server`, `run_step` and `run_routine` are there wherever dayhand is installed.
"""

from __future__ import annotations

from dayhand.testing.calendar_server import CalendarServer
from dayhand.testing.kit import FrozenClock, KitContext, PracticeKit, sample_info
from dayhand.testing.mail_server import MailServer, message_ids
from dayhand.testing.workbench import ProcessDied, Workbench

__all__ = [
    "CalendarServer",
    "FrozenClock",
    "KitContext",
    "MailServer",
    "PracticeKit",
    "ProcessDied",
    "Workbench",
    "message_ids",
    "sample_info",
]
