from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from tests_support.post_office import PostOffice

from dayhand import NotSent, Retryable, StepError, UserError
from dayhand_email import delivery


@pytest.fixture(autouse=True)
def _nothing_refused_yet(monkeypatch):
    from dayhand_email.lockout import Lockout

    monkeypatch.setattr(delivery, "_LOCKOUT", Lockout())


def read(envelope):
    return message_from_bytes(envelope.original_content, policy=policy.default)


@pytest.mark.parametrize("tls", [False, True])
def test_a_letter_arrives_once_over_tls_after_a_login(serve, make_kit, attempt, letter, tls):
    sink = serve(tls=tls)

    outcome = attempt(make_kit(sink), **letter)

    assert outcome.error is None
    assert outcome.result.state == "sent"
    assert outcome.result.server_reply == "250 2.0.0 queued as 4711"
    assert [envelope.rcpt_tos for envelope in sink.envelopes] == [["ana@example.org"]]
    assert sink.senders == ["office@lakeside.example"]
    assert len(sink.logins) == 1


def test_the_intent_is_committed_once_and_tells_to_whom_and_not_what(
    serve, make_kit, attempt, letter
):
    outcome = attempt(make_kit(serve()), **letter | {"subject": "Regarding Zebulon"})

    (intent,) = outcome.intents
    assert intent["message_id"] == outcome.result.message_id
    assert set(intent) == {
        "message_id",
        "to",
        "to_sha256",
        "subject_sha256",
        "message_sha256",
        "bytes",
        "attachments",
    }
    assert intent["to"] == "ana@example.org"  # the engine keeps it as client data
    assert "Zebulon" not in str(intent)


def test_e04_a_retry_sends_the_same_bytes(serve, make_kit, attempt, letter):
    sink = serve()
    kit = make_kit(sink)
    kit.files.write("a.pdf", b"%PDF-1.7")
    for _ in range(2):
        attempt(kit, **letter | {"attach": ["out/a.pdf"]})

    first, second = (envelope.original_content for envelope in sink.envelopes)
    assert first == second


# Before the intent: nothing left, and the step may be tried again -------------------------------


def test_a_server_that_is_not_there_can_be_tried_again(make_kit, serve, attempt, letter):
    sink = serve()
    sink.port = 9  # discard, which nobody runs

    outcome = attempt(make_kit(sink), **letter)

    assert isinstance(outcome.error, Retryable)
    assert not outcome.intents


def test_e09_without_starttls_nothing_is_sent_in_clear(serve, make_kit, attempt, letter):
    sink = serve(starttls=False)

    outcome = attempt(make_kit(sink), **letter)

    assert type(outcome.error) is StepError
    assert "offers no TLS" in outcome.error.message
    assert not sink.recipients
    assert not sink.envelopes
    assert not sink.logins


def test_e09_the_control_with_the_librarys_own_ways_sends_in_clear(serve):
    import aiosmtplib

    sink = serve(starttls=False)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "ana@example.org", "Hello"
    message.set_content("Dear Zebulon")

    asyncio.run(aiosmtplib.send(message, hostname="127.0.0.1", port=sink.port))

    (envelope,) = sink.envelopes
    assert b"Dear Zebulon" in envelope.original_content


@pytest.mark.parametrize("certificate", ["self-signed", "other-name", "expired"])
@pytest.mark.parametrize("tls", [False, True])
def test_e10_a_certificate_that_does_not_fit_is_refused(
    serve, make_kit, attempt, letter, certificate, tls
):
    sink = serve(certificate=certificate, tls=tls)

    outcome = attempt(make_kit(sink), **letter)

    assert type(outcome.error) is StepError
    assert "certificate" in outcome.error.message
    assert not sink.logins
    assert not sink.envelopes


