"""The hooks a plugin can implement. All are synchronous, called once, and return declarations.

A plugin is a module or package named by an entry point in the group `dayhand`. It implements any
of these with `@dayhand.hookimpl`; it needs none that it has no use for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import click

    from dayhand.steps.context import Practice
    from dayhand.steps.declarations import (
        EventKind,
        HealthCheck,
        Renamed,
        Settings,
        Shipped,
        Tables,
    )
    from dayhand.steps.step import Step

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("dayhand")
hookimpl = pluggy.HookimplMarker("dayhand")


@hookspec
def dayhand_steps() -> Iterable[Step]:
    """The steps this plugin brings, each made with `@dayhand.step`."""
    return ()


@hookspec
def dayhand_settings() -> Settings | None:
    """The plugin's own part of `practice.yaml`: the section's name and a pydantic model of it."""


@hookspec
def dayhand_tables() -> Tables | None:
    """The plugin's tables: a SQLAlchemy `MetaData`, and the folder of its Alembic migrations."""


@hookspec
def dayhand_shipped() -> Shipped | None:
    """Folders of routines and templates that the plugin ships."""


@hookspec
def dayhand_commands() -> Iterable[click.Command]:
    """Commands for the command line: each becomes `dayhand NAME …`; use a group for several."""
    return ()


@hookspec
def dayhand_health() -> Iterable[HealthCheck]:
    """Checks that `dayhand doctor` runs and explains."""
    return ()


@hookspec
def dayhand_event_kinds() -> Iterable[EventKind]:
    """Kinds of events that the triggers `before:` and `after:` can name, each with its reader."""
    return ()


@hookspec
def dayhand_renamed() -> Iterable[Renamed]:
    """Steps and inputs that routines may still know by other names; `dayhand upgrade --fix` mends them."""
    return ()


@hookspec
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Write the plugin's part of the sample practice into the folder; a line for each thing made."""
    return ()


@hookspec
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """Bring the sample practice's files into the database; a line for each thing loaded."""
    return ()
