"""What `dayhand doctor` looks at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import Finding, HealthCheck, Practice

__all__ = ["CHECKS"]

_SOON = timedelta(days=42)

# SQLAlchemy is imported by the modules that each check imports when it runs.


def _leaves(practice: Practice) -> Iterable[Finding]:
    from dayhand_wellbeing import kept

    with practice.connect() as connection:
        leaves = kept.all_of(connection, "leaves")
    soon = [one for one in leaves if practice.today <= one.first_on <= practice.today + _SOON]
    for one in soon:
        if not one.contact or not one.contact_phone:
            yield Finding(
                "warning",
                f"nobody is named who covers from {one.first_on} to {one.last_on}",
                f"'dayhand run leave-planner -i first={one.first_on} -i last={one.last_on}' asks",
            )
    if all(one.contact and one.contact_phone for one in soon):
        yield Finding("ok", "the leaves of the next six weeks are covered")


def _protected(practice: Practice) -> Iterable[Finding]:
    from dayhand_wellbeing import kept

    with practice.connect() as connection:
        blocks = kept.all_of(connection, "protected")
    held = [one for one in blocks if one.until is None or one.until >= practice.today]
    if held:
        minutes = sum(one.minutes for one in held)
        yield Finding("ok", f"{minutes} minutes a week are protected")
    else:
        yield Finding(
            "warning", "no time is protected", "'dayhand wellbeing protect lunch mon 12:15'"
        )


CHECKS = (HealthCheck("leaves", _leaves), HealthCheck("protected", _protected))
