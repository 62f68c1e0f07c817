"""What shows client data is asked for by `--reveal`, and the audit log keeps that it was (P8, L05)."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.timeout(400)
REVEALING = [
    ("show", "last", "--values"), ("clients", "list"), ("clients", "show", "C-0001"), ("paperwork", "list"),
    ("sessions", "list", "--month", "2026-11"), ("calendar", "agenda", "--day", "2026-11-17"), ("effects",),
    ("run", "morning-prep", "--as-of", "2026-11-17", "--dry-run"),
]  # fmt: skip


@pytest.mark.parametrize("command", REVEALING, ids=lambda command: " ".join(command[:2]))
def test_l05_each_reveal_is_noted_before_anything_is_shown(home, command):
    def noted() -> list[str]:
        listed = json.loads(home("audit", "list", "--limit", "1000", "--json").out)
        entries = listed if isinstance(listed, list) else listed["entries"]
        return [f"{one['action']} {one['subject']}" for one in entries]

    before = len([one for one in noted() if "reveal" in one])
    hidden = home(*command)
    after_hidden = len([one for one in noted() if "reveal" in one])
    told_before = len(home.told)
    shown = home(*command, "--reveal")
    del home.told[told_before:]  # it shows what is looked for elsewhere
    after = len([one for one in noted() if "reveal" in one])

    assert (after_hidden, after) == (before, before + 1)
    names = [home.planted[what] for what in ("name", "e-mail", "preferred name")]
    assert not any(name in hidden.text for name in names)
    if command[0] not in ("show", "run"):
        assert any(name in shown.out for name in names) or command[0] == "effects"
