"""dayhand_practice: clients, services and fees, sessions, paperwork and opening balances."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import hookimpl

if TYPE_CHECKING:
    import click
    import sqlalchemy
    from pydantic import BaseModel

    from dayhand import EventKind, HealthCheck, Practice, Settings, Shipped, Step, Tables

_HERE = Path(__file__).parent
# Each hook imports what it needs when it is called, so that loading the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `practice.*`."""
    from dayhand_practice.steps import STEPS

    return STEPS


@hookimpl
def dayhand_settings() -> Settings:
    """The section `practice_records`."""
    from dayhand import Settings

    def model() -> type[BaseModel]:
        from dayhand_practice.settings import PracticeRecords

        return PracticeRecords

    return Settings("practice_records", model)


@hookimpl
def dayhand_shipped() -> Shipped:
    """Examples that its steps are tried with."""
    from dayhand import Shipped

    return Shipped(examples=_HERE / "examples")


@hookimpl
def dayhand_tables() -> Tables:
    """The tables `practice_*`."""
    from dayhand import Tables

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_practice import tables

        return tables.metadata

    return Tables("practice", metadata, _HERE / "migrations", "0003")


@hookimpl
def dayhand_event_kinds() -> Iterable[EventKind]:
    """`missed_session` and `client_created`, for `after:`."""
    from dayhand_practice import arrivals, missed

    return [*missed.KINDS, *arrivals.KINDS]


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand clients`, `services`, `sessions` and `paperwork`."""
    from dayhand_practice.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Fees, paperwork and consents."""
    from dayhand_practice.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """The calendar and the record files of the sample practice."""
    from dayhand_practice.sample import SAMPLE_AHEAD, write_sample

    return write_sample(folder, until=today + SAMPLE_AHEAD, today=today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's records, imported."""
    from dayhand_practice.sample import load_sample

    return load_sample(practice)
