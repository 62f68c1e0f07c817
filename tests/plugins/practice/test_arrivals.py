"""New clients: those added by hand make routines due, those of a file do not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from dayhand_practice import dayhand_event_kinds
from dayhand_practice.commands.clients import clients

NOW = datetime(2026, 11, 24, 23, tzinfo=UTC)


@pytest.fixture
def events(records):
    def read(start=NOW - timedelta(days=1), end=NOW + timedelta(days=1)):
        (kind,) = [one for one in dayhand_event_kinds() if one.name == "client_created"]
        return [(one.key, one.start) for one in asyncio.run(kind.read(records.context, start, end))]

    return read


@pytest.fixture
def add(records):
    def run(name):
        done = CliRunner().invoke(clients, ["add", "--name", name], obj=records.context)
        assert done.exit_code == 0, done.output

    return run


def test_a_client_who_is_added_is_an_event_at_that_moment(events, add):
    add("Bo Lind")

    assert events() == [("C-0004", NOW)]
    assert events(end=NOW) == []
    assert events(start=NOW + timedelta(seconds=1)) == []


def test_clients_of_a_file_are_no_event(records, events):
    records.load("clients", "id,name\nC-0009,Bo Lind\n")

    assert events() == []
    assert records.kit.run("practice.new_clients", within="30 days") == []


def test_who_was_added_is_told_by_the_moment(records, add):
    add("Bo Lind")
    records.move(minutes=5)
    add("Ka Lund")

    found = records.kit.run("practice.new_clients", at=NOW)
    assert [one["id"] for one in found] == ["C-0004"]
    found = records.kit.run("practice.new_clients", within="1 hour")
    assert [one["id"] for one in found] == ["C-0004", "C-0005"]


def test_a_change_makes_no_client_new_again(records, events, add):
    add("Bo Lind")
    records.move(hours=3)
    CliRunner().invoke(clients, ["edit", "C-0004", "--phone", "518-555-0100"], obj=records.context)
    records.load("clients", "id,name\nC-0004,Bo Lindh\n")

    assert events() == [("C-0004", NOW)]


def test_a_missed_session_may_become_known_for_as_long_as_the_settings_say(records):
    (kind,) = [one for one in dayhand_event_kinds() if one.name == "missed_session"]

    assert kind.look_back(records.context) == timedelta(days=14)
