"""`dayhand plugins`, and its `approve`, `revoke` and `check`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.cli.plugin_check import check_command
from dayhand.errors import PracticeError, UserError

if TYPE_CHECKING:
    from dayhand.trust import Approval, Approvals, Bounds, Candidate

__all__ = ["plugins_command"]


@click.group("plugins", invoke_without_command=True, epilog="Example: dayhand plugins --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def plugins_command(ctx: click.Context, as_json: bool) -> None:
    """List the installed plugins: version, steps, state, and why one is not used.

    A plugin that does not come with dayhand is not even imported before you have approved it.
    """
    if ctx.invoked_subcommand is not None:
        return
    app = app_of(ctx)
    found = [_told(app, plugin) for plugin in app.catalogue.plugins]
    if as_json:
        emit_json(found)
        return
    from dayhand.report import table

    rows = [
        (one["name"], f"{one['distribution']} {one['version']}", one["state"], len(one["steps"]),
         one["reason"])
        for one in found
    ]  # fmt: skip
    click.echo(table(("PLUGIN", "FROM", "STATE", "STEPS", "REASON"), rows))
    for one in found:
        if one["may"]:
            click.echo(f"  {one['name']} {'; '.join(one['may'])}")
        for line in one["deprecated"]:
            click.echo(f"  {one['name']} uses what goes: {line}")
        if one["hint"]:
            click.echo(f"  hint for {one['name']}: {one['hint']}")


plugins_command.add_command(check_command)


def _told(app: Any, plugin: Any) -> dict[str, Any]:
    steps = [name for name, spec in app.catalogue.steps.items() if spec.plugin == plugin.name]
    may: list[str] = []
    if plugin.distribution != "dayhand":
        try:
            may = app.host.candidate(plugin.name).declaration().as_lines()
        except UserError as error:
            may = [error.message]
    return {**asdict(plugin), "steps": steps, "may": may}


@plugins_command.command(
    "approve",
    epilog="Examples: dayhand plugins approve mileage,"
    ' dayhand plugins approve mileage --own-process --memory "256 MB" --time "1 minute"',
)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--own-process", is_flag=True, help="Run its steps in a process of their own.")
@click.option("--memory", metavar="SIZE", help="With --own-process: memory it may take (512 MB).")
@click.option("--time", metavar="LENGTH", help="With --own-process: longest step (5 minutes).")
@click.option("--output", metavar="SIZE", help="With --own-process: what a step may give (1 MB).")
@click.pass_context
def approve_command(
    ctx: click.Context, /, name: str, yes: bool, own_process: bool, **given: str | None
) -> None:
    """Say what a stranger's plugin may touch, and let it be used.

    The approval holds for this version with these very files. When a file changes, or another version
    is installed, the plugin is not imported until you have approved it again.

    In a process of its own a plugin that crashes, hangs or takes too much harms only its step. One that
    uses the database cannot be in one.
    """
    app = app_of(ctx)
    approvals, candidate = _approvals(app), app.host.candidate(name)
    known = approvals.all().get(name)
    bounds = _wanted(own_process, {key: one for key, one in given.items() if one is not None})
    wanted = bounds or candidate.declaration().process
    if known is not None and known.process == wanted and not approvals.objection(candidate):
        click.echo(f"{name} is approved as it is, since {known.at} by {known.by}")
        return
    for line in _proposal(candidate, known, wanted):
        click.echo(line)
    if not yes and not click.confirm("Use it?", default=False):
        raise click.Abort
    made = approvals.approve(candidate, by=app.settings.user, at=app.clock.now(), process=bounds)
    told = " in its own process" if made.process else ""
    _audit(app, "plugin.approve", f"{name} {candidate.version} {made.digest[:16]}{told}")
    click.echo(f"approved {name} {candidate.version} ({made.digest[:16]}){told}")


def _wanted(own_process: bool, given: dict[str, str]) -> Bounds | None:
    """The bounds that the owner imposes; None if none are."""
    if not own_process:
        if given:
            raise UserError(
                f"--{next(iter(given))} needs --own-process",
                hint="the bounds hold for a plugin in a process of its own: say both, or neither",
            )
        return None
    from dayhand.trust import Bounds  # not needed to list plugins

    try:
        return Bounds.read(given)
    except ValueError as error:
        raise UserError(
            f"--own-process: {error}", hint='as in --memory "256 MB" --time "1 minute"'
        ) from None


@plugins_command.command("revoke", epilog="Example: dayhand plugins revoke mileage")
@click.argument("name")
@click.pass_context
def revoke_command(ctx: click.Context, name: str) -> None:
    """Take an approval back: the plugin is not imported any more, and its routines stop.

    Nothing is removed: its rows and files stay, and 'approve' brings it back.
    """
    app = app_of(ctx)
    if not _approvals(app).revoke(name):
        raise UserError(f"plugin '{name}' is not approved", hint="see: dayhand plugins")
    _audit(app, "plugin.revoke", name)
    click.echo(f"{name} is not used any more")


def _approvals(app: Any) -> Approvals:
    found: Approvals | None = app.host.approvals
    if found is None:
        raise UserError(
            "in safe mode no plugin can be approved", hint="leave --safe-mode out for this command"
        )
    return found


def _proposal(candidate: Candidate, known: Approval | None, process: Bounds | None) -> list[str]:
    files, digest = candidate.files(), candidate.digest()[:16]
    declared = candidate.declaration()
    if process is not None:
        declared.require_apart()
    title = f"plugin {candidate.name}: {candidate.distribution} {candidate.version}"
    lines = [
        f"{title}, {len(files)} files, SHA-256 {digest}",
        *(f"  - {line}" for line in declared.as_lines()),
    ]
    if known is not None:
        changed = [path for path, digest in files.items() if known.files.get(path) != digest]
        lines.append(f"approved before was {known.version}; {len(changed)} files are others now")
        lines += [f"  new: it {line}" for line in declared.beyond(known.declaration)]
    if process is not None:
        lines.append(f"It runs as you, in a process of its own: {process.as_text()}.")
    else:
        lines.append("It runs as you, in dayhand's own process.")
    lines += [
        "It is held to the above as far as its manual tells; code that means harm cannot be held: approve",
        "what you trust.",
    ]
    return lines


def _audit(app: Any, action: str, subject: str) -> None:
    """Note it in the log of the practice around, if there is one."""
    with suppress(PracticeError):
        app.note(action, subject)
