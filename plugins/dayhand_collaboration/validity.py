"""Whether a release holds, and whether it covers what is asked (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from dayhand_collaboration.models import (
    CheckItem,
    Information,
    PaperIn,
    Permission,
    Release,
    ReleaseCheck,
)
from dayhand_collaboration.rule_set import Rules

__all__ = ["check", "defects", "months_after", "permission", "same_person", "with_state"]

_REMEMBERED = timedelta(days=90)
"""A release that ended longer ago is no task any more."""
_ORDER = {"defective": 0, "unrecorded": 1, "expired": 2, "ended": 3, "expiring": 4, "revoked": 5}


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError("a month has 28 days")


def defects(release: Release, rules: Rules) -> list[str]:
    """What a release lacks by 45 CFR 164.508(c), in words; nothing of whether it has ended."""
    lacks = {
        "does not describe the information": not (release.information and release.description),
        "does not say who may disclose": not release.discloser,
        "does not say who may receive": not release.recipient,
        "does not say the purpose": not release.purpose,
        "has no expiry date or event": not (release.expires_on or release.expires_event),
        "is not signed, or not dated": not (release.signed_on and release.signed_by),
        "does not say on what ground the representative signs": (
            release.signed_by == "representative" and not release.authority
        ),
        "does not say how it can be revoked": not release.says_revocation,
        "does not say whether treatment depends on it": not release.says_conditions,
        "does not say that the information may be disclosed again": not release.says_redisclosure,
        "joins psychotherapy notes with other information": (
            "psychotherapy_notes" in release.information and len(set(release.information)) > 1
        ),
        f"lasts longer than {rules.release_max_months} months": _is_too_long(release, rules),
    }
    return [words for words, is_so in lacks.items() if is_so]


def _is_too_long(release: Release, rules: Rules) -> bool:
    most = rules.release_max_months
    if most is None or release.signed_on is None or release.expires_on is None:
        return False
    return release.expires_on > months_after(release.signed_on, most)


def with_state(release: Release, rules: Rules, on: date, warn: Collection[int] = ()) -> Release:
    """The release with its state on a day: it holds up to the day before it expires."""
    left = (release.expires_on - on).days if release.expires_on else None
    lacks = defects(release, rules)
    if release.signed_on and release.signed_on > on:
        lacks.append("is signed on a later day")
    if release.revoked_on and release.revoked_on <= on:
        state = "revoked"
    elif release.event_on and release.event_on <= on:
        state = "ended"
    elif left is not None and left <= 0:
        state = "expired"
    elif lacks:
        state = "defective"
    elif left is not None and left <= max(warn, default=0):
        state = "expiring"
    else:
        state = "valid"
    return release.model_copy(update={"state": state, "defects": lacks, "days_left": left})


def same_person(one: str, other: str) -> bool:
    """Whether two names of recipients are the same, but for capitals and spaces."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


_WORDS = {
    "revoked": "was revoked",
    "ended": "has ended with its event",
    "expired": "has expired",
    "defective": "is defective",
}


def permission(
    releases: Iterable[Release],
    *,
    client_id: str,
    recipient: str,
    information: Sequence[Information],
    rules: Rules,
    on: date,
    part2: bool,
) -> Permission:
    """Whether information may go to a recipient; if not, every reason that stands in the way."""
    # a run may be about an earlier day than the one on which its letter goes out: what is known to be
    # taken back, or to have ended, counts whatever its day
    theirs = [
        with_state(one, rules, max(filter(None, (on, one.revoked_on, one.event_on))))
        for one in releases
        if one.client_id == client_id and same_person(one.recipient, recipient)
    ]
    answer = Permission(
        allowed=False,
        client_id=client_id,
        recipient=recipient,
        information=list(information),
        part2=part2,
    )
    if not theirs:
        answer.reasons.append("there is no release to this recipient")
        answer.hint = "keep one with 'dayhand releases add', once it is signed"
        return answer
    blocked: list[str] = []
    for release in sorted(
        theirs, key=lambda one: (one.signed_on or date.min, one.id), reverse=True
    ):
        why = _against(release, information, part2=part2)
        if not why:
            return answer.model_copy(
                update={
                    "allowed": True,
                    "release": release.id,
                    "purpose": release.purpose,
                    "expires_on": release.expires_on,
                    "notice": rules.part2_notice if part2 else "",
                    "reasons": [],
                }
            )
        blocked += [f"release {release.id} {reason}" for reason in why]
    return answer.model_copy(
        update={"reasons": blocked, "hint": "'dayhand releases show' tells what a release lacks"}
    )


def _against(release: Release, information: Sequence[Information], *, part2: bool) -> list[str]:
    if release.state not in ("valid", "expiring"):
        lacks = f": it {'; it '.join(release.defects)}" if release.state == "defective" else ""
        return [f"{_WORDS[release.state]}{lacks}"]
    granted = set(release.information)
    missing = [
        what for what in information if what not in granted and not _is_in_record(what, granted)
    ]
    reasons = []
    if missing:
        named = ", ".join(what.replace("_", " ") for what in missing)
        reasons.append(f"does not cover: {named}")
    if part2 and not release.part2:
        reasons.append("does not cover records under 42 CFR part 2")
    return reasons


def _is_in_record(what: Information, granted: set[Information]) -> bool:
    return "record" in granted and what != "psychotherapy_notes"


def check(
    releases: Iterable[Release],
    papers: Iterable[PaperIn],
    *,
    rules: Rules,
    on: date,
    warn: Sequence[int],
) -> ReleaseCheck:
    """What has to be done about releases. One that ended is told only while no later one to the
    same recipient holds.
    """
    seen = [with_state(one, rules, on, warn) for one in releases]
    holding = {
        (one.client_id, " ".join(one.recipient.casefold().split()))
        for one in seen
        if one.state in ("valid", "expiring")
    }
    items: list[CheckItem] = []
    for one in seen:
        key = (one.client_id, " ".join(one.recipient.casefold().split()))
        if one.state == "valid" or (one.state != "expiring" and key in holding):
            continue
        if _ended_on(one) < on - _REMEMBERED:
            continue
        items.append(_item(one, warn))
    known = {(one.client_id, " ".join(one.recipient.casefold().split())) for one in seen}
    for paper in papers:
        key = (paper.client_id, " ".join(paper.scope.casefold().split()))
        if paper.kind in ("", "roi") and paper.revoked_at is None and key not in known:
            items.append(
                CheckItem(
                    release=paper.id,
                    client_id=paper.client_id,
                    initials=paper.initials,
                    recipient=paper.scope,
                    state="unrecorded",
                    reasons=["is on file, and its elements are not recorded"],
                )
            )
    ordered = sorted(
        items, key=lambda one: (_ORDER[one.state], one.days_left or 0, one.client_id, one.release)
    )
    return ReleaseCheck(
        computed_on=on,
        items=ordered,
        valid=sum(one.state == "valid" for one in seen),
        rules=rules.told(),
    )


def _ended_on(release: Release) -> date:
    days = {
        "expired": release.expires_on,
        "revoked": release.revoked_on,
        "ended": release.event_on,
    }
    return days.get(release.state) or date.max


def _item(release: Release, warn: Sequence[int]) -> CheckItem:
    within = None
    if release.state == "expiring" and release.days_left is not None:
        within = min(days for days in warn if release.days_left <= days)
    return CheckItem.model_validate(
        {
            "release": release.id,
            "client_id": release.client_id,
            "initials": release.initials,
            "recipient": release.recipient,
            "state": release.state,
            "days_left": release.days_left,
            "within": within,
            "reasons": release.defects if release.state == "defective" else [],
        }
    )
