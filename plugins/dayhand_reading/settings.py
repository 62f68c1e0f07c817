"""The `reading` section of `practice.yaml`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["Feed", "ReadingSettings", "Topic", "authority"]


def authority(url: str) -> str:
    """The host of an address with its port, if it names one.

    Raises:
        ValueError: it is no address that may be asked: https, or http on this machine.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("https", "http") or not host or parts.username is not None:
        raise ValueError(f"'{url}' is no address that begins with https://")
    if parts.scheme == "http" and host not in ("127.0.0.1", "localhost"):
        raise ValueError(f"'{url}' is not encrypted; use its https:// address")
    return f"{host}:{parts.port}" if parts.port else host


def _address(url: str) -> str:
    authority(url)
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Topic(_Section):
    """Something you want to read about."""

    goal: int = Field(default=0, ge=0, le=500)
    """How many in a year."""
    words: list[str] = Field(default_factory=list)
    """Beginnings of words that tell it in a title, such as `bereave`."""


class Feed(_Section):
    """A journal's feed: an address, or a file in the practice folder."""

    url: Url | None = None
    file: str = ""


class ReadingSettings(_Section):
    """Topics, feeds, and where citations are looked up."""

    topics: dict[str, Topic] = Field(default_factory=dict)
    feeds: dict[str, Feed] = Field(default_factory=dict)
    crossref: Url = "https://api.crossref.org"
    pubmed: Url = "https://eutils.ncbi.nlm.nih.gov"
    contact: str = ""
    """An e-mail address that Crossref may write to; it asks for one, and answers without."""

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that may be asked, and no other."""
        urls = [self.crossref, self.pubmed, *(f.url for f in self.feeds.values() if f.url)]
        return frozenset(authority(url) for url in urls)