def test_e11_a_refused_password_is_not_tried_again_within_the_hour(
    serve, make_kit, attempt, letter
):
    sink = serve(refuse_login=True)
    kit = make_kit(sink)
    outcomes = [attempt(kit, **letter) for _ in range(5)]

    assert len(sink.logins) == 1
    assert all(type(outcome.error) is StepError for outcome in outcomes)
    assert "(535)" in outcomes[0].error.message
    assert "not tried again" in outcomes[-1].error.message


def test_another_password_is_tried_at_once(serve, make_kit, attempt, letter):
    sink = serve()
    kit = make_kit(sink)
    right = kit.secrets["SMTP_PASSWORD"]
    kit.secrets["SMTP_PASSWORD"] = "wrong"
    assert attempt(kit, **letter).error is not None
    kit.secrets["SMTP_PASSWORD"] = right

    assert attempt(kit, **letter).result.state == "sent"


def test_a_password_is_tried_again_after_an_hour():
    from dayhand_email.lockout import Lockout

    lockout = Lockout()
    lockout.note("jane@mail", "wrong", 100.0)

    assert lockout.is_closed("jane@mail", "wrong", 3699.0)
    assert not lockout.is_closed("jane@mail", "wrong", 3701.0)
    assert not lockout.is_closed("john@mail", "wrong", 101.0)


def test_a_server_that_takes_no_password_is_told(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve(login=False)), **letter)

    assert type(outcome.error) is StepError
    assert "no way to log in" in outcome.error.message


def test_a_login_that_fails_for_now_can_be_tried_again(serve, make_kit, attempt, letter):
    sink = serve(login_reply="454 4.7.0 later")
    kit = make_kit(sink)
    outcomes = [attempt(kit, **letter) for _ in range(2)]

    assert [type(outcome.error) for outcome in outcomes] == [Retryable, Retryable]
    assert len(sink.logins) == 2


@pytest.mark.parametrize(
    ("greeting", "kind", "told"),
    [
        (b"421 busy\r\n", Retryable, "refused the connection (421)"),
        (b"554 no\r\n", StepError, "refused the connection (554)"),
        (b"", Retryable, "did not answer in time"),
        (None, Retryable, "closed the connection"),
    ],
)
def test_a_server_that_does_not_talk_is_told(
    greet, make_kit, serve, attempt, letter, greeting, kind, told
):
    sink = serve()
    sink.port = greet(greeting)

    outcome = attempt(make_kit(sink, smtp={"timeout": "1 second"}), **letter)

    assert type(outcome.error) is kind
    assert told in outcome.error.message


def test_a_line_that_drops_before_the_message_can_be_tried_again(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve(drop_at_mail=True)), **letter)

    assert isinstance(outcome.error, Retryable)
    assert not outcome.intents


def test_an_unusual_word_of_acceptance_is_one(serve, make_kit, attempt, letter):
    sink = serve(data_replies=["251 will forward"])

    assert attempt(make_kit(sink), **letter).result.server_reply == "251 will forward"


def test_certificates_that_cannot_be_read_are_told(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve(), smtp={"ca_file": "none.pem"}), **letter)

    assert isinstance(outcome.error, UserError)
    assert "ca_file" in outcome.error.message


@pytest.mark.parametrize(
    ("modes", "kind"),
    [
        ({"rcpt_reply": "550 5.1.1 <ana@example.org> is unknown"}, StepError),
        ({"rcpt_reply": "450 4.2.0 <ana@example.org> greylisted"}, Retryable),
        ({"mail_reply": "550 5.7.1 <office@lakeside.example> may not"}, StepError),
        ({"mail_reply": "452 4.3.1 <office@lakeside.example> later"}, Retryable),
    ],
)
def test_a_refused_address_is_told_without_naming_it(serve, make_kit, attempt, letter, modes, kind):
    outcome = attempt(make_kit(serve(**modes)), **letter)

    assert type(outcome.error) is kind
    code, enhanced, *_ = next(iter(modes.values())).split()
    assert f"({code} {enhanced})" in outcome.error.message
    assert "@" not in f"{outcome.error.message}{outcome.error.hint}"
    assert not outcome.intents


