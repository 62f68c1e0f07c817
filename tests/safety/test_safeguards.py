"""The table of safeguards is true: what it names as a proof is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "engine" / "SAFEGUARDS.md").read_text(encoding="utf-8")


def test_every_test_that_a_safeguard_names_is_there():
    named = re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", TEXT)
    functions = {
        file: {node.name for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
               if isinstance(node, ast.FunctionDef)}
        for file, _ in named
    }  # fmt: skip

    assert len(named) >= 18
    assert [test for file, test in named if test not in functions[file]] == []


def test_every_standard_of_164_312_has_its_row():
    told = re.findall(r"^\| (\(\w\)(?:\(\w+\))*) [RA] \|", TEXT, re.MULTILINE)

    assert [t for t in told if t.startswith("(a)")] == ["(a)(1)"] + [
        f"(a)(2)({n})" for n in ("i", "ii", "iii", "iv")
    ]
    assert {t[:3] for t in told} == {"(a)", "(b)", "(c)", "(d)", "(e)"}
