"""A note as text: for the screen, and for an editor or a pipe, with a heading a section."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dayhand import UserError
from dayhand_journal.formats import sections_of, title_of
from dayhand_journal.models import Addendum, Note
from dayhand_journal.settings import JournalSettings

__all__ = ["as_text", "read_sections", "to_edit"]

_HEADING = re.compile(r"^##\s+(.+?)\s*$")
_PROMPT = re.compile(r"<!--.*?-->", re.DOTALL)


def as_text(note: Note) -> str:
    """The whole note with its addenda."""
    state = _signed(note) + (", late entry" if note.late_entry else "")
    lines = [
        f"{note.id}  {note.format}  {note.initials} {note.client_id}  session {note.session_id}",
        f"{note.start:%Y-%m-%d %H:%M}–{note.stop:%H:%M}, {note.minutes} min",
        f"place of service {note.place_of_service}, {note.modality.replace('_', ' ')}",
        f"service {note.service or 'none'}",
        state,
    ]
    for name, text in note.sections.items():
        lines += ["", f"## {title_of(name)}", "", text]
    for added in note.addenda:
        lines += ["", f"## Addendum {added.n}", ""]
        lines += [_signed(added), "", added.text]
    if note.sha256:
        lines += ["", f"seal {note.sha256}"]
    return "\n".join(lines)


def _signed(written: Note | Addendum) -> str:
    if written.signed_at is None:
        return "draft"
    return f"signed {written.signed_at:%Y-%m-%d %H:%M} by {written.signed_by}"


def to_edit(note: Note, settings: JournalSettings) -> str:
    """The sections of a draft under their headings, each with its prompt."""
    lines = [f"# {note.id} · {note.format} · {note.initials} · {note.start:%Y-%m-%d %H:%M}"]
    for name in sections_of(note.format):
        prompt = settings.prompt(note.format, name)
        lines += ["", f"## {title_of(name)}", f"<!-- {prompt} -->", note.sections.get(name, "")]
    return "\n".join([*lines, ""])


def read_sections(text: str, note: Note) -> dict[str, str]:
    """The sections in a text as `to_edit` makes it.

    Raises:
        UserError: there is text outside the sections, or none has a heading of the note.
    """
    names = {title_of(name).casefold(): name for name in sections_of(note.format)}
    found: dict[str, list[str]] = {}
    current = ""
    for line in _PROMPT.sub("", text).splitlines():
        heading = _HEADING.match(line)
        if heading and heading[1].casefold() in names:
            current = names[heading[1].casefold()]
            found.setdefault(current, [])
        elif current:
            found[current].append(line)
        elif line.strip() and not line.startswith("# "):
            raise UserError("there is text before the first section", hint=_hint(names))
    if not found:
        raise UserError("no section was found", hint=_hint(names))
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _hint(names: Mapping[str, str]) -> str:
    return f"write each section under a heading, as '## {title_of(next(iter(names.values())))}'"
