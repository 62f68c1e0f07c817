"""The group, and what its commands share: days, tables, JSON, files."""

from __future__ import annotations

import click

__all__ = ["writing"]


@click.group()
def writing() -> None:
    """Writing: words by day, submissions, and the check of drafts for what could tell of a client.

    Example: dayhand writing check drafts/case.md
    """
