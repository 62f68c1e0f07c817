"""What goes in a later version: told with the plugin's file and line, and the first version without it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["DeprecatedUse", "caught", "tell"]

_OWN = str(Path(__file__).parent)


class DeprecatedUse(DeprecationWarning):
    """A plugin uses what will be gone. Python shows it in tests; dayhand tells it of each plugin."""


def tell(what: str, *, gone_in: str, instead: str) -> None:
    """Warn whoever uses `what`, at the nearest line that is not dayhand's own."""
    frame = sys._getframe(1)  # noqa: SLF001 - as `warnings` does; stacklevel cannot skip a package
    while frame.f_back is not None and _is_passed_by(frame.f_code.co_filename):
        frame = frame.f_back
    message = f"{what} is gone from dayhand {gone_in} on; use {instead}"
    warnings.warn_explicit(message, DeprecatedUse, frame.f_code.co_filename, frame.f_lineno)


def _is_passed_by(file: str) -> bool:
    return file.startswith((_OWN, "<frozen importlib"))


@contextmanager
def caught() -> Iterator[list[str]]:
    """Deprecated uses in the block, each as `file:line: what and until when`; other warnings pass."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always", DeprecatedUse)
        yield found
    for one in raised:
        if issubclass(one.category, DeprecatedUse):
            line = f"{one.filename}:{one.lineno}: {one.message}"
            found += [line] if line not in found else []
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
