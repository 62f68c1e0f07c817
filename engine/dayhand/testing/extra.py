"""What only the servers for tests need."""

from __future__ import annotations

from importlib.util import find_spec

from dayhand.errors import UserError

__all__ = ["require"]


def require(module: str, what: str) -> None:
    """Raise `UserError`, with the command that brings it, if a module is not installed."""
    if find_spec(module) is None:
        raise UserError(
            f"{what} needs '{module}', which is not installed",
            hint="pip install --only-binary :all: 'dayhand[testing]'",
        )
