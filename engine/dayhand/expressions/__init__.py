"""Expressions: compiled within bounds, asked what they refer to, evaluated over plain values.

The syntax is Jinja2's, narrowed by an allow-list over its tree: no calls, no statements, no `**`,
named filters only. Jinja2 parses; the evaluation is ours, over plain data, so that no attribute of
a Python object is ever within reach and every result is bounded.
"""

from __future__ import annotations

from dayhand.expressions._errors import EvaluationError, ExpressionError, MissingError
from dayhand.expressions._filtering import refusal
from dayhand.expressions._filters import FILTERS, TESTS, Filter
from dayhand.expressions._outline import Part
from dayhand.expressions._references import Reference
from dayhand.expressions._text import Template, compile_text
from dayhand.expressions._tree import Expression, compile_expression

__all__ = [
    "FILTERS",
    "TESTS",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Filter",
    "MissingError",
    "Part",
    "Reference",
    "Template",
    "compile_expression",
    "compile_text",
    "refusal",
]
