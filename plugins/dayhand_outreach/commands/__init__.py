"""`dayhand outreach`."""

from __future__ import annotations

from dayhand_outreach.commands.looking import profiles, site
from dayhand_outreach.commands.posts import outreach

__all__ = ["GROUPS"]

outreach.add_command(profiles)
outreach.add_command(site)
GROUPS = (outreach,)
