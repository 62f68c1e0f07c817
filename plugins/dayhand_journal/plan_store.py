"""Treatment plans in the database: kept, reviewed, and which of them are to be reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from dayhand import UserError
from dayhand_journal.plan_models import PlanDue, PlanRow, TreatmentPlan
from dayhand_journal.settings import PlanReview
from dayhand_journal.tables import goals, next_id, plan_reviews, plans
from dayhand_practice.vocabulary import Client, Session

__all__ = [
    "all_plans",
    "due",
    "end_before",
    "in_force",
    "put",
    "require",
    "review",
    "rows_of",
    "set_goal",
]

_OF_PLAN = {"client_id", "initials", "made_on", "review_by", "ended_on", "problem"}


def all_plans(
    connection: sa.Connection, client_ids: Iterable[str] | None = None
) -> list[TreatmentPlan]:
    """The plans with their goals and reviews, by client, the earliest first."""
    query = sa.select(plans).order_by(plans.c.client_id, plans.c.made_on, plans.c.id)
    if client_ids is not None:
        query = query.where(plans.c.client_id.in_(list(client_ids)))
    rows = connection.execute(query).mappings().all()
    ids = [row["id"] for row in rows]
    own_goals = _grouped(connection, goals, goals.c.n, ids)
    own_reviews = _grouped(connection, plan_reviews, plan_reviews.c.on, ids)
    return [
        TreatmentPlan.model_validate(
            {
                **row,
                "diagnoses": row["diagnoses"].split(),
                "goals": own_goals.get(row["id"], []),
                "reviews": [one["on"] for one in own_reviews.get(row["id"], [])],
            }
        )
        for row in rows
    ]


def _grouped(
    connection: sa.Connection, table: sa.Table, order: Any, ids: Sequence[str]
) -> dict[str, list[Mapping[str, Any]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    query = sa.select(table).where(table.c.plan_id.in_(ids)).order_by(table.c.plan_id, order)
    for row in connection.execute(query).mappings():
        grouped.setdefault(row["plan_id"], []).append(dict(row))
    return grouped


def in_force(found: Iterable[TreatmentPlan], client_id: str, day: date) -> TreatmentPlan | None:
    """The plan of a client on a day: of several the latest."""
    held = [plan for plan in found if plan.client_id == client_id and plan.holds_on(day)]
    return max(held, key=lambda plan: (plan.made_on, plan.id), default=None)


def require(connection: sa.Connection, wanted: str) -> TreatmentPlan:
    """A plan by its id, or the latest of a client's by the client's id.

    Raises:
        UserError: there is none.
    """
    key = wanted.strip().upper()
    found = [plan for plan in all_plans(connection) if key in (plan.id, plan.client_id)]
    if not found:
        raise UserError(f"there is no treatment plan '{wanted}'", hint="see 'dayhand plans list'")
    return max(found, key=lambda plan: (plan.made_on, plan.id))


def put(connection: sa.Connection, rows: Sequence[PlanRow]) -> tuple[int, int]:
    """Keep the plans and goals of rows; how many plans and goals are new. Again changes nothing."""
    new_plans = new_goals = 0
    known = {(plan.client_id, plan.made_on): plan for plan in all_plans(connection)}
    ids: dict[tuple[str, date], str] = {key: plan.id for key, plan in known.items()}
    for row in rows:
        key = (row.client_id, row.made_on)
        of_plan = row.model_dump(include=_OF_PLAN)
        of_plan["diagnoses"] = "\n".join(row.diagnoses.replace(";", " ").upper().split())
        if key not in ids:
            ids[key] = next_id(connection, plans, "T")
            connection.execute(plans.insert().values(id=ids[key], **of_plan))
            new_plans += 1
        else:
            connection.execute(plans.update().where(plans.c.id == ids[key]).values(**of_plan))
        new_goals += _put_goal(connection, ids[key], row)
    return new_plans, new_goals


def _put_goal(connection: sa.Connection, plan_id: str, row: PlanRow) -> bool:
    values = row.model_dump(include={"goal", "objective", "intervention", "state", "changed_on"})
    here = (goals.c.plan_id == plan_id) & (goals.c.n == row.n)
    if connection.execute(goals.update().where(here).values(**values)).rowcount:
        return False
    connection.execute(goals.insert().values(plan_id=plan_id, n=row.n, **values))
    return True


def rows_of(found: Iterable[TreatmentPlan]) -> list[PlanRow]:
    """Plans as the rows of a file, one for each goal."""
    return [
        PlanRow(
            **plan.model_dump(include=_OF_PLAN),
            diagnoses="; ".join(plan.diagnoses),
            **goal.model_dump(),
        )
        for plan in found
        for goal in plan.goals
    ]


def set_goal(connection: sa.Connection, plan_id: str, n: int, state: str, on: date) -> None:
    """Say what became of a goal.

    Raises:
        UserError: the plan has no such goal.
    """
    here = (goals.c.plan_id == plan_id) & (goals.c.n == n)
    changed = None if state == "active" else on
    done = connection.execute(goals.update().where(here).values(state=state, changed_on=changed))
    if not done.rowcount:
        raise UserError(f"{plan_id} has no goal {n}", hint=f"see 'dayhand plans show {plan_id}'")


def review(connection: sa.Connection, plan_id: str, on: date, text: str) -> None:
    """Note that a plan was reviewed; the same day again changes the text."""
    here = (plan_reviews.c.plan_id == plan_id) & (plan_reviews.c.on == on)
    if not connection.execute(plan_reviews.update().where(here).values(text=text)).rowcount:
        connection.execute(plan_reviews.insert().values(plan_id=plan_id, on=on, text=text))
    # A day that was set for this review is past.
    plan = plans.c.id == plan_id
    connection.execute(plans.update().where(plan, plans.c.review_by <= on).values(review_by=None))


def end_before(connection: sa.Connection, client_id: str, on: date) -> None:
    """End what plans a client had on the day before another begins."""
    held = (plans.c.client_id == client_id) & plans.c.ended_on.is_(None) & (plans.c.made_on < on)
    connection.execute(plans.update().where(held).values(ended_on=on - timedelta(days=1)))


def due(
    found: Sequence[TreatmentPlan],
    clients: Iterable[Client],
    sessions: Sequence[Session],
    settings: PlanReview,
    today: date,
    within: timedelta,
) -> list[PlanDue]:
    """The plans that are missing or to be reviewed, the most pressing first."""
    listed = []
    for client in clients:
        held = [
            one.start.date()
            for one in sessions
            if one.client.id == client.id and one.status == "attended"
        ]
        plan = in_force(found, client.id, today)
        one = _of_plan(client, plan, held, settings, today) if plan else _missing(client, held)
        if one is not None and (one.due_on is None or one.due_on <= today + within):
            listed.append(one)
    order = {"overdue": 0, "missing": 1, "due": 2}
    return sorted(listed, key=lambda one: (order[one.state], one.due_on or date.max, one.client_id))


def _missing(client: Client, held: Sequence[date]) -> PlanDue | None:
    if not held:
        return None
    return PlanDue(
        client_id=client.id,
        initials=client.initials,
        state="missing",
        sessions=len(held),
        why="no treatment plan is kept here",
    )


def _of_plan(
    client: Client,
    plan: TreatmentPlan,
    held: Sequence[date],
    settings: PlanReview,
    today: date,
) -> PlanDue:
    last = plan.looked_at(today)
    since = sum(day > last for day in held)
    by_time = last + settings.every
    due_on = min(by_time, plan.review_by or by_time)
    why = "the day set for it" if due_on != by_time else f"{settings.every.days} days"
    if settings.sessions and since >= settings.sessions and due_on > today:
        due_on, why = today, f"{since} sessions, {settings.sessions} are the most"
    return PlanDue(
        client_id=client.id,
        initials=client.initials,
        plan=plan,
        state="overdue" if due_on < today else "due",
        due_on=due_on,
        sessions=since,
        why=why,
    )