def test_greylisting_waits_five_minutes(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve(rcpt_reply="451 4.7.1 wait")), **letter)

    assert outcome.error.after == 300


# After the intent -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "retryable"), [("451 4.3.0 later", True), ("554 5.7.1 spam", False)]
)
def test_e07_a_refused_message_is_certainly_not_sent(
    serve, make_kit, attempt, letter, reply, retryable
):
    outcome = attempt(make_kit(serve(data_replies=[reply])), **letter)

    assert isinstance(outcome.error, NotSent)
    assert outcome.error.retryable is retryable
    assert len(outcome.intents) == 1


def test_e07_a_message_refused_at_first_is_delivered_once_later(serve, make_kit, attempt, letter):
    sink = serve(data_replies=["451 later"] * 3)
    kit = make_kit(sink)
    outcomes = [attempt(kit, **letter) for _ in range(4)]

    assert [isinstance(outcome.error, NotSent) for outcome in outcomes] == [True] * 3 + [False]
    assert len(sink.envelopes) == 1


def test_e05_a_lost_reply_is_doubt_and_no_failure(serve, make_kit, attempt, letter):
    sink = serve(drop_after_data=True)

    outcome = attempt(make_kit(sink), **letter)

    assert (
        type(outcome.error) is StepError
    )  # neither Retryable nor NotSent: the engine says unknown
    assert "did not say" in outcome.error.message
    assert len(outcome.intents) == 1
    assert len(sink.envelopes) == 1


@pytest.mark.parametrize("how", ["drop", "silent"])
def test_e05_a_line_lost_before_the_message_has_begun_is_certainly_not_sent(
    tmp_path, make_kit, letter, attempt, monkeypatch, how
):
    honest = delivery.server_of
    hasty = lambda practice: dataclasses.replace(honest(practice), dot_timeout=0.5)  # noqa: E731
    with PostOffice(tmp_path / "mail") as office:
        office.fails("data", how, visit=1)
        smtp = {"host": "127.0.0.1", "port": office.port, "security": "none", "username": ""}
        kit = make_kit(smtp=smtp)

        with monkeypatch.context() as patch:
            patch.setattr(delivery, "server_of", hasty)
            first = attempt(kit, **letter)
        second = attempt(kit, **letter)

        assert isinstance(first.error, NotSent)
        assert first.error.retryable
        assert len(first.intents) == 1
        assert second.result.state == "sent"
        assert len(office.messages) == 1


@pytest.mark.parametrize("point", ["amid", "dot", "kept"])
def test_e05_a_line_lost_once_the_message_has_begun_is_doubt(
    tmp_path, make_kit, letter, attempt, point
):
    with PostOffice(tmp_path / "mail") as office:
        office.fails(point, "drop", visit=1)
        smtp = {"host": "127.0.0.1", "port": office.port, "security": "none", "username": ""}

        outcome = attempt(make_kit(smtp=smtp), **letter)

        assert type(outcome.error) is StepError
        assert "did not say" in outcome.error.message


DOT = float(os.environ.get("DAYHAND_DOT_SECONDS", "4"))
"""How long the server takes to answer the end of a message; 590 is what the promise is about."""


@pytest.mark.timeout(DOT + 300)
def test_e06_an_answer_that_comes_late_is_waited_for_and_the_message_sent_once(
    tmp_path, make_kit, letter, attempt
):
    with PostOffice(tmp_path / "mail") as office:
        office.fails("kept", f"after-{DOT}", visit=1)
        smtp = {"host": "127.0.0.1", "port": office.port, "security": "none", "username": ""}
        began = time.monotonic()

        outcome = attempt(make_kit(smtp=smtp | {"timeout": "3 seconds"}), **letter)

        waited = time.monotonic() - began
        print(
            f"the end of a message: answered after {waited:.1f} s, sent {len(office.messages)} times"
        )
        assert outcome.result.state == "sent"
        assert waited >= DOT
        assert len(office.messages) == 1
        assert office.visits == 1


