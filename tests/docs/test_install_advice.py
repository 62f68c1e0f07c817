"""P06: wherever something tells how to install, it takes wheels only; pip runs the code of all else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOLD_IN = [
    file
    for folder in ("engine", "plugins", "routines", ".")
    for file in sorted((ROOT / folder).glob("*" if folder == "." else "**/*"))
    if file.suffix in (".py", ".md", ".txt", ".yaml", ".typ") and file.name != "CHANGELOG.md"
]
ADVICE = re.compile(r"(?:\bpip3?|\buv pip|\bpipx)\s+install\b.*|\buv (?:add|tool install)\b.*")
IS_SAFE = re.compile(r"--only-binary :all:|--no-deps \.$")


def advice_in(file):
    found = (ADVICE.search(line) for line in file.read_text(encoding="utf-8").splitlines())
    return [one[0] for one in found if one]


def test_p06_all_that_tells_how_to_install_takes_wheels_only():
    told = {
        (str(file.relative_to(ROOT)), line)
        for file in TOLD_IN
        for line in advice_in(file)
        if not IS_SAFE.search(line)
    }

    assert told == set()


def test_p06_both_manuals_tell_how_to_hold_pip_to_hashes():
    for name in ("README.md", "plugins/README.md"):
        assert re.search(r"pip install .*--require-hashes", (ROOT / name).read_text()), name


@pytest.mark.parametrize(
    ("line", "is_safe"),
    [
        ("hint: pip install 'dayhand[lsp]'", False),
        ("$ .venv/bin/pip install .", False),
        ("pip install --only-binary :all: 'dayhand[lsp]'", True),
        ("uv add dayhand", False),
    ],
)
def test_the_search_finds_what_it_should(line, is_safe):
    assert bool(IS_SAFE.search(ADVICE.search(line)[0])) is is_safe
