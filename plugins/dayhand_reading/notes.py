"""Reading notes: a form for each item, written once; what stands in it afterwards is read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from dayhand import Practice, StepContext
from dayhand_reading.models import Item, Note, NoteFile

__all__ = ["Written", "note_of", "path_of", "read_back", "write_form"]

_SECTIONS = {
    "summary": "What it says",
    "method": "How they know",
    "use": "For my practice",
    "quotes": "Quotes",
    "reflection": "Reflection",
}


class Written:
    """What stands in a note file: the head's fields, and the text under each heading."""

    def __init__(self, text: str) -> None:
        head, _, body = text.replace("\r\n", "\n").removeprefix("---\n").partition("\n---\n")
        self.fields = dict(_head(head))
        parts = re.split(r"^## +(.+?) *$", body, flags=re.MULTILINE)
        self.sections = {
            name.strip().casefold(): text.strip()
            for name, text in zip(parts[1::2], parts[2::2], strict=True)
        }

    def section(self, name: str) -> str:
        """The text under a heading; nothing if there is no such heading."""
        return self.sections.get(_SECTIONS[name].casefold(), "")

    @property
    def finished_on(self) -> date | None:
        """The day it was read.

        Raises:
            ValueError: it is no date.
        """
        said = self.fields.get("finished_on", "")
        return date.fromisoformat(said) if said else None

    @property
    def minutes(self) -> int:
        """How long it took.

        Raises:
            ValueError: it is no number of minutes.
        """
        said = self.fields.get("minutes", "") or "0"
        if not said.isdigit():
            raise ValueError(f"minutes: '{said}' is no number")
        return int(said)

    @property
    def topics(self) -> list[str]:
        return [one.strip() for one in self.fields.get("topics", "").split(",") if one.strip()]


def _head(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def path_of(item: Item) -> str:
    """Where an item's note is, below `out/`; the same as long as its id is."""
    return f"reading/notes/{item.id}.md"


def write_form(context: StepContext, item: Item) -> NoteFile:
    """Write the form of a note, unless the note is there: what you wrote is never written over."""
    path = path_of(item)
    if context.files.resolve(f"out/{path}").exists():
        return NoteFile(item=item.id, path=f"out/{path}", new=False)
    form = context.files.template("reading_note.md")
    values = {"item": item.model_dump(), "citation": item.text, "topics": ", ".join(item.topics)}
    written = context.files.write(path, context.render(form, values))
    return NoteFile(item=item.id, path=written.path, new=True)


def read_back(practice: Practice, item: Item) -> Written | None:
    """What stands in an item's note; None if there is none."""
    path = f"out/{path_of(item)}"
    if not practice.files.resolve(path).is_file():
        return None
    return Written(practice.files.read(path).decode("utf-8-sig", "replace"))


def note_of(practice: Practice, item: Item) -> Note:
    """An item's note as it can be digested."""
    written = read_back(practice, item) or Written("")
    quotes = [
        line.lstrip("->* ").strip('“”" ')
        for line in written.section("quotes").splitlines()
        if line.strip()
    ]
    return Note(
        id=item.id,
        title=item.title,
        citation=item.text,
        topics=item.topics,
        finished_on=item.finished_on,
        summary=" ".join(written.section("summary").split()),
        method=" ".join(written.section("method").split()),
        use=" ".join(written.section("use").split()),
        quotes=quotes,
    )
