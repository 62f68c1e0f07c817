"""The check of `backup` in `practice.yaml`: what the daemon backs up, how often, and to where."""

from __future__ import annotations

import re
from datetime import timedelta

from dayhand import document
from dayhand.model.backup import MOST_OFTEN, BackupRule
from dayhand.problems import Problem
from dayhand.validation import _envelope
from dayhand.validation._forms import length_of

__all__ = ["read_backup"]

_WHOLE_PATH = re.compile(r"~[/\\]|[/\\]|[A-Za-z]:[/\\]")


def read_backup(
    problems: list[Problem], node: document.Node | None, *, on_server: bool
) -> BackupRule:
    """The rule; where it is wrong, that the daemon makes none."""
    if not isinstance(node, document.Mapping):
        return BackupRule()
    keys = _envelope.check(node, "backup", kind="practice", inside=frozenset(), more=frozenset())
    found = list(keys.problems)
    every = _every(found, keys.scalar("every"))
    to, keep = keys.scalar("to"), keys.scalar("keep")
    if to is not None and not _WHOLE_PATH.match(to.text):
        told = f"'{to.text}' is no whole path"
        found.append(Problem(to.mark, "bad-path", told, "write it whole, such as /media/stick"))
    if on_server and not found:
        told = "a database on a server is not copied here"
        hint = "take 'backup' out, and let pg_dump do it"
        found.append(Problem(node.mark, "backup-of-a-server", told, hint))
    problems += found
    if found or every is None:
        return BackupRule()
    number = int(keep.text) if keep is not None else BackupRule().keep
    return BackupRule(every, number, to.text if to is not None else "")


def _every(problems: list[Problem], scalar: document.Scalar | None) -> timedelta | None:
    length = length_of(scalar)
    if scalar is None or length is None or length >= MOST_OFTEN:
        return length
    told = f"'{scalar.text}' is more often than the daemon looks"
    problems.append(Problem(scalar.mark, "backup-too-often", told, "write '1 hour' or more"))
    return None
