"""Continuing education: licences, the rules of 29 boards, credits, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import Practice, Settings, Shipped, Step, Tables, hookimpl

if TYPE_CHECKING:
    import click
    import pydantic
    import sqlalchemy

_HERE = Path(__file__).parent
# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps."""
    from dayhand_education import audit_steps, steps

    return [*steps.ALL, *audit_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `education` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_education.settings import EducationSettings

        return EducationSettings

    return Settings("education", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Credits, and requirements met outside them."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_education import tables

        return tables.metadata

    return Tables("education", metadata, _HERE / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layout of the gap report."""
    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand ce`."""
    from dayhand_education import commands

    return [commands.ce]


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """Load the credits of a sample practice."""
    from dayhand_education import sample

    return sample.load(practice)
