from __future__ import annotations

from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dayhand import StepMisuse, UserError
from dayhand_email.plain_text import as_plain_text


def as_text(markdown):
    return as_plain_text(MarkdownIt("commonmark", {"html": False}).enable("table").parse(markdown))


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("One\ntwo\n\nthree", "One\ntwo\n\nthree\n"),
        (
            "# Title\n\nText with **bold**, *italic* and `code`.",
            "Title\n\nText with bold, italic and code.\n",
        ),
        ("- one\n- two\n\nafter", "- one\n- two\n\nafter\n"),
        ("- one\n  more\n\n  again\n- two", "- one\n  more\n  again\n- two\n"),
        (
            "3. three\n4. four\n   - inner\n     text\n5. five",
            "3. three\n4. four\n   - inner\n     text\n5. five\n",
        ),
        ("> quoted\n> more\n\nafter", "> quoted\n> more\n>\nafter\n"),
        ("a\n\n---\n\nb", "a\n\n----------------------------------------\n\nb\n"),
        ("[pay here](https://pay.example/x)", "pay here (https://pay.example/x)\n"),
        ("<https://pay.example/x>", "https://pay.example/x\n"),
        ("<office@lakeside.example>", "office@lakeside.example\n"),
        ("[518-555](tel:518-555)", "518-555\n"),
        ("    code\n      more", "code\n  more\n"),
        ("```\ncode\n```", "code\n"),
        ("| a | bb |\n|---|---|\n| ccc | d |", "a    bb\n---  --\nccc  d\n"),
        ("a  \nb", "a\nb\n"),
        ("![a picture](x.png)", "a picture\n"),
        ("&lt;b&gt; &#42;a&#42; <b>", "<b> *a* <b>\n"),
        ("", "\n"),
    ],
)
def test_markdown_reads_well_without_html(markdown, text):
    assert as_text(markdown) == text


def template(kit, text, name="x"):
    (kit.files.root / "templates").mkdir(exist_ok=True)
    (kit.files.root / "templates" / f"{name}.md").write_text(text, newline="")


def drafted(kit, **inputs):
    """The message of a draft."""
    inputs = {"to": "ana@example.org", "purpose": "office", "template": "x"} | inputs
    draft = kit.run("email.draft", **inputs)
    data = kit.files.read(draft["path"])
    return message_from_bytes(data.replace(b"\r\n", b"\n"), policy=policy.default)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def page(message):
    found = _Page()
    found.feed(message.get_body(("html",)).get_content())
    return found


@pytest.mark.parametrize(
    "head",
    [
        "subject: Hello\n\n",
        "---\nsubject: Hello\n---\n",
        "Subject:Hello\n",
        "\nsubject: Hello\r\n\r\n",
    ],
)
def test_a_template_begins_with_its_subject(make_kit, head):
    kit = make_kit()
    template(kit, head + "Good **day**.\n")

    message = drafted(kit)

    assert message["Subject"] == "Hello"
    assert message.get_body(("plain",)).get_content() == "Good day.\n"
    assert ("strong", {}) in page(message).tags


def test_a_template_without_a_subject_is_refused_with_what_to_write(make_kit):
    kit = make_kit()
    template(kit, "Good day.\n")

    with pytest.raises(UserError) as caught:
        drafted(kit)
    assert "x.md does not begin with its subject" in caught.value.message


def test_the_subject_may_come_from_the_routine(make_kit):
    kit = make_kit()
    template(kit, "subject: Hello\n\nGood day.\n")

    assert drafted(kit, subject="Good morning")["Subject"] == "Good morning"


def test_e16_a_misspelt_field_sends_nothing_and_tells_file_and_line(serve, make_kit, attempt):
    sink = serve()
    kit = make_kit(sink)
    template(kit, "subject: Hello\n\nGood day,\n\ndear {{ clent.name }}.\n")

    outcome = attempt(
        kit,
        to="ana@example.org",
        purpose="office",
        template="x",
        values={"client": {"name": "Ana"}},
    )

    assert isinstance(outcome.error, UserError)
    assert outcome.error.message.startswith("template x.md, line 5: there is no 'clent'")
    assert sink.greetings == 0


def test_a_template_that_is_not_there_is_told(make_kit):
    with pytest.raises(UserError, match="nowhere"):
        drafted(make_kit(), template="nowhere")


@pytest.mark.parametrize(
    "inputs",
    [
        {"template": "x", "body": "b"},
        {"template": None},
        {"template": None, "subject": "s"},
        {"template": None, "body": "b"},
    ],
)
def test_a_letter_has_a_template_or_a_subject_and_a_body(make_kit, inputs):
    kit = make_kit()
    template(kit, "subject: Hello\n\nGood day.\n")

    with pytest.raises(UserError):
        drafted(kit, **inputs)


