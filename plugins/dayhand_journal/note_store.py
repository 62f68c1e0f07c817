"""Notes in the database: stubs, drafts, signing, addenda, and what is read from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NoReturn

import sqlalchemy as sa

from dayhand import UserError
from dayhand_journal import seal
from dayhand_journal.formats import PLAN, is_empty, sections_of
from dayhand_journal.models import (
    Addendum,
    LastPlan,
    Note,
    NoteStub,
    SignedNote,
    SkippedSession,
    UnsignedNote,
    UnsignedNotes,
)
from dayhand_journal.tables import addenda, moment, next_id, notes, stored
from dayhand_practice.vocabulary import Session

__all__ = [
    "add_addendum",
    "find",
    "last_plans",
    "listed",
    "of_sessions",
    "refuse_change",
    "sign",
    "sign_addendum",
    "signed",
    "stub",
    "unsigned",
    "verify",
    "write",
]


_Row = Mapping[Any, Any]


def _header(session: Session) -> dict[str, Any]:
    return {
        "client_id": session.client.id,
        "initials": session.client.initials,
        "start": stored(session.start),
        "stop": stored(session.end),
        "minutes": session.minutes,
        "place_of_service": session.place_of_service,
        "modality": session.modality,
        "service": session.service,
    }


def stub(connection: sa.Connection, session: Session) -> NoteStub | SkippedSession:
    """The note of a session, made empty if it is not there.

    A draft follows a change of its session; a signed note never changes.
    """
    found = _row_of_session(connection, session.id)
    if session.status != "attended":
        return _not_attended(connection, session, found)
    if found is None:
        row = {
            "id": next_id(connection, notes, "N"),
            "session_id": session.id,
            "format": session.client.note_format,
            "sections": "{}",
            "state": "draft",
            "signed_by": "",
            "sha256": "",
            "late_entry": False,
            **_header(session),
        }
        connection.execute(notes.insert().values(**row))
        return _stub(row, session.start.tzinfo, created=True)
    if found["state"] == "draft":
        change = _header(session)
        if is_empty(json.loads(found["sections"])):
            change["format"] = session.client.note_format
        connection.execute(notes.update().where(notes.c.id == found["id"]).values(**change))
        return _stub({**found, **change}, session.start.tzinfo)
    return _stub(found, session.start.tzinfo)


def _not_attended(
    connection: sa.Connection, session: Session, found: _Row | None
) -> SkippedSession:
    reason = f"the session is {session.status}"
    if found and found["state"] == "draft" and is_empty(json.loads(found["sections"])):
        connection.execute(notes.delete().where(notes.c.id == found["id"]))
        reason += "; its empty note was removed"
    elif found:
        reason += f"; its note {found['id']} stays"
    return SkippedSession(session_id=session.id, reason=reason)


def _stub(row: _Row, zone: tzinfo | None, *, created: bool = False) -> NoteStub:
    start = moment(row["start"]).astimezone(zone)
    return NoteStub.model_validate({**row, "start": start, "created": created})


def _row_of_session(connection: sa.Connection, session_id: str) -> _Row | None:
    query = sa.select(notes).where(notes.c.session_id == session_id)
    return connection.execute(query).mappings().first()


def _row(connection: sa.Connection, note_id: str) -> _Row:
    query = sa.select(notes).where(notes.c.id == note_id.strip().upper())
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UserError(f"there is no note '{note_id}'", hint="see 'dayhand notes list'")
    return row


def _addenda(connection: sa.Connection, note_id: str) -> Sequence[_Row]:
    query = sa.select(addenda).where(addenda.c.note_id == note_id).order_by(addenda.c.n)
    return connection.execute(query).mappings().all()


def listed(
    connection: sa.Connection, zone: tzinfo | None, *, client_id: str = "", state: str = ""
) -> list[NoteStub]:
    """The notes by header, newest session first."""
    query = sa.select(notes).order_by(notes.c.start.desc(), notes.c.id.desc())
    if client_id:
        query = query.where(notes.c.client_id == client_id)
    if state:
        query = query.where(notes.c.state == state)
    return [_stub(row, zone) for row in connection.execute(query).mappings()]


def signed(
    connection: sa.Connection,
    client_id: str,
    zone: tzinfo | None,
    *,
    start: date | None = None,
    end: date | None = None,
) -> list[Note]:
    """The signed notes of a client between two days, both included, earliest first."""
    found = [
        find(connection, one.id, zone)
        for one in listed(connection, zone, client_id=client_id, state="signed")
    ]
    first, last = start or date.min, end or date.max
    within = [one for one in found if first <= one.start.date() <= last]
    return sorted(within, key=lambda one: (one.start, one.id))


def of_sessions(
    connection: sa.Connection, session_ids: Sequence[str], zone: tzinfo | None
) -> list[Note]:
    """The notes of sessions, drafts among them, earliest first."""
    query = sa.select(notes.c.id).where(notes.c.session_id.in_(session_ids))
    ids = connection.execute(query.order_by(notes.c.start, notes.c.id)).scalars().all()
    return [find(connection, one, zone) for one in ids]


def find(connection: sa.Connection, note_id: str, zone: tzinfo | None) -> Note:
    """A note with its addenda.

    Raises:
        UserError: there is none of that id.
    """
    row = _row(connection, note_id)
    added = [
        Addendum.model_validate({**each, **_moments(each, zone, "written_at", "signed_at")})
        for each in _addenda(connection, row["id"])
    ]
    changes = {"sections": json.loads(row["sections"]), "addenda": added}
    times = _moments(row, zone, "start", "stop", "signed_at")
    return Note.model_validate({**row, **changes, **times})


def _moments(row: _Row, zone: tzinfo | None, *names: str) -> dict[str, Any]:
    return {name: row[name] and moment(row[name]).astimezone(zone) for name in names}


def write(connection: sa.Connection, note_id: str, sections: Mapping[str, str]) -> None:
    """Write sections of a draft; those not given stay as they are.

    Raises:
        UserError: the note is signed, or has no such section.
    """
    row = _row(connection, note_id)
    if row["state"] == "signed":
        refuse_change(row["id"])
    known = sections_of(row["format"])
    for section in sections:
        if section not in known:
            hint = f"its sections are: {', '.join(known)}"
            raise UserError(f"a {row['format']} note has no section '{section}'", hint=hint)
    given = {name: text.strip() for name, text in sections.items()}
    merged = json.loads(row["sections"]) | given
    kept = {name: merged[name] for name in known if merged.get(name)}
    text = json.dumps(kept, ensure_ascii=False)
    connection.execute(notes.update().where(notes.c.id == row["id"]).values(sections=text))


def refuse_change(note_id: str) -> NoReturn:
    """Say that a signed note cannot be changed."""
    hint = f"add to it with 'dayhand notes addendum {note_id}'"
    raise UserError(f"note {note_id} is signed and cannot be changed", hint=hint)


def sign(
    connection: sa.Connection, note_id: str, *, by: str, at: datetime, late_after: timedelta
) -> SignedNote:
    """Sign and lock a draft; signing again what is signed gives the same.

    Raises:
        UserError: there is no such note, or nothing is written in it.
    """
    row = dict(_row(connection, note_id))
    if row["state"] == "draft":
        if is_empty(json.loads(row["sections"])):
            hint = f"write it with 'dayhand notes write {row['id']}'"
            raise UserError(f"note {row['id']} is empty and cannot be signed", hint=hint)
        row |= {
            "state": "signed",
            "signed_at": stored(at),
            "signed_by": by,
            "late_entry": at - moment(row["stop"]) > late_after,
        }
        row["sha256"] = seal.seal_of_note(row)
        connection.execute(notes.update().where(notes.c.id == row["id"]).values(**row))
    times = _moments(row, at.tzinfo, "signed_at")
    return SignedNote.model_validate({**row, **times})


def add_addendum(
    connection: sa.Connection, note_id: str, text: str, *, at: datetime, replace: bool = False
) -> int:
    """Add a draft addendum to a signed note, or replace the draft there is; returns its number.

    Raises:
        UserError: the note is a draft, the text is empty, or the addendum before is a draft.
    """
    row = _row(connection, note_id)
    if row["state"] == "draft":
        hint = f"change it with 'dayhand notes write {row['id']}'"
        raise UserError(f"note {row['id']} is a draft and needs no addendum", hint=hint)
    if not text.strip():
        raise UserError(
            "an addendum needs text", hint="say it with --text, or through a pipe with --stdin"
        )
    added = _addenda(connection, row["id"])
    values = {"text": text.strip(), "written_at": stored(at)}
    if added and added[-1]["state"] == "draft":
        n = int(added[-1]["n"])
        if not replace:
            hint = f"sign it with 'dayhand notes sign {row['id']}', or replace it with --replace"
            raise UserError(f"addendum {n} of note {row['id']} is not signed yet", hint=hint)
        connection.execute(addenda.update().where(_is(row["id"], n)).values(**values))
        return n
    n = len(added) + 1
    blank = {"state": "draft", "signed_by": "", "sha256": ""}
    connection.execute(addenda.insert().values(note_id=row["id"], n=n, **values, **blank))
    return n


def _is(note_id: str, n: int) -> sa.ColumnElement[bool]:
    return (addenda.c.note_id == note_id) & (addenda.c.n == n)


def sign_addendum(connection: sa.Connection, note_id: str, *, by: str, at: datetime) -> int:
    """Sign the draft addendum of a note; returns its number.

    Raises:
        UserError: there is none to sign.
    """
    row = _row(connection, note_id)
    added = [dict(each) for each in _addenda(connection, row["id"])]
    if not added or added[-1]["state"] != "draft":
        raise UserError(
            f"note {row['id']} is signed, and has no addendum to sign",
            hint="write one first: dayhand notes addendum",
        )
    last = added[-1]
    before = added[-2]["sha256"] if len(added) > 1 else row["sha256"]
    last |= {"state": "signed", "signed_at": stored(at), "signed_by": by}
    last["sha256"] = seal.seal_of_addendum(last, before)
    connection.execute(addenda.update().where(_is(row["id"], last["n"])).values(**last))
    return int(last["n"])


def verify(connection: sa.Connection, note_id: str = "") -> tuple[int, dict[str, list[str]]]:
    """How many signed notes were looked at, and what is wrong with which."""
    if note_id:
        rows = [_row(connection, note_id)]
    else:
        rows = list(connection.execute(sa.select(notes).order_by(notes.c.id)).mappings())
    found = {row["id"]: seal.faults(row, _addenda(connection, row["id"])) for row in rows}
    signed = sum(row["state"] == "signed" for row in rows)
    return signed, {note: wrong for note, wrong in found.items() if wrong}


def unsigned(
    connection: sa.Connection, *, now: datetime, older_than: timedelta, late_after: timedelta
) -> UnsignedNotes:
    """Drafts whose session ended at least that long ago, and draft addenda, oldest first."""
    ages: list[tuple[timedelta, UnsignedNote]] = []
    drafts = connection.execute(sa.select(notes).where(notes.c.state == "draft")).mappings()
    for row in drafts:
        age, empty = now - moment(row["stop"]), is_empty(json.loads(row["sections"]))
        ages.append((age, _unsigned(row, age, now.tzinfo, late_after, empty=empty)))
    query = (
        sa.select(notes, addenda.c.n, addenda.c.written_at)
        .join(addenda, addenda.c.note_id == notes.c.id)
        .where(addenda.c.state == "draft")
    )
    for row in connection.execute(query).mappings():
        age = now - moment(row["written_at"])
        ages.append((age, _unsigned(row, age, now.tzinfo, late_after, addendum=row["n"])))
    ages = [(age, item) for age, item in ages if age >= older_than]
    ages.sort(key=lambda pair: (-pair[0], pair[1].note_id))
    return UnsignedNotes(
        items=[item for _, item in ages],
        over_24h=sum(age > timedelta(hours=24) for age, _ in ages),
        over_72h=sum(age > timedelta(hours=72) for age, _ in ages),
    )


def _unsigned(
    row: _Row,
    age: timedelta,
    zone: tzinfo | None,
    late_after: timedelta,
    **more: Any,
) -> UnsignedNote:
    return UnsignedNote(
        note_id=row["id"],
        client_id=row["client_id"],
        initials=row["initials"],
        session_date=moment(row["start"]).astimezone(zone).date(),
        age_hours=max(int(age.total_seconds() // 3600), 0),
        late=age > late_after,
        **more,
    )


def last_plans(
    connection: sa.Connection, client_ids: Sequence[str], *, before: datetime
) -> list[LastPlan]:
    """For each client the last note with anything written, of a session before that moment."""
    query = (
        sa.select(notes)
        .where(notes.c.client_id.in_(client_ids), notes.c.start < stored(before))
        .order_by(notes.c.start.desc())
    )
    plans: dict[str, LastPlan] = {}
    for row in connection.execute(query).mappings():
        sections = json.loads(row["sections"])
        if row["client_id"] not in plans and not is_empty(sections):
            signed = [a for a in _addenda(connection, row["id"]) if a["state"] == "signed"]
            plans[row["client_id"]] = _plan(row, sections, len(signed), before.tzinfo)
    return [plans[client] for client in dict.fromkeys(client_ids) if client in plans]


def _plan(row: _Row, sections: Mapping[str, str], added: int, zone: tzinfo | None) -> LastPlan:
    goals = sections.get("goals") or sections.get("goal", "")
    return LastPlan(
        client_id=row["client_id"],
        note_id=row["id"],
        date=moment(row["start"]).astimezone(zone).date(),
        plan=sections.get(PLAN[row["format"]], ""),
        goals=[goal.strip(" -*•") for goal in goals.splitlines() if goal.strip()],
        homework=sections.get("homework", ""),
        risk=sections.get("risk", ""),
        measures=sections.get("measures", ""),
        addenda=added,
        unsigned=row["state"] == "draft",
    )
