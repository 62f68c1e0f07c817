"""Template text and values → text: the expressions of routines, plus `for` and `if`.

    {{ client.name | title }}              a value; a value that is missing or null is a mistake
    {% if total > 0 %} … {% elif paid %} … {% else %} … {% endif %}
    {% for line in lines %} {{ loop.index }} … {% else %} … {% endfor %}
    {# a remark #}                         `{%-` and `-%}` drop the white space beside them

There is nothing else: no assignment, macro, include or block, and what stands between the braces is
compiled by `dayhand.expressions`, where a value is plain data and nothing can be called. Jinja2's
own code generator is never used. Loops go over lists of up to 1,000 items, two deep, with
`loop.index`, `loop.first` and `loop.last`; the text comes out at no more than 1 MiB. What a value
holds is never read as a template. A tag alone on its line leaves no empty line behind.

With `html`, values are written so that they are inert in HTML and in Markdown alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dayhand.errors import UserError
from dayhand.templates._errors import TemplateError
from dayhand.templates._filling import Output
from dayhand.templates._reading import read
from dayhand.values import plain

__all__ = ["render"]


def render(
    text: str, values: Mapping[str, Any], *, html: bool = False, name: str = "template"
) -> str:
    """The template's text with the values filled in.

    Args:
        text: the template.
        values: plain data, or what `dayhand.plain` makes plain.
        html: write values so that they are inert in HTML and in Markdown: `<` and `*` come out as
            `&lt;` and `&#42;`. Where HTML expects an address, a value must be one.
        name: what errors call the template.

    Raises:
        UserError: the template holds what is not allowed, or uses a value that is not there; the
            message tells the line.
    """
    try:
        scope = plain(dict(values))
    except TypeError as error:
        hint = "hand over text, numbers, dates, and lists and fields of them"
        raise UserError(f"template {name}: {error}", hint=hint) from error
    try:
        parts = read(text, html)
        output = Output(html=html)
        output.write(parts, scope)
    except TemplateError as problem:
        message = f"template {name}, line {problem.line}: {problem.message}"
        raise UserError(message, hint=problem.hint) from None
    return "".join(output.parts)
