"""`dayhand lsp`."""

from __future__ import annotations

from pathlib import Path

import click

from dayhand.app import App
from dayhand.cli import app_of
from dayhand.cli.catalogue import refresh_schemas
from dayhand.editor import Surroundings
from dayhand.errors import UserError
from dayhand.settings import Settings, find_practice
from dayhand.validation.routine import RoutineHead

__all__ = ["lsp_command"]


@click.command("lsp", epilog="Example, in your editor's settings: dayhand lsp")
@click.pass_context
def lsp_command(ctx: click.Context) -> None:
    """Serve an editor by the Language Server Protocol, on standard input and output.

    Your editor starts it. It tells problems while you type, completes steps, inputs and what earlier
    steps gave, explains the word under the mouse, goes to where a name is declared, and renames a
    step everywhere. Needs: pip install --only-binary :all: 'dayhand[lsp]'
    """
    try:
        from dayhand.editor.server import make_server  # pygls: only where an editor asks
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("pygls", "lsprotocol"):
            hint = "pip install --only-binary :all: 'dayhand[lsp]'"
            raise UserError(
                "the language server needs pygls, which is not here", hint=hint
            ) from None
        raise
    from importlib.metadata import version

    app = app_of(ctx)
    refresh_schemas(app)
    practices = _Practices(app)
    make_server(practices.around, practices.forget, version=version("dayhand")).start_io()


class _Practices:
    """The practices whose files an editor has open, each read when it is first asked for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[Path | None, Surroundings] = {}

    def forget(self) -> None:
        """Read the routines again when they are next asked for."""
        self._known.clear()

    def around(self, file: Path) -> Surroundings:
        """What is known around a file: the practice in whose folder it lies, if any."""
        folder = find_practice(file.parent)
        if folder not in self._known:
            self._known[folder] = self._read(folder)
        return self._known[folder]

    def _read(self, folder: Path | None) -> Surroundings:
        today = self._app.clock.now().date()
        if folder is None:
            return Surroundings(self._app.catalogue, today)
        given = self._app.settings
        settings = Settings(given.environment, given.working_folder, folder)
        try:
            entries = App(settings, host=self._app.host, clock=self._app.clock).book.entries
        except UserError:  # a routine that cannot be read is told where it is checked
            return Surroundings(self._app.catalogue, today)
        heads = {
            name: RoutineHead.of(entry.routine) if entry.routine else RoutineHead(name, None)
            for name, entry in entries.items()
        }
        files = {name: entry.file for name, entry in entries.items()}
        return Surroundings(self._app.catalogue, today, heads, files)
