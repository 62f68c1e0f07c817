from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dayhand import DayhandError, UserError
from dayhand_email import dayhand_commands, dayhand_health


def run(kit, *words):
    (command,) = dayhand_commands()
    result = CliRunner().invoke(command, words, obj=kit.context("email"))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def findings(kit):
    (check,) = dayhand_health()
    return list(check.run(kit.context("email")))


def test_the_server_can_be_tried(serve, make_kit):
    sink = serve()

    result = run(make_kit(sink), "test")

    assert result.exit_code == 0
    assert f"connected   127.0.0.1:{sink.port} (starttls)" in result.output
    assert "logged in   yes" in result.output
    assert not sink.envelopes


def test_a_test_message_goes_to_the_clinician(serve, make_kit):
    sink = serve()

    result = run(make_kit(sink), "test", "--send", "--json")

    report = json.loads(result.output)
    assert report["server_reply"].startswith("250")
    assert sink.recipients == ["jane@lakeside.example"]
    assert len(sink.envelopes) == 1


def test_a_server_on_this_machine_needs_no_login(serve, make_kit):
    kit = make_kit(
        serve(starttls=False), smtp={"security": "none", "username": "", "password": None}
    )

    result = run(kit, "test", "--send")

    assert "logged in   no user name is set" in result.output
    assert "reply       250 2.0.0 queued as 4711" in result.output
    assert next(one.message for one in findings(kit)).endswith("on this machine, without TLS")


def test_a_test_message_needs_an_address(serve, make_kit):
    from dayhand import Clinician
    from dayhand.testing import sample_info

    kit = make_kit(serve())
    kit.info = sample_info(email="", clinician=Clinician("Jane Doe"))

    with pytest.raises(UserError, match="no address"):
        run(kit, "test", "--send")


def test_a_failed_try_tells_why(serve, make_kit):
    with pytest.raises(DayhandError, match="certificate"):
        run(make_kit(serve(certificate="expired")), "test")


def test_a_letter_can_be_looked_at(make_kit, tmp_path):
    values = tmp_path / "values.json"
    values.write_text(
        '{"first_name": "Ana", "n": [1], "day": "2026-11-03", "start": "2026-11-03T14:05:00-05:00", "zone": "Eastern Time"}'
    )

    result = run(make_kit(), "preview", "reminder", "--values", str(values), "--reminder")

    assert result.exit_code == 0
    assert result.output.startswith("Subject: Appointment reminder\n\nHello Ana,\n")
    assert "Tuesday, November 3\nat 2:05 PM (Eastern Time)" in result.output


def test_a_letter_can_be_looked_at_as_html_and_json(make_kit):
    kit = make_kit()

    assert run(kit, "preview", "invoice", "--html").output.startswith("<!doctype html>")
    assert json.loads(run(kit, "preview", "invoice", "--json").output)["problems"] == []


def test_a_letter_that_tells_too_much_is_told(make_kit):
    kit = make_kit()
    (kit.files.root / "templates").mkdir()
    (kit.files.root / "templates" / "x.md").write_text("subject: Your therapy\n\nJane Doe, LCSW\n")

    result = run(kit, "preview", "x", "--reminder")

    assert result.exit_code == 1
    assert "rule E1): a word about the kind of care (therapy)" in result.output
    assert "rule E2): a credential or profession (LCSW)" in result.output


@pytest.mark.parametrize("text", ["[1]", "{", ""])
def test_values_that_are_no_names_are_told(make_kit, tmp_path, text):
    values = tmp_path / "values.json"
    values.write_text(text)

    with pytest.raises(UserError, match=r"values\.json"):
        run(make_kit(), "preview", "invoice", "--values", str(values))


def test_every_command_has_help_with_an_example(make_kit):
    for words in (("test", "--help"), ("preview", "--help")):
        assert "Example: dayhand email" in run(make_kit(), *words).output


# Health -----------------------------------------------------------------------------------------


def test_without_settings_the_check_warns(make_kit):
    (finding,) = findings(make_kit())

    assert finding.level == "warning"
    assert "practice.yaml" in finding.hint


def test_a_server_that_can_be_reached_is_told_without_a_login(serve, make_kit, imap):
    sink = serve()

    found = findings(make_kit(sink, sent_folder=imap.settings()))

    assert [one.level for one in found] == ["ok"]
    assert "over TLS" in found[0].message
    assert not sink.logins


def test_what_is_wrong_is_told(serve, make_kit):
    kit = make_kit(serve(certificate="other-name"), neutral_practice_name="Lakeside Therapy")

    found = {one.level: one.message for one in findings(kit)}

    assert "certificate" in found["failure"]
    levels = [one.level for one in findings(kit)]
    assert levels == ["warning", "failure", "warning"]


def test_a_name_that_tells_is_told(serve, make_kit):
    kit = make_kit(
        serve(),
        neutral_practice_name="",
        **{"from": {"address": "a@b.example", "name": "Jane Doe, LCSW"}},
    )

    messages = [one.message for one in findings(kit)]

    assert any("neutral_practice_name is not set" in one for one in messages)
    assert any("email.from tells" in one for one in messages)
