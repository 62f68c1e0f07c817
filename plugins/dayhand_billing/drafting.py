"""From sessions to draft lines: what is billed, what is left out, and what the approver should see.

Pure: the sessions, the settings and what is billed already go in; lines, problems and reasons come
out. Figures are snapshots: a later change of fee, name or diagnosis never alters a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dayhand import PracticeInfo
from dayhand_billing.amounts import percentage
from dayhand_billing.identifiers import npi_problem, tax_id_problem
from dayhand_billing.models import DraftProblem, SignedPolicy, SkippedSession, UnsignedNoteIn
from dayhand_billing.settings import BillingSettings, MissedSessions
from dayhand_practice.vocabulary import Client, Session, cents

__all__ = ["Bench", "DraftLine", "Drafted", "codes_on", "draft_lines", "practice_problems"]

MISSED = {"no_show": "Missed appointment", "late_cancelled": "Late cancellation"}


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as it is kept; amounts in whole cents."""

    kind: str
    session_id: str
    start: str
    service_date: date
    service: str
    name: str
    minutes: int
    place_of_service: str
    modifiers: tuple[str, ...]
    diagnoses: tuple[str, ...]
    units: int
    charge: int
    adjustment: int
    adjustment_reason: str
    tax_code: str
    tax_rate: str
    tax: int

    @property
    def amount(self) -> int:
        """What the client owes for it."""
        return self.charge + self.adjustment + self.tax


@dataclass(frozen=True, slots=True)
class Bench:
    """What a draft is judged by.

    `billed` tells which document bills a session, `slots` which one bills a client's hour;
    `missed` says how often clients have been charged, or let off, for a missed session before.
    """

    info: PracticeInfo
    settings: BillingSettings
    now: datetime
    billed: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    missed: Mapping[str, int] = field(default_factory=dict)
    unsigned: Sequence[UnsignedNoteIn] = ()
    policies: Sequence[SignedPolicy] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.info.timezone)


@dataclass(slots=True)
class Drafted:
    """What came of the sessions."""

    lines: list[tuple[Client, DraftLine]] = field(default_factory=list)
    problems: list[DraftProblem] = field(default_factory=list)
    skipped: list[SkippedSession] = field(default_factory=list)


class _LeftOut(Exception):
    """The session is not billed; with a code it is a problem, without one it is as it should be."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


def draft_lines(bench: Bench, sessions: Sequence[Session]) -> Drafted:
    """A line for each session to be billed, in order of time; one for each client's hour."""
    done = Drafted(problems=practice_problems(bench.info) if sessions else [])
    seen: dict[str, str] = {}
    slots: dict[str, str] = {}
    missed = Counter(bench.missed)
    for session in sorted(sessions, key=lambda each: (each.start, each.id)):
        try:
            _refuse_duplicates(bench, session, seen, slots)
            line = _line(bench, session, missed)
        except _LeftOut as reason:
            done.skipped.append(SkippedSession(session_id=session.id, reason=reason.reason))
            if reason.code:
                done.problems.append(_problem(session, reason.code, reason.reason, blocks=True))
            continue
        seen[session.id] = slots[slot_of(session)] = session.id
        if session.status in MISSED:
            missed[session.client.id] += 1
        done.lines.append((session.client, line))
    _look_at_clients(bench, done)
    return done


def slot_of(session: Session) -> str:
    """The client's hour, which is billed once however many sessions claim it."""
    return f"{session.client.id} {session.start.astimezone(UTC).isoformat(timespec='minutes')}"


def practice_problems(info: PracticeInfo) -> list[DraftProblem]:
    """What is wrong with the provider's numbers; it does not stop an invoice, but a superbill."""
    found = (
        ("bad-npi", npi_problem(info.clinician.npi)),
        ("bad-tax-id", tax_id_problem(info.tax_id)),
    )
    return [DraftProblem(code=code, message=message) for code, message in found if message]


def _problem(session: Session, code: str, message: str, *, blocks: bool = False) -> DraftProblem:
    return DraftProblem(
        code=code,
        message=message,
        client_id=session.client.id,
        session_id=session.id,
        blocks=blocks,
    )


def _look_at_clients(bench: Bench, done: Drafted) -> None:
    clients = {client.id: client for client, _ in done.lines}
    regions = {licence.region for licence in bench.info.clinician.licences}
    for client in clients.values():
        bill_to = client.bill_to
        if not (bill_to.address if bill_to and bill_to.address else client.address):
            _note(done, client, "no-address", "no address to bill to")
        if client.region and client.region not in regions:
            message = f"no licence for {client.region}, where the client is"
            _note(done, client, "no-licence-in-region", message)


def _note(done: Drafted, client: Client, code: str, message: str) -> None:
    done.problems.append(DraftProblem(code=code, message=message, client_id=client.id))


def _refuse_duplicates(
    bench: Bench, session: Session, seen: Mapping[str, str], slots: Mapping[str, str]
) -> None:
    document = bench.billed.get(session.id) or session.document
    if document:
        raise _LeftOut(f"already billed on {document}")
    if session.id in seen:
        raise _LeftOut("given twice")
    slot = slot_of(session)
    if slot in slots:
        raise _LeftOut(f"the same hour as {slots[slot]}", "same-hour")
    if slot in bench.slots:
        raise _LeftOut(f"the same hour is billed on {bench.slots[slot]}", "same-hour")


