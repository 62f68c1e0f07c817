"""Calendars: what is on, whom it is with, what clashes, and changes on a CalDAV server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import EventKind, HealthCheck, Settings, Shipped, hookimpl

if TYPE_CHECKING:
    import click
    from pydantic import BaseModel

    from dayhand import Step

_HERE = Path(__file__).parent
# The plugin's modules are imported inside the hooks, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `calendar.*`."""
    from dayhand_calendar import changes, steps

    return [
        steps.agenda,
        steps.match,
        steps.conflicts,
        steps.next_open_day,
        changes.create,
        changes.move,
        changes.cancel,
    ]


@hookimpl
def dayhand_settings() -> Settings:
    """The section `calendar` of `practice.yaml`."""
    return Settings("calendar", _settings_model)


def _settings_model() -> type[BaseModel]:
    from dayhand_calendar.settings import CalendarSettings

    return CalendarSettings


@hookimpl
def dayhand_shipped() -> Shipped:
    """Examples that its steps are tried with."""
    return Shipped(examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand calendar agenda` and `dayhand calendar check`."""
    from dayhand_calendar.commands import calendar

    return [calendar]


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Whether each source can be read."""
    from dayhand_calendar.health import findings

    return [HealthCheck("calendar sources", findings)]


@hookimpl
def dayhand_event_kinds() -> Iterable[EventKind]:
    """`session`, `hold` and `other`: what `before:` and `after:` can name."""
    from dayhand_calendar.kinds import KINDS

    return KINDS
