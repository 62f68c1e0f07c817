"""Private entries: check-ins, and psychotherapy notes with a look at what does not belong there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal

import sqlalchemy as sa

from dayhand import UserError
from dayhand_journal.models import (
    Checkin,
    PsychotherapyNote,
    PsychotherapyWritten,
    ScaleTrend,
    Warned,
)
from dayhand_journal.tables import checkins, moment, next_id, psychotherapy, stored

__all__ = ["check_in", "lint", "psychotherapy_note", "psychotherapy_notes", "write_psychotherapy"]

_LABELS = (
    "diagnos[ei]s|dx|medications?|meds|prescriptions?|start(?: time)?|stop(?: time)?|end(?: time)?"
    "|session (?:start|end|times?)|duration|modality|frequency|test results?|results?"
    "|functional status|treatment plan|plan|symptoms?|prognosis|progress"
)
_LABELLED = re.compile(rf"^[\s#>*_-]*({_LABELS})[*_ ]*[:=]", re.IGNORECASE)
_SCALE = range(11)
_BEFORE = 4


def lint(text: str) -> list[Warned]:
    """Lines labelled as what 45 CFR 164.501 leaves out of psychotherapy notes."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        labelled = _LABELLED.match(line)
        if labelled:
            field = " ".join(labelled[1].lower().split())
            found.append(Warned(line=number, field=field, message="belongs in the progress note"))
    return found


def write_psychotherapy(
    connection: sa.Connection, *, client_id: str, initials: str, text: str, at: datetime, key: str
) -> PsychotherapyWritten:
    """Keep a psychotherapy note; the same key again changes it in place.

    Raises:
        UserError: there is no text.
    """
    if not text.strip():
        raise UserError("a psychotherapy note needs text")
    values = {"text": text.strip(), "written_at": stored(at)}
    same = psychotherapy.c.key == key
    found = connection.execute(sa.select(psychotherapy.c.id).where(same)).scalar()
    if found:
        connection.execute(psychotherapy.update().where(same).values(**values))
    else:
        found = next_id(connection, psychotherapy, "P")
        identity = {"id": found, "key": key, "client_id": client_id, "initials": initials}
        connection.execute(psychotherapy.insert().values(**identity, **values))
    return PsychotherapyWritten(id=found, client_id=client_id, warnings=lint(text))


def psychotherapy_notes(
    connection: sa.Connection, zone: tzinfo | None, *, client_id: str = ""
) -> list[PsychotherapyNote]:
    """The psychotherapy notes, newest first."""
    query = sa.select(psychotherapy).order_by(psychotherapy.c.written_at.desc())
    if client_id:
        query = query.where(psychotherapy.c.client_id == client_id)
    return [
        PsychotherapyNote.model_validate(
            {**row, "written_at": moment(row["written_at"]).astimezone(zone)}
        )
        for row in connection.execute(query).mappings()
    ]


def psychotherapy_note(
    connection: sa.Connection, note_id: str, zone: tzinfo | None
) -> PsychotherapyNote:
    """A psychotherapy note.

    Raises:
        UserError: there is none of that id.
    """
    kept = psychotherapy_notes(connection, zone)
    found = next((note for note in kept if note.id == note_id.strip().upper()), None)
    if found is None:
        hint = "see 'dayhand psychotherapy-notes list'"
        raise UserError(f"there is no psychotherapy note '{note_id}'", hint=hint)
    return found


def check_in(
    connection: sa.Connection, *, on: date, scales: Mapping[str, int], text: str, key: str
) -> Checkin:
    """Keep a check-in; the same key again changes it in place.

    Raises:
        UserError: a scale is not from 0 to 10, or there is nothing to keep.
    """
    for scale, value in scales.items():
        if value not in _SCALE:
            raise UserError(f"the scale '{scale}' goes from 0 to 10")
    if not scales and not text.strip():
        raise UserError("a check-in needs a scale or a text")
    values = {"on": on, "scales": json.dumps(dict(scales)), "text": text.strip()}
    same = checkins.c.key == key
    found = connection.execute(sa.select(checkins.c.id).where(same)).scalar()
    if found:
        connection.execute(checkins.update().where(same).values(values))
    else:
        found = next_id(connection, checkins, "K")
        connection.execute(checkins.insert().values({"id": found, "key": key, **values}))
    return Checkin(id=found, on=on, trend=_trend(connection, found, on, scales))


def _trend(
    connection: sa.Connection, entry: str, on: date, scales: Mapping[str, int]
) -> list[ScaleTrend]:
    query = (
        sa.select(checkins.c.scales)
        .where(checkins.c.id != entry, checkins.c.on <= on)
        .order_by(checkins.c.on.desc(), checkins.c.id.desc())
    )
    before = [json.loads(text) for text in connection.execute(query).scalars()]
    return [
        ScaleTrend(
            scale=scale, value=value, mean_before=_mean([b[scale] for b in before if scale in b])
        )
        for scale, value in scales.items()
    ]


def _mean(values: Sequence[int]) -> Decimal | None:
    last = values[:_BEFORE]
    return (Decimal(sum(last)) / len(last)).quantize(Decimal("0.1")) if last else None
