"""Typesets a document from a Typst template and data, archivable and accessible.

The same template, data and day give the same bytes: fonts are those that come with Typst, and the
time in the file is the day's. Text in a script those fonts do not have is set in a font of this
machine, and only if there is none is the file neither PDF/A-3a nor PDF/UA-1.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import typst

from dayhand import Practice, StepError
from dayhand_billing.models import RenderedFile

__all__ = ["file_name", "image_of", "write_pdf"]

_ARCHIVE: Any = ["a-3a", "ua-1"]  # Any: typst does not name the type of its standards
_PLAIN: Any = []
_LARGEST_IMAGE = 512 * 1024


@functools.cache  # reading the fonts takes longer than setting a page; they never change
def _fonts(*, of_machine: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=of_machine)


def write_pdf(practice: Practice, template: str, data: dict[str, Any], path: str) -> RenderedFile:
    """Typeset a template of the practice, or of this plugin, and write it under `out/`.

    Raises:
        StepError: the template is wrong. The message of Typst is kept out of it where it could
            quote the data; the practice's own template can be tried with `typst compile`.
    """
    source = practice.files.template(template).encode()
    pdf = _compiled(source, data, practice, template)
    written = practice.files.write(path, pdf)
    return RenderedFile(
        path=written.path, size=written.size, sha256=written.sha256, pages=_pages(pdf)
    )


def _compiled(source: bytes, data: dict[str, Any], practice: Practice, template: str) -> bytes:
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    stamp = datetime.combine(practice.today, time(), UTC)
    failure: typst.TypstError | None = None
    for fonts, standards in _attempts():
        compiler = typst.Compiler(root=_root(practice), font_paths=fonts, ignore_system_fonts=True)
        try:
            made = compiler.compile(
                source, format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=stamp
            )
        except typst.TypstError as error:
            failure = failure or error
            continue
        return made if isinstance(made, bytes) else b""
    raise StepError(
        f"{template} could not be typeset{_reason(failure)}",
        hint=f"compare templates/{template} with the one that comes with dayhand",
    ) from None  # the trace quotes the data


def _attempts() -> Iterator[tuple[typst.Fonts, Any]]:
    yield _fonts(of_machine=False), _ARCHIVE
    yield _fonts(of_machine=True), _ARCHIVE
    yield _fonts(of_machine=True), _PLAIN


def _root(practice: Practice) -> Path:
    """Where a template finds images beside it."""
    own = practice.files.resolve("templates")
    return own if own.is_dir() else Path(__file__).parent / "templates"


def _reason(failure: typst.TypstError | None) -> str:
    """Why, where the reason is about the template's code and not about text in it."""
    message = failure.message if failure else ""
    safe = re.match(
        r"(unknown variable|expected|unclosed|unexpected argument|file not found)", message
    )
    return f": {message.splitlines()[0]}" if safe else ""


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
