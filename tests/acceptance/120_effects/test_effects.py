"""120: `dayhand effects` lists everything that left the machine: when, to whom, which receipt, which state."""

from __future__ import annotations

import json

import pytest
from tests_support.post_office import message_ids

MAIL = """
    steps:
      - for_each: "['ana@example.org', 'bo@example.org']"
        as: address
        uses: email.send
        with: {to: "${{ address }}", purpose: office, subject: Hello, body: Good day.}
"""
SECRETS = ("ana@example.org", "bo@example.org")


@pytest.fixture
def sent(sample, office):
    """Two messages that arrived, and a third whose end is not known."""
    sample.routine("two", MAIL)
    sample("run", "two")
    office.falls_silent(after_accepting=True)
    sample.routine("lost", MAIL.replace("'ana@example.org', 'bo@", "'eve@"))
    sample("run", "lost", expect=4)
    return sample


def test_before_anything_was_sent_the_list_says_so(bare):
    assert bare("effects").out == "nothing has left the machine\n"
    assert bare("effects", "--json").json == []
    assert bare("effects", "--state", "unknown").out == "nothing of that kind\n"


def test_each_message_has_its_state_and_receipt_newest_first(sent, office):
    listed = sent("effects", "--json").json

    assert [(one["state"], one["uses"]) for one in listed] == [
        ("unknown", "email.send"), ("done", "email.send"), ("done", "email.send"),
    ]  # fmt: skip
    assert {one["receipt_id"] for one in listed} == set(message_ids(office.messages))
    assert all(one["intended_at"] for one in listed)
    assert "unknown" in sent("effects").out


def test_to_whom_is_told_on_request_and_the_request_is_audited(sent):
    hidden = sent("effects").out + sent("effects", "--json").out
    before = len(sent.rows()["audit"])
    shown, data = sent("effects", "--reveal").out, sent("effects", "--reveal", "--json").json

    assert not [one for one in (*SECRETS, "eve@example.org") if one in hidden]
    assert all(one in shown for one in (*SECRETS, "eve@example.org"))
    assert {one["to"] for one in data} == {*SECRETS, "eve@example.org"}
    noted = sent.rows()["audit"][before:]
    assert len(noted) == 2
    assert all("reveal" in row and "effects since ever" in row for row in noted)


def test_the_list_is_narrowed_by_run_state_and_time(sent):
    lost, two = (run["id"] for run in sent("runs", "--json").json)

    assert len(sent("effects", "--run", two, "--json").json) == 2
    assert [one["run_id"] for one in sent("effects", "--run", "last", "--json").json] == [lost]
    assert [one["run_id"] for one in sent("effects", "--state", "unknown", "--json").json] == [lost]
    assert len(sent("effects", "--since", "2020-01-01", "--json").json) == 3
    assert sent("effects", "--since", "2099-01-01", "--json").json == []
    assert json.loads(sent("effects", "--run", two, "--state", "not_sent", "--json").out) == []


@pytest.mark.parametrize(
    "wrong", [("--state", "sent"), ("--since", "yesterday"), ("--run", "20990101")]
)
def test_a_wrong_filter_is_told(bare, wrong):
    assert wrong[1] in bare("effects", *wrong, expect=2).err
