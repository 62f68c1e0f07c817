"""What `dayhand doctor` looks at: releases that do not hold, and clocks that run out."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand import Finding, HealthCheck, Practice, first_of

__all__ = ["CHECKS"]


def _releases(practice: Practice) -> Iterable[Finding]:
    from dayhand_collaboration import desk

    check = desk.check_releases(practice, [])
    bad = [one.release for one in check.items if one.state == "defective"]
    ending = [one.release for one in check.items if one.state == "expiring"]
    if bad:
        yield Finding(
            "warning",
            f"releases that lack something and do not hold: {first_of(bad)}",
            "'dayhand releases check' says what",
        )
    if ending:
        yield Finding(
            "warning", f"releases that end soon: {first_of(ending)}", "'dayhand releases check'"
        )
    if not bad and not ending:
        yield Finding("ok", f"{check.valid} releases hold")


def _requests(practice: Practice) -> Iterable[Finding]:
    from dayhand_collaboration import desk

    found = desk.requests(practice)
    overdue = [one.id for one in found if one.state == "overdue"]
    pressing = [one.id for one in found if one.state == "pressing"]
    if overdue:
        yield Finding(
            "failure",
            f"requests for records are overdue: {first_of(overdue)}",
            "'dayhand requests list'",
        )
    if pressing:
        yield Finding(
            "warning", f"requests for records are due soon: {first_of(pressing)}",
            "'dayhand requests list'",
        )  # fmt: skip
    if not overdue and not pressing:
        yield Finding("ok", "no request for records is pressing")


CHECKS = (
    HealthCheck("releases of information hold", _releases),
    HealthCheck("requests for records are answered in time", _requests),
)
