"""Which commits of the store somebody waits for: the same ones in every run, however fast the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dayhand.store import writer


def tell_who_waits() -> Callable[[], None]:
    """Let each session know, as `waited_for`, whether anybody waits for its next commit; gives what ends it.

    Others show a step as running, by and by: on a slow machine there are more of them.
    """
    batch = writer.Writer._batch

    def told(self: Any, waiting: list[Any], *more: Any) -> None:
        self._session.waited_for = bool(waiting)
        batch(self, waiting, *more)

    def end() -> None:
        writer.Writer._batch = batch  # type: ignore[method-assign]

    writer.Writer._batch = told  # type: ignore[method-assign]
    return end
