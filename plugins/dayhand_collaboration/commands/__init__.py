"""`dayhand releases`, `dayhand disclosures`, `dayhand requests`."""

from __future__ import annotations

from dayhand_collaboration.commands.disclosures import disclosures
from dayhand_collaboration.commands.releases import releases
from dayhand_collaboration.commands.requests import requests

__all__ = ["GROUPS"]

GROUPS = (releases, disclosures, requests)
