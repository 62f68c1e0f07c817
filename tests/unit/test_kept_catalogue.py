"""What is kept of plugins says the same as the plugins, and is read no further than it is asked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from dayhand import steps
from dayhand.kept_catalogue import identity, stamp
from dayhand.plugin_host import PluginHost


@pytest.fixture
def twice(tmp_path):
    """The catalogue as the plugins declare it, and as the next command finds it kept."""
    return [PluginHost(cache=tmp_path).catalogue for _ in range(2)]


def test_a_kept_catalogue_says_what_the_plugins_declared(twice):
    declared, kept = twice

    assert type(declared.steps) is dict
    assert type(kept.steps) is not dict
    assert list(kept.steps) == list(declared.steps)
    assert {name: asdict(kept.steps[name]) for name in kept.steps} == {
        name: asdict(spec) for name, spec in declared.steps.items()
    }
    assert identity(kept) == identity(declared)


def test_a_daemon_need_not_load_all_plugins_where_another_process_can_tell_of_them(tmp_path):
    cold, without_a_folder = PluginHost(cache=tmp_path / "cache"), PluginHost()
    could = [cold.could_be_told, without_a_folder.could_be_told]
    told = PluginHost(cache=tmp_path / "cache").catalogue  # as another process would

    assert could == [True, False]
    assert identity(cold.catalogue) == identity(told)
    assert all(plugin.manager is None for plugin in cold._installed.values())
    assert not PluginHost(cache=tmp_path / "cache").could_be_told


def test_a_kept_catalogue_knows_its_steps_and_no_other(twice):
    _, kept = twice

    assert "practice.sessions" in kept.steps
    assert "practice.nothing" not in kept.steps
    assert kept.steps.get("practice.nothing") is None
    assert kept.closest("practice.session") == "practice.sessions"
    assert kept.steps["practice.sessions"] is kept.steps["practice.sessions"]
    with pytest.raises(KeyError):
        kept.steps["practice.nothing"]


def test_a_kept_catalogue_goes_on_when_another_takes_its_place(tmp_path):
    told = PluginHost(cache=tmp_path).catalogue
    kept = PluginHost(cache=tmp_path).catalogue
    for file in tmp_path.glob("catalogue-*"):
        file.unlink()

    found = {name: asdict(kept.steps[name]) for name in kept.steps}

    assert found == {name: asdict(spec) for name, spec in told.steps.items()}


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"{}",
        lambda whole: whole[:10],
        lambda whole: whole[: len(whole) // 20],
        lambda whole: whole[:-1],
        lambda whole: b"000000000029 000000000002\n[]\n",
        lambda whole: b"x" * len(whole),
    ],
)
def test_a_damaged_catalogue_is_made_anew(tmp_path, damage):
    told = PluginHost(cache=tmp_path).catalogue
    (file,) = tmp_path.glob("catalogue-*")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))

    anew = PluginHost(cache=tmp_path).catalogue

    assert identity(anew) == identity(told)
    assert file.read_bytes() == whole


def test_a_kept_catalogue_leaves_no_file_open_behind(tmp_path):
    PluginHost(cache=tmp_path).catalogue  # noqa: B018 - it is kept with that
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(20):
        assert PluginHost(cache=tmp_path).catalogue.steps["practice.sessions"]

    assert len(list(Path("/dev/fd").iterdir())) <= before + 1


@pytest.mark.parametrize("part", ["step", "value_types"])
def test_a_change_of_any_part_of_the_step_api_makes_the_catalogue_anew(tmp_path, monkeypatch, part):
    for name in ("__init__", "step", "value_types"):
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(steps, "__file__", str(tmp_path / "__init__.py"))
    before = stamp([])

    (tmp_path / f"{part}.py").write_text("# other", encoding="utf-8")

    assert stamp([]) != before
