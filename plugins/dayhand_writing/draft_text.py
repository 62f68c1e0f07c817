"""A draft as numbered lines of text: plain text, Markdown, TeX, and Word's paragraphs."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator

from dayhand import UserError

__all__ = ["READ", "text_of"]

READ = (".md", ".markdown", ".txt", ".tex", ".rst", ".docx")
_LARGEST = 32 * 1024 * 1024
_LARGEST_TEXT = 4 * 1024 * 1024
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = re.compile(
    r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml|docProps/(?:core|app)\.xml"
)


def text_of(name: str, data: bytes) -> list[tuple[int, str]]:
    """The lines of a draft with their numbers; of a Word file its paragraphs, also those of notes,
    comments and headers, and what its properties say.

    Raises:
        UserError: it cannot be read as text.
    """
    if not name.endswith(".docx") and len(data) > _LARGEST_TEXT:
        raise UserError(f"'{name}' is larger than 4 MiB", hint="split it, as by chapters")
    if name.endswith(".docx"):
        return list(enumerate(_paragraphs(name, data), 1))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"'{name}' is not UTF-8 text", hint="save it with that encoding") from error
    return list(enumerate(text.split("\n"), 1))


def _paragraphs(name: str, data: bytes) -> Iterator[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in sorted(
                archive.namelist(), key=lambda one: (one != "word/document.xml", one)
            ):
                if not _PARTS.fullmatch(part):
                    continue
                if archive.getinfo(part).file_size > _LARGEST:
                    raise UserError(f"'{name}' is too large", hint="split it, or save it as text")
                content = archive.read(part)
                if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                    raise UserError(
                        f"'{name}' has a document type, which no Word file has",
                        hint="save it anew as .docx, or as text",
                    )
                yield from _texts(ET.fromstring(content))  # noqa: S314 - no DTD, no entities, see above
    except (zipfile.BadZipFile, ET.ParseError, RuntimeError) as error:
        raise UserError(
            f"'{name}' is no Word file that can be read", hint="save it anew as .docx, or as text"
        ) from error


def _texts(root: ET.Element) -> Iterator[str]:
    paragraphs = list(root.iter(f"{_WORD}p"))
    if not paragraphs:  # properties: author, title, company
        yield from (one.text.strip() for one in root.iter() if one.text and one.text.strip())
    for paragraph in paragraphs:
        yield "".join(
            (piece.text or "") if piece.tag == f"{_WORD}t" else " "
            for piece in paragraph.iter()
            if piece.tag in (f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br")
        )
