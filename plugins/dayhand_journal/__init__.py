"""Notes for each session, signed and kept whole; the day sheet; private notes and check-ins."""

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

_HERE = Path(__file__).parent
# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps."""
    from dayhand_journal import (
        note_steps,
        page_steps,
        plan_steps,
        preparation_steps,
        private_steps,
    )

    parts = (note_steps, page_steps, plan_steps, preparation_steps, private_steps)
    return [one for part in parts for one in part.ALL]


@hookimpl
def dayhand_settings() -> Settings:
    """The `journal` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_journal.settings import JournalSettings

        return JournalSettings

    return Settings("journal", model)


@hookimpl
def dayhand_tables() -> Tables:
    """Notes, plans and measures; psychotherapy notes and check-ins, each in a table of its own."""

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_journal import tables

        return tables.metadata

    return Tables("journal", metadata, _HERE / "migrations", "0003")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The layouts of the pages."""
    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand notes`, `plans`, `measures`, `checkin` and `psychotherapy-notes`."""
    from dayhand_journal import commands, measure_commands, plan_commands, private_commands

    return [
        commands.notes,
        plan_commands.plans,
        measure_commands.measures,
        private_commands.checkin,
        private_commands.psychotherapy_notes,
    ]


@hookimpl
def dayhand_sample(folder: Path, today: date) -> Iterable[str]:
    """Some treatment plans, and some months of scores."""
    from dayhand_journal.sample import write

    return write(folder, today)


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's plans and scores, imported."""
    from dayhand_journal.sample import load

    return load(practice)
