"""The steps that keep and count hours. SQLAlchemy is imported inside the steps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dayhand import Duration, Effect, Sensitive, StepContext, UserError, step
from dayhand_practice.vocabulary import Session
from dayhand_supervision.models import (
    EventIn,
    KeptLog,
    LogFile,
    Meeting,
    Progress,
    Question,
    Recorded,
    Units,
    Week,
)
from dayhand_supervision.rule_set import Category, Stage

__all__ = ["ALL"]


@step(
    "supervision.log_sessions",
    effect=Effect.RECORD,
    summary="Keep the hours of attended sessions",
)
def log_sessions(context: StepContext, *, sessions: list[Session], track: str = "") -> Recorded:
    """Each session is one entry, known again by its id: the same sessions again change nothing. The
    hours of a session that turned out not attended are removed. Weeks whose log is signed stay.

    Args:
        sessions: what `practice.sessions` or `practice.record_sessions` gives.
        track: whose hours; the only track if left out.
    """
    from dayhand_supervision import intake

    with context.connect() as connection:
        return intake.log_sessions(context, connection, sessions, track)


@step(
    "supervision.meetings",
    effect=Effect.NONE,
    summary="Tell which calendar events are supervision",
)
def meetings(context: StepContext, *, events: list[EventIn]) -> list[Meeting]:
    """Goes by the categories and patterns under `supervision: calendar` in practice.yaml.

    Args:
        events: the events, as `calendar.agenda` gives them.
    """
    from dayhand_supervision import intake

    return intake.meetings_in(context, events)


@step(
    "supervision.log_meetings",
    effect=Effect.RECORD,
    summary="Keep the supervision that is over",
)
def log_meetings(context: StepContext, *, meetings: list[Meeting], track: str = "") -> Recorded:
    """Each event is one entry, known again by its key; meetings that are not over are left.

    Args:
        meetings: what `supervision.meetings` gives.
        track: whose hours; the only track if left out.
    """
    from dayhand_supervision import intake

    with context.connect() as connection:
        return intake.log_meetings(context, connection, meetings, track)


@step(
    "supervision.record",
    effect=Effect.RECORD,
    summary="Keep hours of a category on a day",
)
def record(
    context: StepContext,
    *,
    on: date,
    length: Duration,
    category: Category,
    setting: str = "",
    supervisor: str = "",
    telehealth: bool = False,
    group_size: int | None = None,
    topics: str = "",
    reference: str = "",
    track: str = "",
) -> Recorded:
    """The same day, category, setting, supervisor and reference again change what is there.

    Args:
        on: the day.
        length: how long it took.
        category: what it was, such as `supervision_individual` or `notes_reports`.
        setting: the workplace; the track's own if left out.
        supervisor: who supervised, or supervises the setting; the track's own if left out.
        telehealth: whether it was by video or phone.
        group_size: how many were in a group.
        topics: what it was about, without anything of a client.
        reference: tells two rows of one day and category apart.
        track: whose hours; the only track if left out.
    """
    from dayhand_supervision import intake

    name, settings = intake.settings_of(context).track(track)
    entry = intake.entry_of(
        settings,
        on=on,
        minutes=round(length.total_seconds() / 60),
        category=category,
        setting=setting,
        supervisor=supervisor,
        telehealth=telehealth,
        group_size=group_size,
        topics=topics,
        reference=reference,
    )
    with context.connect() as connection:
        done: Recorded = intake.book_of(context, connection, name).put([entry])
        return done


@step(
    "supervision.import_hours",
    effect=Effect.RECORD,
    summary="Keep all the hours in a CSV file",
)
def import_hours(context: StepContext, *, file: str, track: str = "") -> Recorded:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        file: a CSV file in the practice folder, such as `inbox/hours.csv`.
        track: whose hours; the only track if left out.
    """
    from dayhand_supervision import intake

    with context.connect() as connection:
        return intake.take_in_file(context, connection, file, track)


@step(
    "supervision.units",
    effect=Effect.READ,
    summary="How many units of supervision a week with so many direct hours needs",
)
def units(
    context: StepContext, *, rule_set: str, direct_hours: Decimal, stage: Stage = "associate"
) -> Units:
    """A rule set without such a rule is refused.

    Args:
        rule_set: the rule set's id.
        direct_hours: the direct hours of the week in one setting.
        stage: `trainee` or `associate`.
    """
    from dayhand_supervision.counting import needed_of
    from dayhand_supervision.rule_book import rule_book

    found = needed_of(rule_book(context).find(rule_set, on=context.today), stage, direct_hours)
    if found is None:
        raise UserError(
            f"rule set '{rule_set}' says nothing of units for a {stage}",
            hint="'dayhand supervision rules list' shows the others",
        )
    return found


@step(
    "supervision.progress",
    effect=Effect.READ,
    summary="How far a track has come: requirements, limits, what does not count, completion",
)
def progress(context: StepContext, *, track: str = "", on: date | None = None) -> Progress:
    """Counts the hours kept by the rules of the track's board, with their date and sources.

    Args:
        track: which track; the only one if left out.
        on: the day to compute for; the run's own day if left out.
    """
    from dayhand_supervision.tracks import progress_of

    return progress_of(context, track, on)


@step(
    "supervision.week",
    effect=Effect.READ,
    summary="The week of a day as its logs show it",
)
def week(context: StepContext, *, day: date | None = None, track: str = "") -> Week:
    """One log for each setting and supervisor, with the hash of its hours.

    Args:
        day: a day of the week; the run's own day if left out.
        track: which track; the only one if left out.
    """
    from dayhand_supervision.tracks import week_of

    return week_of(context, track, day)


@step(
    "supervision.keep_logs",
    effect=Effect.RECORD,
    summary="Keep the hashes of weekly logs",
)
def keep_logs(context: StepContext, *, week: Week, files: list[LogFile]) -> list[KeptLog]:
    """A log that is signed stays as it is; another of the same week, setting and supervisor is
    replaced.

    Args:
        week: what `supervision.week` gave.
        files: what `supervision.weekly_log` wrote.
    """
    from dayhand_supervision import signed_logs

    with context.connect() as connection:
        return signed_logs.keep(connection, week.track, week.start, files, on=context.today)


@step(
    "supervision.questions",
    effect=Effect.READ,
    summary="What is to be brought to supervision",
)
def questions(context: StepContext) -> list[Question]:
    """The open questions, risk first. Keep one with `dayhand supervision ask`."""
    from dayhand_supervision.questions import open_questions

    with context.connect() as connection:
        return open_questions(connection)


@step(
    "supervision.ask",
    effect=Effect.RECORD,
    summary="Keep a question for the next supervision",
)
def ask(
    context: StepContext,
    *,
    text: Sensitive[str],
    client_id: str = "",
    risk: bool = False,
) -> Question:
    """The same question about the same client is kept once while it is open.

    Args:
        text: what to ask.
        client_id: the client's id, if it is about one.
        risk: whether it is about a risk.
    """
    from dayhand_supervision.questions import keep

    with context.connect() as connection:
        return keep(connection, text, client_id=client_id, risk=risk, on=context.today)


ALL = (
    log_sessions,
    meetings,
    log_meetings,
    record,
    import_hours,
    units,
    progress,
    week,
    keep_logs,
    questions,
    ask,
)
