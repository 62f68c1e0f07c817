"""What a step is handed in its own process: a `StepContext` that asks dayhand's process."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from dayhand import errors
from dayhand.errors import DayhandError, StepMisuse
from dayhand.model.practice import PracticeInfo, SecretRef
from dayhand.own_process.frames import Frame
from dayhand.plugin_process.line import Line
from dayhand.steps.context import Kept, RunInfo, WrittenFile
from dayhand.values import plain

__all__ = ["RemoteContext"]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Asks for one thing after the other."""

    line: Line

    def ask(self, what: str, data: bytes = b"", **told: Any) -> Frame:
        """The answer. Raises what the asking raised in dayhand's process."""
        answer = self.line.ask(Frame("ask", {"what": what, **told}, data))
        if answer.kind == "refused":
            kind = getattr(errors, str(answer.told.get("error")), StepMisuse)
            known = kind if issubclass(kind, DayhandError) else StepMisuse
            raise known(str(answer.told["message"]), hint=str(answer.told["hint"]))
        return answer

    def tell(self, what: str, **told: Any) -> None:
        """Say something that needs no answer."""
        self.line.tell(Frame("tell", {"what": what, **told}))


class _RemoteFiles:
    """The practice's files, through dayhand's process."""

    def __init__(self, asking: _Asking, root: Path) -> None:
        self._asking = asking
        self.root = root

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        content = data.encode() if isinstance(data, str) else bytes(data)
        told = self._asking.ask("files.write", content, path=path).told
        return WrittenFile(told["path"], told["size"], told["sha256"])

    def read(self, path: str) -> bytes:
        return self._asking.ask("files.read", path=path).data

    def resolve(self, path: str) -> Path:
        return Path(self._asking.ask("files.resolve", path=path).told["path"])

    def template(self, name: str) -> str:
        return self._asking.ask("files.template", name=name).data.decode()


class _RemoteLog(logging.Handler):
    """Hands what a step logs to dayhand's process."""

    def __init__(self, asking: _Asking) -> None:
        super().__init__()
        self._asking = asking

    def emit(self, record: logging.LogRecord) -> None:
        self._asking.tell("log", level=record.levelname.lower(), text=record.getMessage())


class RemoteContext:
    """A `StepContext`: what is known is had at once, what must be asked for is asked for."""

    def __init__(self, line: Line, around: Mapping[str, Any], settings: Any) -> None:
        self._asking = _Asking(line)
        self.settings = settings
        self.info: PracticeInfo = around["info"]
        self.now: datetime = around["now"]
        self.run: RunInfo = around["run"]
        self.step_id: str = around["step_id"]
        self.key: str = around["key"]
        self.attempt: int = around["attempt"]
        self.dry_run: bool = around["dry_run"]
        self.files = _RemoteFiles(self._asking, Path(around["root"]))

    @property
    def today(self) -> date:
        """The day of `now`."""
        return self.now.date()

    @property
    def log(self) -> logging.Logger:
        """A logger whose lines dayhand's process gets."""
        logger = logging.getLogger("dayhand.step.own_process")
        logger.handlers[:] = [_RemoteLog(self._asking)]
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        return logger

    def connect(self) -> AbstractContextManager[Any]:
        """Refused: the database stays in dayhand's own process."""
        self._no_database()

    def transaction(self, action: str) -> AbstractContextManager[Any]:  # noqa: ARG002 - as it is called
        """Refused, as `connect` is."""
        self._no_database()

    def seal(self, column: Any, row: object, text: str) -> str:  # noqa: ARG002 - as it is called
        """Refused, as `connect` is: sealed texts are in the database."""
        self._no_database()

    def unseal(self, column: Any, row: object, sealed: str) -> str:  # noqa: ARG002 - as it is called
        """Refused, as `seal` is."""
        self._no_database()

    def _no_database(self) -> NoReturn:
        raise StepMisuse(
            f"step {self.step_id} uses the database, which a plugin in a process of its own cannot",
            hint="keep what is to be remembered with context.keep, or give it back as output",
        )

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was read, to fall back on."""
        self._asking.ask("keep", bytes(data), name=name)

    def kept(self, name: str) -> Kept | None:
        """What the plugin kept under the name."""
        answer = self._asking.ask("kept", name=name)
        at = answer.told["at"]
        return None if at is None else Kept(answer.data, at)

    def secret(self, reference: SecretRef) -> str:
        """The value of a secret that the plugin's own settings refer to."""
        return self._asking.ask("secret", place=reference.kind, name=reference.name).data.decode()

    def render(self, template: str, values: Mapping[str, Any], *, html: bool = False) -> str:
        """A template's text with values filled in."""
        from dayhand.templates import render  # Jinja2's parser, only where something is rendered

        return render(template, values, html=html)

    def progress(self, done: int, total: int, what: str = "") -> None:
        """Tell how far the step has come."""
        self._asking.tell("progress", done=done, total=total, text=what)

    async def intend(self, details: Mapping[str, Any]) -> None:
        """Commit that the act is about to begin; returns once it is on the disk."""
        self._asking.ask("intend", details=plain(dict(details)))
