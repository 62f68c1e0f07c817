"""What steps and commands do with releases, disclosures and requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from dayhand import Practice, StepError, UserError, checked
from dayhand_collaboration.clock import clock, refuse_extension
from dayhand_collaboration.models import (
    INFORMATION,
    Basis,
    Disclosure,
    Information,
    Letter,
    Method,
    PaperIn,
    RecordsRequest,
    Release,
    ReleaseCheck,
    RequestClock,
)
from dayhand_collaboration.rule_set import rules_of
from dayhand_collaboration.validity import check, permission, with_state
from dayhand_collaboration.wording import LABELS

if TYPE_CHECKING:
    import sqlalchemy

# SQL is imported inside the functions: listing the steps must not load it.

__all__ = [
    "Given",
    "check_releases",
    "close_request",
    "extend_request",
    "keep_disclosure",
    "keep_release",
    "keep_request",
    "releases",
    "request_of",
    "requests",
    "revoke",
]


# Releases -----------------------------------------------------------------------------------------


def releases(practice: Practice, client_id: str = "") -> list[Release]:
    """The releases, each with its state today."""
    from dayhand_collaboration import kept

    rules, warn = rules_of(practice), practice.settings.warn_days
    with practice.connect() as connection:
        found = kept.releases(connection, client_id)
    return [with_state(one, rules, practice.today, warn) for one in found]


def keep_release(
    practice: Practice, connection: sqlalchemy.Connection, release: Release
) -> Release:
    """Keep a release, and say in what state it is."""
    from dayhand_collaboration import kept

    discloser = (
        release.discloser or practice.settings.discloser or practice.info.clinician.with_credentials
    )
    kept_one, _ = kept.RELEASES.put(connection, release.model_copy(update={"discloser": discloser}))
    return with_state(kept_one, rules_of(practice), practice.today, practice.settings.warn_days)


def revoke(connection: sqlalchemy.Connection, release_id: str, on: date) -> Release:
    """Note that a release was taken back.

    Raises:
        UserError: there is no such release, or it was before.
    """
    from dayhand_collaboration import kept

    release = kept.RELEASES.find(connection, release_id)
    if release.revoked_on:
        raise UserError(
            f"{release.id} was revoked on {release.revoked_on}",
            hint="'dayhand releases show' tells of it; a new one takes a new signature",
        )
    changed = release.model_copy(update={"revoked_on": on})
    kept.RELEASES.put(connection, changed)
    return changed


def check_releases(practice: Practice, papers: Sequence[PaperIn]) -> ReleaseCheck:
    """What has to be done about releases."""
    from dayhand_collaboration import kept

    with practice.connect() as connection:
        found = kept.releases(connection)
    return check(
        found,
        papers,
        rules=rules_of(practice),
        on=practice.today,
        warn=practice.settings.warn_days,
    )


# Disclosures --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """What went out, before it is kept."""

    client_id: str
    recipient: str
    information: Sequence[str]
    purpose: str
    basis: Basis = "authorization"
    document: str = ""
    sha256: str = ""
    part2: bool = False

    @classmethod
    def of_letter(cls, letter: Letter) -> Given:
        """What a letter says.

        Raises:
            StepError: it is a draft.
        """
        if letter.draft:
            raise StepError(
                "a draft was not disclosed", hint="write the letter with 'draft: false'"
            )
        return cls(
            letter.client_id,
            letter.recipient,
            letter.information,
            letter.purpose,
            document=letter.path,
            sha256=letter.sha256,
            part2=letter.part2,
        )

    def with_document(self, path: str, sha256: str) -> Given:
        """The same with the document that went out."""
        return replace(self, document=path, sha256=sha256)


def keep_disclosure(
    practice: Practice,
    connection: sqlalchemy.Connection,
    given: Given,
    *,
    method: Method,
    on: date,
    initials: str = "",
) -> Disclosure:
    """Keep a disclosure; under an authorization only if a release holds that day and covers it.

    Raises:
        StepError: no release permits it.
    """
    from dayhand_collaboration import kept

    release, part2 = "", kept.is_part2(connection, given.client_id)
    if given.basis == "authorization":
        release = _under(practice, connection, given, on, part2=part2)
    under = [one for one in kept.releases(connection, given.client_id) if one.id == release]
    words: dict[str, str] = dict(LABELS)
    said = ", ".join(words.get(one, one) for one in given.information)
    disclosure = checked(
        Disclosure,
        client_id=given.client_id,
        initials=initials,
        on=on,
        recipient=given.recipient,
        recipient_address=under[0].recipient_address if under else "",
        information=said,
        purpose=given.purpose,
        basis=given.basis,
        method=method,
        release=release,
        document=given.document,
        document_sha256=given.sha256,
        part2=part2,
    )
    return kept.DISCLOSURES.put(connection, disclosure)[0]


def _under(
    practice: Practice, connection: sqlalchemy.Connection, given: Given, on: date, *, part2: bool
) -> str:
    from dayhand_collaboration import kept
    from dayhand_collaboration.letter import refuse

    unknown = [one for one in given.information if one not in INFORMATION]
    if unknown or not given.information:
        raise StepError(
            f"under an authorization, information is named by kind, not '{(unknown or [''])[0]}'",
            hint=f"the kinds are: {', '.join(INFORMATION)}",
        )
    wanted: list[Information] = [one for one in INFORMATION if one in given.information]
    answer = permission(
        kept.releases(connection, given.client_id),
        client_id=given.client_id,
        recipient=given.recipient,
        information=wanted,
        rules=rules_of(practice),
        on=on,
        part2=part2,
    )
    refuse(answer)
    return answer.release


# Requests -----------------------------------------------------------------------------------------


def request_of(**values: Any) -> RecordsRequest:
    """A request from values given by hand.

    Raises:
        UserError: some are wrong; tells which.
    """
    return checked(RecordsRequest, **values)


def _clock(practice: Practice, request: RecordsRequest) -> RequestClock:
    warn = practice.settings.request_warn_days
    return clock(request, rules_of(practice), practice.today, warn_days=warn)


def keep_request(
    practice: Practice, connection: sqlalchemy.Connection, request: RecordsRequest
) -> RequestClock:
    """Keep a request, which starts its clock.

    Raises:
        UserError: it is of a day to come.
    """
    from dayhand_collaboration import kept

    if request.requested_on > practice.today:
        raise UserError(
            f"a request of {request.requested_on} cannot have come yet",
            hint="give the day on which it came: --requested-on",
        )
    there = kept.REQUESTS.put(connection, request)[0]
    return _clock(practice, there)


def requests(practice: Practice) -> list[RequestClock]:
    """All requests with their clocks, the first due first."""
    from dayhand_collaboration import kept

    with practice.connect() as connection:
        found = kept.REQUESTS.all(connection)
    return sorted((_clock(practice, one) for one in found), key=lambda one: (one.due_on, one.id))


def extend_request(
    practice: Practice, connection: sqlalchemy.Connection, request_id: str, *, reason: str, on: date
) -> RequestClock:
    """Extend a request once, before its first day has passed.

    Raises:
        UserError: there is none, or it cannot be extended.
    """
    from dayhand_collaboration import kept

    request = kept.REQUESTS.find(connection, request_id)
    refuse_extension(request, rules_of(practice), on)
    if not reason.strip():
        raise UserError(
            "an extension has a reason, which the person is told in writing",
            hint="say it with --reason",
        )
    changed = checked(
        RecordsRequest,
        **request.model_dump() | {"extended_on": on, "extension_reason": reason},
    )
    kept.REQUESTS.put(connection, changed)
    return _clock(practice, changed)


def close_request(
    connection: sqlalchemy.Connection, request_id: str, *, outcome: str, on: date
) -> RecordsRequest:
    """Note how a request ended.

    Raises:
        UserError: there is none, or it was closed before.
    """
    from dayhand_collaboration import kept

    request = kept.REQUESTS.find(connection, request_id)
    if request.closed_on:
        raise UserError(
            f"{request.id} was closed on {request.closed_on}",
            hint="nothing is to be done; 'dayhand requests list' shows those that are open",
        )
    changed = request.model_copy(update={"closed_on": on, "outcome": outcome})
    kept.REQUESTS.put(connection, changed)
    return changed