HOSTILE = [
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "https://evil.example",
    "*a* _b_ `c` ~d~ **e**",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "    code",
    "a\n\n# b\n\n- c",
    "a | b\n--|--\nc | d",
    "{{ 7*7 }} {% if x %}",
    "&lt;b&gt; &amp; &#42;",
    "a\\*b\\",
    "</p></div></body>",
    "[x]: https://evil.example",
    "---",
    "===",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_t04_a_value_is_text_in_both_parts(make_kit, value):
    kit = make_kit()
    template(kit, "subject: Hello\n\nDear {{ v }},\n\n{{ v }}\n\n- {{ v }}\n")

    message = drafted(kit, values={"v": value})

    tags = [tag for tag, _ in page(message).tags]
    assert sorted(tags) == sorted(
        ["html", "head", "meta", "meta", "title", "body", "div", "p", "p", "ul", "li"]
    )
    flat = " ".join(value.split())
    assert " ".join(message.get_body(("plain",)).get_content().split()).count(flat) == 3
    assert flat in " ".join(page(message).text.split())


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet="<>&\"'`*_[]()#-+.!|~\\ ab\n:/", max_size=30))
def test_t05_no_value_can_add_an_element(make_kit, value):
    kit = make_kit()
    template(kit, "subject: Hello\n\nDear {{ v }},\n\n{{ v }}\n")

    tags = [tag for tag, _ in page(drafted(kit, values={"v": value})).tags]

    assert set(tags) <= {"html", "head", "meta", "title", "body", "div", "p"}


def test_a_link_of_the_template_is_kept_and_one_of_a_value_is_checked(make_kit):
    kit = make_kit()
    template(
        kit,
        "subject: Hello\n\n[pay]({{ link }}) or [script](javascript:alert(1)) ![](https://evil.example/p.png)\n",
    )

    message = drafted(kit, values={"link": "https://pay.example/a_b?c=1&d=2"})

    links = [attributes for tag, attributes in page(message).tags if tag == "a"]
    assert links == [{"href": "https://pay.example/a_b?c=1&d=2", "rel": "noopener noreferrer"}]
    assert "img" not in [tag for tag, _ in page(message).tags]
    with pytest.raises(UserError, match="not an address"):
        drafted(kit, values={"link": "javascript:alert(1)"})


def test_html_in_a_template_shows_as_text(make_kit):
    kit = make_kit()
    template(kit, 'subject: Hello\n\n<p onclick="x()">hi</p>\n')

    assert '<p onclick="x()">hi</p>' in drafted(kit).get_body(("plain",)).get_content()
    assert all(not attributes.get("onclick") for _, attributes in page(drafted(kit)).tags)


def test_a_body_from_the_routine_is_plain_text(make_kit):
    message = drafted(
        make_kit(), template=None, subject="Hello", body="Good *day* <b>\n\nBye\nJane  \n"
    )

    assert message.get_body(("plain",)).get_content() == "Good *day* <b>\n\nBye\nJane\n"
    assert [tag for tag, _ in page(message).tags].count("p") == 2
    assert "Good *day* <b>" in page(message).text


def test_the_footer_stands_below_letters_to_clients_only(make_kit, letter):
    kit = make_kit(footer="No more? Say <so>.")
    client = letter | {"purpose": "billing", "consent": ["billing"]}

    assert kit.run("email.send", dry_run=True, **client).text.endswith("No more? Say <so>.\n")
    assert "No more" not in kit.run("email.send", dry_run=True, **letter).text


# The bytes --------------------------------------------------------------------------------------


def test_a_message_is_the_same_bytes_each_time_in_ascii_lines(make_kit):
    kit = make_kit()
    template(kit, "subject: Grüße {{ v }}\n\nLiebe {{ v }} " + "ü" * 3000 + "\n.\n..\n")
    kit.files.write("a.pdf", bytes(range(256)) * 10)
    paths = [
        kit.run(
            "email.draft",
            to="ana@example.org",
            purpose="office",
            template="x",
            values={"v": "Ånä"},
            attach=["out/a.pdf"],
        )["path"]
        for _ in range(2)
    ]

    data = [kit.files.read(path) for path in paths]
    assert data[0] == data[1]
    assert data[0].isascii()
    assert all(
        len(line) <= 998 and b"\r" not in line and b"\n" not in line
        for line in data[0].split(b"\r\n")
    )


def test_a_message_is_not_an_automatic_answer_to_anything(make_kit, letter):
    text = make_kit().run("email.send", dry_run=True, **letter).text

    assert "Auto-Submitted: auto-generated" in text
    assert "Date: Mon, 02 Nov 2026 09:00:00 -0500" in text


