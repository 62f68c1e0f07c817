"""Supervised experience: hours by category and setting, units, board rules, logs, agendas, memos."""

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
    """The steps `supervision.*`."""
    from dayhand_supervision import hour_steps, page_steps

    return [*hour_steps.ALL, *page_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `supervision` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_supervision.settings import SupervisionSettings

        return SupervisionSettings

    return Settings("supervision", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Hours, weekly logs, and questions for supervision."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_supervision import tables

        return tables.metadata

    return Tables("supervision", metadata, _HERE / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layouts of the log, the progress report, the agenda and the memo."""
    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand supervision`."""
    from dayhand_supervision.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Rule sets, weeks without supervision, logs without a signature."""
    from dayhand_supervision.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Some weeks of hours, and questions for the next supervision."""
    from dayhand_supervision.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's hours and questions, imported."""
    from dayhand_supervision.sample import load

    return load(practice)
