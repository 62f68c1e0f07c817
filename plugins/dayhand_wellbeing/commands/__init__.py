"""`dayhand wellbeing`."""

from __future__ import annotations

from dayhand_wellbeing.commands import files, records
from dayhand_wellbeing.commands.group import wellbeing

__all__ = ["GROUPS"]

for _part in (records, files):
    for _command in _part.COMMANDS:
        wellbeing.add_command(_command)

GROUPS = (wellbeing,)
