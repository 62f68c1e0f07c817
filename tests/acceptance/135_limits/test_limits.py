"""130: a run that would send more than the owner allows stops before it does, and asks (E18)."""

from __future__ import annotations

import pytest

FOUR = """
    steps:
      - for_each: "['a', 'b', 'c', 'd']"
        as: number
        uses: email.send
        with: {to: ana@example.org, purpose: PURPOSE, consent: [billing], subject: Document ready, body: Hello.}
        on_error: continue
"""
BILLING, OFFICE = FOUR.replace("PURPOSE", "billing"), FOUR.replace("PURPOSE", "office")


def limited(practice, text: str) -> None:
    file = practice.folder / "practice.yaml"
    file.write_text(f"{file.read_text()}\nlimits: {text}\n")


def test_a_fourth_message_to_one_client_on_one_day_is_asked_about(sample, office):
    sample.routine("four", BILLING)

    asked = sample("run", "four", expect=3)
    shown = sample("inbox").out

    assert len(office.messages) == 3
    assert "Send one client a message more today?" in asked.out + shown
    assert "sends_a_client_a_day" in shown
    assert "ana@example.org" not in asked.text + shown


def test_declined_it_is_left_out_and_approved_it_is_sent(sample, office):
    sample.routine("four", BILLING)
    sample("run", "four", expect=3)

    declined = sample("answer", sample.question(), "--decline", expect=1)
    assert "declined to send more than the limit" in declined.text
    assert len(office.messages) == 3

    sample("run", "four", expect=3)  # the same day, another run: it asks before its first
    assert len(office.messages) == 3
    sample("answer", sample.question(), "--approve", expect=3)
    assert len(office.messages) == 4


def test_mail_to_no_client_counts_for_the_run_alone(sample, office):
    sample.routine("four", OFFICE)
    sample("run", "four")
    assert len(office.messages) == 4

    limited(sample, "{sends_a_run: 2}")
    sample("run", "four", expect=3)
    assert len(office.messages) == 6
    sample("answer", sample.question(), "--approve")
    assert len(office.messages) == 8


@pytest.mark.parametrize("wrong", ["{sends_a_run: 0}", "{sends_a_rnu: 5}", "50"])
def test_a_wrong_limit_is_told_with_its_line(bare, wrong):
    limited(bare, wrong)

    assert "practice.yaml:" in bare("check", expect=2).text
