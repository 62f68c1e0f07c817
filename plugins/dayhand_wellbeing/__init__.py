"""The clinician's own load: workload gauge, protected time, leave, and the trend of check-ins."""

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
    """The steps `wellbeing.*`."""
    from dayhand_wellbeing import leave_steps, load_steps

    return [*load_steps.ALL, *leave_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `wellbeing` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_wellbeing.settings import WellbeingSettings

        return WellbeingSettings

    return Settings("wellbeing", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Protected time and its holds, clients who weigh more, loads of days, leaves."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_wellbeing import tables

        return tables.metadata

    return Tables("wellbeing", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layout of the pages, and the letter about a leave."""
    return Shipped(
        templates=Path(__file__).parent / "templates", examples=Path(__file__).parent / "examples"
    )


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand wellbeing`."""
    from dayhand_wellbeing.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Leaves without someone who covers, protected time without its holds."""
    from dayhand_wellbeing.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Some protected time, and clients who weigh more."""
    from dayhand_wellbeing.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's records, imported."""
    from dayhand_wellbeing.sample import load

    return load(practice)
