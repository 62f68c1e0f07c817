"""What the steps about treatment plans, measures and scores take and give."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive

__all__ = [
    "GoalState",
    "MeasureDue",
    "MeasureRow",
    "PlanDue",
    "PlanGoal",
    "PlanRow",
    "Rule",
    "Score",
    "ScoreRow",
    "Taken",
    "ThreadFinding",
    "TreatmentPlan",
]

GoalState = Literal["active", "met", "dropped"]
Rule = Literal["no_plan", "old_plan", "no_goal", "other_goal", "no_intervention", "diagnosis"]
_CLIENT = Field(pattern=r"^[A-Z]{1,6}-[0-9]{1,9}$")
_NAME = Field(min_length=1, max_length=40)


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class PlanGoal(_Data):
    """A goal of a plan; notes refer to it by its number."""

    n: int = Field(ge=1, le=99)
    goal: Sensitive[str]
    objective: Sensitive[str] = ""
    """What will be seen when it is reached."""
    intervention: Sensitive[str] = ""
    """What is done for it."""
    state: GoalState = "active"
    changed_on: date | None = None
    """Since when it is met or dropped."""

    def is_active_on(self, day: date) -> bool:
        """True if it was worked on that day."""
        return self.state == "active" or (self.changed_on is not None and day < self.changed_on)


class TreatmentPlan(_Data):
    """A treatment plan with its goals."""

    id: str
    client_id: str
    initials: str
    made_on: date
    review_by: date | None = None
    ended_on: date | None = None
    diagnoses: list[Sensitive[str]] = Field(default_factory=list)
    problem: Sensitive[str] = ""
    goals: list[PlanGoal] = Field(default_factory=list)
    reviews: list[date] = Field(default_factory=list)

    def holds_on(self, day: date) -> bool:
        """True if it was the plan of that day."""
        return self.made_on <= day and (self.ended_on is None or day <= self.ended_on)

    def looked_at(self, day: date) -> date:
        """When it was made or reviewed last, as of a day."""
        return max([self.made_on, *(on for on in self.reviews if on <= day)])


class PlanRow(_Data):
    """A row of a file of plans: a goal, with the plan it is of."""

    client_id: str = _CLIENT
    initials: str = Field(default="", max_length=8)
    made_on: date
    review_by: date | None = None
    ended_on: date | None = None
    diagnoses: str = ""
    problem: str = ""
    n: int = Field(ge=1, le=99)
    goal: str = Field(min_length=1)
    objective: str = ""
    intervention: str = ""
    state: GoalState = "active"
    changed_on: date | None = None


class MeasureRow(_Data):
    """How often a client is given a measure."""

    client_id: str = _CLIENT
    measure: str = _NAME
    initials: str = Field(default="", max_length=8)
    every_days: int = Field(ge=1, le=730)
    since: date
    until: date | None = None


class ScoreRow(_Data):
    """What a measure gave on a day."""

    client_id: str = _CLIENT
    measure: str = _NAME
    on: date
    score: int = Field(ge=0, le=1000)


class Taken(_Data):
    """What a file of scores held."""

    rows: int
    new: int
    changed: int
    unchanged: int


class PlanDue(_Data):
    """A plan that is missing, or to be reviewed."""

    client_id: str
    initials: str
    plan: TreatmentPlan | None = None
    state: Literal["missing", "overdue", "due"]
    due_on: date | None = None
    sessions: int = 0
    """Sessions since it was made or reviewed last."""
    why: str


class ThreadFinding(_Data):
    """A place where the thread from diagnosis to note is broken."""

    client_id: str
    initials: str
    note_id: str
    on: date
    rule: Rule
    message: str


class Score(_Data):
    """A score and its day."""

    on: date
    score: int


class MeasureDue(_Data):
    """A measure of a client, when it is due, and how it went."""

    client_id: str
    initials: str
    measure: str
    due_on: date
    days_left: int
    is_due: bool
    scores: list[Score] = Field(default_factory=list)
    """The last scores, the earliest first."""
    maximum: int | None = None
    change: int | None = None
    """The last score less the one before."""
    trend: Literal["better", "worse", "same", "unknown"] = "unknown"
