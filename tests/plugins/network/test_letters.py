"""Notes are edited before they go; thanks name a client only by permission."""

from __future__ import annotations

import pytest

from dayhand import StepError

PERMISSION = {
    "allowed": True,
    "client_id": "C-0012",
    "recipient": "Dr. Theodora Vance, psychiatrist",
    "information": ["attendance"],
    "release": "R-000002",
}
CLIENT = {"id": "C-0012", "name": "Mei-Ling Zhou-Abernathy"}


@pytest.fixture
def referral(kit, contact, refer):
    def make(**values):
        refer(contact_id=contact(), **values)
        (found,) = kit.run("network.open_referrals")["to_acknowledge"]
        return found

    return make


def test_a_note_says_nothing_of_what_you_noted_about_the_contact(kit, contact, text_of):
    who = contact(note="Talks a lot")
    kit.run(
        "network.record_touch", contact_id=who, on="2026-06-01", note="Ask about the waiting list"
    )

    (note,) = kit.run(
        "network.notes", due=kit.run("network.due"), availability="I have room for two."
    )

    text = text_of(note["path"])
    assert note["to"] == "vance@clinic.example"
    assert "I have room for two." in text
    assert "waiting list" not in text
    assert "Talks" not in text
    assert "{{" not in text


def test_notes_are_read_as_they_were_edited_and_a_removed_one_is_left_out(kit, contact):
    contact()
    contact(name="Ruth Osei", email="")
    notes = kit.run("network.notes", due=kit.run("network.due"))
    first, second = (kit.files.resolve(one["path"]) for one in notes)
    first.write_text("To: other@clinic.example\nSubject: Hello\n\nMy own words.\n")
    second.unlink()

    (found,) = kit.run("network.edited_notes", notes=notes)

    assert (found["to"], found["subject"], found["body"]) == (
        "other@clinic.example", "Hello", "My own words.\n",
    )  # fmt: skip


def test_a_note_whose_head_was_lost_is_told_and_not_sent(kit, contact):
    contact()
    notes = kit.run("network.notes", due=kit.run("network.due"))
    kit.files.resolve(notes[0]["path"]).write_text("My own words.\n")

    with pytest.raises(StepError, match="is no note any more"):
        kit.run("network.edited_notes", notes=notes)


def test_notes_are_written_for_the_first_of_the_list_only(kit, contact):
    for name in ("A", "B", "C"):
        contact(name=name)

    assert len(kit.run("network.notes", due=kit.run("network.due"), limit=2)) == 2


def test_thanks_under_a_release_name_the_client_and_the_release(kit, referral, text_of):
    one = referral(client_id="C-0012")

    draft = kit.run("network.thank_you", referral=one, permission=PERMISSION, client=CLIENT)
    letter = kit.run(
        "network.thank_you", referral=one, permission=PERMISSION, client=CLIENT, draft=False
    )

    assert "Draft: not sent" in text_of(draft["path"])
    text = text_of(letter["path"])
    for part in ("Mei-Ling Zhou-Abernathy", "Sent under release R-000002.", "Dr. Theodora Vance"):
        assert part in text
    assert "Draft" not in text
    assert letter["client_id"] == "C-0012"


def test_the_part_two_notice_and_what_the_consent_covers_stand_on_it(kit, referral, text_of):
    under = PERMISSION | {"part2": True, "notice": "42 CFR part 2 prohibits this."}

    letter = kit.run(
        "network.thank_you", referral=referral(client_id="C-0012"), permission=under, client=CLIENT
    )

    assert "It covers: attendance. 42 CFR part 2 prohibits this." in text_of(letter["path"])


@pytest.mark.parametrize(
    ("permission", "said"),
    [
        (None, "nobody looked for a release"),
        ({"allowed": False, "reasons": ["release R-000002 was revoked"]}, "was revoked"),
        ({"client_id": "C-0013"}, "not the one for F-000001"),
        ({"recipient": "Northgate"}, "not the one for F-000001"),
        ({"information": ["progress"]}, "does not cover that the client came"),
    ],
)
def test_without_a_permission_for_just_this_nothing_is_written(kit, referral, permission, said):
    one = referral(client_id="C-0012")
    given = None if permission is None else PERMISSION | permission

    with pytest.raises(StepError, match=said):
        kit.run("network.thank_you", referral=one, permission=given, client=CLIENT)

    assert kit.files.written == []


def test_a_letter_about_another_client_than_the_referrals_is_refused(kit, referral):
    with pytest.raises(StepError, match="another client was given"):
        kit.run(
            "network.thank_you", referral=referral(client_id="C-0012"), permission=PERMISSION,
            client=CLIENT | {"id": "C-0013"},
        )  # fmt: skip


def test_for_a_referral_without_a_client_the_thanks_name_nobody(kit, referral, text_of):
    letter = kit.run("network.thank_you", referral=referral(), client=CLIENT)

    text = text_of(letter["path"])
    assert "I cannot tell you whether anybody has come to me" in text
    assert "Mei-Ling" not in text
    assert "Confidential health information" not in text
    assert letter["client_id"] == ""


def test_a_referral_without_a_contact_cannot_be_thanked_for(kit):
    one = {"id": "F-000001", "direction": "in", "on": "2026-11-20"}

    with pytest.raises(StepError, match="names no contact to thank"):
        kit.run("network.thank_you", referral=one)


def test_the_address_stands_on_the_letter_line_by_line(kit, contact, refer, text_of):
    refer(contact_id=contact(address="31 Canal Street; Albany, NY 12207"))
    (one,) = kit.run("network.open_referrals")["to_acknowledge"]

    letter = kit.run("network.thank_you", referral=one)

    assert "31 Canal Street Albany, NY 12207" in text_of(letter["path"])
