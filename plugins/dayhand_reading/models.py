"""What the steps take and give: citations, items of the queue, notes, credits."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "ITEM_COLUMNS",
    "Citation",
    "CreditRow",
    "Credits",
    "FeedEntries",
    "Fetched",
    "Item",
    "Note",
    "NoteFile",
    "Page",
    "Pick",
    "Recorded",
    "TakenNotes",
]

Status = Literal["queued", "reading", "done", "dropped"]


def _line(text: str) -> str:
    return " ".join("".join(max(c, " ") for c in text).split())


def _tags(value: object) -> object:
    if isinstance(value, str):
        value = value.split(";")
    if isinstance(value, list):
        return ["_".join(str(one).strip().lower().split()) for one in value if str(one).strip()]
    return value


def _people(value: object) -> object:
    return (
        [one.strip() for one in value.split(";") if one.strip()]
        if isinstance(value, str)
        else value
    )


Line = Annotated[str, AfterValidator(_line)]
Tags = Annotated[list[str], BeforeValidator(_tags)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Citation(_Data):
    """A publication. With a DOI or a PMID alone, the rest can be fetched."""

    title: Annotated[Line, Field(max_length=500)] = ""
    authors: Annotated[list[Line], BeforeValidator(_people)] = Field(default_factory=list)
    """`Family, Given`."""
    year: int | None = Field(default=None, ge=1500, le=2200)
    container: Annotated[Line, Field(max_length=300)] = ""
    """The journal, book or publisher."""
    volume: Annotated[Line, Field(max_length=40)] = ""
    pages: Annotated[Line, Field(max_length=40)] = ""
    kind: Annotated[Line, Field(max_length=40)] = "article"
    doi: Annotated[Line, Field(max_length=200)] = ""
    pmid: Annotated[Line, Field(max_length=12)] = ""
    url: Annotated[Line, Field(max_length=500)] = ""
    topics: Tags = Field(default_factory=list)
    abstract: Annotated[Line, Field(max_length=20_000)] = ""
    source: Annotated[Line, Field(max_length=80)] = ""

    @property
    def text(self) -> str:
        """The citation as one line."""
        who = "; ".join(self.authors[:6]) + ("; et al." if len(self.authors) > 6 else "")
        place = ", ".join(part for part in (self.container, self.volume, self.pages) if part)
        parts = [f"{who} ({self.year or 'no date'})".strip(), self.title, place]
        parts.append(f"https://doi.org/{self.doi}" if self.doi else self.url)
        return ". ".join(part.rstrip(".") for part in parts if part)


class Item(Citation):
    """A publication in the queue, or read."""

    id: str = ""
    status: Status = "queued"
    added_on: date | None = None
    picked_on: date | None = None
    finished_on: date | None = None
    minutes: int = Field(default=0, ge=0, le=100_000)
    reflection: str = Field(default="", max_length=20_000)
    credited_on: date | None = None


ITEM_COLUMNS = tuple(name for name in Item.model_fields if name != "id")
"""Those of a CSV file of items."""


class Recorded(_Data):
    """What was kept."""

    ids: list[str] = Field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[str] = Field(default_factory=list)
    """Those without a title, by their DOI or PMID."""


class Fetched(_Data):
    """Citations with what could be found of them, and what could not."""

    items: list[Citation]
    fetched: int = 0
    from_copies: int = 0
    problems: list[str] = Field(default_factory=list)


class FeedEntries(_Data):
    """What feeds tell, newest first, and which could not be read now."""

    items: list[Citation]
    problems: list[str] = Field(default_factory=list)


class Pick(_Data):
    """An item to read next, and why."""

    item: Item
    why: str
    score: float


class NoteFile(_Data):
    """A note; `new` is False if it was there and is left as it is."""

    item: str
    path: str
    new: bool


class TakenNotes(_Data):
    """What was taken from note files."""

    finished: list[str] = Field(default_factory=list)
    changed: int = 0
    problems: list[str] = Field(default_factory=list)


class Note(_Data):
    """A reading note as it can be digested."""

    id: str
    title: str
    citation: str
    topics: list[str]
    finished_on: date | None
    summary: str = ""
    method: str = ""
    use: str = ""
    quotes: list[str] = Field(default_factory=list)


class CreditRow(_Data):
    """What was read, as a log of credits takes it."""

    item: str
    completed_on: date
    title: str
    provider: str
    minutes: int
    subjects: list[str]
    format: str = "self_study"
    category: str = ""
    certificate: str = ""
    reflection: str = ""


class Credits(_Data):
    """Rows of credit, and what is missing for the others."""

    rows: list[CreditRow]
    missing: list[str] = Field(default_factory=list)


class Page(_Data):
    """A page as written."""

    path: str
    count: int = 0