def test_the_end_of_a_message_is_waited_for_longer_than_a_command(serve, make_kit):
    sink = serve(dot_delay=1.5)
    kit = make_kit(sink, smtp={"timeout": "1 second"})
    context = kit.context("email", step=kit.steps["email.send"])

    result = asyncio.run(
        kit.steps["email.send"](
            context, to="ana@example.org", purpose="office", subject="Hello", body="Good day."
        )
    )

    assert result.state == "sent"
    assert sink.greetings == 2  # before and after STARTTLS: one connection


def test_e06_the_end_of_a_message_is_waited_for_ten_minutes(make_kit, serve):
    kit = make_kit(serve())

    assert delivery.server_of(kit.context("email")).dot_timeout >= 600


def test_a_server_that_never_answers_the_dot_is_doubt(serve, make_kit, letter, monkeypatch):
    sink = serve(dot_delay=3)
    kit = make_kit(sink)
    server = dataclasses.replace(delivery.server_of(kit.context("email")), dot_timeout=0.3)
    message = _message(kit)

    async def intend():
        pass

    with pytest.raises(StepError) as caught:
        asyncio.run(delivery.deliver(server, message, intend))
    assert type(caught.value) is StepError


def test_an_intent_that_cannot_be_committed_sends_nothing(serve, make_kit):
    sink = serve()
    kit = make_kit(sink)

    async def intend():
        raise RuntimeError("fenced")

    with pytest.raises(RuntimeError):
        asyncio.run(
            delivery.deliver(delivery.server_of(kit.context("email")), _message(kit), intend)
        )
    assert sink.recipients == ["ana@example.org"]
    assert not sink.envelopes


def _message(kit):
    from dayhand_email.outgoing import Request, message_for

    request = Request(
        "ana@example.org", None, "Hello", "Good day.", {}, [], "office", None, None, None
    )
    return message_for(kit.context("email", step=kit.steps["email.send"]), request)


# Without TLS: this machine only -----------------------------------------------------------------


def test_a_server_on_this_machine_may_go_without_tls(serve, make_kit, attempt, letter):
    sink = serve(starttls=False)
    kit = make_kit(sink, smtp={"security": "none", "username": "", "password": None})

    assert attempt(kit, **letter).result.state == "sent"
    assert not sink.logins


@pytest.mark.parametrize(
    "smtp",
    [
        {"host": "mail.example.org", "security": "none"},
        {"host": "192.0.2.1", "security": "none"},
        {"host": "localhost.example.org", "security": "none"},
        {"host": "localhost", "security": "none", "username": "jane", "password": {"env": "X"}},
        {"host": "mail.example.org", "username": "jane"},
        {"host": "mail.example.org", "password": {"env": "X"}},
        {"host": "mail.example.org", "password": "hunter2", "username": "jane"},
        {"host": "jane@mail.example.org"},
        {"host": "mail.example.org", "security": "ssl"},
    ],
)
def test_settings_that_would_leak_are_refused(make_kit, smtp):
    from dayhand_email.settings import EmailSettings

    with pytest.raises(ValueError, match="smtp") as caught:
        EmailSettings.model_validate({"smtp": smtp})
    assert "hunter2" not in str(caught.value)


def test_a_name_for_this_machine_that_leads_elsewhere_is_refused(
    serve, make_kit, letter, monkeypatch
):
    kit = make_kit(serve(starttls=False))
    server = dataclasses.replace(
        delivery.server_of(kit.context("email")), security="none", username="", password=""
    )
    monkeypatch.setattr(
        "aiosmtplib.SMTP.get_transport_info",
        lambda self, key: ("192.0.2.1", 25) if key == "peername" else None,
    )

    async def talk():
        async with delivery.connected(server):
            pass

    with pytest.raises(StepError, match="not private"):
        asyncio.run(talk())


