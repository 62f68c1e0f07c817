"""A step that holds everything up is told of by name, while it does."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from tests_support import acting

from dayhand.app import runs
from dayhand.daemon.sentry import Sentry

TEXT = "steps: [{id: stuck, uses: act.echo, with: {name: stuck}}]"


def test_a_step_that_holds_everything_up_is_named_with_its_place(bench, caplog):
    def block():
        end = time.monotonic() + 60
        while "nothing else has run" not in caplog.text and time.monotonic() < end:
            time.sleep(0.01)

    acting.script["stuck"] = [block]
    bench.write("r", TEXT)
    run = runs.create(bench.app, "r", inputs={})

    async def work():
        sentry = Sentry(timedelta(milliseconds=600), timedelta(milliseconds=10))
        sentry.begin()
        await bench.app.runner().run(run.id)
        sentry.rest()

    asyncio.run(work())

    assert f"step stuck (act.echo) of run {run.id} does not give way, in " in caplog.text
    assert "block (test_sentry.py:" in caplog.text


def test_a_loop_that_goes_on_is_not_told_of(bench, caplog):
    async def work():
        sentry = Sentry(timedelta(seconds=30), timedelta(milliseconds=10))
        sentry.begin()
        sentry.begin()
        for _ in range(20):
            await asyncio.sleep(0.005)
        sentry.rest()
        sentry.rest()

    asyncio.run(work())

    assert caplog.text == ""
