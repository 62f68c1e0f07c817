"""The steps that keep and look up. SQLAlchemy is imported inside the steps."""

from __future__ import annotations

from datetime import date
from typing import Literal

from dayhand import Effect, Sensitive, StepContext, Taken, read_rows, step
from dayhand_collaboration.models import (
    Basis,
    Disclosure,
    Information,
    Letter,
    Method,
    PackageFiles,
    PaperIn,
    Permission,
    RecordsRequest,
    Release,
    ReleaseCheck,
    RequestClock,
)

__all__ = ["ALL"]


@step(
    "collaboration.releases",
    effect=Effect.READ,
    summary="List the releases of information with their state",
)
def releases(context: StepContext, *, client_id: str = "") -> list[Release]:
    """Each with `state`, the `defects` that make it one that does not hold, and `days_left`.

    Args:
        client_id: of one client; of all if left out.
    """
    from dayhand_collaboration import desk

    return desk.releases(context, client_id)


@step(
    "collaboration.record_release",
    effect=Effect.RECORD,
    summary="Keep a release of information",
)
def record_release(context: StepContext, *, release: Release) -> Release:
    """The same client, recipient and day of signing again change what is there. One that lacks
    something is kept too, and told as defective.

    Args:
        release: the elements of 45 CFR 164.508(c), as on the form.
    """
    from dayhand_collaboration import desk

    with context.connect() as connection:
        return desk.keep_release(context, connection, release)


@step(
    "collaboration.check",
    effect=Effect.READ,
    summary="Find releases that are defective, have ended, or end soon",
)
def check(context: StepContext, *, papers: list[PaperIn] | None = None) -> ReleaseCheck:
    """The most pressing first. A release that ended is told for 90 days, and only while no other to
    the same recipient holds.

    Args:
        papers: releases on file, from `practice.paperwork`: one whose elements are not recorded here
            is told too.
    """
    from dayhand_collaboration import desk

    return desk.check_releases(context, papers or [])


@step(
    "collaboration.permission",
    effect=Effect.READ,
    summary="Whether information may go to a recipient, and under which release",
)
def permission(
    context: StepContext,
    *,
    client_id: str,
    recipient: Sensitive[str],
    information: list[Information],
) -> Permission:
    """`allowed` is true only if a release holds today and covers all of it; else `reasons` says why.

    Args:
        client_id: whose information.
        recipient: to whom, as on the release.
        information: what, such as `progress`.
    """
    from dayhand_collaboration.letter import permitted

    return permitted(context, client_id, recipient, information)


@step(
    "collaboration.record_disclosure",
    effect=Effect.RECORD,
    summary="Keep what was disclosed, when, to whom and why",
)
def record_disclosure(
    context: StepContext,
    *,
    client_id: str = "",
    recipient: Sensitive[str] = "",
    information: list[str] | None = None,
    purpose: Sensitive[str] = "",
    basis: Basis = "authorization",
    method: Method = "other",
    on: date | None = None,
    initials: str = "",
    letter: Letter | None = None,
    package: PackageFiles | None = None,
) -> Disclosure:
    """With a `letter` everything but the method comes from it. Under an authorization it is kept
    only if a release holds that day and covers it.

    Args:
        client_id: whose information.
        recipient: to whom.
        information: what.
        purpose: for what.
        basis: on what ground, such as `authorization` or `required_by_law`.
        method: how, such as `fax`.
        on: the day; the run's own day if left out.
        initials: the client's initials, for lists.
        letter: what `collaboration.letter` wrote.
        package: what `collaboration.request_package` wrote.
    """
    from dayhand_collaboration import desk

    if letter is not None:
        given = desk.Given.of_letter(letter)
    else:
        given = desk.Given(client_id, recipient, information or [], purpose, basis)
    if package is not None:
        given = given.with_document(f"{package.folder}/package.md", package.sha256)
    with context.connect() as connection:
        return desk.keep_disclosure(
            context, connection, given, method=method, on=on or context.today, initials=initials
        )


@step(
    "collaboration.disclosures",
    effect=Effect.READ,
    summary="List what was disclosed",
)
def disclosures(
    context: StepContext, *, client_id: str = "", since: date | None = None
) -> list[Disclosure]:
    """Earliest first.

    Args:
        client_id: of one client; of all if left out.
        since: from this day on.
    """
    from dayhand_collaboration import kept

    with context.connect() as connection:
        return kept.disclosures(connection, client_id=client_id, since=since)


@step(
    "collaboration.record_request",
    effect=Effect.RECORD,
    summary="Keep a request for records, which starts its clock",
)
def record_request(
    context: StepContext,
    *,
    client_id: str,
    scope: Sensitive[str],
    requested_on: date | None = None,
    requester: Literal["individual", "representative", "third_party"] = "individual",
    deliver_to: Sensitive[str] = "",
    form: str = "",
    initials: str = "",
) -> RequestClock:
    """The same client and day again change what is there.

    Args:
        client_id: whose records.
        scope: what is asked for, such as `whole record` or the months.
        requested_on: the day the request came; the run's own day if left out.
        requester: `individual`, `representative` or `third_party`.
        deliver_to: to whom it goes, lines separated by `;`; the client if left out.
        form: in what form, such as `PDF`.
        initials: the client's initials, for lists.
    """
    from dayhand_collaboration import desk

    request = desk.request_of(
        client_id=client_id,
        scope=scope,
        requested_on=requested_on or context.today,
        requester=requester,
        deliver_to=deliver_to,
        form=form,
        initials=initials,
    )
    with context.connect() as connection:
        return desk.keep_request(context, connection, request)


@step(
    "collaboration.requests",
    effect=Effect.READ,
    summary="List requests for records with their clocks",
)
def requests(
    context: StepContext, *, ids: list[str] | None = None, closed: bool = False
) -> list[RequestClock]:
    """The first due first.

    Args:
        ids: only these.
        closed: those that are closed too.
    """
    from dayhand_collaboration import desk

    found = desk.requests(context)
    wanted = {one.upper() for one in ids or ()}
    return [
        one
        for one in found
        if (not wanted or one.id in wanted) and (closed or one.state != "closed")
    ]


@step(
    "collaboration.close_request",
    effect=Effect.RECORD,
    summary="Note how a request for records ended",
)
def close_request(
    context: StepContext,
    *,
    request: str,
    outcome: Literal["given", "given_in_part", "denied", "withdrawn"] = "given",
    on: date | None = None,
) -> RecordsRequest:
    """Stops its clock.

    Args:
        request: the request's id.
        outcome: how it ended.
        on: the day; the run's own day if left out.
    """
    from dayhand_collaboration import desk

    with context.connect() as connection:
        return desk.close_request(connection, request, outcome=outcome, on=on or context.today)


@step(
    "collaboration.import_csv",
    effect=Effect.RECORD,
    summary="Keep all the releases, disclosures or requests in a CSV file",
)
def import_csv(
    context: StepContext, *, kind: Literal["releases", "disclosures", "requests"], file: str
) -> Taken:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        kind: what the file holds.
        file: a CSV file in the practice folder, such as `inbox/releases.csv`.
    """
    from dayhand_collaboration.kept import KINDS

    records = KINDS[kind]
    values = read_rows(records.model, context.files.read(file), file, columns=records.columns)
    with context.connect() as connection:
        return records.take_in(connection, values)


ALL = (
    releases,
    record_release,
    check,
    permission,
    record_disclosure,
    disclosures,
    record_request,
    requests,
    close_request,
    import_csv,
)
