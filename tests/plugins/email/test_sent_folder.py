from __future__ import annotations

import asyncio
import logging

from dayhand import Intent
from dayhand_email import sent_folder


def test_e12_a_message_in_the_sent_folder_was_sent(imap, serve, make_kit, attempt, letter):
    kit = make_kit(serve(drop_after_data=True), sent_folder=imap.settings())
    outcome = attempt(kit, **letter)
    (intent,) = outcome.intents
    assert outcome.error is not None
    put_there(kit, intent["message_id"])

    answer = kit.confirm("email.send", intent)

    assert answer.happened is True
    assert answer.output.state == "sent"
    assert answer.output.message_id == intent["message_id"]


def test_e12_a_message_that_is_not_there_may_still_have_been_sent(imap, make_kit):
    kit = make_kit(sent_folder=imap.settings())

    answer = kit.confirm("email.send", {"message_id": "<none@lakeside.example>"})

    assert answer.happened is None
    assert "not in the Sent folder" in answer.reason


def test_without_a_sent_folder_a_person_decides(make_kit):
    for name in ("email.send", "email.notify_me"):
        answer = make_kit().confirm(name, {"message_id": "<x@lakeside.example>"})

        assert answer.happened is None
        assert "sent_folder" in answer.reason


def test_a_folder_that_cannot_be_looked_into_leaves_it_open(imap, make_kit, authority):
    for changes in (
        {"port": 9},
        {"username": "nobody"},
        {"folder": "Nowhere"},
        {"ca_file": ""},
        {"security": "tls"},
        {"security": "tls", "port": 9},
    ):
        kit = make_kit(sent_folder=imap.settings(**changes))

        answer = kit.confirm("email.send", {"message_id": "<x@lakeside.example>"})

        assert answer.happened is None
        assert "demopass" not in answer.reason


def test_a_password_that_is_missing_leaves_it_open(imap, make_kit):
    from dayhand import SecretMissing

    kit = make_kit(sent_folder=imap.settings())

    def missing(reference):
        raise SecretMissing("the variable IMAP_PASSWORD is not set")

    context = kit.context("email")
    context.secret = missing
    answer = asyncio.run(
        kit.steps["email.send"].confirm_function(context, Intent("k", {}, kit.clock.now()))
    )

    assert answer.happened is None
    assert "IMAP_PASSWORD" in answer.reason


def test_a_copy_is_kept_where_the_settings_ask_for_it(imap, serve, make_kit, attempt, letter):
    kit = make_kit(serve(), sent_folder=imap.settings(save_copies=True))

    outcome = attempt(kit, **letter | {"body": "kept"})

    assert outcome.result.state == "sent"
    assert kit.confirm("email.send", outcome.intents[0]).happened is True


def test_a_copy_that_cannot_be_kept_leaves_the_message_sent(
    serve, imap, make_kit, attempt, letter, caplog
):
    kit = make_kit(serve(), sent_folder=imap.settings(save_copies=True, port=9))
    caplog.set_level(logging.WARNING)

    outcome = attempt(kit, **letter)

    assert outcome.result.state == "sent"
    assert "no copy of <" in caplog.text
    assert "ana@" not in caplog.text


def put_there(kit, message_id):
    mailbox = sent_folder.mailbox_of(kit.context("email"), kit.settings["email"].sent_folder)
    data = f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nx\r\n".encode()
    asyncio.run(asyncio.to_thread(sent_folder.keep, mailbox, data, kit.clock.now()))
