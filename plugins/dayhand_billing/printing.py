"""Documents of the practice as PDF files, and the images on them."""

from __future__ import annotations

import re
from typing import Any

from dayhand import Practice, StepError, typeset
from dayhand_billing.models import RenderedFile

__all__ = ["file_name", "image_of", "write_pdf"]

_LARGEST_IMAGE = 512 * 1024


def write_pdf(practice: Practice, template: str, data: dict[str, Any], path: str) -> RenderedFile:
    """Typeset a template of the practice, or of this plugin, and write it under `out/`.

    Raises:
        StepError: the template is wrong.
    """
    pdf = typeset(practice, template, data)
    written = practice.files.write(path, pdf)
    return RenderedFile(
        path=written.path, size=written.size, sha256=written.sha256, pages=_pages(pdf)
    )


def _pages(pdf: bytes) -> int:
    """How many pages a PDF of Typst has: it writes its page tree's count uncompressed."""
    counts = [
        int(count)
        for count in re.findall(rb"/Type\s*/Pages.{0,2000}?/Count\s+(\d+)", pdf, re.DOTALL)
    ]
    return max(counts, default=0)


def image_of(practice: Practice, path: str) -> list[int] | None:
    """The bytes of an image for a template, which takes them as numbers."""
    if not path:
        return None
    content = practice.files.read(path)
    if len(content) > _LARGEST_IMAGE:
        raise StepError(f"the logo '{path}' is larger than 512 KiB", hint="use a smaller picture")
    return list(content)


def file_name(number: str) -> str:
    """A document number as a file name: it holds no client's name."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", number)
