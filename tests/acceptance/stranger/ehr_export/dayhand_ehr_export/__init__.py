"""Sessions from the CSV export of an EHR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from dayhand import (
    Effect,
    Settings,
    Shipped,
    Step,
    StepContext,
    StepError,
    hookimpl,
    read_csv,
    step,
)

COLUMNS = ["appointment", "chart_no", "from", "to", "state"]
ATTENDANCE = {"Kept": "attended", "No show": "no_show", "Late cancel": "late_cancelled"}


class ExportSettings(BaseModel):
    """The section `ehr_export` of practice.yaml."""

    charts: Mapping[str, str] = Field(
        default_factory=dict, description="Your client's id by the chart number in the EHR."
    )


class Event(BaseModel):
    """When an appointment was; the key stays the same however it is moved."""

    key: str
    start: datetime
    end: datetime


class Match(BaseModel):
    """An appointment, whose it was, and what became of it."""

    event: Event
    client_id: str
    attendance: str


class Skipped(BaseModel):
    """A line nothing could be made of."""

    line: int
    reason: str


class Sessions(BaseModel):
    """The sessions of an export."""

    matches: list[Match]
    skipped: list[Skipped]


@step("ehr_export.sessions", effect=Effect.READ, summary="Bring the sessions of an EHR's export")
def sessions(context: StepContext, *, path: str) -> Sessions:
    """Bring the sessions of a CSV export.

    Args:
        path: the file, relative to the practice folder.
    """
    try:
        rows = read_csv(context.files.read(path))
    except ValueError as error:
        raise StepError(f"'{path}' is no CSV file: {error}") from None
    if not rows or rows[0].cells != COLUMNS:
        raise StepError(f"'{path}' is no export", hint=f"its first line is {','.join(COLUMNS)}")
    found = Sessions(matches=[], skipped=[])
    for row in rows[1:]:
        try:
            found.matches.append(_match(context, dict(zip(COLUMNS, row.cells, strict=True))))
        except ValueError as error:
            found.skipped.append(Skipped(line=row.line, reason=str(error)))
    return found


def _match(context: StepContext, told: Mapping[str, str]) -> Match:
    client = context.settings.charts.get(told["chart_no"])
    if client is None:
        raise ValueError("nobody has this chart number")
    if told["state"] not in ATTENDANCE:
        raise ValueError("its state is not known")
    zone = ZoneInfo(context.info.timezone)
    start, end = (datetime.fromisoformat(told[at]).replace(tzinfo=zone) for at in ("from", "to"))
    event = Event(key=f"ehr-{told['appointment']}", start=start, end=end)
    return Match(event=event, client_id=client, attendance=ATTENDANCE[told["state"]])


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    return [sessions]


@hookimpl
def dayhand_settings() -> Settings:
    return Settings("ehr_export", lambda: ExportSettings)


@hookimpl
def dayhand_shipped() -> Shipped:
    return Shipped(examples=Path(__file__).parent / "examples")
