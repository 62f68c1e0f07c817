"""E-mail: letters from templates, sent once, to one person, over TLS, if they agreed to it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import HealthCheck, Settings, Shipped, Step, hookimpl

if TYPE_CHECKING:
    import click
    import pydantic

_HERE = Path(__file__).parent
# Each hook imports what it declares inside, so that importing the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps."""
    from dayhand_email.steps import ALL

    return ALL


@hookimpl
def dayhand_settings() -> Settings:
    """The `email` section of `practice.yaml`."""

    def model() -> type[pydantic.BaseModel]:
        from dayhand_email.settings import EmailSettings

        return EmailSettings

    return Settings("email", model)


@hookimpl
def dayhand_shipped() -> Shipped:
    """Neutral letters."""
    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand email`."""
    from dayhand_email.commands import email

    return [email]


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """Whether mail could leave, and safely."""
    from dayhand_email.health import findings

    return [HealthCheck("e-mail", findings)]
