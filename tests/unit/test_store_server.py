"""A server, its line and its locks are waited for, and not for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import make_url

from dayhand.app.surroundings import server_line
from dayhand.store.postgresql import ServerFacts, _patient


def test_every_wait_for_a_server_and_its_locks_has_an_end():
    query = _patient(make_url("postgresql://jane@db.example.com/practice")).query

    assert query["options"] == "-c lock_timeout=60000"
    assert query["connect_timeout"] == "10"
    assert query["tcp_user_timeout"] == "60000"


def test_what_the_address_says_of_waiting_comes_before():
    address = "postgresql://jane@h/x?connect_timeout=3&options=-c%20lock_timeout%3D1s&host=/run"
    query = _patient(make_url(address)).query

    assert query["connect_timeout"] == "3"
    assert query["options"] == "-c lock_timeout=60000 -c lock_timeout=1s"  # the last one counts
    assert query["host"] == "/run"


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://jane@db.example.com/x", "require"),
        ("postgresql://jane@db.example.com/x?sslmode=verify-full", "verify-full"),
        ("postgresql://jane@db.example.com/x?sslmode=disable", "disable"),
        ("postgresql://jane@localhost/x", None),
        ("postgresql://jane@127.0.0.1/x", None),
        ("postgresql://jane@/x?host=/run/postgresql", None),
        ("postgresql://jane@/x?host=db.example.com", "require"),
        ("postgresql:///x", None),
    ],
)
def test_over_a_network_the_line_is_encrypted_unless_the_address_says_otherwise(address, mode):
    assert _patient(make_url(address)).query.get("sslmode") == mode


def test_a_line_over_a_network_that_is_not_encrypted_fails_the_doctor():
    facts = ServerFacts("postgresql://db.example.com/x", "16.2", 1024, False, False)

    ((level, message),) = [(one.level, one.message) for one in server_line(facts)]

    assert level == "failure"
    assert "is not encrypted" in message
    ((level, message),) = [
        (one.level, one.message) for one in server_line(replace(facts, has_encrypted_line=True))
    ]
    assert level == "ok"
    assert message.endswith("the line is encrypted")
