"""Pages that a routine wrote, as text."""

from __future__ import annotations

from pathlib import Path

import pypdf


def text_of(file: Path) -> str:
    """The text of a Markdown file, or of every page of a PDF, white space made one; it is tagged."""
    if file.suffix != ".pdf":
        return file.read_text(encoding="utf-8")
    reader = pypdf.PdfReader(file)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
