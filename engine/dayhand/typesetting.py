"""Typesets a document from a Typst template and data, archivable and accessible.

The same template, data and day give the same bytes: fonts are those that come with Typst, and the
time in the file is the day's. Text in a script those fonts do not have is set in a font of this
machine, and only if there is none is the file neither PDF/A-3a nor PDF/UA-1.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dayhand.errors import StepError
from dayhand.steps.context import Practice

if TYPE_CHECKING:
    import typst

__all__ = ["typeset"]

_ARCHIVE: Any = ["a-3a", "ua-1"]  # Any: typst does not name the type of its standards
_PLAIN: Any = []


def typeset(practice: Practice, template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of a Typst template: the practice's own, or as the plugin ships it.

    The template reads the data with `json(bytes(sys.inputs.data))`; what is neither text, number,
    list nor mapping comes as text, and the `paper` that settings call `letter` by the name that Typst
    has for it. It finds images beside it in the practice's `templates/`.

    Raises:
        UserError: there is no template of that name.
        StepError: the template is wrong, or Typst is not installed. The message of Typst is kept
            out of it where it could quote the data; `typst compile` tries a template by itself.
    """
    source = practice.files.template(template).encode()
    inputs = {"data": json.dumps(_as_typst_has_it(data), ensure_ascii=False, default=str)}
    stamp = datetime.combine(practice.today, time(), UTC)
    typst = _library()
    failure = ""
    for fonts, standards in _attempts():
        compiler = typst.Compiler(root=_root(practice), font_paths=fonts, ignore_system_fonts=True)
        try:
            made = compiler.compile(
                source, format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=stamp
            )
        except typst.TypstError as error:
            failure = failure or error.message
            continue
        return made if isinstance(made, bytes) else b""
    raise StepError(
        f"{template} could not be typeset{_reason(failure)}",
        hint=f"compare templates/{template} with the one that comes with dayhand",
    ) from None  # the trace quotes the data


def _as_typst_has_it(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**data, "paper": "us-letter"} if data.get("paper") == "letter" else data


def _library() -> Any:
    try:
        import typst  # an extra, and heavy: loaded only where a PDF is made
    except ImportError as error:
        raise StepError(
            "a PDF cannot be made: Typst is not installed",
            hint="pip install --only-binary :all: 'dayhand[all]'",
        ) from error
    return typst


def _attempts() -> Iterator[tuple[typst.Fonts, Any]]:
    yield _fonts(of_machine=False), _ARCHIVE
    yield _fonts(of_machine=True), _ARCHIVE
    yield _fonts(of_machine=True), _PLAIN


@functools.cache  # reading the fonts takes longer than setting a page; they never change
def _fonts(*, of_machine: bool) -> typst.Fonts:
    return _library().Fonts(include_system_fonts=of_machine)  # type: ignore[no-any-return] # see _library


def _root(practice: Practice) -> Path:
    """Where a template finds images beside it."""
    own = practice.files.resolve("templates")
    return own if own.is_dir() else practice.files.resolve(".")


def _reason(message: str) -> str:
    """Why, where the reason is about the template's code and not about text in it."""
    safe = re.match(
        r"(unknown variable|expected|unclosed|unexpected argument|file not found)", message
    )
    return f": {message.splitlines()[0]}" if safe else ""
