"""Private entries: check-ins and psychotherapy notes, apart from the record."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_journal.private_store import lint
from dayhand_journal.tables import metadata


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_journal"])


def test_a_psychotherapy_note_is_kept_and_read(kit):
    kept = kit.run(
        "journal.write_psychotherapy", client_id="C-0017", initials="MQ", text=" The dream again. "
    )

    assert kept == {"id": "P-000001", "client_id": "C-0017", "warnings": []}
    assert kit.run("journal.psychotherapy", note="p-000001")["text"] == "The dream again."


def test_the_same_attempt_again_keeps_one_note(kit):
    for text in ("One", "Two"):
        assert (
            kit.run("journal.write_psychotherapy", client_id="C-0017", text=text)["id"]
            == "P-000001"
        )

    assert kit.run("journal.psychotherapy", note="P-000001")["text"] == "Two"


def test_an_empty_or_unknown_psychotherapy_note_is_told(kit):
    with pytest.raises(UserError, match="needs text"):
        kit.run("journal.write_psychotherapy", client_id="C-0017", text=" ")
    with pytest.raises(UserError, match="no psychotherapy note 'P-000009'"):
        kit.run("journal.psychotherapy", note="P-000009")


@pytest.mark.parametrize(
    "line, field",
    [
        ("Diagnosis: F00.0", "diagnosis"),
        ("dx: one", "dx"),
        ("  - Medication: none", "medication"),
        ("**Meds:** none", "meds"),
        ("## Start time: 10:00", "start time"),
        ("Stop = 10:50", "stop"),
        ("Treatment plan: weekly", "treatment plan"),
        ("Test  results: 12", ""),
        ("Prognosis: fair", "prognosis"),
        ("Symptoms: fewer", "symptoms"),
        ("Frequency: weekly", "frequency"),
        ("She spoke of her diagnosis: a relief", ""),
        ("Plans for the summer: the lake", ""),
        ("I wonder about the start: so quiet", ""),
    ],
)
def test_labelled_fields_of_the_progress_note_are_told(line, field):
    found = lint(f"A thought\n{line}")

    assert [(each.line, each.field, each.message) for each in found] == (
        [(2, field, "belongs in the progress note")] if field else []
    )


def test_psychotherapy_notes_stand_in_a_table_joined_to_nothing(kit):
    tables = metadata.tables

    assert not tables["journal_psychotherapy"].foreign_keys
    assert all(
        "psychotherapy" not in str(key.target_fullname)
        for table in tables.values()
        for key in table.foreign_keys
    )


def test_nothing_else_shows_psychotherapy_notes(kit):
    kit.run("journal.write_psychotherapy", client_id="C-0017", text="Hidden")

    shown = [
        kit.run("journal.last_plans", client_ids=["C-0017"]),
        kit.run("journal.unsigned"),
        kit.run("journal.day_sheet", agenda={"start": "2026-11-02"}),
    ]

    assert "Hidden" not in str(shown)
    assert "Hidden" not in kit.files.read("out/day/2026-11-02.md").decode()


def test_a_check_in_tells_how_each_scale_goes(kit):
    from dayhand_journal import private_store

    with kit.engine.begin() as connection:
        for day, energy in enumerate((2, 4, 6, 8, 10)):
            last = private_store.check_in(
                kit.context(),
                connection,
                scales={"energy": energy, "calm": 5},
                text="",
                key=str(day),
            )
            kit.clock.move(timedelta(days=1))

    assert [(each.scale, each.value, each.mean_before) for each in last.trend] == [
        ("energy", 10, Decimal("5.0")),
        ("calm", 5, Decimal("5.0")),
    ]


def test_a_check_in_step_is_kept_once(kit):
    first = kit.run("journal.checkin", scales={"energy": 6}, text="A full week")
    again = kit.run("journal.checkin", scales={"energy": 7})

    assert first["id"] == again["id"] == "K-000001"
    assert again["trend"] == [{"scale": "energy", "value": 7, "mean_before": None}]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"scales": {"energy": 11}}, "from 0 to 10"),
        ({"scales": {"energy": -1}}, "from 0 to 10"),
        ({}, "needs a scale or a text"),
    ],
)
def test_a_wrong_check_in_is_told(kit, values, message):
    with pytest.raises(UserError, match=message):
        kit.run("journal.checkin", **values)


def test_the_scales_of_check_ins_are_read_without_their_words(kit):
    kit.run("journal.checkin", scales={"energy": 6}, text="A full week")

    (entry,) = kit.run("journal.checkins", back="7 days")

    assert entry == {"on": kit.clock.now().date(), "scales": {"energy": 6}}
    kit.clock.move(timedelta(days=8))
    assert kit.run("journal.checkins", back="7 days") == []
