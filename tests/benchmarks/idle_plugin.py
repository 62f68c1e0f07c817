"""A stranger's plugin whose one step does nothing: what is left is what dayhand costs."""

from __future__ import annotations

import dayhand
from dayhand import Effect, step


@step("idle.noop", effect=Effect.NONE, summary="Do nothing")
async def noop(context: dayhand.StepContext) -> None:
    """Do nothing."""


@dayhand.hookimpl
def dayhand_steps():
    return [noop]
