"""The bundled plugins pass what any plugin is asked by `dayhand plugins check`."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from dayhand.app import App
from dayhand.conformance import check, subjects
from dayhand.settings import Settings

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(one.name.removeprefix("dayhand_") for one in ROOT.glob("plugins/dayhand_*/"))
QUICK = {"email"}  # each takes seconds: the others are tried in the soak


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.soak) for n in PLUGINS]
)
def test_a_bundled_plugin_keeps_the_rules_of_the_manual(name, tmp_path):
    app = App(Settings({"HOME": str(tmp_path)}, tmp_path))
    (subject,) = subjects(app, name)

    verdicts = check(subject, {**os.environ, "HOME": str(tmp_path)})

    failed = [one for one in verdicts if one.result == "failed"]
    counted = Counter((one.check, one.result) for one in verdicts)
    print(name, *(f"{check}: {counted[check, 'ok']} ok" for check, _ in dict.fromkeys(counted)))
    untried = [one for one in verdicts if one.result == "not tried" and one.step]
    assert failed == []
    assert untried == []
    assert counted["example", "ok"]


def test_every_bundled_step_stands_in_an_example():
    missing, count = [], 0
    for folder in ROOT.glob("plugins/dayhand_*/"):
        code = "".join(file.read_text() for file in folder.rglob("*.py"))
        told = "".join(file.read_text() for file in folder.glob("examples/routines/*.yaml"))
        names = re.findall(r'@step\(\s*"([a-z_]+\.[a-z_]+)"', code)
        count += len(names)
        missing += [name for name in names if not re.search(rf"uses: {name}\b", told)]

    assert count > 150
    assert missing == []
