"""`dayhand supervision`."""

from __future__ import annotations

from dayhand_supervision.commands import hours, logs, questions, rules
from dayhand_supervision.commands.group import supervision

__all__ = ["GROUPS"]

for _part in (hours, logs, questions, rules):
    for _command in _part.COMMANDS:
        supervision.add_command(_command)

GROUPS = (supervision,)