def test_a_message_id_is_made_from_the_steps_key(make_kit, letter):
    import hashlib

    kit = make_kit()
    key = kit.context("email", step=kit.steps["email.send"]).key

    output = kit.run("email.send", dry_run=True, **letter).output

    assert (
        output.message_id == f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@lakeside.example>"
    )


SMUGGLING = [
    f"before{end}.{other}MAIL FROM:<evil@example.net>{end}RCPT TO:<x@example.net>{end}DATA{end}Subject: smuggled{end}{end}boo"
    for end in ("\r\n", "\n", "\r")
    for other in ("\r\n", "\n", "\r")
] + [".", "\r\n.\r\n", "..", ".\r\n.", "a\0b\r\n.\r\n"]


@pytest.mark.parametrize("body", SMUGGLING, ids=repr)
def test_e15_a_body_cannot_smuggle_a_second_message(serve, lax_sink, make_kit, attempt, body):
    strict = serve()
    kit = make_kit(strict)
    outcome = attempt(kit, to="ana@example.org", purpose="office", subject="Hello", body=body)
    assert outcome.error is None
    strict.port = lax_sink.port
    kit = make_kit(strict, smtp={"security": "none", "username": "", "password": None})

    assert (
        attempt(kit, to="ana@example.org", purpose="office", subject="Hello", body=body).error
        is None
    )

    assert len(strict.envelopes) == 1
    assert len(lax_sink.messages) == 1
    assert not any(b"evil" in command for command in lax_sink.commands)


# Attachments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("INV-1.pdf", "INV-1.pdf", "application/pdf"),
        ("deep/INV 1 (copy).PDF", "INV-1-copy.PDF", "application/pdf"),
        ("Übersicht.csv", "Ubersicht.csv", "text/csv"),
        ("..hidden..txt", "hidden.txt", "text/plain"),
        ("予約.pdf", "file.pdf", "application/pdf"),
        ('a"b;c=d.pdf', "a-b-c-d.pdf", "application/pdf"),
        ("x" * 200 + ".pdf", "x" * 80 + ".pdf", "application/pdf"),
        ("data", "data", "application/octet-stream"),
        ("run.exe", "run.exe", "application/octet-stream"),
        ("picture.jpeg", "picture.jpeg", "image/jpeg"),
    ],
)
def test_an_attachment_has_a_plain_name_and_type(make_kit, path, name, kind):
    kit = make_kit()
    kit.files.write(path, b"content\n")

    (part,) = drafted(
        kit, template=None, subject="s", body="b", attach=[f"out/{path}"]
    ).iter_attachments()

    assert part.get_filename() == name
    assert part.get_content_type() == kind
    assert part.get_payload(decode=True) == b"content\n"
    assert part.get_content_disposition() == "attachment"


def test_attachments_of_one_name_get_numbers(make_kit):
    kit = make_kit()
    for folder in "abc":
        kit.files.write(f"{folder}/x.pdf", folder)

    message = drafted(
        kit, template=None, subject="s", body="b", attach=[f"out/{f}/x.pdf" for f in "abc"]
    )

    assert [part.get_filename() for part in message.iter_attachments()] == [
        "x.pdf",
        "x-2.pdf",
        "x-3.pdf",
    ]


def test_attachments_are_bounded(make_kit):
    kit = make_kit()
    kit.files.write("big.bin", b"\0" * (11 * 1024 * 1024))

    with pytest.raises(UserError, match="larger than 20 MB"):
        drafted(kit, template=None, subject="s", body="b", attach=["out/big.bin"] * 2)
    with pytest.raises(UserError, match="up to 20 files"):
        drafted(kit, template=None, subject="s", body="b", attach=["out/big.bin"] * 21)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [("out/none.pdf", UserError), ("../secret.pdf", UserError), ("/etc/passwd", StepMisuse)],
)
def test_a_file_that_is_not_the_practices_is_refused(make_kit, path, refusal):
    with pytest.raises(refusal):
        drafted(make_kit(), template=None, subject="s", body="b", attach=[path])


def test_a_server_that_takes_less_is_told_before_anything_is_sent(
    serve, make_kit, attempt, letter, monkeypatch
):
    sink = serve()
    kit = make_kit(sink)
    kit.files.write("a.bin", b"\0" * 100_000)
    monkeypatch.setattr("dayhand_email.attachments.MAX_BYTES", 10**9)
    kit.files.write("big.bin", b"\0" * 30_000_000)

    outcome = attempt(kit, **letter | {"attach": ["out/big.bin"]})

    assert "larger than" in outcome.error.message
    assert not outcome.intents
    assert not sink.recipients
