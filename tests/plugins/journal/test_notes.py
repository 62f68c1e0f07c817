"""Notes: made for sessions, written, signed and kept whole."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_journal import note_store
from dayhand_journal.formats import FORMATS
from dayhand_journal.tables import addenda, notes


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_journal"], now="2026-11-02T18:00:00-05:00")


def session(number=1, *, start="2026-11-02T10:00:00-05:00", client=17, note_format="DAP", **values):
    begin = datetime.fromisoformat(start)
    who = {
        "id": f"C-{client:04}",
        "name": "Maria Quimby",
        "initials": "MQ",
        "note_format": note_format,
    }
    return {
        "id": f"S-{number:06}",
        "client": who,
        "start": begin,
        "end": begin + timedelta(minutes=50),
        "minutes": 50,
        "status": "attended",
        "service": "SVC-45",
        "place_of_service": "10",
        "modality": "video",
    } | values


def write(kit, note, **sections):
    with kit.engine.begin() as connection:
        note_store.write(connection, note, sections)


def add(kit, note, text, **options):
    with kit.engine.begin() as connection:
        return note_store.add_addendum(
            connection, note, text, at=kit.context("journal").now, **options
        )


def sign_addendum(kit, note):
    with kit.engine.begin() as connection:
        return note_store.sign_addendum(
            connection, note, by="Jane Doe", at=kit.context("journal").now
        )


def verify(kit):
    with kit.engine.connect() as connection:
        return note_store.verify(connection)


def signed_note(kit, **sections):
    kit.run("journal.stubs", sessions=[session()])
    write(kit, "N-000001", **(sections or {"plan": "Review the log"}))
    return kit.run("journal.sign", note="N-000001")


# Stubs -------------------------------------------------------------------------------------------


def test_an_attended_session_gets_an_empty_note_in_the_clients_format(kit):
    done = kit.run("journal.stubs", sessions=[session(note_format="GIRP")])

    assert done["new"] == 1
    note = kit.run("journal.note", note="N-000001")
    assert (note["format"], note["state"], note["sections"]) == ("GIRP", "draft", {})
    assert (note["minutes"], note["place_of_service"], note["modality"], note["service"]) == (
        50,
        "10",
        "video",
        "SVC-45",
    )
    assert note["start"] == datetime.fromisoformat("2026-11-02T10:00:00-05:00")


def test_the_same_sessions_again_make_no_new_notes(kit):
    kit.run("journal.stubs", sessions=[session(1), session(2)])

    again = kit.run("journal.stubs", sessions=[session(2), session(1), session(3)])

    assert [(note["id"], note["created"]) for note in again["notes"]] == [
        ("N-000002", False),
        ("N-000001", False),
        ("N-000003", True),
    ]
    assert again["new"] == 1


@pytest.mark.parametrize("status", ["scheduled", "no_show", "late_cancelled", "cancelled"])
def test_a_session_not_attended_gets_no_note(kit, status):
    done = kit.run("journal.stubs", sessions=[session(status=status)])

    assert (done["notes"], done["skipped"]) == (
        [],
        [{"session_id": "S-000001", "reason": f"the session is {status}"}],
    )


def test_an_empty_note_goes_when_its_session_turns_out_not_attended(kit):
    kit.run("journal.stubs", sessions=[session()])

    done = kit.run("journal.stubs", sessions=[session(status="no_show")])

    assert done["skipped"][0]["reason"] == "the session is no_show; its empty note was removed"
    with pytest.raises(UserError):
        kit.run("journal.note", note="N-000001")


def test_a_written_note_stays_when_its_session_turns_out_not_attended(kit):
    kit.run("journal.stubs", sessions=[session()])
    write(kit, "N-000001", data="Spoke by phone")

    done = kit.run("journal.stubs", sessions=[session(status="late_cancelled")])

    assert done["skipped"][0]["reason"] == "the session is late_cancelled; its note N-000001 stays"


def test_a_draft_follows_its_session_and_keeps_what_is_written(kit):
    kit.run("journal.stubs", sessions=[session()])
    write(kit, "N-000001", data="Slept well")

    kit.run(
        "journal.stubs", sessions=[session(start="2026-11-02T11:00:00-05:00", note_format="SOAP")]
    )

    note = kit.run("journal.note", note="N-000001")
    assert note["start"].hour == 11
    assert (note["format"], note["sections"]) == ("DAP", {"data": "Slept well"})


def test_an_empty_draft_follows_the_clients_format(kit):
    kit.run("journal.stubs", sessions=[session()])

    assert (
        kit.run("journal.stubs", sessions=[session(note_format="PIE")])["notes"][0]["format"]
        == "PIE"
    )


def test_a_signed_note_does_not_follow_its_session(kit):
    signed_note(kit)

    kit.run("journal.stubs", sessions=[session(start="2026-11-02T11:00:00-05:00")])

    assert kit.run("journal.note", note="N-000001")["start"].hour == 10
    assert verify(kit) == (1, {})


# Writing and signing -----------------------------------------------------------------------------


@pytest.mark.parametrize("note_format", FORMATS)
def test_each_format_takes_its_sections(kit, note_format):
    kit.run("journal.stubs", sessions=[session(note_format=note_format)])

    write(kit, "N-000001", **dict.fromkeys(FORMATS[note_format], "text"))

    assert list(kit.run("journal.note", note="N-000001")["sections"]) == list(FORMATS[note_format])


def test_a_section_of_another_format_is_refused_with_those_there_are(kit):
    kit.run("journal.stubs", sessions=[session()])

    with pytest.raises(UserError, match="a DAP note has no section 'subjective'") as caught:
        write(kit, "N-000001", subjective="x")
    assert "data, assessment, plan" in caught.value.hint


def test_writing_a_section_leaves_the_others_and_nothing_removes_it(kit):
    kit.run("journal.stubs", sessions=[session()])
    write(kit, "N-000001", data="A", plan="B")
    write(kit, "N-000001", data="", homework="C")

    assert kit.run("journal.note", note="N-000001")["sections"] == {"plan": "B", "homework": "C"}


def test_a_signed_note_is_sealed_and_cannot_be_changed(kit):
    signed = signed_note(kit)

    assert (signed["signed_by"], len(signed["sha256"]), signed["late_entry"]) == (
        "Jane Doe, LCSW",
        64,
        False,
    )
    with pytest.raises(UserError, match="N-000001 is signed and cannot be changed") as caught:
        write(kit, "N-000001", plan="Other")
    assert "addendum" in caught.value.hint


def test_signing_again_changes_nothing(kit):
    first = signed_note(kit)
    kit.clock.move(timedelta(days=9))

    assert kit.run("journal.sign", note="n-000001", signed_by="Someone else") == first


def test_an_empty_note_cannot_be_signed(kit):
    kit.run("journal.stubs", sessions=[session()])

    with pytest.raises(UserError, match="is empty and cannot be signed"):
        kit.run("journal.sign", note="N-000001")


@pytest.mark.parametrize(
    "late_after, hours, late",
    [("72 hours", 72, False), ("72 hours", 73, True), ("1 day", 25, True)],
)
def test_a_note_signed_long_after_its_session_is_a_late_entry(tmp_path, late_after, hours, late):
    kit = PracticeKit(
        tmp_path,
        plugins=["dayhand_journal"],
        settings={"journal": {"late_after": late_after}},
        now="2026-11-02T10:50:00-05:00",
    )
    kit.run("journal.stubs", sessions=[session()])
    write(kit, "N-000001", plan="x")
    kit.clock.move(timedelta(hours=hours))

    assert kit.run("journal.sign", note="N-000001")["late_entry"] is late


def test_an_unknown_note_is_told(kit):
    with pytest.raises(UserError, match="there is no note 'N-000009'"):
        kit.run("journal.note", note="N-000009")


# Addenda and seals -------------------------------------------------------------------------------


def test_an_addendum_leaves_the_note_as_it_is(kit):
    seal = signed_note(kit)["sha256"]

    assert add(kit, "N-000001", "Called later") == 1
    assert sign_addendum(kit, "N-000001") == 1

    note = kit.run("journal.note", note="N-000001")
    assert (note["sha256"], note["addenda"][0]["state"], note["addenda"][0]["text"]) == (
        seal,
        "signed",
        "Called later",
    )
    assert verify(kit) == (1, {})


def test_the_next_addendum_waits_for_the_signature_of_the_last(kit):
    signed_note(kit)
    add(kit, "N-000001", "One")

    with pytest.raises(UserError, match="addendum 1 of note N-000001 is not signed yet"):
        add(kit, "N-000001", "Two")

    assert add(kit, "N-000001", "One, better", replace=True) == 1
    sign_addendum(kit, "N-000001")
    assert add(kit, "N-000001", "Two") == 2


def test_a_draft_takes_no_addendum_and_an_addendum_needs_text(kit):
    kit.run("journal.stubs", sessions=[session()])
    with pytest.raises(UserError, match="is a draft and needs no addendum"):
        add(kit, "N-000001", "x")
    write(kit, "N-000001", plan="x")
    kit.run("journal.sign", note="N-000001")

    with pytest.raises(UserError, match="needs text"):
        add(kit, "N-000001", " ")
    with pytest.raises(UserError, match="no addendum to sign"):
        sign_addendum(kit, "N-000001")


def with_two_addenda(kit):
    signed_note(kit)
    for text in ("One", "Two"):
        add(kit, "N-000001", text)
        sign_addendum(kit, "N-000001")


@pytest.mark.parametrize(
    "change, wrong",
    [
        (
            notes.update().values(sections='{"plan": "Other"}'),
            ["the note was changed after signing"],
        ),
        (notes.update().values(minutes=60), ["the note was changed after signing"]),
        (notes.update().values(signed_by="X"), ["the note was changed after signing"]),
        (
            addenda.update().where(addenda.c.n == 1).values(text="X"),
            ["addendum 1 was changed after signing"],
        ),
        (addenda.delete().where(addenda.c.n == 1), ["addendum 1 is gone"]),
        (
            addenda.update().where(addenda.c.n == 1).values(state="draft"),
            ["addendum 1 is a draft, and others follow it"],
        ),
        (
            addenda.update().where(addenda.c.n == 1).values(sha256="0" * 64),
            ["addendum 1 was changed after signing", "addendum 2 was changed after signing"],
        ),
        (notes.update().values(state="draft"), ["a draft has addenda"]),
    ],
    ids=range(8),
)
def test_a_change_behind_the_back_is_found(kit, change, wrong):
    with_two_addenda(kit)
    assert verify(kit) == (1, {})

    with kit.engine.begin() as connection:
        connection.execute(change)

    assert verify(kit)[1] == {"N-000001": wrong}


# Reading -----------------------------------------------------------------------------------------


def test_unsigned_notes_are_told_by_age_oldest_first(kit):
    days = ["2026-10-28", "2026-11-01", "2026-11-02"]
    kit.run(
        "journal.stubs",
        sessions=[session(n, start=f"{day}T10:00:00-05:00") for n, day in enumerate(days, 1)],
    )
    write(kit, "N-000002", plan="x")

    found = kit.run("journal.unsigned")

    assert [
        (item["note_id"], item["age_hours"], item["late"], item["empty"]) for item in found["items"]
    ] == [
        ("N-000001", 127, True, True),
        ("N-000002", 31, False, False),
        ("N-000003", 7, False, True),
    ]
    assert (found["over_24h"], found["over_72h"]) == (2, 1)
    assert found["items"][0]["session_date"] == date(2026, 10, 28)
    assert len(kit.run("journal.unsigned", older_than="24 hours")["items"]) == 2


def test_an_unsigned_addendum_is_told_by_its_own_age(kit):
    signed_note(kit)
    add(kit, "N-000001", "x")
    kit.clock.move(timedelta(hours=5))

    (item,) = kit.run("journal.unsigned")["items"]

    assert (item["addendum"], item["age_hours"]) == (1, 5)


def test_the_last_plan_comes_from_the_last_written_note_before_now(kit):
    days = ["2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09"]
    kit.run(
        "journal.stubs",
        sessions=[session(n, start=f"{day}T10:00:00-05:00") for n, day in enumerate(days, 1)],
    )
    write(kit, "N-000001", plan="Old")
    write(
        kit,
        "N-000002",
        plan="New",
        goals="- Sleep\n* Walk\n",
        homework="Log",
        risk="None",
        measures="PHQ-9",
    )
    write(kit, "N-000004", plan="Future")

    (plan,) = kit.run("journal.last_plans", client_ids=["C-0017", "C-0099", "C-0017"])

    assert (plan["note_id"], plan["date"], plan["unsigned"]) == (
        "N-000002",
        date(2026, 10, 26),
        True,
    )
    assert (plan["plan"], plan["goals"], plan["homework"]) == ("New", ["Sleep", "Walk"], "Log")


@pytest.mark.parametrize("note_format, section", [("PIE", "evaluation"), ("GIRP", "plan")])
def test_the_plan_is_where_the_format_has_it(kit, note_format, section):
    kit.run("journal.stubs", sessions=[session(note_format=note_format)])
    write(kit, "N-000001", **{section: "Next"})

    assert kit.run("journal.last_plans", client_ids=["C-0017"])[0]["plan"] == "Next"


def test_a_signed_plan_tells_of_signed_addenda(kit):
    signed_note(kit)
    add(kit, "N-000001", "x")
    assert kit.run("journal.last_plans", client_ids=["C-0017"])[0]["addenda"] == 0
    sign_addendum(kit, "N-000001")

    (plan,) = kit.run("journal.last_plans", client_ids=["C-0017"])

    assert (plan["addenda"], plan["unsigned"]) == (1, False)


def test_text_of_notes_is_sensitive(kit):
    signed_note(kit)

    shown = (
        kit.run("journal.note", note="N-000001"),
        kit.run("journal.last_plans", client_ids=["C-0017"]),
    )
    assert "Review" not in repr(shown)
    assert shown[0]["sections"]["plan"] == "Review the log"


def test_moments_are_kept_in_utc(kit):
    kit.run("journal.stubs", sessions=[session()])

    with kit.engine.connect() as connection:
        assert connection.execute(sa.select(notes.c.start)).scalar() == "2026-11-02T15:00:00+00:00"


def test_the_signed_notes_of_a_client_are_read_earliest_first(kit):
    days = ("2026-10-12", "2026-10-05", "2026-10-19", "2026-10-26")
    sessions = [
        session(n, start=f"{day}T10:00:00-04:00", client=18 if day == "2026-10-19" else 17)
        for n, day in enumerate(days, 1)
    ]
    made = kit.run("journal.stubs", sessions=sessions)["notes"]
    for one in made[:3]:
        write(kit, one["id"], data="Came on time.")
        kit.run("journal.sign", note=one["id"])

    found = kit.run("journal.signed_notes", client_id="C-0017")

    assert [one["start"].date().isoformat() for one in found] == ["2026-10-05", "2026-10-12"]
    assert found[0]["sections"] == {"data": "Came on time."}
    late = kit.run("journal.signed_notes", client_id="C-0017", start="2026-10-06", end="2026-10-12")
    assert [one["start"].date().isoformat() for one in late] == ["2026-10-12"]
