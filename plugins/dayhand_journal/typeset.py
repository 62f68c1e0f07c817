"""Typesets a PDF from a Typst template beside this module and data."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

from dayhand import StepError

__all__ = ["as_pdf"]

_ARCHIVE: Any = ["a-3a", "ua-1"]  # Any: typst does not name the type of its standards
_PLAIN: Any = []


def as_pdf(template: str, data: dict[str, Any], *, day: date) -> bytes:
    """The PDF, archivable (PDF/A-3a) and accessible (PDF/UA-1).

    The time in the file is the day's, so that a page made again after a crash is the same.
    Text in a script for which this machine has no font cannot be archived; then the PDF is plain.
    """
    source = (Path(__file__).parent / template).read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    made = datetime.combine(day, time(), UTC)
    for standards in (_ARCHIVE, _PLAIN):
        try:
            return bytes(
                typst.compile(
                    source, format="pdf", pdf_standards=standards, sys_inputs=inputs, timestamp=made
                )
            )
        except typst.TypstError:
            continue
    # the message of Typst may quote the data, so neither it nor the exception is passed on
    raise StepError(f"the page {template} could not be typeset")