def test_without_settings_sending_is_refused_with_what_to_do(make_kit, attempt, letter):
    outcome = attempt(make_kit(), **letter)

    assert isinstance(outcome.error, UserError)
    assert "email.smtp" in outcome.error.message
    assert "practice.yaml" in outcome.error.hint


# Consent (E3) -----------------------------------------------------------------------------------


@pytest.mark.parametrize("consent", [None, [], ["reminders"], ["clinical", "reminders"]])
def test_without_consent_nothing_is_sent_and_the_reason_is_told(
    serve, make_kit, attempt, letter, consent
):
    sink = serve()

    outcome = attempt(make_kit(sink), **letter | {"purpose": "billing", "consent": consent})

    assert outcome.result.state == "held"
    assert "consent" in outcome.result.reason
    assert sink.greetings == 0
    assert not outcome.intents


def test_with_consent_it_is_sent(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve()), **letter | {"purpose": "billing", "consent": ["billing"]})

    assert outcome.result.state == "sent"


def test_mail_about_a_client_is_not_office_mail(serve, make_kit, attempt, letter):
    outcome = attempt(make_kit(serve()), **letter | {"client_id": "C-0017"})

    assert isinstance(outcome.error, UserError)


# Previews ---------------------------------------------------------------------------------------


def test_e17_a_dry_run_shows_the_whole_message_and_connects_to_nobody(make_kit, serve, letter):
    sink = serve()
    kit = make_kit(sink)
    kit.files.write("INV-1.pdf", b"%PDF")

    preview = kit.run("email.send", dry_run=True, **letter | {"attach": ["out/INV-1.pdf"]})

    assert preview.summary == "one message to a•••@example.org with 1 attachment"
    assert preview.output.state == "sent"
    for line in ("To: ana@example.org", "Subject: Hello", "Good day.", "[INV-1.pdf, 4 bytes]"):
        assert line in preview.text.splitlines()
    assert sink.greetings == 0


def test_a_dry_run_tells_what_would_be_held(make_kit, letter):
    preview = make_kit().run("email.send", dry_run=True, **letter | {"purpose": "billing"})

    assert preview.summary.startswith("held")
    assert preview.output.state == "held"


# Notices ----------------------------------------------------------------------------------------


def test_a_notice_goes_to_the_clinician_alone(serve, make_kit, attempt):
    sink = serve()

    outcome = attempt(
        make_kit(sink),
        "email.notify_me",
        subject="Billing needs you",
        body="3 drafts, C-0017 first.",
    )

    assert outcome.result.state == "sent"
    assert sink.recipients == ["jane@lakeside.example"]
    assert "3 drafts" in read(sink.envelopes[0]).get_body(("plain",)).get_content()


def test_a_notice_may_go_to_another_address_of_the_clinician(serve, make_kit, attempt):
    sink = serve()
    attempt(make_kit(sink, notify_to="me@home.example"), "email.notify_me", subject="Hello")

    assert sink.recipients == ["me@home.example"]


def test_a_notice_to_nobody_is_refused(make_kit):
    from dayhand import Clinician
    from dayhand.testing import sample_info

    kit = make_kit()
    kit.info = sample_info(email="", clinician=Clinician("Jane Doe"))

    with pytest.raises(UserError, match="no address"):
        kit.run("email.notify_me", dry_run=True, subject="x")


def test_a_notice_from_a_template_needs_no_subject(make_kit):
    kit = make_kit()

    preview = kit.run(
        "email.notify_me", dry_run=True, template="waiting", values={"routine": "monthly-billing"}
    )

    assert "Subject: monthly-billing waits for you" in preview.text
    assert "dayhand inbox" in preview.text


