"""Adding and changing one record from options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dayhand import Practice, UserError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dayhand_practice.records import Record

__all__ = ["added", "given", "options"]

F = TypeVar("F", bound=Callable[..., Any])


def options(fields: Mapping[str, str]) -> Callable[[F], F]:
    """An option for each field, with what it is."""

    def decorate(function: F) -> F:
        for name, about in reversed(list(fields.items())):
            flag = f"--{name.replace('_', '-')}"
            function = click.option(flag, name, metavar="TEXT", help=about)(function)
        return function

    return decorate


def given(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Those of the options that were given; an empty one empties its field."""
    return {name: text for name, text in texts.items() if text is not None}


def added(practice: Practice, connection: Connection, name: str, texts: dict[str, str]) -> Record:
    """The record that was added.

    Raises:
        UserError: it is there already, or a value is wrong.
    """
    from dayhand_practice import intake  # SQLAlchemy is imported only when a command runs

    planned = intake.put(practice, connection, name, texts)
    if not planned.new:
        title = planned.kind.title
        raise UserError(
            f"the {title} is there already",
            hint=f"change it with 'edit', or give a new --id to add another {title}",
        )
    return planned.new[0]
