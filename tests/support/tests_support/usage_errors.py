"""Calls each command as it cannot be called, and outside a practice; prints what was said, as JSON."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator

import click

from dayhand.cli import cli, main
from dayhand.plugin_host import PluginHost

_ALONE = {
    "init",
    "lsp",
    "completion",
    "plugins",
    "new",
    "schema",
    "steps",
    "upgrade",
    "doctor",
    "daemon",
}
"""They do not need a practice, or say that there is none among other things."""


def leaves(
    group: click.Group, context: click.Context, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that has none beneath it, by its words."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inside = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from leaves(command, inside, (*above, name))
        else:
            yield (*above, name), command


def said(*words: str) -> dict[str, object]:
    """What a call says, and its exit code."""
    told = io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            main(list(words))
        except SystemExit as end:
            code = end.code
    return {"command": " ".join(words), "code": code, "text": told.getvalue()}


def value(parameter: click.Parameter) -> str:
    """Something that the parameter takes."""
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return str(next(iter(kind.choices)))
    if isinstance(kind, (click.DateTime,)) or kind.name in ("day", "date"):
        return "2026-11-01"
    if isinstance(kind, click.Path) and kind.exists:
        return __file__
    return "2026-11" if kind.name == "month" else "7"


def required(command: click.Command) -> list[str]:
    """The fewest words with which it is called."""
    words = []
    for one in command.params:
        if one.required:
            words += [one.opts[0]] * isinstance(one, click.Option) + [value(one)]
    return words


def misused(command: click.Command) -> Iterator[list[str]]:
    """What it refuses before it does anything."""
    fewest = required(command)
    if fewest:
        yield []
    yield [*fewest, "--zzz"]
    if not any(one.nargs == -1 for one in command.params):
        yield [
            *fewest,
            *["7"] * sum(isinstance(one, click.Argument) for one in command.params),
            "8",
        ]
    for one in command.params:
        if isinstance(one, click.Option) and not one.is_flag:
            yield [*fewest, one.opts[0]]
            if one.type.name != "text" and not isinstance(one.type, click.Path):
                yield [*fewest, one.opts[0], "nope"]


def told_of_all() -> dict[str, list[dict[str, object]]]:
    """By group: what is refused, and what is said where there is no practice."""
    app = Host()
    context = click.Context(cli, info_name="dayhand", obj=app)
    found: dict[str, list[dict[str, object]]] = {"usage": [], "outside": []}
    groups = [(name,) for name in app.catalogue.commands]
    commands = list(leaves(cli, context))
    for (name,) in groups:
        command = app.host.command(name)
        inside = click.Context(command, info_name=name, parent=context)
        commands += (
            list(leaves(command, inside, (name,)))
            if isinstance(command, click.Group)
            else [((name,), command)]
        )
    for words, command in dict(commands).items():
        found["usage"] += [said(*words, *rest) for rest in misused(command)]
        if words[0] not in _ALONE:
            found["outside"].append(said(*words, *required(command)))
    return found


class Host:
    """What the command line asks of the application while it looks for a command."""

    def __init__(self) -> None:
        self.host = PluginHost()
        self.catalogue = self.host.catalogue


if __name__ == "__main__":
    sys.stdin = io.StringIO()  # nobody answers
    json.dump(told_of_all(), sys.stdout)
