"""`dayhand plugins check`: does a plugin keep the rules that the engine relies on?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dayhand.conformance import Subject, Verdict

__all__ = ["check_command"]


@click.command(
    "check",
    epilog="Examples: dayhand plugins check .    dayhand plugins check billing --verbose",
)
@click.argument("wanted", metavar="[NAME|DIR]...", nargs=-1)
@click.option("--strict", is_flag=True, help="What was not tried counts as a failure.")
@click.option("--verbose", "-v", is_flag=True, help="Tell of every step, with what was measured.")
@click.option(
    "--within", default=300, metavar="SECONDS", help="How long one plugin may take [300]."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def check_command(
    ctx: click.Context,
    wanted: tuple[str, ...],
    strict: bool,
    verbose: bool,
    within: int,
    as_json: bool,
) -> None:
    """Check that a plugin keeps the rules of its manual.

    Name an installed plugin, or the folder of a plugin's project; without either, the project in this
    folder. Its declarations are read, and the steps in its examples are run whole, run dry, cut off and
    cancelled, in a process that reaches nobody beyond this machine. None of it touches a practice.

    It ends with 0 if nothing failed, 1 if something did, 2 if there is no such plugin.
    """
    from dayhand.conformance import check, subjects

    app = app_of(ctx)
    found = [one for name in wanted or (".",) for one in subjects(app, name)]
    checked = []
    for subject in found:
        if not as_json:
            click.echo(f"plugin {subject.name} ({subject.distribution})")
        verdicts = check(subject, app.settings.environment, within=within)
        checked.append((subject, verdicts))
        if not as_json:
            for line in _lines(verdicts, verbose=verbose, strict=strict):
                click.echo(line)
    if as_json:
        emit_json([_told(subject, verdicts, strict=strict) for subject, verdicts in checked])
    if not all(_passes(verdicts, strict=strict) for _, verdicts in checked):
        raise click.exceptions.Exit(1)


def _passes(verdicts: Sequence[Verdict], *, strict: bool) -> bool:
    bad = {"failed", "not tried"} if strict else {"failed"}
    return not any(one.result in bad and (one.step or one.result == "failed") for one in verdicts)


def _told(subject: Subject, verdicts: Sequence[Verdict], *, strict: bool) -> dict[str, Any]:
    return {
        "plugin": subject.name,
        "from": subject.distribution,
        "passes": _passes(verdicts, strict=strict),
        "checks": [asdict(one) for one in verdicts],
    }


def _lines(verdicts: Sequence[Verdict], *, verbose: bool, strict: bool) -> list[str]:
    from dayhand.conformance import CHECKS
    from dayhand.report import table

    rows = []
    for name, about in CHECKS.items():
        own = [one for one in verdicts if one.check == name]
        if own:
            rows.append((name, *_counted(own), about))
    lines = table(("CHECK", "RESULT", "STEPS", "WHAT IT SAYS"), rows).splitlines()
    for one in verdicts:
        where = f"{one.step}: " if one.step else ""
        if one.result == "failed":
            lines += ["", f"{one.check}: {where}{one.message}"]
            lines += [f"  hint: {one.hint}"] if one.hint else []
        elif verbose:
            told = one.message or one.figure
            lines.append(f"  {one.check}: {where}{one.result}{f', {told}' if told else ''}")
    return [*lines, "", *_end(verdicts, strict=strict)]


def _counted(own: Sequence[Verdict]) -> tuple[str, str]:
    failed, done = ([o for o in own if o.result == kind] for kind in ("failed", "ok"))
    result = "failed" if failed else "ok" if done else "not tried"
    steps = {one.step for one in own if one.step}
    if not steps:
        return result, ""
    tried = {one.step for one in own if one.step and one.result != "not tried"}
    return result, f"{len(tried)} of {len(steps)}"


def _end(verdicts: Sequence[Verdict], *, strict: bool) -> list[str]:
    failed = sum(one.result == "failed" for one in verdicts)
    untried = sorted(
        {one.step for one in verdicts if one.check == "example" and one.result == "not tried"}
    )
    lines = [f"{failed} failed" if failed else "it keeps the rules, as far as it was tried"]
    if untried:
        lines.append(f"not tried, as no example uses them: {', '.join(untried)}")
        lines.append(
            "  hint: write a routine that does; see 'Checking a plugin' in plugins/README.md"
        )
    if untried and strict:
        lines.append("with --strict that is a failure")
    return lines
