"""The steps of the practice: its clients, services, sessions and paperwork."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dayhand import Duration, Effect, Month, StepContext, UserError, step
from dayhand_practice.models import (
    BilledSession,
    FiledPaperwork,
    ImportKind,
    ImportReport,
    MatchIn,
    OpeningBalance,
    PaperIn,
    Paperwork,
    PaperworkItem,
    RecordedSessions,
    Retention,
    SessionList,
)
from dayhand_practice.vocabulary import Client, PaperworkKind, Service, SessionStatus

# The modules that keep the tables import SQLAlchemy; each step imports what it needs when it runs,
# so that listing steps stays quick.

__all__ = ["STEPS"]


@step("practice.clients", effect=Effect.READ, summary="Clients, by state or by id")
def read_clients(
    context: StepContext,
    *,
    status: Literal["active", "paused", "discharged"] | None = "active",
    ids: list[str] | None = None,
) -> list[Client]:
    """The practice's clients, in order of id.

    Args:
        status: only those in this state; null for all.
        ids: these clients, in this order and whatever their state.
    """
    from dayhand_practice import clients

    with context.connect() as connection:
        if ids is not None:
            return clients.require(connection, ids, context.today)
        return clients.with_status(connection, status, context.today)


@step("practice.client", effect=Effect.READ, summary="One client")
def read_client(context: StepContext, *, id: str) -> Client:  # noqa: A002 - the input's name
    """One client, with diagnoses and what may be e-mailed.

    Args:
        id: the client's id, such as C-0017.
    """
    from dayhand_practice import clients

    with context.connect() as connection:
        return clients.require(connection, [id], context.today)[0]


@step("practice.new_clients", effect=Effect.READ, summary="Clients who were added lately")
def new_clients(
    context: StepContext, *, at: datetime | None = None, within: Duration = timedelta(0)
) -> list[Client]:
    """Clients added by hand, the earliest first; those of an imported file are not new.

    Args:
        at: the moment they were added at, as the event `client_created` has it; now if left out.
        within: or so long before it.
    """
    from dayhand_practice import arrivals

    moment = at or context.now
    with context.connect() as connection:
        return arrivals.between(connection, moment - within, moment, context.now)


@step("practice.retention", effect=Effect.READ, summary="Until when records are kept")
def read_retention(context: StepContext) -> Retention:
    """Each discharged client with the last day the record is kept, by the rule of the client's state."""
    from dayhand_practice import retention

    with context.connect() as connection:
        return retention.report(context, connection)


@step("practice.services", effect=Effect.READ, summary="The price list of a day")
def read_services(context: StepContext, *, on: date | None = None) -> list[Service]:
    """The services with the fees in force on a day, in order of code.

    Args:
        on: the day; today where left out.
    """
    from dayhand_practice import clients
    from dayhand_practice.pricing import in_force

    with context.connect() as connection:
        everything = clients.services(connection)
    codes = dict.fromkeys(service.code for service in everything)
    day = on or context.today
    found = (in_force((one for one in everything if one.code == code), day) for code in codes)
    return [service for service in found if service is not None]


@step(
    "practice.record_sessions",
    effect=Effect.RECORD,
    summary="Record calendar events that are clients' sessions",
)
def record_sessions(context: StepContext, *, matches: list[MatchIn]) -> RecordedSessions:
    """Record each match as a session, once, with the service and the fee of its day.

    The same match again changes nothing; a moved or cancelled event changes its session; a session
    that is billed never changes: the event is held, with the reason. What a person set stands.

    Args:
        matches: events with their clients, as `calendar.match` returns them.
    """
    from dayhand_practice import recording

    with context.connect() as connection:
        return recording.record(
            connection,
            matches,
            settings=context.settings,
            zone=ZoneInfo(context.info.timezone),
            today=context.today,
        )


@step("practice.sessions", effect=Effect.READ, summary="Sessions of a month or other days")
def read_sessions(
    context: StepContext,
    *,
    month: Month | None = None,
    start: date | None = None,
    end: date | None = None,
    client_ids: list[str] | None = None,
    status: SessionStatus | None = None,
    billed: bool | None = None,
    ids: list[str] | None = None,
) -> SessionList:
    """The sessions that meet every condition given, in order of time.

    Args:
        month: only those of this month, by the date of service.
        start: only those on this day or later; not together with `month`.
        end: only those on this day or earlier; not together with `month`.
        client_ids: only those of these clients.
        status: only those in this state.
        billed: true for those on a document, false for those on none.
        ids: only these sessions.
    """
    from dayhand_practice import sessions

    if month and (start or end):
        raise UserError("give either a month or start and end", hint="leave one of them out")
    if month:
        start, end = sessions.month_range(month)
    zone = ZoneInfo(context.info.timezone)
    with context.connect() as connection:
        found = sessions.find(
            connection,
            zone,
            start=start,
            end=end,
            client_ids=client_ids,
            status=status,
            billed=billed,
            ids=ids,
        )
        items = sessions.as_sessions(connection, found, context.today)
    return SessionList(items=items, total_minutes=sum(one.minutes for one in items))


