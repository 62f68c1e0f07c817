"""Notes for each session, signed and kept whole; the day sheet; private notes and check-ins."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import Settings, Shipped, Step, Tables, hookimpl

if TYPE_CHECKING:
    import click
    import pydantic
    import sqlalchemy

# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps."""
    from dayhand_journal import note_steps, page_steps, private_steps

    return [*note_steps.ALL, *page_steps.ALL, *private_steps.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `journal` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_journal.settings import JournalSettings

        return JournalSettings

    return Settings("journal", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Notes and addenda; psychotherapy notes and check-ins, each in a table of its own."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_journal import tables

        return tables.metadata

    return Tables("journal", metadata, Path(__file__).parent / "migrations", "0001")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layouts of the day sheet and the evening page."""
    return Shipped(templates=Path(__file__).parent / "templates")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand notes`, `dayhand checkin`, `dayhand psychotherapy-notes`."""
    from dayhand_journal import commands, private_commands

    return [commands.notes, private_commands.checkin, private_commands.psychotherapy_notes]
