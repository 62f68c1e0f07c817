"""Being found: a content calendar, posts, profiles in directories, the web site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import EventKind, Practice, Settings, Shipped, Step, Tables, hookimpl

if TYPE_CHECKING:
    import click
    import pydantic
    import sqlalchemy

    from dayhand import HealthCheck

# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `outreach.*`."""
    from dayhand_outreach import look_steps, post_steps

    return [*post_steps.ALL, *look_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `outreach` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_outreach.settings import OutreachSettings

        return OutreachSettings

    return Settings("outreach", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Planned posts."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_outreach import tables

        return tables.metadata

    return Tables("outreach", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The frame of a post, and the layout of lists."""
    folder = Path(__file__).parent
    return Shipped(templates=folder / "templates", examples=folder / "examples")


@hookimpl
def dayhand_event_kinds() -> Iterable[EventKind]:
    """`post_planned`: the morning for which a post is planned."""
    from dayhand_outreach.happenings import KINDS

    return KINDS


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand outreach`."""
    from dayhand_outreach.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Posts that are late, and profiles that differ."""
    from dayhand_outreach.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """A topics file, posts, copies of profiles, saved pages of a site."""
    from dayhand_outreach.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The same, imported."""
    from dayhand_outreach.sample import load

    return load(practice)
