"""What is written to standard error for the operator: one line an event, and nothing a client said.

What an exception says may hold a client's data (`invalid literal for int(): 'Ada'`). So a traceback
here tells where it came from and of which class it is, not what it says.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

__all__ = ["log_to_stderr", "traceback_text"]

_LIBRARIES = (
    "asyncio",
    "aiosmtplib",
    "httpx2",
    "httpcore2",
    "alembic",
    "markdown_it",
    "imap_tools",
)
"""What they say at DEBUG is about the content of messages and addresses."""
_DEEPEST = 10


def traceback_text(error: BaseException) -> str:
    """Where an exception came from, its causes before it, without their messages."""
    lines: list[str] = []
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(chain) < _DEEPEST and at not in chain:
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    for one in reversed(chain):
        lines.append("Traceback (most recent call last):\n")
        lines += traceback.format_tb(one.__traceback__)
        told = f": {one.msg}" if isinstance(one, ImportError) else ""  # names a module
        lines.append(f"{_full_name(type(one))}{told}\n")
        if isinstance(one, BaseExceptionGroup):
            lines += [traceback_text(inner) for inner in one.exceptions[:_DEEPEST]]
    return "".join(lines)


def _full_name(kind: type[BaseException]) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


class _Lines(logging.Formatter):
    """One line an event, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        message = record.getMessage()
        text = message if message.isprintable() else message.encode("unicode_escape").decode()
        error = record.exc_info[1] if record.exc_info else None
        failed = f" ({type(error).__name__})" if error is not None else ""
        return f"{moment:%Y-%m-%d %H:%M:%S}Z {record.levelname.lower():<7} {text}{failed}"


class _LinesWithTracebacks(_Lines):
    """The same, and where each exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        error = record.exc_info[1] if record.exc_info else None
        return line if error is None else f"{line}\n{traceback_text(error).rstrip()}"


class _JsonLines(logging.Formatter):
    """One JSON object a line; control characters cannot forge another."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        told = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told["exception"] = type(error).__name__
        return json.dumps(told)


def log_to_stderr(form: str = "text", *, debug: bool) -> None:
    """Write what is logged to standard error, and with `debug` everything, with tracebacks.

    Args:
        form: `text` or `json`.
        debug: from DEBUG on, else from INFO on.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = _LinesWithTracebacks() if debug else _Lines()
    handler.setFormatter(_JsonLines() if form == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(logging.WARNING)
