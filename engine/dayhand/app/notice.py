"""What the owner is told, and how telling it can end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, Self

from dayhand.steps.declarations import Finding

__all__ = ["Notice", "Told", "Way"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, without client data. `key` is what it is known by, for ever."""

    key: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Told:
    """How telling a thing by one way ended: `told`, `unclear` (it may have been told) or `failed` (it
    certainly was not). `retry` says that another try may do, `after` when the other side wants it."""

    state: Literal["told", "unclear", "failed"]
    reason: str = ""
    retry: bool = False
    after: timedelta | None = None

    @classmethod
    def done(cls) -> Self:
        """It was told."""
        return cls("told")

    @classmethod
    def unclear(cls, reason: str) -> Self:
        """It may have been told."""
        return cls("unclear", reason)

    @classmethod
    def failed(cls, reason: str, *, retry: bool = False, after: timedelta | None = None) -> Self:
        """It was not told."""
        return cls("failed", reason, retry, after)


class Way(Protocol):
    """A way to tell the owner."""

    @property
    def name(self) -> str: ...

    async def tell(self, notice: Notice) -> Told:
        """Tell it once. Raises nothing that a user or a machine may cause."""
        ...

    def examine(self) -> Finding:
        """Whether it would work, for `dayhand doctor`; tells nothing."""
        ...
