"""What `dayhand doctor` looks at: posts whose day has passed, and profiles that differ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import Finding, HealthCheck, Practice, StepError, counted

__all__ = ["CHECKS"]


def _posts(practice: Practice) -> Iterable[Finding]:
    from dayhand_outreach import desk

    until = practice.today - timedelta(days=1)
    late = desk.posts(practice, until=until, statuses=["planned", "drafted"])
    if late:
        named = ", ".join(one.id for one in late[:5]) + (" and more" if len(late) > 5 else "")
        yield Finding(
            "warning", f"posts whose day has passed: {named}",
            "'dayhand outreach mark P-000001 dropped' if you let one go",
        )  # fmt: skip
    else:
        yield Finding("ok", "no planned post is late")


def _profiles(practice: Practice) -> Iterable[Finding]:
    from dayhand_outreach import desk

    try:
        found = desk.audit(practice, [])
    except StepError:  # no copies are kept: not a fault, the practice need not be in a directory
        yield Finding("ok", "no copies of profiles are kept")
        return
    if found.differences:
        yield Finding(
            "warning",
            f"{counted(len(found.differences), 'difference')} between your profiles and what is true",
            "'dayhand outreach profiles' names file and line",
        )
    else:
        yield Finding("ok", f"copies of profiles that agree: {len(found.files)}")


CHECKS = (
    HealthCheck("posts are on time", _posts),
    HealthCheck("profiles agree", _profiles),
)
