"""Writing: words by day, submissions and their deadlines, and what in a draft could tell of a client."""

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
    """The steps `writing.*`."""
    from dayhand_writing import steps

    return steps.ALL


@hookimpl
def dayhand_settings() -> Settings:
    """The `writing` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_writing.settings import WritingSettings

        return WritingSettings

    return Settings("writing", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Words by day, and submissions."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_writing import tables

        return tables.metadata

    return Tables("writing", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """What the steps are tried with."""
    return Shipped(examples=Path(__file__).parent / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand writing`."""
    from dayhand_writing.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Drafts that are not found, and deadlines that are past."""
    from dayhand_writing.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Two drafts, the words of some days, and submissions."""
    from dayhand_writing.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's words and submissions, imported."""
    from dayhand_writing.sample import load

    return load(practice)
