"""Private entries, sealed: check-ins, and psychotherapy notes with a look at what does not belong there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from dayhand import Practice, UserError
from dayhand_journal.models import (
    Checkin,
    CheckinScales,
    PsychotherapyHeader,
    PsychotherapyNote,
    PsychotherapyWritten,
    ScaleTrend,
    Warned,
)
from dayhand_journal.tables import checkins, moment, next_id, psychotherapy, stored

__all__ = [
    "check_in",
    "lint",
    "psychotherapy_note",
    "psychotherapy_notes",
    "scales_since",
    "write_psychotherapy",
]

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
    practice: Practice,
    connection: sa.Connection,
    *,
    client_id: str,
    initials: str,
    text: str,
    key: str,
) -> PsychotherapyWritten:
    """Keep a psychotherapy note; the same key again changes it in place.

    Raises:
        UserError: there is no text.
        SecretMissing: the second key is not here.
    """
    if not text.strip():
        raise UserError(
            "a psychotherapy note needs text",
            hint="say it with --text, or through a pipe with --stdin",
        )
    same = psychotherapy.c.key == key
    found = connection.execute(sa.select(psychotherapy.c.id).where(same)).scalar()
    known, found = bool(found), found or next_id(connection, psychotherapy, "P")
    sealed = practice.seal(psychotherapy.c.text, found, text.strip())
    values = {"text": sealed, "written_at": stored(practice.now)}
    if known:
        connection.execute(psychotherapy.update().where(same).values(**values))
    else:
        identity = {"id": found, "key": key, "client_id": client_id, "initials": initials}
        connection.execute(psychotherapy.insert().values(**identity, **values))
    return PsychotherapyWritten(id=found, client_id=client_id, warnings=lint(text))


def psychotherapy_notes(
    connection: sa.Connection, zone: tzinfo | None, *, client_id: str = ""
) -> list[PsychotherapyHeader]:
    """The psychotherapy notes without their texts, newest first."""
    query = sa.select(psychotherapy).order_by(psychotherapy.c.written_at.desc())
    if client_id:
        query = query.where(psychotherapy.c.client_id == client_id)
    return [
        PsychotherapyHeader.model_validate(_with_moment(dict(row), zone))
        for row in connection.execute(query).mappings()
    ]


def psychotherapy_note(
    practice: Practice, connection: sa.Connection, note_id: str
) -> PsychotherapyNote:
    """A psychotherapy note.

    Raises:
        UserError: there is none of that id, or its text was changed.
        SecretMissing: the second key is not here.
    """
    wanted = psychotherapy.c.id == note_id.strip().upper()
    row = connection.execute(sa.select(psychotherapy).where(wanted)).mappings().first()
    if row is None:
        hint = "see 'dayhand psychotherapy-notes list'"
        raise UserError(f"there is no psychotherapy note '{note_id}'", hint=hint)
    text = practice.unseal(psychotherapy.c.text, row["id"], row["text"])
    return PsychotherapyNote.model_validate(
        {**_with_moment(dict(row), practice.now.tzinfo), "text": text}
    )


def _with_moment(row: Mapping[str, Any], zone: tzinfo | None) -> dict[str, Any]:
    return {**row, "written_at": moment(row["written_at"]).astimezone(zone)}


def check_in(
    practice: Practice, connection: sa.Connection, *, scales: Mapping[str, int], text: str, key: str
) -> Checkin:
    """Keep a check-in; the same key again changes it in place.

    Raises:
        UserError: a scale is not from 0 to 10, or there is nothing to keep.
        SecretMissing: the second key is not here.
    """
    for scale, value in scales.items():
        if value not in _SCALE:
            raise UserError(f"the scale '{scale}' goes from 0 to 10", hint="as in --scale energy=6")
    if not scales and not text.strip():
        raise UserError(
            "a check-in needs a scale or a text", hint="as in: dayhand checkin --scale energy=6"
        )
    same = checkins.c.key == key
    found = connection.execute(sa.select(checkins.c.id).where(same)).scalar()
    known, found = bool(found), found or next_id(connection, checkins, "K")
    values = {
        "on": practice.today,
        "scales": practice.seal(checkins.c.scales, found, json.dumps(dict(scales))),
        "text": practice.seal(checkins.c.text, found, text.strip()),
    }
    if known:
        connection.execute(checkins.update().where(same).values(values))
    else:
        connection.execute(checkins.insert().values({"id": found, "key": key, **values}))
    return Checkin(id=found, on=practice.today, trend=_trend(practice, connection, found, scales))


def scales_since(practice: Practice, connection: sa.Connection, since: date) -> list[CheckinScales]:
    """The scales of the check-ins from a day on, the earliest first, without their words.

    Raises:
        SecretMissing: the second key is not here.
    """
    query = (
        sa.select(checkins.c.id, checkins.c.on, checkins.c.scales)
        .where(checkins.c.on >= since)
        .order_by(checkins.c.on, checkins.c.id)
    )
    return [
        CheckinScales(
            on=row.on,
            scales=json.loads(practice.unseal(checkins.c.scales, row.id, row.scales)),
        )
        for row in connection.execute(query)
    ]


def _trend(
    practice: Practice, connection: sa.Connection, entry: str, scales: Mapping[str, int]
) -> list[ScaleTrend]:
    query = (
        sa.select(checkins.c.id, checkins.c.scales)
        .where(checkins.c.id != entry, checkins.c.on <= practice.today)
        .order_by(checkins.c.on.desc(), checkins.c.id.desc())
    )
    rows = connection.execute(query).all() if scales else []
    before = [json.loads(practice.unseal(checkins.c.scales, row.id, row.scales)) for row in rows]
    return [
        ScaleTrend(
            scale=scale, value=value, mean_before=_mean([b[scale] for b in before if scale in b])
        )
        for scale, value in scales.items()
    ]


def _mean(values: Sequence[int]) -> Decimal | None:
    last = values[:_BEFORE]
    return (Decimal(sum(last)) / len(last)).quantize(Decimal("0.1")) if last else None
