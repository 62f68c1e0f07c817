"""Reading: a queue, notes, what to read next, and credit for what was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import Practice, Settings, Shipped, Step, Tables, hookimpl

if TYPE_CHECKING:
    import click
    import pydantic
    import sqlalchemy

    from dayhand import HealthCheck

# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `reading.*`."""
    from dayhand_reading import steps

    return steps.ALL


@hookimpl
def dayhand_settings() -> Settings:
    """The `reading` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_reading.settings import ReadingSettings

        return ReadingSettings

    return Settings("reading", model)


@hookimpl
def dayhand_tables() -> Tables:
    """What is to be read, and what was."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_reading import tables

        return tables.metadata

    return Tables("reading", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The form of a reading note."""
    folder = Path(__file__).parent
    return Shipped(templates=folder / "templates", examples=folder / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand reading`."""
    from dayhand_reading.commands import reading

    return [reading]


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Notes that cannot be read, and what has waited long."""
    from dayhand_reading.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """A file of citations, and a queue."""
    from dayhand_reading.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's queue, imported."""
    from dayhand_reading.sample import load

    return load(practice)
