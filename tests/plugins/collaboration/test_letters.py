"""Letters say only what a release covers; disclosures are accounted for."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from dayhand import StepError, UserError

CLIENT = {
    "id": "C-0012",
    "name": "Mei-Ling Zhou",
    "initials": "MZ",
    "date_of_birth": "1991-08-08",
    "email": "mei@client.example",
    "phone": "518-555-0112",
    "member_id": "EM-231904",
    "diagnoses": [
        {"code": "F43.12", "effective_from": "2025-01-01"},
        {"code": "F99.9", "effective_from": "2024-01-01", "effective_to": "2024-12-31"},
    ],
}
VANCE = "Dr. Theodora Vance"
TEXTS = {"progress": "She sleeps through most nights.", "medication": "Sertraline 50 mg"}


def session(day, status="attended"):
    start = datetime.fromisoformat(f"{day}T16:00:00-05:00")
    return {"start": start, "end": start + timedelta(minutes=60), "minutes": 60, "status": status}


def write(kit, *information, **more):
    values = {"client": CLIENT, "recipient": VANCE, "texts": TEXTS} | more
    return kit.run("collaboration.letter", information=list(information), **values)


def test_without_a_release_no_letter_is_written(kit):
    with pytest.raises(
        StepError, match="about C-0012: there is no release to this recipient"
    ) as caught:
        write(kit, "progress")

    assert kit.files.written == []
    assert "Vance" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires_on": "2026-11-24"}, "has expired"),
        ({"revoked_on": "2026-11-01"}, "was revoked"),
        ({"expires_event": "discharge", "event_on": "2026-11-01"}, "has ended with its event"),
        ({"purpose": ""}, "is defective: it does not say the purpose"),
        ({"information": ["attendance"]}, "does not cover: progress"),
    ],
)
def test_a_release_that_does_not_hold_or_cover_blocks_the_letter(kit, release, change, said):
    release(**change)

    with pytest.raises(StepError, match=said):
        write(kit, "progress")

    assert kit.files.written == []


def test_a_release_that_ends_before_the_letter_goes_out_blocks_it(kit, release):
    release(expires_on="2026-12-01")

    assert write(kit, "progress", on="2026-11-30")["draft"] is True
    with pytest.raises(StepError, match="has expired"):
        write(kit, "progress", on="2026-12-01", draft=False)


def test_the_letter_says_what_was_asked_and_nothing_else(kit, release, text_of):
    release()

    done = write(
        kit, "attendance", "diagnosis", "progress", "treatment_plan",
        sessions=[session("2026-10-06"), session("2026-11-03"), session("2026-11-10", "no_show")],
        plan={"goals": ["Sleep", "Work"], "measures": "PHQ-9: 14", "plan": "Exposure, step four"},
        question="Has the dose changed?",
    )  # fmt: skip

    assert done["path"] == "out/letters/drafts/2026-11-24-C-0012-dr-theodora-vance.pdf"
    assert (done["release"], done["part2"], done["draft"]) == ("R-000001", False, True)
    text = text_of(done["path"])
    for part in (
        "Draft: not sent",
        "Coordination of care: Mei-Ling Zhou, born 1991-08-08",
        "Vance Psychiatry",
        "2 sessions attended between 2026-10-06 and 2026-11-03",
        "F43.12",
        "Sleep; Work",
        "She sleeps through most nights.",
        "Has the dose changed?",
        "signed on 2026-04-23; it ends on 2027-04-23",
    ):
        assert part in text, part
    for part in (
        "F99.9",
        "Sertraline",
        "PHQ-9",
        "Exposure",
        "mei@client",
        "518-555-0112",
        "EM-231904",
    ):
        assert part not in text, part


def test_the_letter_itself_bears_no_mark_of_a_draft(kit, release, text_of):
    release()

    done = write(kit, "progress", draft=False)

    assert done["path"] == "out/letters/2026-11-24-C-0012-dr-theodora-vance.pdf"
    assert "Draft" not in text_of(done["path"])


def test_the_notice_of_part_2_and_the_consent_stand_on_the_letter(kit, release, say, text_of):
    release(part2=True)
    say("releases", "part-two", "C-0012")

    done = write(kit, "progress")

    text = text_of(done["path"])
    assert done["part2"] is True
    assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in text
    assert "The consent covers: Dates of sessions, diagnosis, goals and progress" in text


@pytest.mark.parametrize(
    ("information", "said"),
    [
        (["risk"], "there is nothing to say of: risk"),
        (["attendance", "measures"], "nothing to say of: dates of sessions, results of measures"),
        ([], "the letter says nothing"),
    ],
)
def test_a_letter_that_would_say_nothing_of_something_is_refused(kit, release, information, said):
    release()

    with pytest.raises(StepError, match=said):
        write(kit, *information)


def test_a_letter_carries_no_whole_record(kit, release):
    release(information=["record"])

    with pytest.raises(StepError, match="a letter does not carry the whole record"):
        write(kit, "record", texts={"record": "all"})


def test_markup_in_a_text_is_only_text(kit, release, text_of):
    release()

    done = write(kit, "progress", texts={"progress": '#panic("x") *b* $x$'})

    assert '#panic("x") *b* $x$' in text_of(done["path"])


# Disclosures ------------------------------------------------------------------------------------


def test_a_letter_that_went_out_is_noted_with_its_hash(kit, release):
    release()
    letter = write(kit, "progress", "diagnosis", draft=False)

    kept = kit.run("collaboration.record_disclosure", letter=letter, method="fax", initials="MZ")

    assert (kept["id"], kept["basis"], kept["release"], kept["method"]) == (
        "X-000001", "authorization", "R-000001", "fax",
    )  # fmt: skip
    assert kept["information"] == "progress in treatment, diagnosis"
    assert (kept["document"], kept["document_sha256"]) == (letter["path"], letter["sha256"])
    again = kit.run("collaboration.record_disclosure", letter=letter, method="fax", initials="MZ")
    assert again["id"] == "X-000001"


def test_the_accounting_has_the_address_of_the_release(kit, release, text_of):
    release(recipient_address="Vance Psychiatry; 31 Canal Street; Albany, NY 12207")
    letter = write(kit, "progress", draft=False)
    kit.run("collaboration.record_disclosure", letter=letter, method="fax")

    told = text_of(account(kit)["path"])

    assert f"{letter['recipient']}, Vance Psychiatry, 31 Canal Street, Albany, NY 12207" in told


def test_a_draft_is_no_disclosure(kit, release):
    release()

    with pytest.raises(StepError, match="a draft was not disclosed"):
        kit.run("collaboration.record_disclosure", letter=write(kit, "progress"))


def test_a_release_revoked_before_it_went_out_stops_the_note_too(kit, release, say):
    release()
    letter = write(kit, "progress", draft=False)
    say("releases", "revoke", "R-000001")

    with pytest.raises(StepError, match="was revoked"):
        kit.run("collaboration.record_disclosure", letter=letter)

    assert kit.run("collaboration.disclosures") == []


def test_under_an_authorization_information_is_named_by_kind(kit, release):
    release()

    with pytest.raises(StepError, match="named by kind, not 'everything'"):
        kit.run(
            "collaboration.record_disclosure", client_id="C-0012", recipient=VANCE,
            information=["everything"], purpose="x",
        )  # fmt: skip


def test_what_the_law_requires_needs_no_release(say, kit):
    told = say("disclosures", "add", "c-0012", "--information", "attendance", "--basis", "required_by_law",
               "--method", "mail", "--purpose", "Subpoena", typed="County court\n")  # fmt: skip

    assert "X-000001 is kept\n" in told
    (kept,) = kit.run("collaboration.disclosures", client_id="C-0012")
    assert (kept["recipient"], kept["purpose"]) == ("County court", "Subpoena")
    with pytest.raises(UserError, match="there is no release"):
        say("disclosures", "add", "C-0012", "--recipient", "x", "--information", "attendance")


def test_disclosures_are_hidden_until_asked_for_and_travel_as_csv(say, kit, tmp_path):
    say("disclosures", "add", "C-0012", "--recipient", "County court", "--information", "attendance",
        "--basis", "court_order", "--on", "2026-11-01")  # fmt: skip

    assert "County" not in say("disclosures", "list") + say("disclosures", "list", "--json")
    assert "County court" in say("disclosures", "list", "--reveal", "--client", "c-0012")
    assert say("disclosures", "list", "--since", "2026-11-02") == "nothing was disclosed\n"
    say("disclosures", "export", str(tmp_path / "x.csv"))
    assert say("disclosures", "import", "x.csv") == "0 new, 0 changed, 1 unchanged\n"


# The accounting ---------------------------------------------------------------------------------


@pytest.fixture
def disclosed(say):
    def keep(day, basis="required_by_law", client="C-0012", who="County court"):
        say("disclosures", "add", client, "--recipient", who, "--information", "attendance", "--basis", basis,
            "--on", day, "--purpose", "Subpoena")  # fmt: skip

    return keep


def account(kit, **more):
    return kit.run("collaboration.accounting", client_id="C-0012", **more)


def test_an_accounting_looks_back_six_years(kit, disclosed, text_of):
    for day in ("2020-11-23", "2020-11-24", "2026-11-24"):
        disclosed(day)
    disclosed("2026-01-01", client="C-0013", who="Another's court")

    done = account(kit)

    assert (done["listed"], done["since"]) == (2, date(2020, 11, 24))
    text = text_of(done["path"])
    assert "2020-11-24" in text
    assert "2020-11-23" not in text
    assert "Another's court" not in text
    assert "45 CFR 164.528" in text_of(done["pdf"])
    assert "Subpoena" in text_of(done["pdf"])


def test_a_leap_day_looks_back_to_the_28th(make_kit):
    kit = make_kit(now="2028-02-29T09:00-05:00")

    assert account(kit)["since"] == date(2022, 2, 28)


def test_what_may_be_left_out_is_listed_or_told_by_number(kit, disclosed, text_of):
    disclosed("2026-01-01")
    disclosed("2026-02-01", basis="treatment", who="Dr. A")

    assert account(kit)["listed"] == 2
    short = account(kit, everything=False)
    assert (short["listed"], short["left_out"]) == (1, 1)
    assert "1 more are left out, as the rule permits" in text_of(short["path"])
    assert account(kit, since="2026-01-15")["listed"] == 1


def test_an_accounting_is_written_by_a_command_too(kit, disclosed, say):
    disclosed("2026-01-01")
    disclosed("2026-02-01", basis="treatment", who="Dr. A")

    told = say("disclosures", "account", "c-0012", "--short", "--since", "2025-01-01")

    assert told == (
        "1 listed, 1 left out, from 2025-01-01 to 2026-11-24\n"
        "wrote out/collaboration/accounting-C-0012-2026-11-24.pdf\n"
    )
    assert kit.audit[-1] == "account for disclosures about C-0012"


def test_records_under_part_2_are_marked(kit, disclosed, say, text_of):
    say("releases", "part-two", "C-0012")
    disclosed("2026-01-01")

    text = text_of(account(kit)["path"])

    assert "2026-01-01 *" in text
    assert "Marked *: records under 42 CFR part 2." in text


def test_a_wrong_disclosure_is_refused_with_its_field(kit):
    with pytest.raises(UserError, match="purpose"):
        kit.run("collaboration.record_disclosure", client_id="C-0012", recipient="x",
                information=["attendance"], basis="treatment")  # fmt: skip
    assert json.dumps(kit.run("collaboration.disclosures")) == "[]"
