"""The kit that strangers test their plugins with."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from tests_support import acting

from dayhand import UserError
from dayhand.testing import CalendarServer, MailServer, extra, message_ids
from dayhand.values import REDACTED

TWO = """
    steps:
      - id: kept
        uses: act.record
        with: {text: once}
      - id: said
        uses: act.echo
        with: {value: 7}
"""


@pytest.fixture
def bench(workbench):
    acting.reset()
    return workbench({"act": acting})


@pytest.mark.parametrize("path", ["kept", "said"])
@pytest.mark.parametrize("before", [True, False])
def test_a_run_goes_on_where_its_process_died(bench, path, before):
    with bench.dies(path, before=before):
        bench.run(TWO)
    left = bench.steps(bench.app.store.runs()[0])
    assert (path in left and left[path].state == "done") is not before

    run = bench.resume()

    assert run.state == "done"
    assert bench.output(run, "said") == 7
    with bench.app.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM act_rows").scalar()
    assert rows == 1


def test_it_dies_in_one_of_several_branches(bench):
    both = """
        steps:
          - parallel:
              - {id: a, uses: act.echo, with: {value: 1}}
              - {id: b, uses: act.echo, with: {value: 2}}
    """
    with bench.dies("1-parallel.b", before=True):
        bench.run(both)

    assert bench.resume().state == "done"


def test_a_step_that_never_ends_is_a_mistake_of_the_test(bench):
    with (
        pytest.raises(AssertionError, match="no step 'nowhere' came to its end"),
        bench.dies("nowhere"),
    ):
        bench.run(TWO)


def test_the_clock_stands_until_it_is_moved(frozen_clock, bench):
    before = frozen_clock.now()
    frozen_clock.move(timedelta(hours=1))

    assert frozen_clock.now() - before == timedelta(hours=1)
    assert bench.clock.now() == bench.clock.now()


def test_settings_are_those_of_practice_yaml(bench):
    bench.settings("currency_note: x\n")

    assert "currency_note" in (bench.folder / "practice.yaml").read_text()


def test_a_kit_is_made_for_a_plugin(practice_kit):
    kit = practice_kit([acting])

    assert kit.run("act.echo", value=3) == 3


def test_a_step_and_a_routine_are_run_in_a_line_each(run_step, run_routine):
    acting.reset()
    assert run_step(acting, "act.echo", value=3) == 3

    bench, run = run_routine({"act": acting}, TWO)

    assert run.state == "done"
    assert bench.output(run, "said") == 7


def test_mail_reaches_the_server_for_tests(mail_server):
    with smtplib.SMTP("127.0.0.1", mail_server.port, timeout=30) as client:
        client.sendmail("a@example.org", ["b@example.org"], "Message-ID: <1@x>\r\n\r\nhello\r\n")

    assert message_ids(mail_server.messages) == ["<1@x>"]


def test_an_event_is_put_on_the_calendar_server_for_tests(calendar_server):
    event = "BEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20261124T100000Z\r\nDTSTART:20261124T100000Z\r\nEND:VEVENT"
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\nEND:VCALENDAR\r\n"
    calendar_server.put("one.ics", text)

    assert ["UID:one" in one for one in calendar_server.events] == [True]


def test_what_the_servers_need_is_told_with_the_command_that_brings_it(monkeypatch, tmp_path):
    monkeypatch.setattr(extra, "find_spec", lambda _: None)

    for server in (MailServer, CalendarServer):
        with pytest.raises(UserError) as told:
            server(tmp_path)
        assert told.value.hint == "pip install --only-binary :all: 'dayhand[testing]'"


def test_inputs_are_marked_however_deep_the_step_declares_them(run_routine):
    release = "{release: {client_id: C-0012, recipient: Dr. Theodora Vance}}"
    text = f"steps:\n  - {{id: kept, uses: collaboration.record_release, with: {release}}}\n"

    bench, run = run_routine("dayhand_collaboration", text)

    (attempt,) = bench.app.store.attempts(run.id)
    assert attempt.inputs["release"] == {"client_id": "C-0012", "recipient": REDACTED}
