"""The practice's licences, each with its rule set, and the gap report of one."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from dayhand import Licence, Practice, UserError
from dayhand_education.case import Case
from dayhand_education.cycle import Window, current
from dayhand_education.gap import gap
from dayhand_education.models import GapReport, LicenceStatus
from dayhand_education.rule_book import RuleBook, rule_book
from dayhand_education.rule_set import RuleSet
from dayhand_education.settings import EducationSettings, LicenceSettings

__all__ = ["gap_of", "licence_statuses", "settings_of"]


def settings_of(practice: Practice) -> EducationSettings:
    """The plugin's section of `practice.yaml`."""
    settings: EducationSettings = practice.settings
    return settings


def licence_statuses(practice: Practice, on: date | None = None) -> list[LicenceStatus]:
    """The licences in `practice.yaml`, in their order."""
    day, book, settings = on or practice.today, rule_book(practice), settings_of(practice)
    seen: Counter[str] = Counter()
    statuses = []
    for licence in practice.info.clinician.licences:
        key = f"{licence.region}-{licence.type}"
        seen[key] += 1
        name = key if seen[key] == 1 else f"{key}-{seen[key]}"
        own = settings.licences.get(name, LicenceSettings())
        statuses.append(_status(name, licence, own, book, day))
    return statuses


def _status(
    key: str, licence: Licence, own: LicenceSettings, book: RuleBook, on: date
) -> LicenceStatus:
    choices = book.matching(licence.type, licence.region)
    rule_set, problem = own.rule_set, ""
    if rule_set and rule_set not in book.ids:
        problem, rule_set = f"there is no rule set '{rule_set}'", ""
    elif not rule_set and len(choices) == 1:
        rule_set = choices[0]
    elif not rule_set:
        problem = "more than one rule set fits" if choices else "no rule set fits"
    expires = licence.expires
    if rule_set and (expires is None or own.cycle):
        window = _window(licence, own, book.find(rule_set, on=date.max), on)
        expires = window.end if window else None
    return LicenceStatus(
        key=key,
        type=licence.type,
        region=licence.region,
        number=licence.number,
        issued=licence.issued,
        expires=expires,
        days_left=(expires - on).days if expires else None,
        rule_set=rule_set,
        choices=choices,
        problem=problem,
    )


def _window(
    licence: Licence | LicenceStatus, own: LicenceSettings, rules: RuleSet, on: date
) -> Window | None:
    if own.cycle:
        return Window(own.cycle.start, own.cycle.end)
    return current(rules.period, expires=licence.expires, issued=licence.issued, on=on)


def gap_of(practice: Practice, key: str, on: date | None = None) -> GapReport:
    """The gap report of a licence, from the practice's credits.

    Raises:
        UserError: no such licence, no rule set for it, or no date on which its cycle ends.
    """
    # SQL is imported only where the database is read
    from dayhand_education import tables

    day = on or practice.today
    licence = _find(licence_statuses(practice, day), key)
    own = settings_of(practice).licences.get(licence.key, LicenceSettings())
    book = rule_book(practice)
    window = _window(licence, own, book.find(licence.rule_set, on=date.max), day)
    if window is None:
        raise UserError(
            f"licence {licence.key} has no date on which its cycle ends",
            hint="write the expiry date printed on it into practice.yaml, as 'expires'",
        )
    rules = book.find(licence.rule_set, on=window.end)
    with practice.connect() as connection:
        courses, met = tables.all_credits(connection), tables.all_met(connection)
    return gap(Case(rules, licence, window, courses, day, met, own))


def _find(licences: list[LicenceStatus], key: str) -> LicenceStatus:
    wanted = key.casefold()
    found = next((each for each in licences if each.key.casefold() == wanted), None)
    if found is None:
        keys = ", ".join(each.key for each in licences) or "none"
        raise UserError(f"there is no licence '{key}'", hint=f"the licences are: {keys}")
    if not found.rule_set:
        raise UserError(f"licence {found.key}: {found.problem}", hint=_how_to_choose(found))
    return found


def _how_to_choose(licence: LicenceStatus) -> str:
    choices: Any = ", ".join(licence.choices) or "see 'dayhand ce rules list'"
    return f"set education.licences.{licence.key}.rule_set in practice.yaml; choices: {choices}"
