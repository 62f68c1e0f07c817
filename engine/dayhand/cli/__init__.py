"""The command line: parse and print, no logic. Each command's module is imported when it is used.

Exit codes: 0 done, 1 failed, 2 the user's mistake, 3 waiting for a person, 4 an effect whose end is
not known, 70 a bug.
"""

from __future__ import annotations

import functools
import gc
import itertools
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from dayhand.cli.terminal import guard, visible

__all__ = ["EXIT", "cli", "main"]

EXIT = {
    "done": 0, "declined": 0, "done_with_failures": 1, "failed": 1, "cancelled": 1,
    "waiting": 3, "unknown": 4,
}  # fmt: skip
BUG = 70
_HANDED = "dayhand.handed"
_LETTERS = (("%Y", "2026"), ("%m", "11"), ("%d", "24"))

_SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Practice": {
        "init": ("practice", "Make a practice folder, or the sample practice"),
        "doctor": ("doctor", "Find and explain what is wrong"),
    },
    "Routines": {
        "check": ("check", "Tell every mistake in routines and settings"),
        "run": ("running", "Run a routine, or rehearse it with --dry-run"),
        "explain": ("explain", "Tell a routine in plain sentences"),
        "graph": ("graph", "Draw a routine, as text or SVG"),
        "lsp": ("lsp", "Serve an editor: problems, completion, renaming"),
        "fmt": ("fmt", "Set routines and settings evenly; remarks stay"),
        "routines": ("routines", "List routines; add and update those that come along"),
        "steps": ("catalogue", "List every installed step, or explain one"),
        "schema": ("catalogue", "Write the JSON Schema that editors use"),
        "upgrade": ("upgrade", "Tell whether all works with what is installed now"),
        "new": ("new", "Make a routine, or a plugin's project, to begin with"),
        "plugins": ("plugins", "List the installed plugins and their state"),
    },
    "Schedule": {
        "daemon": ("daemon", "Run the routines on time, until told to stop"),
        "tick": ("daemon", "Do one pass of the daemon, for cron"),
        "upcoming": ("plan", "Show what will be due, and what an edit changes"),
        "backtest": ("plan", "Show when a routine would have been due"),
        "why": ("plan", "Answer why a routine ran, or did not"),
        "pause": ("plan", "Hold a routine's schedule, or all"),
        "resume-schedule": ("plan", "Let a paused schedule go on"),
        "service": ("daemon", "Begin the daemon with your session"),
        "notify": ("notify", "Try the ways by which you are told"),
    },
    "Runs": {
        "runs": ("history", "List the latest runs"),
        "show": ("history", "Show a run: steps, attempts, values"),
        "effects": ("effects", "List everything that left the machine"),
        "resume": ("running", "Go on with runs that were cut off or answered"),
        "retry": ("running", "Do again what did not succeed in a run"),
        "cancel": ("running", "End a run that waits"),
        "inbox": ("inbox", "List what waits for an answer"),
        "answer": ("inbox", "Answer a question; the run goes on"),
    },
    "Safety": {
        "backup": ("backup", "Write the practice to one encrypted, verified file"),
        "restore": ("backup", "Restore a backup into a new folder"),
        "key": ("keys", "Show, change, export or bring back the keys"),
        "open": ("documents", "Read an encrypted document"),
        "prune": ("prune", "Report old runs, and remove them"),
        "audit": ("audit", "Verify, list or export the audit log"),
    },
    "Shell": {"completion": ("shell", "Print the completion script for your shell")},
}
_COMMANDS = {name: where for section in _SECTIONS.values() for name, where in section.items()}
_ALIASES = {"plugin": "plugins"}
_KEPT_COMMANDS = "commands.txt"
_SENTENCE = 200
"""How long the first sentence of a command's help may be."""


class _Commands(click.Group):
    """Built-in commands from the table above, plugins' from the catalogue."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *_plugin_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = _ALIASES.get(cmd_name, cmd_name)
        if cmd_name in _COMMANDS:
            module = import_module(f"dayhand.cli.{_COMMANDS[cmd_name][0]}")
            command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
            return _listed_whole(command)
        app = app_of(ctx)
        if cmd_name in app.catalogue.commands:
            return _listed_whole(app.host.command(cmd_name))
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from dayhand.problems import closest

            guess = closest(args[0], tuple(self.list_commands(ctx)))
            if guess and "No such command" in error.message:
                raise click.UsageError(
                    f"No such command '{args[0]}'. Did you mean '{guess}'?", ctx
                ) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # as by `head`: no failure, though click would make one of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names from the tables: a press of Tab must not wait for what the commands would load."""
        told = {name: about for name, (_, about) in _COMMANDS.items()} | _plugin_commands(ctx)
        found = [
            CompletionItem(name, help=about)
            for name, about in told.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, about) for name, (_, about) in commands.items()])
        brought = _plugin_commands(ctx)
        if brought:
            with formatter.section("From plugins"):
                formatter.write_dl(list(brought.items()))


def _listed_whole(command: click.Command) -> click.Command:
    """The command, whose own commands are listed with the first sentence of their help, wrapped: click
    would cut it where the line ends.
    """
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        one.short_help = one.short_help or one.get_short_help_str(_SENTENCE)
        _listed_whole(one)
    return command