@step(
    "practice.mark_billed",
    effect=Effect.RECORD,
    summary="Note which document bills each session",
)
def mark_billed(context: StepContext, *, lines: list[BilledSession]) -> int:
    """Note on each session the document that bills it; returns how many sessions changed.

    From then on the session does not change. The same lines again change nothing; a session on
    another document is an error, so that nothing is billed twice.

    Args:
        lines: the sessions and their documents, as `billing.issue` returns them in `billed`; a
            document of null frees the session after its invoice was voided.
    """
    from dayhand_practice import sessions

    with context.connect() as connection:
        zone = ZoneInfo(context.info.timezone)
        return sessions.mark_billed(connection, zone, lines, context.today)


@step("practice.paperwork", effect=Effect.READ, summary="Paperwork on file")
def read_paperwork(
    context: StepContext,
    *,
    client_ids: list[str] | None = None,
    kind: PaperworkKind | None = None,
    valid: bool = True,
) -> list[Paperwork]:
    """The papers on file, by client and day of signing.

    Args:
        client_ids: only those of these clients.
        kind: only those of this kind, such as no_show_policy.
        valid: leave out what is revoked or past its last day.
    """
    from dayhand_practice import clients, paperwork

    with context.connect() as connection:
        found = paperwork.on_file(connection, client_ids)
        people = clients.by_id(connection, {one["client_id"] for one in found}, context.today)
    papers = [Paperwork(**one, initials=people[one["client_id"]].initials) for one in found]
    return [
        paper
        for paper in papers
        if (kind is None or paper.kind == kind)
        and not (valid and paper.revoked_at is not None and paper.revoked_at <= context.today)
        and not (valid and paper.expires_on is not None and paper.expires_on < context.today)
    ]


@step("practice.file_paperwork", effect=Effect.RECORD, summary="Note papers as on file, once each")
def file_paperwork(context: StepContext, *, papers: list[PaperIn]) -> FiledPaperwork:
    """Note papers as on file, all of them or none.

    One of the same client, kind, day and scope is there already and stays as it is, also one that was
    taken back.

    Args:
        papers: what to file, such as `papers` of billing.estimates.
    """
    from dayhand_practice import paperwork

    with context.connect() as connection:
        return paperwork.file(context, connection, papers)


@step(
    "practice.paperwork_due",
    effect=Effect.READ,
    summary="Paperwork that is missing, has expired or soon will",
)
def paperwork_due(
    context: StepContext,
    *,
    client_ids: list[str] | None = None,
    within: Duration = timedelta(days=30),
) -> list[PaperworkItem]:
    """What paperwork is due, the most pressing first.

    Missing are the kinds that `required_paperwork` names and the client has not on file. A paper is
    good through its last day; a later one of its kind replaces it, and of releases one to the same
    recipient does.

    Args:
        client_ids: these clients; every active client where left out.
        within: how far to look ahead for papers that expire.
    """
    from dayhand_practice import clients, paperwork

    with context.connect() as connection:
        if client_ids is None:
            people = clients.with_status(connection, "active", context.today)
        else:
            people = clients.require(connection, client_ids, context.today)
        return paperwork.due(
            connection, people, settings=context.settings, today=context.today, within=within
        )


@step(
    "practice.opening_balances",
    effect=Effect.READ,
    summary="What clients owed when the books began",
)
def opening_balances(
    context: StepContext, *, client_ids: list[str] | None = None
) -> list[OpeningBalance]:
    """The balances with which the practice began to use dayhand.

    Args:
        client_ids: only those of these clients.
    """
    from dayhand_practice import clients, records
    from dayhand_practice.kinds import kind_of

    with context.connect() as connection:
        kind = kind_of("opening_balances", ZoneInfo(context.info.timezone))
        found = records.all_of(connection, kind)
        people = clients.by_id(connection, {one["client_id"] for one in found}, context.today)
    return [
        OpeningBalance(**one, initials=people[one["client_id"]].initials)
        for one in found
        if client_ids is None or one["client_id"] in client_ids
    ]


@step("practice.import_csv", effect=Effect.RECORD, summary="Import records from a CSV file")
def import_csv(context: StepContext, *, kind: ImportKind, path: str) -> ImportReport:
    """Import a CSV file of the practice folder: all of its rows, or none.

    A row that is there already is changed or left as it is, so that the same file again changes
    nothing. Every mistake is told at once, with its line and column.

    Args:
        kind: what the file holds.
        path: the file, relative to the practice folder.
    """
    from dayhand_practice import intake

    with context.connect() as connection:
        done = intake.import_file(context, connection, kind, context.files.read(path), path)
    return ImportReport(
        kind=kind,
        path=path,
        rows=done.rows,
        new=len(done.new),
        changed=len(done.changed),
        unchanged=done.unchanged,
    )


STEPS = (
    read_clients,
    read_client,
    new_clients,
    read_retention,
    read_services,
    record_sessions,
    read_sessions,
    mark_billed,
    read_paperwork,
    file_paperwork,
    paperwork_due,
    opening_balances,
    import_csv,
)