def test_a_notice_with_client_data_is_refused(make_kit):
    from dayhand.values import mark_sensitive

    kit = make_kit()
    for inputs in (
        {"subject": mark_sensitive("Ana Lee")},
        {"subject": "x", "body": mark_sensitive("Ana Lee")},
    ):
        with pytest.raises(ValueError, match="no client data") as caught:
            kit.run("email.notify_me", **inputs)
        assert "Lee" not in str(caught.value)
    for values in ({"x": mark_sensitive("Lee")}, {"x": [{"y": mark_sensitive("Lee")}]}):
        with pytest.raises(UserError, match="no client data"):
            kit.run(
                "email.notify_me",
                dry_run=True,
                template="waiting",
                values=values | {"routine": "x"},
            )
    with pytest.raises(UserError, match="diagnosis"):
        kit.run("email.notify_me", dry_run=True, subject="F41.1 is due")
    with pytest.raises(UserError, match="from is not set"):
        make_kit(**{"from": None}).run("email.notify_me", dry_run=True, subject="x")
    with pytest.raises(UserError, match="needs a subject"):
        kit.run("email.notify_me", dry_run=True)


# Drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_a_message_that_mail_programs_open(make_kit, letter):
    kit = make_kit()

    draft = kit.run(
        "email.draft",
        **letter | {"purpose": "billing", "consent": ["billing"], "client_id": "C-0017"},
    )

    assert draft["path"].startswith("out/drafts/2026-11-02-C-0017-")
    message = message_from_bytes(kit.files.read(draft["path"]), policy=policy.default)
    assert message["X-Unsent"] == "1"
    assert message["To"] == "ana@example.org"
    assert "ana" not in draft["path"]


def test_a_draft_without_consent_is_held_and_not_written(make_kit, letter):
    kit = make_kit()

    draft = kit.run("email.draft", **letter | {"purpose": "clinical"})

    assert draft["state"] == "held"
    assert not kit.files.written


# Nothing of a client in logs and errors (L01) ---------------------------------------------------

CANARIES = ("zebulon", "quistgaard", "hunter2-secret", "umbrage")


@pytest.mark.parametrize(
    "modes",
    [
        {},
        {"starttls": False},
        {"certificate": "expired"},
        {"refuse_login": True},
        {"rcpt_reply": "550 5.1.1 <zebulon@quistgaard.example> unknown"},
        {"rcpt_reply": "450 4.2.0 <zebulon@quistgaard.example> greylisted"},
        {"data_replies": ["554 5.7.1 Umbrage for zebulon@quistgaard.example"]},
        {"data_replies": ["451 4.7.1 zebulon@quistgaard.example"]},
        {"data_replies": ["250 ok zebulon@quistgaard.example"]},
        {"drop_after_data": True},
    ],
    ids=str,
)
def test_l01_no_way_to_fail_leaks_client_data_or_secrets(
    serve, make_kit, attempt, letter, modes, caplog, capfd
):
    import traceback

    caplog.set_level(logging.DEBUG)
    for name in ("mail.log", "mail.debug", "aiosmtpd"):  # what the server in this process logs
        logging.getLogger(name).setLevel(logging.CRITICAL)
    kit = make_kit(serve(**modes))
    kit.secrets["SMTP_PASSWORD"] = "hunter2-secret"
    if not modes.get("refuse_login"):
        kit.secrets["SMTP_PASSWORD"] = "correct horse battery"

    outcome = attempt(kit, **letter | {
        "to": "zebulon@quistgaard.example", "subject": "Umbrage", "body": "Dear Zebulon Quistgaard",
    })  # fmt: skip

    told = caplog.text + "".join(capfd.readouterr())
    if outcome.error:
        told += "".join(traceback.format_exception(outcome.error))
    else:
        told += outcome.result.server_reply
    assert not [canary for canary in CANARIES if canary in told.lower()]
    assert "correct horse battery" not in told
