"""The `writing` section of `practice.yaml`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dayhand import UserError

__all__ = ["DeidentifySettings", "Project", "Slot", "WritingSettings"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Project(_Section):
    """Something you write: which files it is in."""

    title: str = ""
    files: list[str] = Field(default_factory=list)
    """Patterns such as `drafts/grief/*.md`, in the practice folder or in `repository`."""
    repository: Path | None = None
    """A git repository on this machine, whose history tells the words of each day."""
    goal: int = Field(default=0, ge=0)
    """Words a day of writing."""

    @field_validator("files")
    @classmethod
    def _inside(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
                raise ValueError(f"'{pattern}' leads out of the folder")
        return patterns


class Slot(_Section):
    """How a calendar event is told to be time for writing."""

    categories: list[str] = Field(default_factory=lambda: ["WRITING"])
    pattern: str = r"(?i)\bwriting\b"
    """A regular expression looked for in the title."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from error
        return pattern


class DeidentifySettings(_Section):
    """What the check of drafts looks for besides, and what it leaves."""

    also: list[str] = Field(default_factory=list)
    """More names to look for: places, employers, schools, family."""
    allow: list[str] = Field(default_factory=list)
    """Texts that are no finding, such as your own town's name or a web address you cite."""


class WritingSettings(_Section):
    """Projects by a short name, the calendar's time for writing, and the check of drafts."""

    projects: dict[str, Project] = Field(default_factory=dict)
    calendar: Slot = Field(default_factory=Slot)
    deidentify: DeidentifySettings = Field(default_factory=DeidentifySettings)
    reply_after: int = Field(default=120, ge=1, le=1000)
    """Days after which a journal that has not answered is told."""
    warn_before: int = Field(default=30, ge=1, le=365)
    """Days before a deadline from which it is told."""

    @model_validator(mode="after")
    def _project_names(self) -> WritingSettings:
        for name in self.projects:
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
                raise ValueError(
                    f"project '{name[:40]}': a name has small letters, digits and hyphens"
                )
        return self

    def project(self, name: str) -> Project:
        """A project by its name.

        Raises:
            UserError: there is none of that name.
        """
        if name not in self.projects:
            known = ", ".join(self.projects) or "none; write one under writing: projects:"
            raise UserError(f"there is no writing project '{name}'", hint=f"there are: {known}")
        return self.projects[name]
