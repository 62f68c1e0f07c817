"""The example practice that a plugin ships, and the practices that are made of it.

`routines/*.yaml` in it are run. `practice.yaml` holds the plugin's own section, or, if it has a part
`practice`, the whole; other files and folders (`inbox/`, `templates/`) are put into the practice as they
are. `prepare.py` beside them, if it is there, has a function `prepare(practice)`, which is called once in
the new practice with a `Practice`: for what no step of the plugin keeps. In `practice.yaml` and the
routines three words stand for servers that are there while an example runs:

| word | what it becomes |
|---|---|
| `@mail_port@` | the port of a mail server on 127.0.0.1 |
| `@calendar@` | the address of a calendar, for `jane`, with the password `{env: EXAMPLE_PASSWORD}` |
| `@service@` | the `address` of what `serve()` in the plugin's own `service.py` gives |
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.errors import UserError
from dayhand.steps.step import Effect, Step
from dayhand.testing import CalendarServer, MailServer, Workbench

if TYPE_CHECKING:
    from dayhand.conformance.stage import Stage

__all__ = ["Example", "Ground", "examples_of"]

_MAIL, _CALENDAR, _SERVICE = "@mail_port@", "@calendar@", "@service@"
_OWN = {"routines", "practice.yaml", "service.py", "prepare.py", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Example:
    """A routine to try a plugin's steps with.

    Attributes:
        name: the routine's name.
        text: the routine, without its first line.
        folder: the example practice it is in; None for one that was made of the steps' defaults.
        is_made: made of defaults, so that a step which fails in it is no mistake of the plugin's.
    """

    name: str
    text: str
    folder: Path | None = None
    is_made: bool = False


def examples_of(folder: Path | None, steps: Sequence[Step]) -> list[Example]:
    """The examples in a folder; and one for each step that reads or only computes, needs no input, and
    stands in no other.

    Raises:
        UserError: the folder is not there, or holds no routine.
    """
    found = list(_shipped(folder)) if folder is not None else []
    told = "\n".join(one.text for one in found)
    return found + [
        Example(
            f"defaults-{number}", f"steps:\n  - id: tried\n    uses: {step.name}\n", is_made=True
        )
        for number, step in enumerate(steps, start=1)
        if step.effect in (Effect.NONE, Effect.READ)
        and step.name not in told
        and not step.input_schema().get("required")
    ]


def _shipped(folder: Path) -> Iterator[Example]:
    files = sorted((folder / "routines").glob("*.yaml"))
    if not files:
        raise UserError(
            f"there is no routine in {folder / 'routines'}",
            hint="put a routine there that uses the plugin's steps, or take 'examples' away",
        )
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        text = "".join(line for line in lines if not line.startswith("routine:"))
        yield Example(file.stem, text, folder)


@dataclass(slots=True)
class Ground:
    """One practice in which an example runs, with the servers it names."""

    bench: Workbench
    text: str
    _arrivals: list[Callable[[], int]] = field(default_factory=list)

    @property
    def arrived(self) -> int:
        """How many acts reached a server so far."""
        return sum(count() for count in self._arrivals)

    @property
    def has_server(self) -> bool:
        """Whether the example names a server that counts."""
        return bool(self._arrivals)

    def rows(self, tables: Sequence[str]) -> dict[str, int]:
        """How many rows there are in each of these tables."""
        with self.bench.app.store.read() as connection:
            return {
                name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()  # noqa: S608 - names of the plugin's own tables
                for name in tables
            }

    def files(self) -> list[str]:
        """The files under `out/`."""
        out = self.bench.folder / "out"
        return sorted(file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())


@contextmanager
def ground(
    example: Example, folder: Path, name: str, module: ModuleType, stage: Stage
) -> Iterator[Ground]:
    """A practice for an example in a new folder, until the end of the `with`."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        made = Ground(Workbench(folder, {name: module}, around=stage.around), example.text)
        stack.callback(made.bench.close)
        settings = _copied(example, made.bench.folder)
        words = _serve(stack, example, folder, made, settings)
        for word, becomes in words.items():
            settings, made.text = settings.replace(word, becomes), made.text.replace(word, becomes)
        if re.search(r"(?m)^practice:", settings):
            (made.bench.folder / "practice.yaml").write_text("", encoding="utf-8")
        made.bench.settings(settings)
        _prepare(example, made.bench, name)
        yield made


def _prepare(example: Example, bench: Workbench, plugin: str) -> None:
    """Let the example's own `prepare.py` keep what its routines begin with."""
    file = example.folder / "prepare.py" if example.folder is not None else None
    if file is None or not file.exists():
        return
    try:
        _module(file).prepare(bench.app.context(plugin))
    except Exception as error:  # it is the plugin's own: whatever it raises is told
        raise UserError(
            f"the example's prepare.py raised {type(error).__name__}: {error}",
            hint=f"{file} is given a Practice, as a command is",
        ) from error


def _copied(example: Example, practice: Path) -> str:
    """Put an example's files into a practice; the text of its settings."""
    if example.folder is None:
        return ""
    for one in sorted(example.folder.iterdir()):
        if one.is_dir() and one.name not in _OWN:
            shutil.copytree(one, practice / one.name, dirs_exist_ok=True)
        elif one.name not in _OWN:
            shutil.copy(one, practice / one.name)
    file = example.folder / "practice.yaml"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _serve(
    stack: ExitStack, example: Example, folder: Path, made: Ground, settings: str
) -> dict[str, str]:
    """Begin the servers that an example names; what their words become."""
    named = settings + example.text
    words: dict[str, str] = {}
    if _MAIL in named:
        mail = stack.enter_context(MailServer(folder / "mail"))
        made._arrivals.append(lambda: len(mail.messages))  # noqa: SLF001 - this module's own
        words[_MAIL] = str(mail.port)
    if _CALENDAR in named:
        calendar = stack.enter_context(CalendarServer(folder / "calendar"))
        made._arrivals.append(lambda: len(calendar.events))  # noqa: SLF001 - as above
        words[_CALENDAR] = calendar.calendar
        made.bench.environment["EXAMPLE_PASSWORD"] = calendar.password
    if _SERVICE in named:
        service = stack.enter_context(_service(example))
        made._arrivals.append(lambda: int(service.arrived))  # noqa: SLF001 - as above
        words[_SERVICE] = str(service.address)
    return words


def _service(example: Example) -> Any:
    """What `serve()` in the example's own `service.py` gives."""
    file = (example.folder or Path()) / "service.py"
    if not file.exists():
        raise UserError(
            f"the example '{example.name}' names {_SERVICE}, and there is no {file}",
            hint="write one, with a context manager 'serve()' that gives 'address' and 'arrived'",
        )
    return _module(file).serve()


def _module(file: Path) -> Any:
    """The module in a file of an example."""
    spec = importlib.util.spec_from_file_location(f"dayhand_example_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise UserError(
            f"{file} cannot be imported", hint="import it in Python by itself to see why"
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
