"""What dayhand costs, beside the least it could: every line of the table in one run.

    python tests/benchmarks/all.py [--quick] [--folder DIR] [LINES...]

LINES: commands, steps, listing, scheduling, checking, plugins, passphrase; all of them if none is
named. Ratios are of medians, taken in turn; `--quick` takes fewer rounds and a tenth of the rows. Exit
code 1 if a target is not met. Nothing here is a test: a time says something about a machine too.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import HEAD, Line
from practice import BenchPractice

PARTS = ("commands", "steps", "listing", "scheduling", "checking", "plugins", "passphrase")


def taken(parts: list[str], place: Path, *, quick: bool) -> Iterator[Line]:
    """Every line as it is measured. Imports stand where they are needed: see `commands`."""
    practice = BenchPractice.make(place)
    if "commands" in parts:
        import commands

        yield from commands.lines(practice, place, 7 if quick else 25)
    if "steps" in parts:
        import durable_steps

        yield from durable_steps.lines(practice, place, 5 if quick else 15)
    if "listing" in parts:
        import listing

        yield from listing.lines(place, 5 if quick else 15, 100_000 if quick else 1_000_000)
    if "scheduling" in parts:
        import scheduling

        yield from scheduling.lines(practice, place, 1 if quick else 3, 1_000 if quick else 10_000)
    if "checking" in parts:
        import checking

        yield from checking.lines(practice, 9 if quick else 25, 100 if quick else 1_000)
    if "plugins" in parts:
        import finding
        import own_process

        yield from finding.lines(place, 9 if quick else 25)
        yield from own_process.lines(practice, place, 5 if quick else 15)
    if "passphrase" in parts:
        import passphrase

        yield from passphrase.lines(5 if quick else 15)


def main() -> int:
    """Measure, print, and say whether all is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer rounds, a tenth of the rows")
    parser.add_argument("--folder", type=Path, default=None, help="where the files are made")
    parser.add_argument("lines", nargs="*", choices=[*PARTS, []], help="what to measure")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}; medians, taken in turn\n{HEAD}", flush=True)
    met = []
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        for line in taken(options.lines or list(PARTS), Path(place), quick=options.quick):
            print(line, flush=True)
            met.append(line.is_met)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
