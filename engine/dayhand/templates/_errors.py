"""What goes wrong with a template, before its name is known."""

from __future__ import annotations


class TemplateError(Exception):
    """Becomes a `UserError` in `render`, which knows the template's name."""

    def __init__(self, message: str, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.hint = hint
