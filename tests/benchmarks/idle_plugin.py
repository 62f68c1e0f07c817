"""A stranger's plugin whose one step does nothing: what is left is what dayhand costs."""

from __future__ import annotations

import time

import dayhand
from dayhand import Effect, step

began: list[float] = []
"""When the step was called, by the machine's clock."""


@step("idle.noop", effect=Effect.NONE, summary="Do nothing")
async def noop(context: dayhand.StepContext) -> None:
    """Do nothing."""
    began.append(time.time())


@dayhand.hookimpl
def dayhand_steps():
    return [noop]
