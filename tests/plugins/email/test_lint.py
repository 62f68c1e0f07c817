from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from dayhand import UserError
from dayhand.expressions import compile_text
from dayhand.values import mark_sensitive
from dayhand_email.lint import Private, Rules, invitation_text, private_parts

ANA = {
    "client": {
        "id": "C-0017",
        "name": mark_sensitive("Ana Quistgaard"),
        "preferred_name": mark_sensitive("Ana"),
        "date_of_birth": mark_sensitive(date(1984, 3, 7)),
        "payer": mark_sensitive("Aetna Gold"),
        "initials": "A.Q.",
    }
}
RULES = Rules(
    own_words=["equine*"], practice_name="Lakeside Counseling", neutral_name="Lakeside Office"
)

TELLING = {
    "Invoice for Quistgaard": "surname",
    "quistgaard: document": "surname",
    "Ana Quistgaard's document": "surname",
    "Document for 1984-03-07": "birth",
    "Document, born 3/7/1984": "birth",
    "Document 03/07/1984": "birth",
    "Document March 7, 1984": "birth",
    "Document 7 March 1984": "birth",
    "Your Aetna Gold document": "client data",
    "Your therapy session": "kind of care",
    "THERAPIST's note": "kind of care",
    "Teletherapy link": "kind of care",
    "From your psychologist": "kind of care",
    "Counselling": "kind of care",
    "counseling appointment": "kind of care",
    "Session on Monday": "kind of care",
    "Your superbill": "kind of care",
    "Trauma-informed care": "kind of care",
    "Mental health": "kind of care",
    "Your EMDR appointment": "kind of care",
    "About depression": "condition",
    "Anxiety worksheet": "condition",
    "ADHD form": "condition",
    "eating  disorder form": "condition",
    "F41.1": "diagnosis code",
    "Regarding F32": "diagnosis code",
    "Z63.0 document": "diagnosis code",
    "Your balance": "money owed",
    "Past due": "money owed",
    "You owe us": "money owed",
    "Invoice $150": "amount",
    "Invoice 150.00": "amount",
    "Invoice 1,150.00 USD": "amount",
    "Invoice 150 EUR": "amount",
    "Equine day": "lint_words",
}
NEUTRAL = [
    "Appointment reminder",
    "Document ready",
    "Document INV-2026-00042 ready",
    "Your appointment on Monday, November 2 at 2:05 PM",
    "Hello Ana",
    "Message from Lakeside Office",
    "C-0017",
    "Version 3.1 of the form",
    "Room B12",
    "The counter is open",
    "Wanaquistgaards",
]


@pytest.mark.parametrize(("subject", "kind"), TELLING.items())
def test_a_subject_that_tells_too_much_is_found(subject, kind):
    found = RULES.subject_problems(subject, private_parts(ANA))

    assert any(kind in one for one in found), found


@pytest.mark.parametrize("subject", NEUTRAL)
def test_a_neutral_subject_passes(subject):
    assert RULES.subject_problems(subject, private_parts(ANA)) == []


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"name": "Lee, Ana"}, "For Lee"),
        ({"name": "Ana Lee Jr."}, "For Lee"),
        ({"full_name": "Ana de la Cruz"}, "For Cruz"),
        ({"last_name": "Lee"}, "For Lee"),
        ({"invoices": [{"client": {"name": "Ana Lee"}}]}, "For Lee"),
        ({"dob": "1984-03-07"}, "Born 3/7/1984"),
        ({"dob": "in 1984"}, "born in 1984"),
        ({"note": [mark_sensitive("knitting group")]}, "your Knitting Group"),
    ],
)
def test_client_data_is_recognised_wherever_it_is_in_the_values(values, subject):
    assert RULES.subject_problems(subject, private_parts(values))


def test_a_word_is_shown_only_if_the_author_wrote_it():
    (shown,) = RULES.subject_problems("Your therapy", Private(), source="subject: Your therapy")
    (hidden,) = RULES.subject_problems("Your therapy", Private(), source="subject: {{ topic }}")

    assert shown.endswith("(therapy)")
    assert "therapy" not in hidden


REMINDER = (
    "Hello Ana,\n\nyour appointment is on Monday at 2:05 PM. To change it call 518-555-0100.\n"
)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Jane Doe, LCSW", "credential"),
        ("Your therapist", "credential"),
        ("Jane Doe PhD", "credential"),
        ("Lakeside Counseling", "practice's name"),
        ("See you at lakeside   COUNSELING.", "practice's name"),
        ("Ana Quistgaard", "surname"),
        ("for your EMDR session", "kind of care"),
        ("about your depression", "condition"),
        ("F41.1", "diagnosis code"),
    ],
)
def test_a_reminder_that_tells_too_much_is_found(line, kind):
    found = RULES.reminder_problems(f"{REMINDER}\n{line}\n", private_parts(ANA))

    assert any(kind in one for one in found), found


def test_a_neutral_reminder_passes():
    assert RULES.reminder_problems(REMINDER + "\nLakeside Office\n", private_parts(ANA)) == []


def test_a_practice_whose_own_name_is_neutral_may_name_itself():
    rules = Rules(practice_name="Lakeside Office", neutral_name="lakeside office")

    assert rules.reminder_problems("Lakeside Office", Private()) == []
    assert Rules(practice_name="Lakeside Office").reminder_problems("Lakeside Office", Private())


