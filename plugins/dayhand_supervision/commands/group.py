"""The group, and what its commands share: days, tables, JSON."""

from __future__ import annotations

import click

__all__ = ["supervision", "track_option"]

track_option = click.option("--track", default="", help="Which track; the only one if left out.")


@click.group()
def supervision() -> None:
    """Supervised experience: hours, progress, weekly logs, questions, rules.

    Example: dayhand supervision progress
    """
