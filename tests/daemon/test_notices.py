"""What the owner is told, once each, by the ways that practice.yaml names; reminders; ways that fail."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import timedelta

import pytest
from click.testing import CliRunner
from tests_support import acting
from tests_support.post_box import PostBox
from tests_support.post_office import PostOffice

from dayhand.app import runs
from dayhand.cli import cli
from dayhand.daemon.notices import PAUSES
from dayhand.model.notify import address_problem

ASKS = """
triggers:
  - cron: "0 7 9 6 *"
steps:
  - uses: person.approve
    with: {title: Send 3 invoices to Ana Ruiz?, remind_every: 1 day}
"""
FAILS = 'triggers:\n  - cron: "0 7 9 6 *"\nsteps:\n  - uses: act.crash\n'


@pytest.fixture
def box():
    with PostBox() as made:
        yield made


@pytest.fixture
def post(house, box):
    """The practice tells by this server from now on."""

    def by(way="{webhook: " + "URL}"):
        with (house.bench.folder / "practice.yaml").open("a") as file:
            file.write(f"\nnotify: [{way.replace('URL', repr(box.url))}]\n")
        house.restart()
        house.set_clock("2026-06-09T06:59-04:00")
        return house

    return by


def begin(house, text, name="morning"):
    house.bench.write(name, text)
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.look()


# What is told, once -------------------------------------------------------------------------------


def test_a_failed_run_is_posted_once_across_restarts(post, box):
    house = post()
    begin(house, FAILS)
    house.restart()
    house.look()

    (told,) = box.posts
    assert told.headers["Title"] == "morning failed"
    assert told.body.startswith("Run 2026")
    assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert len(told.headers["Idempotency-Key"]) == 32
    assert "Secret" not in told.body


def test_a_question_is_told_without_its_title(post, box):
    house = post()
    begin(house, ASKS)

    (told,) = box.posts
    assert told.headers["Title"] == "morning waits for you"
    assert "Ana" not in f"{told.headers}{told.body}"


def test_each_question_of_a_run_is_told(post, box):
    house = post()
    begin(house, ASKS + "  - uses: person.approve\n    with: {title: And now?}\n")
    (asked,) = house.bench.app.store.questions()
    runs.answer(house.bench.app, asked.id, {"approved": True, "note": ""})
    house.look()

    assert box.titles == ["morning waits for you"] * 2


def test_a_run_that_waits_for_a_moment_is_nothing_to_tell(post, box):
    house = post()
    begin(house, FAILS.replace("act.crash", "wait.until\n    with: {length: 2 hours}"))

    assert [run.state for run in house.runs()] == ["waiting"]
    assert box.posts == []


def test_what_may_have_been_sent_is_told(post, box):
    house = post()
    acting.script["post"] = [RuntimeError("cut off")]
    begin(house, FAILS.replace("act.crash", "act.post\n    with: {to: nobody}"))

    assert [run.state for run in house.runs()] == ["unknown"]
    assert box.titles == ["morning: it is not known whether something was sent"]


def test_a_run_by_hand_is_nothing_to_tell(post, box):
    house = post()
    house.bench.run("steps:\n  - uses: act.crash\n")
    house.look()

    assert box.posts == []


def test_a_late_run_is_told_once_with_how_late(post, box):
    house = post()
    house.bench.write("morning", 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.echo\n')
    house.look()
    house.at("2026-06-09T09:10-04:00")
    house.restart()
    house.look()

    (told,) = box.posts
    assert told.headers["Title"] == "morning is late"
    assert told.body.startswith(
        "2 h 10 min late. It was due 2026-06-09 07:00 EDT. See: dayhand why"
    )


@pytest.mark.parametrize(
    ("trigger", "titles"),
    [
        (
            'cron: "0 7 * * *"\n    if_missed: {run_within: 3 hours}',
            ["r did not run: it was missed"],
        ),
        ('cron: "0 7 * * *"\n    if_missed: ask', ["r is late: start it now?"]),
        ('cron: "0 7 * * *"\n    if_missed: skip', []),
        ('cron: "*/30 * * * *"', []),
        ("every: 1 hour", []),
    ],
)
def test_what_is_told_of_times_that_passed(post, box, trigger, titles):
    house = post()
    house.bench.write("r", f"triggers:\n  - {trigger}\nsteps:\n  - uses: act.echo\n")
    house.look()
    house.at("2026-06-09T12:10-04:00")
    house.look()

    assert box.titles == titles


def test_a_broken_routine_is_told_without_what_stands_in_it(post, box):
    house = post()
    house.bench.write("morning", "steps:\n  - uses: act.nothing_for_ana_ruiz\n")
    house.look()

    (told,) = box.posts
    assert (told.headers["Title"], told.body) == (
        "morning cannot be read",
        "See: dayhand check morning",
    )


def test_very_many_at_once_are_told_as_one(post, box):
    house = post()
    for number in range(12):
        house.bench.write(f"r{number:02}", FAILS)
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.look()

    (told,) = box.posts
    assert told.headers["Title"] == "12 things need you"
    assert told.body.splitlines()[-1].startswith("and 2 more. See: dayhand runs")


# Reminders ----------------------------------------------------------------------------------------


def test_a_question_is_reminded_of_once_an_interval_until_it_is_answered(post, box):
    house = post()
    begin(house, ASKS)
    for day in ("10", "11"):
        for minute in ("00", "05", "10"):
            house.at(f"2026-06-{day}T07:{minute}:02-04:00")
            house.restart()
            house.look()
    assert box.titles == ["morning waits for you"] + ["morning still waits for you"] * 2

    house.at("2026-06-15T12:00-04:00")  # four intervals asleep are one reminder
    assert len(box.posts) == 4
    (asked,) = house.bench.app.store.questions()
    runs.answer(house.bench.app, asked.id, {"approved": True, "note": ""})
    house.at("2026-06-17T12:00-04:00")
    assert len(box.posts) == 4


def test_a_question_of_a_run_by_hand_is_reminded_of_too(post, box):
    house = post()
    house.bench.run(ASKS)
    house.at("2026-06-10T08:00-04:00")

    assert box.titles == ["r still waits for you"]


# Ways that fail -----------------------------------------------------------------------------------


def test_a_busy_server_is_tried_again_and_told_once(post, box, caplog):
    house = post()
    box.answers = [503, 503]
    begin(house, FAILS)
    assert len(box.posts) == 1
    house.at("2026-06-09T07:00:30-04:00")
    assert len(box.posts) == 1
    house.at("2026-06-09T07:01:02-04:00")
    house.at("2026-06-09T07:06:10-04:00")
    house.at("2026-06-09T18:00-04:00")

    assert len(box.posts) == 3
    assert [line for line in caplog.messages if "cannot be told 'morning failed' yet" in line]


def test_what_could_not_be_told_is_told_after_a_restart(post, box):
    house = post()
    box.status = 503
    begin(house, FAILS)
    house.restart()
    house.look()
    assert len(box.posts) == 1
    box.status = 200
    house.set_clock("2026-06-09T07:02-04:00")
    house.restart()
    house.look()
    house.restart()
    house.look()

    assert len(box.posts) == 2


def test_a_server_that_stays_away_is_given_up(post, box, caplog):
    house = post()
    box.status = 503
    begin(house, FAILS)
    for _ in range(3 * len(PAUSES)):
        house.set_clock(house.now + timedelta(hours=13))
        house.look()

    assert len(box.posts) == 1 + len(PAUSES)
    assert sum("could not be told 'morning failed'" in line for line in caplog.messages) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_refusal_is_told_in_the_log_and_not_tried_again(post, box, caplog, status):
    house = post()
    box.status, box.more = status, {"Location": "/elsewhere"}
    begin(house, FAILS)
    house.at("2026-06-09T18:00-04:00")

    assert [one.path for one in box.posts] == ["/practice"]
    assert any(f"the server answers {status}" in line for line in caplog.messages)


def test_an_answer_that_was_cut_off_may_have_been_told_and_is_not_told_twice(post, box, caplog):
    house = post()
    box.answers = [0]
    begin(house, FAILS)
    house.at("2026-06-09T18:00-04:00")

    assert len(box.posts) == 1
    assert any("it is not known whether you were told" in line for line in caplog.messages)


def test_a_server_that_is_not_there_is_tried_again(post, box, caplog):
    house = post("{webhook: 'http://127.0.0.1:9/x'}")
    begin(house, FAILS)

    assert any("there is no connection to the server" in line for line in caplog.messages)


def test_a_slow_server_does_not_hold_up_what_is_due(post, box):
    house = post()
    house.bench.write("morning", FAILS)
    house.bench.write("later", FAILS.replace("0 7 9", "1 7 9").replace("crash", "echo"))
    house.look()
    box.open.clear()

    async def morning():
        house.set_clock("2026-06-09T07:00:01-04:00")
        await house.daemon.one_pass()
        await house.daemon.going.wait()
        await house.daemon.one_pass()  # begins to tell, and the server is silent
        house.set_clock("2026-06-09T07:01:01-04:00")
        passed = await house.daemon.one_pass()
        box.open.set()
        await house.daemon.wait_for_runs()
        return passed

    passed = asyncio.run(morning())
    assert [run.routine for run in passed.begun] == ["later"]
    assert box.titles == ["morning failed"]


# The other ways, and what is sent along -----------------------------------------------------------


def test_json_a_token_and_a_secret_address(post, box, house):
    house.bench.environment |= {"HOOK": box.url, "TOKEN": "t0ken"}
    house = post("{webhook: {url: {env: HOOK}, format: json, token: {env: TOKEN}}}")
    begin(house, FAILS)

    (told,) = box.posts
    assert told.headers["Authorization"] == "Bearer t0ken"
    sent = json.loads(told.body)
    assert sent["title"] == "morning failed"
    assert sent["text"] == f"{sent['title']}\n{sent['message']}"


def test_basic_authentication(post, box, house):
    house.bench.environment |= {"PASSWORD": "s"}
    house = post("{webhook: {url: URL, username: jane, password: {env: PASSWORD}}}")
    begin(house, FAILS)

    assert box.posts[0].headers["Authorization"] == "Basic amFuZTpz"


def script(folder, name, text):
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_the_desktop_and_a_program_are_told_too(post, tmp_path, monkeypatch):
    told = tmp_path / "told"
    script(tmp_path / "bin", "notify-send", f'printf "%s|" "$@" >> {told}')
    by = script(tmp_path / "bin", "by", f'cat >> {told}; printf "%s" "$DAYHAND_SUBJECT" >> {told}')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr("sys.platform", "linux")
    house = post(f"desktop, {{command: ['{by}']}}")
    begin(house, FAILS)

    bubble, _, rest = told.read_text().partition("morning failed\n\n")
    assert bubble.startswith("--app-name=dayhand|--|morning failed|Run 2026")
    assert rest.startswith("Run 2026")
    assert rest.endswith("\nmorning failed")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://ntfy.example/topic", ""),
        ("http://127.0.0.1:8080/x", ""),
        ("http://[::1]/x", ""),
        ("http://localhost/x", ""),
        ("http://ntfy.example/topic", "only https:// goes to another machine"),
        ("http://127.0.0.1.example/x", "only https:// goes to another machine"),
        ("http://10.0.0.1/x", "only https:// goes to another machine"),
        ("https://jane:pw@ntfy.example/x", "use username and password"),
        ("ftp://x/y", "begins with https://"),
        ("ntfy.example/x", "begins with https://"),
        ("https:///x", "begins with https://"),
        ("https://a b/", "no spaces"),
        ("https://x:99999/", "not an address"),
    ],
)
def test_addresses_of_webhooks(address, problem):
    found = address_problem(address)

    assert problem in found
    assert bool(found) == bool(problem)


# `dayhand notify` ---------------------------------------------------------------------------------


def say(house, *arguments):
    return CliRunner().invoke(cli, list(arguments), obj=house.bench.fresh())


def test_a_trial_notice_is_sent_by_each_way(post, box):
    house = post("log, {webhook: URL}")
    done = say(house, "notify", "--test", "--json")

    assert done.exit_code == 0
    assert [(one["way"], one["level"]) for one in json.loads(done.stdout)] == [
        ("log", "ok"), ("webhook", "ok"),
    ]  # fmt: skip
    assert box.titles == ["dayhand: a trial notice"]


def test_a_way_that_fails_is_told_with_exit_code_1(post, box):
    house = post("{webhook: URL}, {webhook: 'http://127.0.0.1:9/x'}")
    done = say(house, "notify", "--test")

    assert done.exit_code == 1
    assert done.output.splitlines()[:2] == [
        "✓ webhook: told",
        "✗ webhook-2: not told: there is no connection to the server",
    ]
    only = say(house, "notify", "--test", "--way", "webhook")
    assert only.exit_code == 0
    assert "there are: webhook, webhook-2" in say(house, "notify", "--way", "fax").exception.hint


def test_without_test_the_ways_are_looked_at_and_nothing_is_told(post, box):
    house = post("{webhook: URL}, {webhook: {url: {env: NOT_SET}}}")
    done = say(house, "notify")
    found = json.loads(say(house, "doctor", "--json").stdout)

    assert box.posts == []
    assert done.exit_code == 1
    assert "✓ webhook: 127.0.0.1 can be reached" in done.output
    assert "NOT_SET" in done.output
    assert [one["level"] for one in found if one["check"] == "notify"] == ["ok", "failure"]


# By mail ------------------------------------------------------------------------------------------


@pytest.fixture
def mailed(house, tmp_path):
    """The practice tells by a real mail server from now on."""
    import dayhand_email

    with PostOffice(tmp_path / "mail") as office:
        settings = house.bench.folder / "practice.yaml"
        text = settings.read_text().replace(
            'name: "Jane Doe"', "name: Jane Doe\n  email: jane@lakeside.example"
        )
        settings.write_text(
            f"{text}\nnotify: email\nemail:\n"
            "  from: {address: office@lakeside.example, name: Lakeside}\n"
            f"  smtp: {{host: 127.0.0.1, port: {office.port}, security: none}}\n"
        )
        house.bench.plugins["email"] = dayhand_email
        house.restart()
        house.set_clock("2026-06-09T06:59-04:00")
        yield house, office


def test_a_mail_is_sent_once_and_is_no_run_to_be_told_of(mailed):
    house, office = mailed
    begin(house, FAILS)
    house.restart()
    house.at("2026-06-09T09:00-04:00")

    (message,) = office.messages
    assert b"Subject: morning failed" in message
    assert b"To: jane@lakeside.example" in message
    assert [run.trigger for run in house.runs("owner-notice")] == ["notice"]


def test_a_mail_that_was_refused_for_now_is_sent_later(mailed):
    house, office = mailed
    office.fails("mail", "451", visit=1)
    begin(house, FAILS)
    assert office.messages == []
    house.at("2026-06-09T07:05-04:00")

    assert len(office.messages) == 1
    assert sorted(run.state for run in house.runs("owner-notice")) == ["done", "failed"]


def test_a_trial_notice_comes_by_mail(mailed):
    house, office = mailed
    done = say(house, "notify", "--test")

    assert done.output == "✓ email: told\n"
    assert b"Subject: dayhand: a trial notice" in office.messages[0]
