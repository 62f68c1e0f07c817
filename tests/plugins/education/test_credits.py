"""The log of credits: recorded, imported, exported, never half."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from decimal import Decimal

import pytest

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_education import dayhand_sample_load
from dayhand_education.credit_file import as_csv, read_credits

HEAD = (
    "completed_on,title,provider,hours,minutes,subjects,format,category,approved_by,certificate\n"
)


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_education"])


def write(kit, name, text):
    place = kit.files.root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def record(kit, **values):
    return kit.run(
        "education.record_credit",
        **({"completed_on": "2026-03-02", "title": "Ethics", "hours": 3} | values),
    )


def test_a_credit_is_numbered_and_the_same_again_changes_nothing(kit):
    assert record(kit) == {"id": "CR-00001", "state": "new", "duplicate_of": ""}
    assert record(kit)["state"] == "unchanged"
    assert record(kit, title=" ethics ", hours=4) == {
        "id": "CR-00001",
        "state": "changed",
        "duplicate_of": "",
    }


def test_a_title_taken_before_is_told(kit):
    record(kit)

    assert record(kit, completed_on="2026-09-02")["duplicate_of"] == "CR-00001"


@pytest.mark.parametrize("values", [{"hours": None}, {"minutes": 60}])
def test_a_credit_has_either_hours_or_minutes(kit, values):
    with pytest.raises(UserError, match="either hours or minutes"):
        record(kit, **values)


@pytest.mark.parametrize("values", [{"format": "online"}, {"hours": -1}, {"title": ""}])
def test_a_wrong_credit_is_told(kit, values):
    with pytest.raises(UserError, match="cannot be kept"):
        record(kit, **values)


def test_a_certificate_is_hashed(kit):
    write(kit, "certificates/ethics.pdf", "proof")
    record(kit, certificate="certificates/ethics.pdf")

    from dayhand_education import tables

    with kit.context("education").connect() as connection:
        (kept,) = tables.all_credits(connection)
    assert kept.certificate_sha256 == hashlib.sha256(b"proof").hexdigest()


def test_a_certificate_outside_the_practice_is_refused(kit):
    with pytest.raises(UserError, match="outside"):
        record(kit, certificate="../secret.pdf")


def test_a_file_is_imported_once(kit):
    write(
        kit,
        "inbox/credits.csv",
        HEAD
        + '2026-02-03,"Trauma, body and mind",Harbor Institute,6,,trauma;ethics,Home study,coursework,NBCC;ASWB,\n'
        + "2026-04-05,Telehealth basics,Harbor Institute,,90,telehealth,live webinar,,,\n\n",
    )

    first = kit.run("education.import_credits", file="inbox/credits.csv")
    again = kit.run("education.import_credits", file="inbox/credits.csv")

    assert (first["new"], first["unchanged"], again["new"], again["unchanged"]) == (2, 0, 0, 2)
    gap = kit.run("education.gap", licence="NY-LCSW")
    assert [(each["hours"], each["format"]) for each in gap["credits"]] == [
        (6, "self_study"),
        (Decimal("1.5"), "webinar"),
    ]
    assert gap["credits"][0]["subjects"] == ["trauma", "ethics"]


def test_each_faulty_row_is_told_with_its_line_and_nothing_is_kept(kit):
    rows = [
        "2026-02-03,Good,,1,,,live,,,",
        "03/02/2026,Bad date,,1,,,live,,,",
        "2026-02-03,Two lengths,,1,60,,live,,,",
        "2026-02-03,No length,,,,,live,,,",
        "2026-02-03,Odd format,,1,,,online,,,",
        "2026-02-03,Too many,,1,,,live,,,,,",
        "2026-02-03,,,1,,,live,,,",
    ]
    write(kit, "inbox/credits.csv", HEAD + "\n".join(rows) + "\n")

    with pytest.raises(UserError, match="6 rows cannot be read, nothing was imported") as caught:
        kit.run("education.import_credits", file="inbox/credits.csv")

    for part in (
        "line 3: completed_on",
        "line 4: write either",
        "line 5: write either",
        "line 6: format: 'online' is no format",
        "line 7: more fields",
        "line 8: title",
    ):
        assert part in caught.value.hint
    assert kit.run("education.gap", licence="NY-LCSW")["credits"] == []


@pytest.mark.parametrize(
    "text, message",
    [
        (b"completed_on,hours\n", "missing title"),
        (b"completed_on,title,hours,colour\n", "unknown 'colour'"),
        (b"", "missing completed_on"),
        (b"\xff\xfe", "not UTF-8"),
        (b'completed_on,title,hours\n2026-01-01,"open,1\n', "line"),
    ],
)
def test_a_file_of_another_kind_is_told(text, message):
    with pytest.raises(UserError, match=message):
        read_credits(text, "credits.csv")


def test_a_missing_certificate_is_a_warning(kit):
    write(
        kit,
        "inbox/c.csv",
        "completed_on,title,hours,certificate\n2026-02-03,A,1,certificates/a.pdf\n",
    )

    done = kit.run("education.import_credits", file="inbox/c.csv")

    assert done["warnings"] == [
        "the certificate of the course of 2026-02-03 is not in the practice folder"
    ]


def test_what_is_exported_can_be_imported(kit):
    record(kit, subjects=["Law/Ethics", "a"], approved_by=["NBCC"], licences=["NY-LCSW"])
    record(kit, title="Other", hours=None, minutes=75)

    from dayhand_education import tables

    with kit.context("education").connect() as connection:
        kept = tables.all_credits(connection)
    text = as_csv(kept)

    again = read_credits(text.encode(), "c.csv")
    assert [each.model_copy(update={"id": ""}) for each in kept] == again
    assert next(csv.DictReader(io.StringIO(text)))["subjects"] == "law_ethics; a"


def test_a_requirement_met_elsewhere_is_kept_once(kit):
    for hours in (2, 6):
        kit.run("education.record_met", tag="suicide_risk", met_on="2021-05-01", hours=hours)

    from dayhand_education import tables

    with kit.context("education").connect() as connection:
        (met,) = tables.all_met(connection)
    assert (met.hours, met.met_on) == (6, date(2021, 5, 1))


def test_a_sample_practice_brings_its_credits(kit):
    context = kit.context("education")
    assert list(dayhand_sample_load(context)) == []

    write(
        kit,
        "records/credits.csv",
        "completed_on,title,provider,hours,subjects,format,category,approved_by,certificate\n2026-02-03,A,P,1,,live,,,\n",
    )

    assert list(dayhand_sample_load(context)) == [
        "1 continuing education credits from records/credits.csv (1 new)"
    ]
    assert list(dayhand_sample_load(context)) == [
        "1 continuing education credits from records/credits.csv (0 new)"
    ]