def test_a_neutral_name_may_hold_the_practices_own():
    rules = Rules(practice_name="Lakeside", neutral_name="Lakeside Office")

    assert rules.reminder_problems("From Lakeside  Office", Private()) == []
    assert rules.reminder_problems("From Lakeside Office at Lakeside", Private())


# Through the step -------------------------------------------------------------------------------


def template(kit, text, name="x"):
    (kit.files.root / "templates").mkdir(exist_ok=True)
    (kit.files.root / "templates" / f"{name}.md").write_text(text)


SEND = {
    "to": "ana@example.org",
    "purpose": "billing",
    "consent": ["billing", "reminders"],
    "template": "x",
}


def refused(kit, **inputs):
    with pytest.raises(UserError) as caught:
        kit.run("email.send", dry_run=True, **SEND | inputs)
    assert "Quistgaard" not in f"{caught.value.message}{caught.value.hint}"
    return caught.value


def test_a_telling_subject_stops_the_letter(make_kit):
    kit = make_kit()
    template(kit, "subject: Invoice for {{ client.name }}\n\nHello.\n")

    error = refused(kit, values=ANA)

    assert "(rule E1): the client's surname" in error.message
    assert "Document ready" in error.hint


@pytest.mark.parametrize("purpose", ["billing", "clinical", "reminders", "office"])
@pytest.mark.parametrize("step", ["email.send", "email.draft"])
def test_l01_a_subject_of_the_routine_carries_no_client_data(make_kit, step, purpose):
    name = mark_sensitive("Ana Quistgaard")
    subject = compile_text("About ${{ client.name }}").evaluate({"client": {"name": name}})

    with pytest.raises(ValidationError, match="no client data") as caught:
        make_kit().run(
            step, dry_run=True, to="ana@example.org", purpose=purpose, consent=[purpose],
            subject=subject, body="Hello.",
        )  # fmt: skip

    assert "Quistgaard" not in str(caught.value)


def test_office_mail_is_not_linted(make_kit):
    kit = make_kit()
    template(kit, "subject: Therapy room\n\nHello.\n")

    assert (
        kit.run("email.send", dry_run=True, **SEND | {"purpose": "office"}).output.state == "sent"
    )


def test_a_telling_reminder_is_stopped(make_kit):
    kit = make_kit()
    template(kit, "subject: Appointment reminder\n\nHello {{ client.name }}.\n")

    assert "(rule E2)" in refused(kit, values=ANA, purpose="reminders").message


def test_a_reminder_under_a_telling_name_is_stopped(make_kit):
    kit = make_kit(**{"from": {"address": "a@b.example", "name": "Jane Doe, LCSW"}})
    template(kit, "subject: Appointment reminder\n\nHello.\n")

    error = refused(kit, purpose="reminders")

    assert "email.from" in error.message


def test_a_reminder_brings_no_documents(make_kit):
    kit = make_kit()
    template(kit, "subject: Appointment reminder\n\nHello.\n")
    kit.files.write("INV-1.pdf", b"%PDF")

    assert "(rule E4)" in refused(kit, purpose="reminders", attach=["out/INV-1.pdf"]).message


def test_a_file_named_after_the_client_is_stopped(make_kit):
    kit = make_kit()
    template(kit, "subject: Document ready\n\nHello.\n")
    kit.files.write("invoice-quistgaard.pdf", b"%PDF")

    error = refused(kit, values=ANA, attach=["out/invoice-quistgaard.pdf"])

    assert "(rule E4)" in error.message
    assert "quistgaard" not in error.message


INVITATION = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{}\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("summary", "more", "is_fine"),
    [
        ("Appointment", "", True),
        ("Therapy session", "", False),
        ("Ther\r\n apy", "", False),
        ("Appointment", "DESCRIPTION:\r\n", True),
        ("Appointment", "DESCRIPTION;LANGUAGE=en:about your anxiety\r\n", False),
        ("Appointment", "LOCATION:Counseling center\r\n", False),
    ],
)
def test_an_invitation_is_neutral_and_has_no_description(make_kit, summary, more, is_fine):
    kit = make_kit()
    template(kit, "subject: Appointment reminder\n\nHello.\n")
    kit.files.write("appointment.ics", INVITATION.format(summary, more))
    inputs = SEND | {"purpose": "reminders", "attach": ["out/appointment.ics"]}

    if is_fine:
        assert kit.run("email.send", dry_run=True, **inputs).output.state == "sent"
    else:
        assert "(rule E7)" in refused(kit, **inputs).message


def test_an_invitation_is_read_unfolded():
    assert invitation_text(b"SUMMARY;X=1:a\r\n b\r\nDESCRIPTION: \r\n") == ("ab", False)


@pytest.mark.parametrize("name", ["invoice", "superbill", "reminder"])
def test_the_shipped_letters_pass_their_own_lint(make_kit, name):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    kit = make_kit()
    values = {
        "first_name": "Ana", "number": "INV-2026-00042", "due_on": date(2026, 11, 30), "month": "2026-10",
        "start": datetime(2026, 11, 3, 14, 5, tzinfo=ZoneInfo("America/New_York")), "zone": "Eastern Time",
    }  # fmt: skip
    purpose = "reminders" if name == "reminder" else "billing"

    preview = kit.run(
        "email.send",
        dry_run=True,
        **SEND | {"template": name, "values": values, "purpose": purpose},
    )

    assert "Hello Ana,\n" in preview.text
    assert "518-555-0100" in preview.text
    assert preview.text.rstrip().endswith("reply and say so.")
