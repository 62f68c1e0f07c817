"""The professional network: contacts, keeping in touch, referrals in and out."""

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
    """The steps `network.*`."""
    from dayhand_network import record_steps, write_steps

    return [*record_steps.ALL, *write_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `network` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_network.settings import NetworkSettings

        return NetworkSettings

    return Settings("network", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Contacts, touches, referrals."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_network import tables

        return tables.metadata

    return Tables("network", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The wording of notes and thanks, and the layouts of lists and letters."""
    folder = Path(__file__).parent
    return Shipped(templates=folder / "templates", examples=folder / "examples")


@hookimpl
def dayhand_event_kinds() -> Iterable[EventKind]:
    """`referral_logged`: the moment at which a referral was logged."""
    from dayhand_network.happenings import KINDS

    return KINDS


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand contacts`, `dayhand referrals`."""
    from dayhand_network.commands import GROUPS

    return GROUPS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Directory entries that are stale, and referrals of which nothing is known."""
    from dayhand_network.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Some contacts, touches and referrals."""
    from dayhand_network.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The same, imported."""
    from dayhand_network.sample import load

    return load(practice)
