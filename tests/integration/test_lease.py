"""A run belongs to one process: it keeps its lease, and stops once another has taken it over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests_support import acting

from dayhand.errors import Fenced, StoreError
from dayhand.runner import lease

LONG = """
    steps:
      - uses: act.sleep
        with: {length: 1 ms}
      - uses: act.noop
"""
"""As long as it is held."""


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(lease, "LEASE", timedelta(seconds=0.15))
    monkeypatch.setattr(acting, "held", asyncio.Event())


@pytest.fixture
def renewals(bench, monkeypatch):
    made = []
    renew = type(bench.app.store).renew

    async def counted(store, run_id, epoch, **named):
        made.append(epoch)
        await renew(store, run_id, epoch, **named)
        if len(made) == 3 and acting.held:
            acting.held.set()

    monkeypatch.setattr(type(bench.app.store), "renew", counted)
    return made


def test_a_long_run_keeps_its_lease(bench, short, renewals):
    assert bench.run(LONG).state == "done"
    assert len(renewals) >= 3


def test_a_short_run_never_renews(bench, renewals):
    assert bench.run("steps: [{uses: act.noop}]").state == "done"
    assert renewals == []


def test_a_run_that_another_took_over_stops_and_says_so(bench, short, monkeypatch):
    store = bench.app.store
    renew = type(store).renew

    async def taken(self, run_id, epoch, **named):
        await self.write(
            lambda connection: connection.exec_driver_sql("UPDATE runs SET epoch = epoch + 1")
        )
        await renew(self, run_id, epoch, **named)

    monkeypatch.setattr(type(store), "renew", taken)
    with pytest.raises(Fenced):
        bench.run(LONG)
    assert [step.path for step in store.steps(store.runs()[0].id)] == []


def test_a_lease_that_cannot_be_written_stops_the_run(bench, short, monkeypatch):
    async def full(*_, **__):
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(bench.app.store), "renew", full)
    with pytest.raises(StoreError, match="disk is full"):
        bench.run(LONG)
