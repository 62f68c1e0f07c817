"""A template, or a subject and a body, → the subject, text and HTML of a letter."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nh3
from markdown_it import MarkdownIt

from dayhand import Practice, UserError
from dayhand_email.addresses import checked_line
from dayhand_email.plain_text import as_plain_text
from dayhand_email.settings import EmailSettings

__all__ = ["Letter", "plain_letter", "written"]

_HEAD = re.compile(r"\s*(?:---[ \t]*\n)?subject:[ \t]*(.*)\n(---[ \t]*\n)?", re.IGNORECASE)
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_STYLES = {
    "<table>": '<table style="border-collapse:collapse">',
    "<td>": '<td style="padding:4px 12px 4px 0;border-top:1px solid #ccc">',
    "<th>": '<th style="padding:4px 12px 4px 0;text-align:left">',
    "<p>": '<p style="margin:0 0 1em">',
}
_STYLE = re.compile("|".join(_STYLES))
_PAGE = """\
<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="margin:0;padding:16px;font:16px/1.5 sans-serif;color:#222;background:#fff">
<div style="max-width:36em;margin:0 auto">
{body}{footer}</div>
</body>
</html>
"""  # the head of a page on one line


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter without its envelope. `source` is the author's own text, for the lint."""

    subject: str
    text: str
    html: str
    source: str = ""


def written(
    practice: Practice, *, template: str, subject: str, values: Mapping[str, Any], footer: str
) -> Letter:
    """The letter a template gives; `subject` stands in place of the template's own."""
    name = f"{template.removesuffix('.md')}.md"
    source = practice.files.template(name)
    head, body = _parted(source, name)
    known = _known(practice) | dict(values)
    line = checked_subject(subject or _filled(practice, name, head, known, html=False))
    # Escaped for HTML and Markdown, so that a value can be neither; the parser takes it back.
    tokens_of = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown = _filled(practice, name, body, known, html=True)
    tokens = tokens_of.parse(markdown)
    page = nh3.clean(
        tokens_of.renderer.render(tokens, tokens_of.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return _letter(
        practice, line, text=as_plain_text(tokens), page=page, footer=footer, source=source
    )


def plain_letter(practice: Practice, *, subject: str, body: str, footer: str) -> Letter:
    """A letter of a subject and a body that were written in the routine: the body is plain text."""
    text = "\n".join(line.rstrip() for line in str(body).splitlines()).strip("\n") + "\n"
    paragraphs = re.split(r"\n{2,}", text.strip("\n"))
    page = "".join(
        f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>\n" for part in paragraphs if part
    )
    return _letter(practice, checked_subject(subject), text=text, page=page, footer=footer)


def checked_subject(subject: str) -> str:
    """The subject as it can stand in the header.

    Raises:
        UserError: it is empty, too long, or holds more than a line of text.
    """
    try:
        line = checked_line(subject)
    except ValueError as error:
        raise UserError(
            f"the subject cannot be used: {error}", hint="write one short line"
        ) from None
    if not line:
        raise UserError("the letter has no subject", hint="begin the template with 'subject: …'")
    return line


def _parted(source: str, name: str) -> tuple[str, str]:
    """The subject, and the body with as many empty lines before it as keep its line numbers."""
    head = _HEAD.match(source)
    if head is None:
        hint = "write 'subject: …', an empty line, then the letter"
        raise UserError(f"template {name} does not begin with its subject", hint=hint)
    above = source[: head.end()].count("\n")
    return head[1].strip(), "\n" * above + source[head.end() :]


def _known(practice: Practice) -> dict[str, Any]:
    """What every template may use without being handed it."""
    settings: EmailSettings = practice.settings
    info = practice.info
    return {
        "practice": {
            "name": settings.neutral_practice_name,
            "phone": info.phone,
            "website": info.website,
            "currency": info.currency,
        },
        "clinician": {"name": info.clinician.name},
    }


def _filled(
    practice: Practice, name: str, text: str, values: Mapping[str, Any], *, html: bool
) -> str:
    try:
        return practice.render(text, values, html=html)
    except UserError as error:
        message = error.message.removeprefix("template template, ")
        raise UserError(f"template {name}, {message}", hint=error.hint) from None


def _letter(
    practice: Practice, subject: str, *, text: str, page: str, footer: str, source: str = ""
) -> Letter:
    foot = ""
    if footer.strip():
        text = f"{text}\n{footer.strip()}\n"
        shown = html.escape(footer.strip()).replace("\n", "<br>")
        foot = f'<p style="margin:2em 0 0;font-size:13px;color:#555">{shown}</p>\n'
    whole = _PAGE.format(
        language=html.escape(practice.info.language.replace("_", "-")),
        title=html.escape(subject),
        body=_STYLE.sub(lambda found: _STYLES[found[0]], page),
        footer=foot,
    )
    return Letter(subject, text, whole, source)
