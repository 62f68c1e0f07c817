"""The gap report and the deadlines as files."""

from __future__ import annotations

import io
from datetime import date, timedelta

import icalendar
import pypdf
import pytest

from dayhand.testing import PracticeKit


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_education"])


def gap_with_credits(kit):
    courses = [
        ("2025-01-10", "Ethics and the law | a day", 6, ["law"], "live"),
        ("2025-05-20", "Boundaries in practice", 3, ["boundaries"], "webinar"),
        ("2026-02-01", "Reading on grief", 20, ["grief"], "self_study"),
    ]
    for day, title, hours, subjects, kind in courses:
        kit.run(
            "education.record_credit",
            completed_on=day,
            title=title,
            hours=hours,
            subjects=subjects,
            format=kind,
            provider="Harbor Institute",
        )
    return kit.run("education.gap", licence="NY-LCSW")


def text_of(kit, path):
    return " ".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(kit.files.read(path))).pages
    )


def test_a_report_says_what_is_missing_and_by_which_rules(kit):
    done = kit.run("education.report", gap=gap_with_credits(kit))

    assert done == {"path": "out/ce/gap-NY-LCSW.md", "pdf": "out/ce/gap-NY-LCSW.pdf"}
    text = kit.files.read(done["path"]).decode()
    for part in (
        "**as of 2024-09-25**",
        "NY Educ. Law 7710",
        "15 h in all",
        "Not verified: carry over (confidence low)",
        "over the limit of 12 h for self_study",
        r"law \| a day",
    ):
        assert part in text


def test_the_pdf_says_the_same_and_is_tagged(kit):
    done = kit.run("education.report", gap=gap_with_credits(kit))

    text = text_of(kit, done["pdf"])
    for part in ("as of 2024-09-25", "NY Educ. Law 7710", "15 h in all", "confidence low"):
        assert part in text
    reader = pypdf.PdfReader(io.BytesIO(kit.files.read(done["pdf"])))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == "Continuing education NY LCSW"


def test_markup_in_a_title_is_only_text(kit):
    kit.run(
        "education.record_credit",
        completed_on="2026-01-01",
        title='#panic("x") *bold* $x$ \\',
        hours=1,
    )

    done = kit.run("education.report", gap=kit.run("education.gap", licence="NY-LCSW"))

    assert '#panic("x") *bold* $x$' in text_of(kit, done["pdf"])


def test_a_script_without_a_font_still_makes_a_pdf(kit):
    kit.run("education.record_credit", completed_on="2026-01-01", title="倫理 \U0001f600", hours=1)

    done = kit.run("education.report", gap=kit.run("education.gap", licence="NY-LCSW"))

    assert kit.files.read(done["pdf"]).startswith(b"%PDF")


def test_a_report_without_pdf(tmp_path):
    kit = PracticeKit(
        tmp_path, plugins=["dayhand_education"], settings={"education": {"pdf": False}}
    )

    assert kit.run("education.report", gap=kit.run("education.gap", licence="NY-LCSW"))["pdf"] == ""


def test_deadlines_are_listed_and_stand_in_a_calendar(kit):
    gap = gap_with_credits(kit)

    done = kit.run("education.deadlines", gaps=[gap])

    (item,) = done["items"]
    assert (item["licence"], item["due"], item["missing"], item["severity"]) == (
        "NY-LCSW",
        date(2027, 5, 31),
        15,
        "notice",
    )
    calendar = icalendar.Calendar.from_ical(kit.files.read(done["path"]))
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == date(2027, 5, 31)
    assert "by rules as of 2024-09-25" in str(event["description"])
    triggers = [alarm.decoded("trigger") for alarm in event.walk("VALARM")]
    assert triggers == [timedelta(days=-days) for days in (180, 90, 30, 14)]


def test_the_calendar_keeps_its_uids(kit):
    def uid():
        done = kit.run("education.deadlines", gaps=[kit.run("education.gap", licence="NY-LCSW")])
        return icalendar.Calendar.from_ical(kit.files.read(done["path"])).walk("VEVENT")[0]["uid"]

    first = uid()
    kit.clock.move(timedelta(days=3))

    assert uid() == first
