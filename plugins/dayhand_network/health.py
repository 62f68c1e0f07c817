"""What `dayhand doctor` looks at: stale entries, follow-ups long due, referrals nobody asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dayhand import Finding, HealthCheck, Practice

__all__ = ["CHECKS"]


def _named(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:5])
    return f"{shown} and {len(ids) - 5} more" if len(ids) > 5 else shown


def _directory(practice: Practice) -> Iterable[Finding]:
    from dayhand_network import desk

    found = desk.directory(practice)
    stale = [one.contact.id for one in found.entries if one.stale]
    if stale:
        yield Finding(
            "warning", f"entries of the directory to verify: {_named(stale)}",
            "'dayhand contacts stale' says what; 'dayhand contacts verify' after a call",
        )  # fmt: skip
    else:
        yield Finding("ok", f"{len(found.entries)} entries of the directory are verified")


def _referrals(practice: Practice) -> Iterable[Finding]:
    from dayhand_network import desk

    found = desk.open_referrals(practice)
    waiting = [one.id for one in found.to_ask]
    if waiting:
        yield Finding(
            "warning", f"referrals of which no outcome is noted: {_named(waiting)}",
            "'dayhand referrals outcome ID started'",
        )  # fmt: skip
    else:
        yield Finding("ok", "of every referral the outcome is noted, or it is recent")


CHECKS = (
    HealthCheck("the referral directory is verified", _directory),
    HealthCheck("referrals are followed up", _referrals),
)
