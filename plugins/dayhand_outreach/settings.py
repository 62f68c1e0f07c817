"""The `outreach` section of `practice.yaml`."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["OutreachSettings", "SiteSettings"]

Availability = Literal["", "open", "waitlist", "closed"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class SiteSettings(BaseModel):
    """Your web site: which pages are looked at, and which hosts may be asked."""

    model_config = ConfigDict(extra="forbid")

    hosts: list[str] = Field(default_factory=list)
    """No other host is asked, also not by a redirect: `example.org`, or `name:port`."""
    pages: list[str] = Field(default_factory=list)
    """The addresses of pages, such as `https://example.org/fees`."""
    saved: str = "outreach/site"
    """The folder of saved pages, looked at where no addresses are given."""

    @model_validator(mode="after")
    def _pages_are_on_declared_hosts(self) -> SiteSettings:
        for page in self.pages:
            parts = urlsplit(page)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"'{page}' is no web address")
            if not {parts.hostname, parts.netloc} & set(self.hosts):
                raise ValueError(f"'{parts.netloc}' is not among site.hosts")
        return self


class OutreachSettings(BaseModel):
    """How often you post, where the files lie, and what is true of you."""

    model_config = ConfigDict(extra="forbid")

    dates: list[str] = Field(default_factory=lambda: ["awareness"])
    """Sets of awareness dates, by id."""
    regions: list[str] = Field(default_factory=lambda: ["US", "INT"])
    """Of the dates, those that are kept there; `INT` is everywhere."""
    tags: list[str] = Field(default_factory=list)
    """What you work with, such as `trauma`: dates about it come first."""
    notices: list[str] = Field(default_factory=lambda: ["us-site-notices"])
    """Sets of notices that a site has to have, by id."""
    wording: list[str] = Field(default_factory=lambda: ["post-wording"])
    """Sets of words that do not belong in a post, by id."""
    posts_per_month: int = Field(default=4, ge=1, le=31)
    weekday: Weekday = "tue"
    """The day of the week on which you usually post."""
    topics: str = "outreach/topics.csv"
    """Your topics, a CSV file."""
    profiles: str = "outreach/profiles"
    """The folder of the copies of your profiles, one text or HTML file for each directory."""
    availability: Availability = ""
    """Whether you take new clients; if left out, the copies are compared with each other."""
    other_fees: list[Decimal] = Field(default_factory=list)
    """Amounts that may stand in a profile beside the fees of your services."""
    telehealth: bool = True
    """Whether you see clients by video, and so the site has to say in which states."""
    site: SiteSettings = Field(default_factory=SiteSettings)
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True
