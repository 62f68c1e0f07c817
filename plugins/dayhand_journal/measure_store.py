"""Measures and scores in the database: how often, what they gave, which are due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import sqlalchemy as sa

from dayhand import UserError
from dayhand_journal.plan_models import MeasureDue, MeasureRow, Score, ScoreRow, Taken
from dayhand_journal.settings import MeasureSettings
from dayhand_journal.tables import measures, scores

__all__ = ["cadences", "due", "put_cadences", "put_scores", "score_rows", "stop"]

_SHOWN = 12
"""So many of the last scores are shown."""


def cadences(
    connection: sa.Connection, client_ids: Iterable[str] | None = None
) -> list[MeasureRow]:
    """Which client is given what, and how often."""
    query = sa.select(measures).order_by(measures.c.client_id, measures.c.measure)
    if client_ids is not None:
        query = query.where(measures.c.client_id.in_(list(client_ids)))
    return [MeasureRow.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def put_cadences(connection: sa.Connection, rows: Iterable[MeasureRow]) -> int:
    """Keep how often a client is given a measure; how many are new."""
    new = 0
    for row in rows:
        here = (measures.c.client_id == row.client_id) & (measures.c.measure == row.measure)
        values = row.model_dump()
        if not connection.execute(measures.update().where(here).values(**values)).rowcount:
            connection.execute(measures.insert().values(**values))
            new += 1
    return new


def stop(connection: sa.Connection, client_id: str, measure: str, on: date) -> None:
    """Note that a client is no longer given a measure after a day.

    Raises:
        UserError: the client is not given it.
    """
    here = (measures.c.client_id == client_id) & (measures.c.measure == measure)
    if not connection.execute(measures.update().where(here).values(until=on)).rowcount:
        raise UserError(f"{client_id} is not given {measure}", hint="see 'dayhand measures list'")


def score_rows(
    connection: sa.Connection, client_ids: Iterable[str] | None = None
) -> list[ScoreRow]:
    """The scores, by client, measure and day."""
    query = sa.select(scores).order_by(scores.c.client_id, scores.c.measure, scores.c.on)
    if client_ids is not None:
        query = query.where(scores.c.client_id.in_(list(client_ids)))
    return [ScoreRow.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def put_scores(
    connection: sa.Connection,
    rows: Sequence[ScoreRow],
    known: Mapping[str, MeasureSettings],
    today: date,
) -> Taken:
    """Keep scores; the same again changes nothing, another score of a day takes its place.

    Raises:
        UserError: a score is above what its measure can give, or of a day to come.
    """
    for row in rows:
        most = known[row.measure].maximum if row.measure in known else None
        if most is not None and row.score > most:
            raise UserError(
                f"{row.measure} of {row.client_id} on {row.on}: {most} is the highest score",
                hint="correct the row; nothing was kept",
            )
        if row.on > today:
            raise UserError(
                f"{row.measure} of {row.client_id}: {row.on} is still to come",
                hint="give the day on which it was taken",
            )
    there = {(one.client_id, one.measure, one.on): one.score for one in score_rows(connection)}
    done = Taken(rows=len(rows), new=0, changed=0, unchanged=0)
    for row in rows:
        before = there.get((row.client_id, row.measure, row.on))
        here = (
            (scores.c.client_id == row.client_id)
            & (scores.c.measure == row.measure)
            & (scores.c.on == row.on)
        )
        if before is None:
            connection.execute(scores.insert().values(**row.model_dump()))
            done.new += 1
        elif before != row.score:
            connection.execute(scores.update().where(here).values(score=row.score))
            done.changed += 1
        else:
            done.unchanged += 1
        there[row.client_id, row.measure, row.on] = row.score
    return done


def due(
    connection: sa.Connection,
    known: Mapping[str, MeasureSettings],
    today: date,
    *,
    client_ids: Iterable[str] | None,
    within: timedelta,
) -> list[MeasureDue]:
    """The measures that clients are given, by the day they are due; `is_due` up to `within`."""
    by_series: dict[tuple[str, str], list[Score]] = {}
    for row in score_rows(connection, client_ids):
        if row.on <= today:
            series = by_series.setdefault((row.client_id, row.measure), [])
            series.append(Score(on=row.on, score=row.score))
    found = [
        _measure(row, by_series.get((row.client_id, row.measure), []), known, today, within)
        for row in cadences(connection, client_ids)
        if row.since <= today + within and (row.until is None or row.until >= today)
    ]
    return sorted(found, key=lambda one: (one.due_on, one.client_id, one.measure))


def _measure(
    row: MeasureRow,
    series: list[Score],
    known: Mapping[str, MeasureSettings],
    today: date,
    within: timedelta,
) -> MeasureDue:
    settings = known.get(row.measure, MeasureSettings())
    due_on = series[-1].on + timedelta(days=row.every_days) if series else row.since
    change = series[-1].score - series[-2].score if len(series) > 1 else None
    return MeasureDue(
        client_id=row.client_id,
        initials=row.initials,
        measure=row.measure,
        due_on=due_on,
        days_left=(due_on - today).days,
        is_due=due_on <= today + within,
        scores=series[-_SHOWN:],
        maximum=settings.maximum,
        change=change,
        trend=_trend(change, settings),
    )


def _trend(
    change: int | None, settings: MeasureSettings
) -> Literal["better", "worse", "same", "unknown"]:
    if change is None:
        return "unknown"
    if abs(change) < settings.notable:
        return "same"
    return "better" if (change < 0) == (settings.better == "lower") else "worse"
