"""`dayhand outreach profiles`, `dayhand outreach site`."""

from __future__ import annotations

import asyncio
from decimal import Decimal, InvalidOperation

import click

from dayhand import Practice, StepError, UserError, json_option, pass_practice, show_json
from dayhand_outreach.models import Fee, SiteCheck

__all__ = ["profiles", "site"]


@click.command("profiles")
@click.option("--fee", "amounts", multiple=True, help="A fee that is true; repeatable.")
@json_option
@pass_practice
def profiles(practice: Practice, *, amounts: tuple[str, ...], as_json: bool) -> None:
    """Compare the copies of your profiles; ends with 1 if they differ.

    The routine 'profile-audit' knows your fees; here say them with --fee.

    Example: dayhand outreach profiles --fee 150 --fee 95
    """
    from dayhand_outreach import desk

    try:
        fees = [Fee(fee=Decimal(one)) for one in amounts]
    except InvalidOperation as error:
        raise UserError("a fee is a number such as 150 or 95.50", hint="as in --fee 150") from error
    try:
        found = desk.audit(practice, fees)
    except StepError as error:
        raise UserError(error.message, hint=error.hint) from error
    if as_json:
        show_json(found)
    for one in found.differences if not as_json else ():
        place = f"{one.file}:{one.line}" if one.line else one.file
        click.echo(f"{place}: {one.field}: {one.found}; it should say {one.expected}")
    if found.differences:
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo(f"{len(found.files)} copies agree")


@click.command("site")
@json_option
@pass_practice
def site(practice: Practice, *, as_json: bool) -> None:
    """Look for the notices that a site has to have; ends with 1 if one is missing.

    Example: dayhand outreach site
    """
    from dayhand_outreach.site import check, fetched, saved

    online = bool(practice.settings.site.pages)
    pages = asyncio.run(fetched(practice)) if online else saved(practice)
    try:
        found = check(practice, pages)
    except StepError as error:
        raise UserError(error.message, hint=error.hint) from error
    if as_json:
        show_json(found)
    else:
        _tell(found)
    if found.missing:
        raise click.exceptions.Exit(1)


def _tell(found: SiteCheck) -> None:
    for notice in found.notices:
        state = f"MISSING: {notice.lacking}" if notice.lacking else "there"
        click.echo(f"{notice.title}: {state}")
    for finding in found.findings:
        click.echo(f"{finding.address}: {finding.message}")
    for page in found.pages:
        if page.problem:
            click.echo(f"{page.address}: could not be looked at: {page.problem}")
