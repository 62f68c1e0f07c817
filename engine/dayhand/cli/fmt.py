"""`dayhand fmt`."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json, tell_problems
from dayhand.errors import PracticeError, UserError
from dayhand.problems import Problem
from dayhand.resources import beginning

__all__ = ["fmt_command"]


@dataclass(frozen=True, slots=True)
class _Formatted:
    """A file, its text, and its text formatted; or what keeps it from being read."""

    file: Path
    before: str
    after: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@click.command("fmt", epilog="Example: dayhand fmt --check")
@click.argument("files", nargs=-1, metavar="[FILE|ROUTINE]...")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def fmt_command(
    ctx: click.Context, files: tuple[str, ...], check: bool, diff: bool, as_json: bool
) -> None:
    """Set routines and practice.yaml evenly: two columns for each level, one space after ':' and ','.

    What they say stays, and so do your remarks, quotes, the order of keys and the lines of long texts.
    Without a name, every routine and practice.yaml. A file that cannot be read is left as it is: exit
    code 2.
    """
    found = [_formatted(file) for file in _files(app_of(ctx), files)]
    changed = [one for one in found if one.is_changed]
    if not check and not diff:
        for one in changed:
            _write(one)
    if as_json:
        emit_json(_json(found))
    else:
        _tell(found, check=check, diff=diff)
    if any(one.problems for one in found):
        ctx.exit(2)
    if check and changed:
        ctx.exit(1)


def _files(app: Any, names: tuple[str, ...]) -> Iterator[Path]:
    if not names:
        yield from (file for file in (app.folder / "practice.yaml",) if file.is_file())
        yield from sorted((app.folder / "routines").rglob("*.yaml"))
    for name in names:
        file = Path(name)
        if file.is_file():
            yield file
        elif file.suffix in (".yaml", ".yml"):
            raise UserError(
                f"there is no file '{name}'",
                hint="'dayhand routines list' shows the routines there are",
            )
        else:
            yield _of_routine(app, name)


def _of_routine(app: Any, name: str) -> Path:
    try:
        file: Path = app.book.find(name).file
    except PracticeError:
        raise UserError(
            f"there is no file '{name}', and no practice here",
            hint="name a file, or go into the practice's folder",
        ) from None
    return file


def _formatted(file: Path) -> _Formatted:
    from dayhand import document

    shown = os.path.relpath(file)
    try:
        data = beginning(file)
    except OSError as error:
        raise UserError(
            f"{shown} cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error
    read = document.read(data, file=shown)
    if read.root is None or read.problems:
        return _Formatted(file, "", "", read.problems)
    return _Formatted(file, data.decode("utf-8"), document.formatted(read))


def _write(one: _Formatted) -> None:
    """Put the new text in the file's place: whole, with its rights, through a symbolic link."""
    file = one.file.resolve()
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(one.after.encode("utf-8"))
        beside.chmod(stat.S_IMODE(file.stat().st_mode))
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UserError(
            f"{one.file} cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error


def _tell(found: list[_Formatted], *, check: bool, diff: bool) -> None:
    tell_problems(problem for one in found for problem in one.problems)
    changed = [one for one in found if one.is_changed]
    for one in changed:
        name = os.path.relpath(one.file)
        if diff:
            before, after = (
                one.before.splitlines(keepends=True),
                one.after.splitlines(keepends=True),
            )
            click.echo("".join(difflib.unified_diff(before, after, name, name)), nl=False)
        else:
            click.echo(f"{'would change' if check else 'changed'} {name}")
    broken = sum(bool(one.problems) for one in found)
    rest = f", {broken} cannot be read" if broken else ""
    files = "1 file" if len(found) == 1 else f"{len(found)} files"
    verb = "would change" if check or diff else "changed"
    click.echo(f"{files}: {len(changed)} {verb}{rest}")


def _json(found: list[_Formatted]) -> dict[str, Any]:
    from dayhand.report import problem_json

    return {
        "changed": [os.path.relpath(one.file) for one in found if one.is_changed],
        "unchanged": [
            os.path.relpath(one.file) for one in found if not one.is_changed and not one.problems
        ],
        "problems": [problem_json(problem) for one in found for problem in one.problems],
    }
