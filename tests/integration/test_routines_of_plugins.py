"""Routines that a stranger's plugin ships: listed, copied and kept up to date as dayhand's own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests_support.strange import Site, StrangeBench

from dayhand.cli import cli
from dayhand.trust import Approvals

PLUGIN = """
from pathlib import Path
from dayhand import Shipped, hookimpl
@hookimpl
def dayhand_shipped():
    return Shipped(routines=Path(__file__).parent / "routines")
"""
TEXT = "routine: odd-daily\ntitle: One\n\nsteps:\n  - uses: value.set\n    with: {a: 1}\n"


class Strange:
    def __init__(self, tmp_path, site):
        self.site = site
        self.bench = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))

    def install(self, text, name="odd-daily", version="1.0"):
        self.site.install(PLUGIN, version=version)
        folder = self.site.folder / "dayhand_odd/routines"
        folder.mkdir()
        (folder / f"{name}.yaml").write_text(text)

    def say(self, *arguments):
        ended = CliRunner().invoke(cli, ["routines", *arguments], obj=self.bench.app)
        assert ended.exception is None, (ended.output, ended.exception)
        return ended.output

    def listed(self):
        return {one["routine"]: one for one in json.loads(self.say("list", "--shipped", "--json"))}


@pytest.fixture
def strange(tmp_path, monkeypatch):
    made = Strange(tmp_path, Site(tmp_path / "site", monkeypatch))
    yield made
    made.bench.close()


def test_they_are_listed_copied_and_updated_and_no_edit_is_lost(strange):
    strange.install(TEXT)
    strange.bench.approve()
    assert strange.listed()["odd-daily"]["activity"] == "odd"

    strange.say("add", "odd-daily")
    (copy,) = strange.bench.folder.rglob("routines/odd/odd-daily.yaml")
    copy.write_text(copy.read_text().replace("a: 1", "a: 2"))
    strange.install(TEXT.replace("title: One", "title: Two"), version="2.0")
    strange.bench.approve()
    assert strange.listed()["odd-daily"]["copy"] == "edited, update"
    strange.say("update", "odd-daily")

    assert copy.read_text() == TEXT.replace("title: One", "title: Two").replace("a: 1", "a: 2")


def test_those_of_a_plugin_that_is_not_approved_are_not_offered(strange):
    strange.install(TEXT)
    strange.bench.fresh()

    assert "odd-daily" not in strange.listed()


def test_none_takes_the_place_of_one_of_dayhands(strange):
    strange.install("routine: ar-ageing\nsteps:\n  - uses: value.set\n", name="ar-ageing")
    strange.bench.approve()

    assert strange.listed()["ar-ageing"]["activity"] == "administration"
