"""Certificates, the audit binder, the year's plan."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from dayhand import StepError
from dayhand.testing import PracticeKit

PDF = b"%PDF-1.7 a certificate"


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_education"], now="2026-01-02T08:00-05:00")


def put(kit, name, data=PDF):
    place = kit.files.root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return name


def filed(kit, file="inbox/scan.pdf", **values):
    looked = kit.run("education.certificate", file=file)
    given = {
        "completed_on": "2025-09-12",
        "title": "Ethics: today & tomorrow",
        "provider": "Harbor Institute",
        "hours": "3.0",
    }
    return kit.run("education.file_certificate", certificate=looked, **(given | values))


def test_a_certificate_is_filed_under_what_it_is(kit):
    put(kit, "inbox/scan.pdf")

    done = filed(kit, subjects="Ethics, law; Made Up")

    assert (
        done["path"]
        == "out/ce/certificates/2025-09-12_harbor-institute_ethics-today-tomorrow_3.pdf"
    )
    assert kit.files.read(done["path"]) == PDF
    assert done["subjects"] == ["ethics", "law", "made_up"]
    assert "made_up" in done["unknown"]
    assert "ethics" not in done["unknown"]
    assert (kit.files.root / "inbox/scan.pdf").exists()


def test_the_same_certificate_is_not_filed_twice_and_another_is_not_written_over(kit):
    put(kit, "inbox/scan.pdf")
    first = filed(kit)
    put(kit, "inbox/other.pdf", PDF + b" of somebody")
    second = filed(kit, "inbox/other.pdf")
    assert second["path"].startswith(first["path"].removesuffix(".pdf") + "_")
    assert kit.files.read(first["path"]) == PDF
    kit.run(
        "education.record_credit",
        completed_on="2025-09-12",
        title="Ethics",
        hours=3,
        certificate=first["path"],
    )

    assert kit.run("education.certificate", file="inbox/scan.pdf")["known"] == "CR-00001"
    with pytest.raises(StepError, match="kept already, with CR-00001"):
        filed(kit)


def test_a_date_in_the_name_is_a_guess_and_nonsense_is_none(kit):
    assert kit.run("education.certificate", file=put(kit, "2025-03-04 x.pdf"))[
        "completed_on"
    ] == date(2025, 3, 4)
    assert (
        kit.run("education.certificate", file=put(kit, "2025-19-39 x.pdf"))["completed_on"] is None
    )


def test_what_is_no_certificate_or_has_changed_is_refused(kit):
    with pytest.raises(StepError, match="no certificate that can be filed"):
        kit.run("education.certificate", file=put(kit, "a.pdf", b"MZ"))
    looked = kit.run("education.certificate", file=put(kit, "b.pdf"))
    put(kit, "b.pdf", PDF + b"!")
    with pytest.raises(StepError, match="has changed since"):
        kit.run(
            "education.file_certificate",
            certificate=looked,
            completed_on="2025-01-01",
            title="T",
            provider="P",
            hours=1,
        )


def courses(kit):
    put(kit, "certificates/a.pdf", PDF + b"a")
    put(kit, "certificates/b.pdf", PDF + b"b")
    for day, title, more in (
        ("2025-01-10", "Ethics and the law", {"certificate": "certificates/a.pdf"}),
        (
            "2025-05-20",
            "Boundaries",
            {"certificate": "certificates/b.pdf", "subjects": ["boundaries"]},
        ),
        ("2025-06-01", "Grief", {}),
        ("2025-07-01", "Rest", {"certificate": "certificates/none.pdf"}),
    ):
        kit.run(
            "education.record_credit", completed_on=day, title=title, hours=3, provider="H", **more
        )
    return kit.run("education.gap", licence="NY-LCSW")


def test_the_binder_holds_everything_with_checksums_and_says_what_is_missing(kit):
    gap = courses(kit)
    put(kit, "certificates/b.pdf", PDF + b"another")

    done = kit.run("education.binder", gap=gap)

    assert done["path"] == "out/ce/binder-NY-LCSW-2027-05-31.zip"
    assert done["certificates"] == 2
    with zipfile.ZipFile(io.BytesIO(kit.files.read(done["path"]))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        assert {one.date_time[:3] for one in archive.infolist()} == {
            gap["computed_on"].timetuple()[:3]
        }
    assert {"report.pdf", "report.md", "index.csv", "missing.md", "certificates/a.pdf"} <= set(
        files
    )
    told = dict(
        reversed(line.split("  ")) for line in files.pop("manifest.sha256").decode().splitlines()
    )
    assert told == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert [one.partition(": ")[2] for one in done["missing"]] == [
        "'certificates/b.pdf' is another file than the one that was kept",
        "no certificate is noted",
        "'certificates/none.pdf' is not there",
    ]
    assert kit.files.read(done["missing_path"]) == files["missing.md"]
    assert kit.run("education.binder", gap=gap)["sha256"] == done["sha256"]


def test_f02_a_title_that_is_a_formula_is_inert_in_the_binder(kit):
    put(kit, "certificates/a.pdf", PDF + b"a")
    for title in ("=HYPERLINK(A1)", "Rest"):
        kit.run(
            "education.record_credit", completed_on="2025-01-10", title=title, hours=3,
            provider="@SUM(1+1)", certificate="certificates/a.pdf",
        )  # fmt: skip

    done = kit.run("education.binder", gap=kit.run("education.gap", licence="NY-LCSW"))

    with zipfile.ZipFile(io.BytesIO(kit.files.read(done["path"]))) as archive:
        text = archive.read("index.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["title"] for row in rows} == {"'=HYPERLINK(A1)", "Rest"}
    assert {row["provider"] for row in rows} == {"'@SUM(1+1)"}


def plan(kit, gap, **values):
    return kit.run("education.year_plan", gaps=[gap], **values)


def test_a_cycle_that_ends_later_takes_this_years_share_by_days(kit):
    gap = kit.run(
        "education.gap", licence="NY-LCSW"
    )  # 36 h until 2027-05-31: 364 of 515 days are this year's

    made = plan(kit, gap)

    assert made["hours"] == Decimal("25.5")
    assert len(made["months"]) == 12
    assert sum(one["hours"] for one in made["months"]) == made["hours"]
    assert {one["hours"] for one in made["months"]} == {Decimal("2.5"), Decimal(2)}
    assert [one["tag"] for one in made["subjects"]] == ["boundaries"]


def test_a_cycle_that_ends_this_year_takes_all_before_its_last_month(kit):
    gap = kit.run("education.gap", licence="NY-LCSW") | {
        "window_end": date(2026, 5, 31),
        "missing": Decimal(10),
    }

    made = plan(kit, gap, skip_months=[2], price_per_hour=20, budget=100)

    assert [(one["month"], one["hours"]) for one in made["months"]] == [
        ("2026-01", Decimal("3.5")), ("2026-03", Decimal("3.5")), ("2026-04", Decimal(3)),
    ]  # fmt: skip
    assert made["cost"] == Decimal("200.00")
    assert made["notes"] == ["10 h at 20 cost 200.00, which is above the budget of 100"]


def test_a_cycle_that_has_ended_is_told_and_not_planned(kit):
    gap = kit.run("education.gap", licence="NY-LCSW") | {"status": "overdue"}

    made = plan(kit, gap)
    assert made["months"] == []
    assert "the cycle has ended with 36 h missing" in made["notes"][0]
    late = kit.run("education.gap", licence="NY-LCSW") | {"window_end": date(2026, 1, 31)}
    assert "no month is left for 36 h" in plan(kit, late, skip_months=[1])["notes"][0]


def test_rare_subjects_come_first_and_stand_on_the_page(kit):
    gap = kit.run("education.gap", licence="NY-LCSW")
    once = {**gap["subjects"][0], "tag": "child_abuse", "every": "once", "missing": Decimal(2)}
    gap = gap | {"subjects": [*gap["subjects"], once]}

    made = plan(kit, gap)
    assert made["months"][0]["subjects"] == ["child_abuse"]
    page = kit.files.read(kit.run("education.plan_page", plan=made, gaps=[gap])["path"]).decode()
    assert "- NY-LCSW: child abuse, 2 h, once" in page
    assert "| January | NY-LCSW | 2.5 | child abuse |" in page
    assert "as of 2024-09-25" in page
