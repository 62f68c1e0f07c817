from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import UserError
from dayhand_email.addresses import checked_address, checked_line, recipient, redacted
from dayhand_email.settings import EmailSettings

# E14: who may be a recipient -------------------------------------------------------------------

GOOD = {
    "ana@example.org": "ana@example.org",
    " ana@example.org ": "ana@example.org",
    "Ana.Lee+billing@Example.ORG": "Ana.Lee+billing@example.org",
    "o'brien@example.org": "o'brien@example.org",
    "a@bücher.example": "a@xn--bcher-kva.example",
    "a@例え.jp": "a@xn--r8jz45g.jp",
    "root@localhost": "root@localhost",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
}
BAD = [
    "",
    " ",
    "ana",
    "ana@",
    "@example.org",
    "ana@example.org, bob@example.org",
    "ana@example.org,bob@example.org",
    "ana@example.org; bob@example.org",
    "ana@example.org bob@example.org",
    "ana@example.org,",
    "Friends: ana@example.org, bob@example.org;",
    "undisclosed-recipients:;",
    "Ana Lee <ana@example.org>",
    "<ana@example.org>",
    '"Lee, Ana" <ana@example.org>',
    '"ana lee"@example.org',
    "ana(comment)@example.org",
    "ana@evil@example.org",
    "ana@[192.0.2.1]",
    "ana@example",
    "ana@192.0.2.1",
    "ana@-example.org",
    "ana@exa_mple.org",
    "ana@example..org",
    "ana@example.org.",
    ".ana@example.org",
    "ana.@example.org",
    "an..a@example.org",
    "änä@example.org",
    "ana@example.org\n",
    "ana@example.org\r\nBcc: evil@example.net",
    "ana@example.org\0",
    "ana@exa\u200bmple.org",
    "ana\u202e@example.org",
    "a" * 65 + "@example.org",
    "ana@" + "a" * 250 + ".org",
    "ana@example.org?bcc=evil@example.net",
    "mailto:ana@example.org",
    "-oQ/tmp ana@example.org",
    "ana@example.org> SIZE=1",
]


@pytest.mark.parametrize(("given", "address"), GOOD.items())
def test_one_address_is_taken(given, address):
    assert recipient(given) == address


@pytest.mark.parametrize("given", BAD)
def test_e14_what_is_no_single_address_is_refused_without_repeating_it(given):
    with pytest.raises(UserError) as caught:
        recipient(given)

    assert len(given.strip()) < 4 or given.strip() not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("given", BAD)
def test_e14_such_an_address_reaches_no_server(serve, make_kit, attempt, letter, given):
    outcome = attempt(make_kit(), **letter | {"to": given})

    assert isinstance(outcome.error, UserError)
    assert not outcome.intents


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60))
def test_e14_whatever_is_taken_is_one_ascii_address(text):
    try:
        found = checked_address(text)
    except ValueError:
        return
    assert found.isascii()
    assert found.count("@") == 1
    assert not set(found) & set(' ,;:<>()[]"\\\r\n\0')


def test_what_is_no_text_is_no_line():
    with pytest.raises(ValueError, match="text is expected"):
        EmailSettings.model_validate({"from": {"address": 5}})


def test_a_shown_address_names_nobody():
    assert redacted("ana@example.org") == "a•••@example.org"


# E13: what may stand in a header ---------------------------------------------------------------

BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\x1d", "\x1e"]
INJECTIONS = [f"Hello{end}Bcc: evil@example.net" for end in BREAKS] + [
    "Hello\r\n\r\nNew body",
    "Hello\r\n Bcc: evil@example.net",
    "Hello\n\tBcc: evil@example.net",
    "Hello\0",
    "Hello\x08\x08\x08",
    "Hello\x1b[31m",
    "Hello\x7f",
    "Hello\u202egnp.exe",
    "Hello\u2066x\u2069",
    "Hello\u200b",
    "Hello\ufeff",
    "Hello\ud800",
    "Hello\ue000",
    "x" * 201,
    "x" * 100_000,
    "Hello\r\n.\r\nMAIL FROM:<evil@example.net>",
    "=?utf-8?q?Hello?=\r\nBcc: evil@example.net",
    "=?utf-8?q?Bcc:_evil=40example.net?=",
    "Hello =?UTF-8?B?DQpCY2M6IGV2aWw=?=",
    "",
    "   ",
]


