"""Working with other clinicians: releases, letters, disclosures, records requests, part 2."""

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

_HERE = Path(__file__).parent
# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `collaboration.*`."""
    from dayhand_collaboration import record_steps, write_steps

    return [*record_steps.ALL, *write_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `collaboration` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_collaboration.settings import CollaborationSettings

        return CollaborationSettings

    return Settings("collaboration", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Releases, disclosures, records requests, and clients under part 2."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_collaboration import tables

        return tables.metadata

    return Tables("collaboration", metadata, _HERE / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layouts of the letter, the accounting, the lists and the cover."""
    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand releases`, `dayhand disclosures`, `dayhand requests`."""
    from dayhand_collaboration.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Releases that do not hold, and clocks that run out."""
    from dayhand_collaboration.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Some releases, disclosures and one request for records."""
    from dayhand_collaboration.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The same, imported."""
    from dayhand_collaboration.sample import load

    return load(practice)