def _line(bench: Bench, session: Session, missed: Mapping[str, int]) -> DraftLine:
    day = session.start.astimezone(bench.zone).date()
    began = bench.settings.books_began_on
    if began and day < began:
        raise _LeftOut(f"before {began}, when these books begin")
    if not session.client.name.strip():
        raise _LeftOut("the client has no name", "no-client-name")
    if session.status == "attended":
        return _attended(bench, session, day)
    if session.status in MISSED:
        return _missed(bench, session, day, before=missed.get(session.client.id, 0))
    raise _LeftOut(f"status is {session.status}")


def _attended(bench: Bench, session: Session, day: date) -> DraftLine:
    if session.start > bench.now:
        raise _LeftOut("the session is in the future", "in-the-future")
    if not session.service:
        raise _LeftOut("no service", "no-service")
    charge, adjustment = cents(session.fee), cents(session.adjustment)
    if charge <= 0:
        raise _LeftOut("no fee", "no-fee")
    if not -charge <= adjustment <= 0:
        raise _LeftOut("the adjustment is not between the fee and nothing", "wrong-adjustment")
    if not any(licence.is_valid_on(day) for licence in bench.info.clinician.licences):
        raise _LeftOut(f"no licence is valid on {day}", "licence-not-valid")
    if bench.settings.require_signed_note and any(
        note.client_id == session.client.id and note.session_date == day for note in bench.unsigned
    ):
        raise _LeftOut("its note is not signed", "unsigned-note")
    return _made(
        bench,
        session,
        day,
        kind="session",
        name=session.service_name or session.service,
        charge=charge,
        adjustment=adjustment,
        reason=session.adjustment_reason if adjustment else "",
    )


def _missed(bench: Bench, session: Session, day: date, *, before: int) -> DraftLine:
    policy = bench.settings.no_show
    if policy.fee == "none":
        raise _LeftOut("missed, and the practice charges no fee for it")
    payers = {payer.casefold() for payer in policy.not_for_payers}
    if session.client.payer and session.client.payer.casefold() in payers:
        raise _LeftOut("missed, and the payer's contract bars a fee")
    if policy.require_agreement and not any(
        paper.client_id == session.client.id
        and paper.kind == "no_show_policy"
        and paper.signed_on <= day
        for paper in bench.policies
    ):
        raise _LeftOut("missed, and no policy was signed before it", "no-policy")
    charge = _missed_fee(policy, session)
    if charge <= 0:
        raise _LeftOut("missed, and the fee comes to nothing")
    waived = policy.first_waived and before < policy.waivers
    notice = f" (less than {policy.window_h} hours' notice)" if policy.window_h else ""
    return _made(
        bench,
        session,
        day,
        kind=session.status,
        name=MISSED[session.status] + (notice if session.status == "late_cancelled" else ""),
        charge=charge,
        adjustment=-charge if waived else 0,
        reason=_waived(before, policy.waivers) if waived else "",
    )


def _waived(before: int, waivers: int) -> str:
    return "waived the first time" if waivers == 1 else f"waived, {before + 1} of {waivers}"


def _missed_fee(policy: MissedSessions, session: Session) -> int:
    owed = cents(session.fee) + cents(session.adjustment)
    if policy.fee == "fixed":
        return cents(policy.amount)
    return percentage(owed, policy.amount) if policy.fee == "percent" else owed


def _made(
    bench: Bench,
    session: Session,
    day: date,
    *,
    kind: str,
    name: str,
    charge: int,
    adjustment: int,
    reason: str,
) -> DraftLine:
    tax = bench.settings.tax
    is_session = kind == "session"
    return DraftLine(
        kind=kind,
        session_id=session.id,
        start=session.start.astimezone(UTC).isoformat(timespec="minutes"),
        service_date=day,
        service=session.service if is_session else "",
        name=name,
        minutes=session.minutes if is_session else 0,
        place_of_service=session.place_of_service if is_session else "",
        modifiers=tuple(session.modifiers) if is_session else (),
        diagnoses=tuple(codes_on(session.client, day)) if is_session else (),
        units=1,
        charge=charge,
        adjustment=adjustment,
        adjustment_reason=reason,
        tax_code=tax.code if tax.rate else "",
        tax_rate=str(tax.rate.normalize()) if tax.rate else "0",
        tax=percentage(charge + adjustment, tax.rate),
    )


def codes_on(client: Client, day: date) -> list[str]:
    """The client's diagnosis codes in force on a day (R-SB2), first the one that began first."""
    held = [
        diagnosis
        for diagnosis in client.diagnoses
        if diagnosis.effective_from <= day
        and (diagnosis.effective_to is None or day <= diagnosis.effective_to)
    ]
    ordered = sorted(held, key=lambda diagnosis: diagnosis.effective_from)
    return list(dict.fromkeys(str(diagnosis.code) for diagnosis in ordered))
