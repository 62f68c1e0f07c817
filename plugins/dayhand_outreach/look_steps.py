"""The steps that look at profiles and at the site."""

from __future__ import annotations

import asyncio

from dayhand import Effect, StepContext, step
from dayhand_outreach.models import Audit, Fee, PageFiles, SiteCheck

__all__ = ["ALL"]


@step(
    "outreach.profiles",
    effect=Effect.READ,
    summary="Compare the copies of your profiles with what is true",
)
def profiles(context: StepContext, *, fees: list[Fee] | None = None) -> Audit:
    """Licence number, NPI, fees, availability and telephone number, each difference with file and line.

    Args:
        fees: what is true of fees, from `practice.services`; fees are not compared if left out.
    """
    from dayhand_outreach import desk

    return desk.audit(context, fees or [])


@step("outreach.profiles_page", effect=Effect.WRITE, summary="Write the differences of profiles")
def profiles_page(context: StepContext, *, audit: Audit) -> PageFiles:
    """Writes `out/outreach/profiles-<date>.md` and, unless the settings want none, a PDF.

    Args:
        audit: what `outreach.profiles` gave.
    """
    from dayhand_outreach.pages import write_audit

    return write_audit(context, audit)


@step("outreach.site", effect=Effect.READ, summary="Look for the notices that a site has to have")
async def site(context: StepContext) -> SiteCheck:
    """The pages of the settings are fetched from the hosts named there; where none are named, the saved
    pages are looked at. Also told is a state named with telehealth in which no licence holds.
    """
    from dayhand_outreach.site import check, fetched, saved

    online = bool(context.settings.site.pages)
    pages = await fetched(context) if online else await asyncio.to_thread(saved, context)
    return await asyncio.to_thread(check, context, pages)


@step("outreach.site_page", effect=Effect.WRITE, summary="Write what the site has and lacks")
def site_page(context: StepContext, *, check: SiteCheck) -> PageFiles:
    """Writes `out/outreach/site-<date>.md` and, unless the settings want none, a PDF.

    Args:
        check: what `outreach.site` gave.
    """
    from dayhand_outreach.pages import write_site

    return write_site(context, check)


ALL = (profiles, profiles_page, site, site_page)
