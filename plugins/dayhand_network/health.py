"""What `dayhand doctor` looks at: stale entries, follow-ups long due, referrals nobody asked about."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand import Finding, HealthCheck, Practice, first_of

__all__ = ["CHECKS"]


def _directory(practice: Practice) -> Iterable[Finding]:
    from dayhand_network import desk

    found = desk.directory(practice)
    stale = [one.contact.id for one in found.entries if one.stale]
    if stale:
        yield Finding(
            "warning", f"entries of the directory to verify: {first_of(stale)}",
            "'dayhand contacts stale' says what; 'dayhand contacts verify' after a call",
        )  # fmt: skip
    else:
        yield Finding("ok", f"verified entries of the directory: {len(found.entries)}")


def _referrals(practice: Practice) -> Iterable[Finding]:
    from dayhand_network import desk

    found = desk.open_referrals(practice)
    waiting = [one.id for one in found.to_ask]
    if waiting:
        yield Finding(
            "warning", f"referrals of which no outcome is noted: {first_of(waiting)}",
            "'dayhand referrals outcome ID started'",
        )  # fmt: skip
    else:
        yield Finding("ok", "of every referral the outcome is noted, or it is recent")


CHECKS = (
    HealthCheck("the referral directory is verified", _directory),
    HealthCheck("referrals are followed up", _referrals),
)