def _plugin_commands(ctx: click.Context) -> dict[str, str]:
    """Names and help of plugins' commands, as they were when the catalogue was made: `--help` must
    not pay for looking at every plugin. The command itself is looked up afresh.
    """
    file = _settings(ctx).cache / _KEPT_COMMANDS
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _settings(ctx: click.Context) -> Any:
    from dayhand.settings import Settings

    root = ctx.find_root()
    practice = root.params.get("practice")
    return Settings(
        dict(os.environ), Path.cwd(), Path(practice) if practice else None,
        safe_mode=bool(root.params.get("safe_mode")),
    )  # fmt: skip


def app_of(ctx: click.Context) -> Any:
    """The application of this command, made once and closed at its end."""
    from dayhand.app import App

    root = ctx.find_root()
    if root.obj is None:
        settings = _settings(ctx)
        settings = replace(settings, environment=_with_passphrase(ctx, settings.environment))
        root.obj = root.with_resource(App(settings))
    return root.obj


def _with_passphrase(ctx: click.Context, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with what opens keys that are under a passphrase: handed over, or asked for."""
    from dayhand.errors import UserError
    from dayhand.keys import key_place, passphrase

    given = ctx.find_root().meta.get(_HANDED)

    def ask() -> str:
        if not sys.stdin.isatty():
            raise UserError("a key is under a passphrase", hint=key_place.GIVE_PASSPHRASE)
        told: str = click.prompt("Passphrase of the key", hide_input=True, err=True)
        return told

    return passphrase.Handed(environment, passphrase.Passphrase(ask, given=given))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: dayhand init --sample my-practice",
)
@click.option(
    "--practice", metavar="DIR", help="The practice's folder [default: here, or a folder above]."
)
@click.option("--safe-mode", is_flag=True, help="Leave out all plugins but dayhand's own.")
@click.option("--debug", is_flag=True, help="Log to standard error, with tracebacks.")
@click.option(
    "--passphrase-fd",
    type=click.IntRange(0),
    metavar="N",
    help="Read the passphrase of the keys from this open descriptor: one line.",
)
@click.version_option(package_name="dayhand", message="dayhand %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    practice: str | None,  # noqa: ARG001 - read from the context
    safe_mode: bool,  # noqa: ARG001 - read from the context
    debug: bool,
    passphrase_fd: int | None,
) -> None:
    """Routines for a therapist's hours between sessions."""
    if passphrase_fd is not None:  # at once, so that no process that is started later has it
        from dayhand.keys.passphrase import read_descriptor

        ctx.meta[_HANDED] = read_descriptor(passphrase_fd)
    if debug:
        from dayhand.cli.logs import log_to_stderr

        log_to_stderr(debug=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    _dump_no_core()
    guard()
    # What is imported, 110,000 objects, stays: to look it through for garbage again and again took
    # a tenth of a run. The daemon sets it back.
    gc.set_threshold(150_000, 20, 20)
    # A plugin of pydantic would be shown client data, and looking for one reads the metadata of
    # everything that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = cli.main(arguments, prog_name="dayhand", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.message = _in_words(visible(error.message))  # type: ignore[misc]  # shown next, by itself
        error.show()
        if getattr(error, "ctx", None) is None:  # else it has said so itself
            click.echo(
                f"  hint: see: {_help_of(sys.argv[1:] if arguments is None else arguments)}",
                err=True,
            )
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        code = _stopped(error)
    except Exception as error:  # noqa: BLE001 - the one place where errors become text
        code = _tell(error)
    sys.exit(code if isinstance(code, int) else 0)


def _dump_no_core() -> None:
    """A crash must not write memory, which holds client data and the key, to a file."""
    if sys.platform != "win32":
        import resource  # not everywhere

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _in_words(message: str) -> str:
    """A message of click without its names of types, and the letters of its formats."""
    message = re.sub(r"is not a valid integer( range)?\.?$", "is not a whole number.", message)
    found = re.search(r"does not match the format '(.*)'", message)
    if found is None:
        return message
    form = functools.reduce(lambda text, pair: text.replace(*pair), _LETTERS, found[1])
    return message.replace(found[0], f"is not written as {form}")


def _help_of(arguments: Sequence[str]) -> str:
    words = itertools.takewhile(lambda word: not word.startswith("-"), arguments)
    return visible(" ".join(["dayhand", *words, "--help"]))


def _stopped(error: BaseException) -> int:
    """By the user; or since something was asked where there is nobody to answer, as under cron."""
    if isinstance(error.__context__, EOFError) and not sys.stdin.isatty():
        click.echo("\nerror: this has to be asked, and there is nobody to answer", err=True)
        click.echo("  hint: say it on the command line, see --help; or use a terminal", err=True)
        return 2
    click.echo("stopped", err=True)
    return 130


def _tell(error: Exception) -> int:
    from dayhand.errors import CheckFailed, DayhandError, UserError

    if isinstance(error, CheckFailed):
        from dayhand.cli.output import tell_problems

        tell_problems(error.problems, err=True)
        return 2
    if isinstance(error, DayhandError):
        click.echo(f"error: {visible(error.message)}", err=True)
        if error.hint:
            click.echo(f"  hint: {visible(error.hint)}", err=True)
        return 2 if isinstance(error, UserError) else 1
    from dayhand.cli.logs import traceback_text

    click.echo(traceback_text(error), err=True, nl=False)
    click.echo("this is a bug: please report it; the traceback holds no client data", err=True)
    return BUG
