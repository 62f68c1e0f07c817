"""A plugin is loaded when it is first needed, and makes its steps when one is first called."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dayhand_journal
from dayhand import hookimpl
from dayhand.errors import UserError
from dayhand.plugin_host import PluginHost

WAITS = """
import sys
from pathlib import Path
from dayhand.plugin_host import PluginHost
host = PluginHost(cache=Path(sys.argv[1]))
for name in ("session", "time_off", "missed_session"):
    assert host.event_kind(name), name
print(*sys.modules)
"""


@pytest.fixture
def kept(tmp_path):
    """The folder of a kept catalogue."""
    assert PluginHost(cache=tmp_path).catalogue
    return tmp_path


def test_who_waits_for_events_loads_no_steps_and_none_of_their_models(kept):
    told = subprocess.run(
        [sys.executable, "-c", WAITS, str(kept)], check=True, capture_output=True, text=True
    )

    names = set(told.stdout.split())
    assert {"dayhand_calendar.kinds", "dayhand_practice.missed"} <= names
    models = {
        "dayhand_calendar.steps",
        "dayhand_calendar.vocabulary",
        "dayhand_practice.vocabulary",
    }
    assert names & models == set()
    assert not any(name.startswith("dayhand_practice.") and "steps" in name for name in names)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module named 'gone'", name="gone"), "it needs 'gone'"),
        (ZeroDivisionError("at work"), "ZeroDivisionError: at work"),
    ],
)
def test_a_plugin_whose_steps_cannot_be_made_any_more_is_left_out(kept, monkeypatch, error, reason):
    @hookimpl
    def dayhand_steps():
        raise error

    monkeypatch.setattr(dayhand_journal, "dayhand_steps", dayhand_steps)
    host = PluginHost(cache=kept)
    name = next(one for one in host.catalogue.steps if one.startswith("journal."))

    for _ in range(2):
        with pytest.raises(UserError, match=r"plugin 'journal' .* is left out") as caught:
            host.step(name)
        assert reason in caught.value.message
    assert host.step("practice.sessions")
