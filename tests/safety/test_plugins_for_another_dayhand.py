"""A plugin that was made for another dayhand, or declares what cannot be: a message, and no TypeError."""

from __future__ import annotations

from functools import partial

import pytest
from click.testing import CliRunner
from tests_support.strange import NOW, Site, StrangeBench

from dayhand.cli import cli
from dayhand.plugin_host.describing import describe
from dayhand.plugin_host.loading import load
from dayhand.plugin_host.plugin import installed
from dayhand.trust import Approvals, Bounds

HOOK = "from dayhand import HealthCheck, hookimpl\n@hookimpl\ndef "
STEP = "from dayhand import Effect, step\n"
FIT = "    return [HealthCheck('fit', lambda practice: [])]\n"

MISFITS = [
    (f"{HOOK}dayhand_sample(folder, today, region):\n    return []",
     "its hook 'dayhand_sample' wants 'region', which dayhand does not give: it gives it folder, today"),
    (f"{HOOK}dayhand_steps(config, app):\n    return []",
     "its hook 'dayhand_steps' wants 'config' and 'app', which dayhand does not give: it gives it nothing"),
    (f"{HOOK}dayhand_stepps():\n    return []",
     "it has a hook that dayhand does not know: 'dayhand_stepps'; did you mean 'dayhand_steps'?"),
    (f"{HOOK}dayhand_steps():\n    []",
     "its hook 'dayhand_steps' gave nothing, not a list of steps: is a 'return' missing?"),
    (f"{HOOK}dayhand_steps():\n    return 5",
     "its hook 'dayhand_steps' gave an int, not a list of steps"),
    (f"{HOOK}dayhand_steps():\n    return ['odd.fine']",
     "its hook 'dayhand_steps' gave a str, not a step"),
    ("from dayhand import hookimpl\n@hookimpl\nasync def dayhand_steps():\n    return []",
     "its hook 'dayhand_steps' is an 'async def': hooks are plain functions"),
    (f"{HOOK}dayhand_settings():\n    return 'odd'",
     "its hook 'dayhand_settings' gave a str, not a Settings"),
    (f"{HOOK}dayhand_event_kinds():\n    return [1]",
     "its hook 'dayhand_event_kinds' gave an int, not an EventKind"),
    (f"{HOOK}dayhand_commands():\n    return [print]",
     "its hook 'dayhand_commands' gave a builtin_function_or_method, not a click command"),
    (f"{HOOK}dayhand_health():\n    return [HealthCheck('fit')]",
     ("it calls 'HealthCheck' in another way than dayhand knows: missing 1 required positional argument:"
     " 'run' (dayhand_odd/__init__.py, line 4)")),
    (f"{HOOK}dayhand_health():\n    raise ValueError('no')",
     "ValueError: no (dayhand_odd/__init__.py, line 4)"),
    (f"{STEP}@step('odd.a', summary='x')\ndef a(context) -> str:\n    return ''",
     ("it calls 'step' in another way than dayhand knows: missing 1 required keyword-only argument: 'effect'"
     " (dayhand_odd/__init__.py, line 2)")),
    (f"{STEP}@step('odd.a', effect='reed', summary='x')\ndef a(context) -> str:\n    return ''",
     ("step 'odd.a': its effect is one of Effect.NONE, Effect.READ, Effect.WRITE, Effect.RECORD, Effect.SEND"
     " (dayhand_odd/__init__.py, line 2)")),
    (f"{STEP}@step('odd.a', effect=Effect.READ, summary='x')\ndef a(context, who: str) -> str:\n    return ''",
     "step 'odd.a': write its inputs after a '*', so that they are named (dayhand_odd/__init__.py, line 2)"),
    ("from dayhand import Effects",
     "it uses 'Effects', which this dayhand does not have (dayhand_odd/__init__.py, line 1)"),
]  # fmt: skip
"""The plugin's text, and why it is left out."""


@pytest.fixture
def site(tmp_path, monkeypatch):
    return Site(tmp_path / "site", monkeypatch)


def left_out(tmp_path, *, own_process=False):
    approvals = Approvals(tmp_path / "plugins.json")
    plugin = installed({}, look=True)[
        "odd"
    ]  # by itself: to describe all of dayhand's takes a second
    process = Bounds() if own_process else None
    approvals.approve(plugin.candidate, by="jane", at=NOW, process=process)
    (found,) = describe([plugin], partial(load, approvals=approvals), "").plugins
    if plugin.pool is not None:
        plugin.pool.close()
    assert found.state == "left out"
    return found


@pytest.mark.parametrize(("text", "told"), MISFITS, ids=range(len(MISFITS)))
def test_p10_what_is_for_another_dayhand_is_told_in_words(site, tmp_path, text, told):
    site.install(text)

    found = left_out(tmp_path)

    assert found.reason == told
    assert "TypeError" not in found.reason + found.hint
    assert found.hint.startswith(("compare its hooks with", "report it to the makers of"))


def test_p10_from_a_process_of_its_own_it_is_told_in_the_same_words(site, tmp_path):
    text, told = MISFITS[0]
    site.install(text)

    assert left_out(tmp_path, own_process=True).reason == told


def test_p10_a_plugin_of_another_api_is_told_before_it_is_imported(site, tmp_path):
    site.install(f"{HOOK}dayhand_health():\n{FIT}", declared="api = 9")
    load(plugin := installed({}, look=True)["odd"], approvals=Approvals(tmp_path / "plugins.json"))
    found = plugin.spec()

    assert found.state == "not approved"
    assert "9" in found.reason
    assert "TypeError" not in found.reason


def test_a_health_hook_that_raises_leaves_out_its_plugin_and_the_doctor_goes_on(site, tmp_path):
    site.install(f"{HOOK}dayhand_health():\n    raise ValueError('no')")
    bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    try:
        bench.approve()
        told = CliRunner().invoke(cli, ["doctor"], obj=bench.app).output
    finally:
        bench.close()

    assert "plugin 'odd' is left out: ValueError: no" in told
    assert "runs" in told


def test_an_effect_may_be_named_by_its_word():
    from dayhand import Effect, step

    @step("odd.a", effect="send", summary="x")  # type: ignore[arg-type]
    async def made(context) -> None:
        """Send."""

    assert made.effect is Effect.SEND