def test_e13_there_are_at_least_27_ways_tried():
    assert len(INJECTIONS) >= 27


@pytest.mark.parametrize("subject", INJECTIONS, ids=lambda text: repr(text[:30]))
def test_e13_a_subject_that_is_more_than_a_line_is_refused(make_kit, attempt, letter, subject):
    outcome = attempt(make_kit(), **letter | {"subject": subject})

    assert isinstance(outcome.error, UserError), outcome
    assert "subject" in outcome.error.message
    assert "evil" not in outcome.error.message


@pytest.mark.parametrize(
    "value", [text for text in INJECTIONS if text.strip()], ids=lambda text: repr(text[:30])
)
def test_e13_a_value_cannot_bring_a_header_into_a_templates_subject(make_kit, letter, value):
    kit = make_kit()
    (kit.files.root / "templates").mkdir()
    (kit.files.root / "templates" / "x.md").write_text("subject: {{ v }}\n\nGood day.\n")

    with pytest.raises(UserError):
        kit.run(
            "email.send",
            dry_run=True,
            to="ana@example.org",
            purpose="office",
            template="x",
            values={"v": value},
        )


@pytest.mark.parametrize(
    "name", [text for text in INJECTIONS if text.strip()], ids=lambda text: repr(text[:30])
)
def test_e13_a_name_cannot_bring_a_header_into_the_sender(name):
    with pytest.raises(ValueError, match="header line"):
        EmailSettings.model_validate({"from": {"address": "office@example.org", "name": name}})


@pytest.mark.parametrize(
    "name",
    ["Lee, Ana", 'Ana "Al" Lee', "Ana <evil@example.net>", "Ana; Bob", "Büro Lee", "a@b", "Ana\\"],
)
def test_any_other_name_shows_as_it_is(make_kit, name, letter):
    kit = make_kit(**{"from": {"address": "office@lakeside.example", "name": name}})
    draft = kit.run("email.draft", **letter)
    message = message_from_bytes(kit.files.read(draft["path"]), policy=policy.default)

    (sender,) = message["From"].addresses
    assert sender.display_name == name
    assert sender.addr_spec == "office@lakeside.example"
    assert len(message["To"].addresses) == 1


@pytest.mark.parametrize(
    "subject", ["Grüße aus dem Büro", "予約のお知らせ", "x" * 200, "a: b; c, <d>", "=? or ?="]
)
def test_any_other_subject_shows_as_it_is(make_kit, subject, letter):
    kit = make_kit()
    draft = kit.run("email.draft", **letter | {"subject": subject})
    data = kit.files.read(draft["path"])

    assert message_from_bytes(data, policy=policy.default)["Subject"] == subject
    assert data.isascii()


def test_an_answer_can_go_elsewhere_to_one_address(make_kit, letter):
    kit = make_kit(reply_to={"address": "desk@lakeside.example", "name": "Desk"})

    assert (
        "Reply-To: Desk <desk@lakeside.example>"
        in kit.run("email.send", dry_run=True, **letter).text
    )
    other = letter | {"reply_to": "x@lakeside.example"}
    assert "Reply-To: x@lakeside.example" in kit.run("email.send", dry_run=True, **other).text
    with pytest.raises(UserError):
        kit.run("email.send", dry_run=True, **letter | {"reply_to": "x@a.example, y@a.example"})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_a_checked_line_is_a_line(text):
    try:
        line = checked_line(text)
    except ValueError:
        return
    assert len(line.splitlines()) <= 1
    assert not any(ord(char) < 32 for char in line)
