"""What the manual of privacy names is there: every test, and the way to it."""

from __future__ import annotations

import ast
import re

from tests_support.manuals import MAIN, ROOT

PRIVACY = ROOT / "engine" / "PRIVACY.md"
NAMED = re.compile(r"`(tests/[\w/.]+\.py)::(test_\w+)`")


def test_every_test_that_is_named_is_there():
    text = PRIVACY.read_text(encoding="utf-8")
    named = NAMED.findall(text)
    there = {
        (file, node.name)
        for file in {file for file, _ in named}
        for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert len(named) > 20
    assert sorted(set(named) - there) == []
    assert len(re.findall(r"`tests/", text)) == len(named)


def test_the_main_manual_leads_to_it():
    assert "(engine/PRIVACY.md)" in MAIN.read_text(encoding="utf-8")
