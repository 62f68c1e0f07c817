"""The commands `dayhand clients`, `services`, `sessions` and `paperwork`."""

from __future__ import annotations

from dayhand_practice.commands.clients import clients
from dayhand_practice.commands.paperwork import paperwork
from dayhand_practice.commands.services import services
from dayhand_practice.commands.sessions import sessions

__all__ = ["GROUPS"]

GROUPS = (clients, services, sessions, paperwork)
