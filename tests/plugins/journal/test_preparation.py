"""Prep cards, the intake pack and the paperwork list: what stands on them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dayhand.testing import PracticeKit, sample_info

NOW = "2026-11-24T09:00-05:00"


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_journal"], now=NOW)


def match(number=1, at="2026-11-24T10:00-05:00", **values):
    start = datetime.fromisoformat(at)
    event = {"key": f"e{number}", "summary": "Maria Quimby", "start": start}
    event |= {"end": start + timedelta(minutes=50), "video": values.pop("video", False)}
    whole = {"event": event, "client_id": f"C-{number:04}", "initials": "MQ"}
    return whole | {"attendance": "scheduled"} | values


def goal(n, **values):
    return {"n": n, "goal": f"Goal number {n}"} | values


PLAN = {
    "id": "T-000001",
    "client_id": "C-0001",
    "initials": "MQ",
    "made_on": "2026-11-01",
    "goals": [goal(1, objective="Two of three"), goal(2, state="met", changed_on="2026-11-10")],
}
MEASURE = {
    "client_id": "C-0001",
    "initials": "MQ",
    "measure": "PHQ-9",
    "due_on": "2026-11-20",
    "days_left": -4,
    "is_due": True,
    "scores": [{"on": "2026-11-06", "score": 12}],
}
PAPER = {"client_id": "C-0001", "kind": "roi", "title": "release of information"}
NOTE = {
    "client_id": "C-0001",
    "note_id": "N-000001",
    "date": "2026-11-17",
    "plan": "Step four",
    "homework": "Sleep log",
    "risk": "Ask again",
    "unsigned": True,
}


def card(kit, **inputs):
    given = {"notes": [NOTE], "plans": [PLAN], "measures": [MEASURE]} | inputs
    papers = given.setdefault("paperwork", [PAPER | {"state": "expiring", "expires": "2026-12-01"}])
    assert papers is not None
    (done,) = kit.run("journal.prep_cards", matches=[match(video=True)], **given)
    return done, kit.files.read(done["path"]).decode()


def test_a_card_tells_what_is_needed_in_the_session(kit):
    done, text = card(kit)

    assert done["path"] == "out/prep/2026-11-24-1000-C-0001.md"
    assert (done["measures"], done["papers"]) == (1, 1)
    for line in (
        "Tuesday, November 24, 2026, 10:00–10:50 AM, by video.",
        "## The last note, Nov 17, 2026, not signed",
        "| Risk | Ask again |",
        "| Homework | Sleep log |",
        "## Goals of T-000001, made Nov 1, 2026",
        "| 1 | Goal number 1 | Two of three |",
        "| PHQ-9 | Nov 20, 2026 | last score 12 |",
        "| release of information | Dec 1, 2026 | expiring |",
        "– PHQ-9, to fill in",
        "– the homework that was agreed",
    ):
        assert line in text
    assert "Goal number 2" not in text
    assert "Quimby" not in text
    assert kit.files.read(done["pdf"]).startswith(b"%PDF")


def test_a_card_without_anything_says_so(kit):
    _, text = card(kit, notes=[], plans=[], measures=[], paperwork=[])

    assert "There is none yet." in text
    assert "No treatment plan is kept here." in text
    assert "Nothing in particular." in text


def test_clinical_text_can_be_left_out(tmp_path):
    settings = {"journal": {"day_sheet": {"plans": False, "pdf": False}}}
    kit = PracticeKit(tmp_path, plugins=["dayhand_journal"], settings=settings, now=NOW)

    done, text = card(kit)

    assert done["pdf"] == ""
    assert "Step four" not in text
    assert "Goal number 1" not in text


def test_only_the_session_that_is_so_far_ahead_gets_a_card(kit):
    matches = [
        match(1, "2026-11-24T21:00-05:00"),
        match(2, "2026-11-24T21:00-05:00"),
        match(3, "2026-11-24T20:00-05:00"),
        match(4, "2026-11-24T21:00-05:00", attendance="cancelled"),
    ]

    done = kit.run("journal.prep_cards", matches=matches, before=NOW, ahead="12 hours")

    assert [one["client_id"] for one in done] == ["C-0001", "C-0002"]


def test_twelve_hours_are_elapsed_ones_across_a_change_of_clocks(kit):
    night = match(1, "2026-11-01T08:00-05:00")  # the clocks went back at 2

    (done,) = kit.run(
        "journal.prep_cards", matches=[night], before="2026-10-31T21:00-04:00", ahead="12 hours"
    )

    assert done["path"].endswith("2026-11-01-0800-C-0001.md")


# Intake -------------------------------------------------------------------------------------------

CLIENT = {"id": "C-0028", "name": "Perpetua Longfellow", "initials": "PL"}


def missing(*kinds):
    return [
        {"client_id": "C-0028", "kind": kind, "state": "missing", "due_on": "2026-11-24"}
        for kind in kinds
    ]


def test_a_pack_has_a_checklist_with_initials_and_a_form_for_each_missing_paper(kit, pdf_text):
    done = kit.run(
        "journal.intake_pack",
        client=CLIENT,
        paperwork=missing("consent_treatment", "gfe", "treatment_plan"),
    )

    text = kit.files.read(done["path"]).decode()
    assert done["forms"] == [
        "out/intake/C-0028/consent_treatment.pdf",
        "out/intake/C-0028/email_consent.pdf",
    ]
    assert (done["missing"], done["needs_gfe"]) == (3, True)
    assert "| consent treatment | Nov 24, 2026 | form made |" in text
    assert "| gfe | Nov 24, 2026 | yours to write |" in text
    assert "45 CFR 149.610" in text
    assert "Longfellow" not in text
    assert "Client: Perpetua Longfellow" in pdf_text(kit, done["forms"][0])


@pytest.mark.parametrize(
    "kind",
    ["consent_treatment", "consent_telehealth", "npp_receipt", "fee_agreement", "no_show_policy", "emergency_contact", "email_consent"],
)  # fmt: skip
@pytest.mark.parametrize("phone", ["", "518-555-0100"])
def test_every_form_can_be_made_with_and_without_a_telephone(tmp_path, kind, phone, pdf_text):
    info = sample_info(phone=phone)
    kit = PracticeKit(tmp_path, plugins=["dayhand_journal"], now=NOW, info=info)

    done = kit.run("journal.intake_pack", client=CLIENT, paperwork=missing(kind))

    text = pdf_text(kit, f"out/intake/C-0028/{kind}.pdf")
    assert "Signature of the client" in text
    assert "____" not in text + str(done)
    assert "{{" not in text


def test_who_has_agreed_to_be_mailed_is_not_asked_again(kit):
    agreed = CLIENT | {"email_scopes": ["reminders"]}

    done = kit.run("journal.intake_pack", client=agreed, paperwork=[])

    assert done["forms"] == []
    assert done["needs_gfe"] is False


def test_a_practices_own_text_takes_the_place_of_the_sample(kit, tmp_path, pdf_text):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/intake_email_consent.md").write_text("Our own {{ client.name }} words.")

    kit.run("journal.intake_pack", client=CLIENT, paperwork=[])

    assert "Our own Perpetua" in pdf_text(kit, "out/intake/C-0028/email_consent.pdf")


# The paperwork list -------------------------------------------------------------------------------


def test_releases_take_the_place_of_those_in_the_paperwork(kit):
    papers = [PAPER | {"initials": "MQ", "state": "expired", "expires": "2026-11-20"}]
    releases = [
        {"release": "R-1", "client_id": "C-0001", "state": "expiring", "days_left": 20},
        {"release": "R-2", "client_id": "C-0001", "state": "defective", "days_left": 90},
        {"release": "R-3", "client_id": "C-0001", "state": "revoked"},
    ]

    alone = kit.run("journal.paperwork_page", paperwork=papers)
    both = kit.run("journal.paperwork_page", paperwork=papers, releases=releases)

    text = kit.files.read(both["path"]).decode()
    assert (alone["gaps"], alone["overdue"]) == (1, 1)
    assert (both["gaps"], both["overdue"], both["clients"]) == (2, 0, 1)
    assert "| Nov 24, 2026 | — · C-0001 | release of information R-2 | lacks something |" in text
    assert "| Dec 14, 2026 | — · C-0001 | release of information R-1 | expiring |" in text
    assert "R-3" not in text
