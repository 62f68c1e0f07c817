"""What goes wrong with an expression: when it is compiled, and when it is evaluated."""

from __future__ import annotations

from dayhand.errors import DayhandError


class ExpressionError(DayhandError):
    """The expression cannot be compiled: `code` says why, `offset` and `length` say where."""

    def __init__(
        self, message: str, *, offset: int, length: int = 1, code: str, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.length = length
        self.code = code

    def moved(self, by: int) -> ExpressionError:
        """The same error for an expression that begins at offset `by` of a longer text."""
        return ExpressionError(
            self.message,
            offset=self.offset + by,
            length=self.length,
            code=self.code,
            hint=self.hint,
        )


class EvaluationError(DayhandError):
    """The expression cannot be evaluated with these values; the message never tells a value."""

    def __init__(self, message: str, *, offset: int = 0, length: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.length = length

    def moved(self, by: int) -> EvaluationError:
        """The same error for an expression that begins at offset `by` of a longer text."""
        return type(self)(self.message, offset=self.offset + by, length=self.length, hint=self.hint)


class MissingError(EvaluationError):
    """A name, key or item is not there; `default` and `is defined` catch this and nothing else."""


class FilterError(Exception):
    """Raised by a filter or an operation about its input; the evaluator adds the place.

    `spelled` is the message with the filter's arguments in it; it is told only if they are written
    in the expression, since a computed one may be a client's name.
    """

    def __init__(self, message: str, hint: str = "", *, spelled: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.spelled = spelled or message


class FilterMissingError(FilterError):
    """There is nothing to give, such as the first item of an empty list."""
