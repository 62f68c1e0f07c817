"""Reminders of open invoices: each step once, the latest reached, the rest never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from billing_practice import client, session


@pytest.fixture
def late(billing):
    """An invoice due on 16 November."""
    billing.number = billing.issue(session())[0]
    return billing


def due(billing, day, **inputs):
    return billing.on(f"{day}T09:00:00-05:00").run("reminders_due", **inputs)


@pytest.mark.parametrize(
    ("day", "step"),
    [
        ("2026-11-22", None),
        ("2026-11-23", 7),
        ("2026-12-15", 7),
        ("2026-12-16", 30),
        ("2027-01-14", 30),
        ("2027-01-15", 60),
        ("2027-06-01", 60),
    ],
)
def test_an_invoice_comes_at_the_latest_step_it_has_reached(late, day, step):
    found = due(late, day)

    assert [each["after_days"] for each in found["items"]] == ([step] if step else [])


def test_a_step_comes_once_and_the_next_one_later(late):
    first = due(late, "2026-11-23")["items"]
    assert late.run("note_reminders", reminders=first) == 1
    assert late.run("note_reminders", reminders=first) == 0

    assert due(late, "2026-12-10")["items"] == []
    assert [each["after_days"] for each in due(late, "2026-12-16")["items"]] == [30]


def test_what_is_paid_meanwhile_is_not_reminded_of_and_a_part_is_told_as_it_is_open(late):
    late.pay("100.00")
    assert due(late, "2026-11-23")["items"][0]["open"] == Decimal("50.00")

    late.pay("50.00")

    assert due(late, "2026-11-23")["items"] == []


def test_the_summary_has_ids_and_says_who_gets_no_mail(billing):
    who = client(email_scopes=[])
    billing.issue(session(who=who))

    found = due(billing, "2026-11-30")

    assert "C-0017" in found["summary"]
    assert "no consent for billing mail: INV-2026-00001 (C-0017)" in found["summary"]
    assert who["name"] not in found["summary"]


def test_other_steps_can_be_given(late):
    assert due(late, "2026-11-18", after_days=[2])["items"][0]["after_days"] == 2
