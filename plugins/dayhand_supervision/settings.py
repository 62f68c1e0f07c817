"""The `supervision` section of `practice.yaml`."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dayhand import UserError
from dayhand_supervision.rule_set import Category, Stage

__all__ = ["Marker", "SupervisionSettings", "Supervisor", "Track"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Supervisor(_Section):
    """Who supervises: printed on logs, and asked by rules that want a certain licence."""

    licence: str = ""
    number: str = ""
    email: str = ""


class Marker(_Section):
    """How a calendar event is told to be supervision."""

    categories: list[str] = Field(default_factory=lambda: ["SUPERVISION"])
    pattern: str = ""
    """A regular expression looked for in the title."""
    group_pattern: str = r"(?i)\bgroup\b"
    """Found in the title: it is group supervision."""
    triadic_pattern: str = r"(?i)\btriadic\b"

    @field_validator("pattern", "group_pattern", "triadic_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from error
        return pattern


class Track(_Section):
    """One person's way to one licence: the rules it goes by, and what hours are by default."""

    rule_set: str
    person: str = ""
    """Whose hours they are; the clinician's if left out."""
    stage: Stage = "associate"
    """Where no `degree_on` says it."""
    degree_on: date | None = None
    """Hours up to this day are a trainee's, later ones an associate's."""
    started: date | None = None
    """Hours before this day do not count; the first hour kept if left out."""
    applying_on: date | None = None
    """The day of the application, from which old hours are reckoned; today if left out."""
    setting: str = "Practice"
    supervisor: str = ""
    category: Category = "direct_individual"
    """What a session is, where `services` does not say."""
    services: dict[str, Category] = Field(default_factory=dict)
    """What sessions of a service are: {SVC-FAM: direct_couple_family_child}."""
    artefacts: dict[str, date] = Field(default_factory=dict)
    """Papers that a rule set asks, with their day: {supervisory_contract: 2026-01-10}."""

    def stage_on(self, day: date) -> Stage:
        """What an hour of the day is."""
        if self.degree_on is None:
            return self.stage
        return "trainee" if day <= self.degree_on else "associate"


class SupervisionSettings(_Section):
    """Tracks by a short name, workplaces, supervisors, and how pages are printed."""

    tracks: dict[str, Track] = Field(default_factory=dict)
    workplaces: dict[str, str] = Field(default_factory=dict)
    """The kind of each setting: {County clinic: community_mental_health}."""
    supervisors: dict[str, Supervisor] = Field(default_factory=dict)
    week_starts: Literal["monday", "sunday"] = "monday"
    calendar: Marker = Field(default_factory=Marker)
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True

    @model_validator(mode="after")
    def _track_names(self) -> SupervisionSettings:
        for name in self.tracks:
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
                raise ValueError(
                    f"track '{name[:40]}': a name has small letters, digits and hyphens"
                )
        return self

    def track(self, name: str) -> tuple[str, Track]:
        """A track and its name; the only one there is where none is named.

        Raises:
            UserError: there is none of that name, or more than one to choose from.
        """
        known = ", ".join(self.tracks) or "none"
        if not self.tracks:
            raise UserError(
                "practice.yaml has no track of supervised hours",
                hint="write one under supervision: tracks: as in the manual of the plugin",
            )
        if not name and len(self.tracks) == 1:
            name = next(iter(self.tracks))
        if name not in self.tracks:
            said = f"there is no track '{name}'" if name else "which track is meant?"
            raise UserError(said, hint=f"the tracks are: {known}")
        return name, self.tracks[name]
