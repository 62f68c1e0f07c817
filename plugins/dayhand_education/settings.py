"""The `education` section of `practice.yaml`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Cycle", "EducationSettings", "LicenceSettings"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Cycle(_Section):
    """A cycle as the board told you, where it is not the one the rules would give."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Cycle:
        if self.end <= self.start:
            raise ValueError("the cycle ends before it starts")
        return self


class LicenceSettings(_Section):
    """What the rules need to know of one licence beyond `practice.yaml`'s list of licences."""

    rule_set: str = ""
    supervisor: bool = False
    provides_telehealth: bool = False
    abpp: bool = False
    first_renewal: bool | None = None
    """Whether this cycle ends in the first renewal; told from the issue date if left out."""
    cycle: Cycle | None = None
    carried_in: Decimal | None = Field(default=None, ge=0)
    """Hours the board has carried over, where the log of the last cycle is not kept here."""
    turn: dict[str, str] = Field(default_factory=dict)
    """For subjects that take turns: which one this cycle asks, as in {ethics: teletherapy}."""
    approvals: dict[str, list[str]] = Field(default_factory=dict)
    """Which approvers stand for a listing: {provider_listed: [NBCC, ASWB]}."""

    @property
    def flags(self) -> set[str]:
        names = ("supervisor", "provides_telehealth", "abpp")
        return {name for name in names if getattr(self, name)}


class EducationSettings(_Section):
    """Licences by key, such as `NY-LCSW`, and how reports are printed."""

    licences: dict[str, LicenceSettings] = Field(default_factory=dict)
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True
