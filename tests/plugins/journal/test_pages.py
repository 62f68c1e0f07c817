"""The day sheet and the evening page: what stands on them, and what never does."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pypdf
import pytest

from dayhand.testing import PracticeKit, sample_info
from dayhand_journal.wording import Wording, clipped, count

DAY = "2026-11-02"


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_journal"], now=f"{DAY}T06:30:00-05:00")


def event(key, hour, *, day=DAY, minutes=50, **values):
    start = datetime.fromisoformat(f"{day}T{hour:02}:00:00-05:00")
    return {
        "key": key,
        "source": "work",
        "summary": "Maria Quimby",
        "start": start,
        "end": start + timedelta(minutes=minutes),
    } | values


def match(number, hour, *, attendance="scheduled", initials="MQ", **values):
    return {
        "event": event(f"e{number}", hour, **values),
        "client_id": f"C-{number:04}",
        "initials": initials,
        "attendance": attendance,
    }


def plan(number=1, **values):
    return {
        "client_id": f"C-{number:04}",
        "note_id": "N-000001",
        "date": "2026-10-26",
        "plan": "Step four of the ladder",
        "goals": ["Sleep", "Walk"],
        "homework": "Log",
        "risk": "Ask again",
    } | values


def sheet(kit, *, start=DAY, **inputs):
    done = kit.run(
        "journal.day_sheet",
        agenda={"start": start, "timezone": "America/New_York"} | inputs.pop("agenda", {}),
        **inputs,
    )
    return done, kit.files.read(done["path"]).decode()


def pdf_of(kit, path):
    return pypdf.PdfReader(io.BytesIO(kit.files.read(path)))


def text_of(kit, path):
    return " ".join(" ".join(page.extract_text().split()) for page in pdf_of(kit, path).pages)


def test_a_card_holds_what_is_needed_before_a_session(kit):
    done, text = sheet(
        kit,
        matches=[match(1, 9, video=True)],
        plans=[plan(measures="PHQ-9 due", addenda=1, unsigned=True)],
        balances=[
            {
                "client_id": "C-0001",
                "balance": "240",
                "overdue": "120",
                "credit": "10",
                "oldest_days": 45,
            }
        ],
        paperwork=[
            {
                "client_id": "C-0001",
                "title": "Release of information",
                "state": "expiring",
                "expires": "2026-11-20",
            },
            {"client_id": "C-0001", "kind": "good_faith_estimate", "state": "missing"},
            {
                "client_id": "C-0001",
                "title": "Consent",
                "state": "expired",
                "expires": "2026-10-01",
            },
        ],
    )

    assert done == {"path": f"out/day/{DAY}.md", "pdf": f"out/day/{DAY}.pdf", "cards": 1}
    expected = [
        "## 9:00–9:50 AM · MQ · C-0001 · video",
        "Last note Oct 26, 2026 + 1 addendum, not signed",
        "- **Risk:** Ask again",
        "- **Plan:** Step four of the ladder",
        "- **Goals:** Sleep; Walk",
        "- **Homework:** Log",
        "- **Measures:** PHQ-9 due",
        "- **Balance:** owes $240.00, of it $120.00 overdue, oldest 45 days, credit $10.00",
        "- **Paperwork:** Release of information expires Nov 20, 2026; good faith estimate missing; Consent expired Oct 1, 2026",
    ]
    for line in expected:
        assert line in text
        assert line.lstrip("-# ").replace("**", "").split(" · ")[0] in text_of(kit, done["pdf"])


def test_no_name_or_title_stands_on_the_sheet(kit):
    done, text = sheet(
        kit, matches=[match(1, 9)], unknown=[event("u", 11)], others=[event("o", 13)]
    )

    assert "Quimby" not in text + text_of(kit, done["pdf"])
    assert "| 11:00–11:50 AM | Session, client not known |  |" in text
    assert "| 1:00–1:50 PM | Other event |  |" in text


def test_titles_can_be_wanted(tmp_path):
    kit = PracticeKit(
        tmp_path,
        plugins=["dayhand_journal"],
        settings={"journal": {"day_sheet": {"initials_only": False}}},
        now=f"{DAY}T06:30:00-05:00",
    )

    _, text = sheet(kit, others=[event("o", 13, summary="Peer | group")])

    assert r"Peer \| group" in text


def test_plans_can_be_left_out(tmp_path):
    kit = PracticeKit(
        tmp_path,
        plugins=["dayhand_journal"],
        settings={"journal": {"day_sheet": {"plans": False, "pdf": False}}},
        now=f"{DAY}T06:30:00-05:00",
    )

    done, text = sheet(kit, matches=[match(1, 9)], plans=[plan()])

    assert "ladder" not in text
    assert "Last note Oct 26" in text
    assert done["pdf"] == ""


def test_what_needs_attention_comes_first(kit):
    _, text = sheet(
        kit,
        agenda={"skipped": [{"uid": "x"}], "stale": [{"source": "work"}, {"source": "home"}]},
        matches=[match(1, 9), match(2, 10)],
        unknown=[event("u", 11), event("d", 0, all_day=True)],
        conflicts=[
            {
                "kind": "no_buffer",
                "keys": ["e1", "e2"],
                "start": f"{DAY}T09:50:00-05:00",
                "message": "no break",
            },
            {"kind": "outside_hours"},
        ],
    )

    for line in (
        "- 9:50 AM: no break",
        "- outside hours",
        "- 11:00–11:50 AM: looks like a session, but no client matches (calendar 'work')",
        "- All day: looks like a session",
        "- 1 calendar entry could not be read",
        "- 2 calendars could not be reached",
    ):
        assert line in text
    assert "| 9:00–9:50 AM | MQ · C-0001 | conflict |" in text


@pytest.mark.parametrize(
    "attendance, word",
    [("cancelled", "cancelled"), ("late_cancelled", "cancelled late"), ("no_show", "no-show")],
)
def test_a_session_that_will_not_be_has_a_line_and_no_card(kit, attendance, word):
    done, text = sheet(kit, matches=[match(1, 9, attendance=attendance)])

    assert done["cards"] == 0
    assert f"| 9:00–9:50 AM | MQ · C-0001 | {word} |" in text


def test_only_the_first_day_of_an_agenda_is_shown(kit):
    done, text = sheet(kit, matches=[match(1, 9), match(2, 9, day="2026-11-03")])

    assert done["cards"] == 1
    assert "C-0002" not in text


def test_an_event_of_the_agenda_is_shown_once(kit):
    one = match(1, 9)

    _, text = sheet(
        kit,
        agenda={"events": [one["event"], event("o", 12), event("c", 15, status="cancelled")]},
        matches=[one],
        others=[event("o", 12)],
    )

    assert text.count("| 9:00") == text.count("| 12:00") == 1
    assert "3:00" not in text


def test_a_day_without_anything_is_a_page_too(kit):
    done, text = sheet(kit)

    assert "Nothing is planned." in text
    assert len(pdf_of(kit, done["pdf"]).pages) == 1


def test_eight_sessions_with_full_cards_fit_on_one_page(kit):
    long = (
        "Continue the exposure ladder at step four, the supermarket at a busy hour, and review the record. "
        * 5
    )
    matches = [match(n, 8 + n) for n in range(1, 9)]
    plans = [
        plan(n, plan=long, homework=long, risk=long if n % 2 else "", goals=[long])
        for n in range(1, 9)
    ]

    done, _ = sheet(kit, matches=matches, plans=plans, others=[event("o", 19)])

    assert len(pdf_of(kit, done["pdf"]).pages) == 1


def test_a_very_full_day_runs_on_without_losing_a_card(kit):
    matches = [match(n, n, initials="W" * 12) for n in range(1, 23)]

    done, _ = sheet(kit, matches=matches, plans=[plan(n) for n in range(1, 23)])

    assert done["cards"] == 22
    text = text_of(kit, done["pdf"])
    assert all(f"C-{n:04}" in text for n in range(1, 23))


def test_the_pdf_is_tagged_has_a_title_and_takes_text_as_text(kit):
    done, _ = sheet(kit, matches=[match(1, 9)], plans=[plan(plan='#panic("x") $x$ *b* \\')])

    reader = pdf_of(kit, done["pdf"])
    assert reader.metadata.title == f"Day sheet {DAY}"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert '#panic("x") $x$ *b* \\' in text_of(kit, done["pdf"])


def test_a4_paper_can_be_chosen(tmp_path):
    kit = PracticeKit(
        tmp_path,
        plugins=["dayhand_journal"],
        settings={"journal": {"day_sheet": {"paper": "a4"}}},
        now=f"{DAY}T06:30:00-05:00",
    )

    done, _ = sheet(kit)

    assert round(float(pdf_of(kit, done["pdf"]).pages[0].mediabox.width)) == 595


# The evening page --------------------------------------------------------------------------------


def session(number, hour, status="attended"):
    start = datetime.fromisoformat(f"{DAY}T{hour:02}:00:00-05:00")
    who = {"id": f"C-{number:04}", "name": "Maria Quimby", "initials": "MQ"}
    return {
        "id": f"S-{number}",
        "client": who,
        "start": start,
        "end": start + timedelta(minutes=50),
        "minutes": 50,
        "status": status,
    }


def evening(kit, **inputs):
    done = kit.run("journal.evening_page", **inputs)
    return done, kit.files.read(done["path"]).decode()


def test_the_evening_page_tells_the_state_of_todays_notes(kit):
    sessions = [
        session(1, 9),
        session(2, 10),
        session(3, 11),
        session(4, 12),
        session(5, 13, "no_show"),
    ]
    notes = kit.run("journal.stubs", sessions=sessions[:3])["notes"]
    notes[0]["state"] = "signed"
    unsigned = {"items": [item("N-000003", 3, 6, empty=True), item("N-000002", 2, 7)]}

    done, text = evening(kit, sessions=sessions, notes=notes, unsigned=unsigned)

    assert done["path"] == f"out/day/{DAY}-evening.md"
    for line in (
        "| 9:00–9:50 AM | MQ · C-0001 | attended | N-000001 | signed |",
        "| 10:00–10:50 AM | MQ · C-0002 | attended | N-000002 | to sign |",
        "| 11:00–11:50 AM | MQ · C-0003 | attended | N-000003 | to write |",
        "| 12:00–12:50 PM | MQ · C-0004 | attended |  | no note |",
        "| 1:00–1:50 PM | MQ · C-0005 | no-show |  |  |",
    ):
        assert line in text
    assert "Quimby" not in text + text_of(kit, done["pdf"])


def item(note, number, age, **values):
    return {
        "note_id": note,
        "client_id": f"C-{number:04}",
        "initials": "MQ",
        "session_date": "2026-10-30",
        "age_hours": age,
        "late": age > 72,
    } | values


def test_notes_to_sign_stand_in_groups_by_age(kit):
    unsigned = {
        "items": [
            item("N-000001", 1, 100, addendum=2),
            item("N-000002", 2, 30),
            item("N-000003", 3, 2),
        ],
        "over_24h": 2,
        "over_72h": 1,
    }

    done, text = evening(kit, unsigned=unsigned)

    assert (
        text.index("### Over 72 hours")
        < text.index("### 24 to 72 hours")
        < text.index("### Under 24 hours")
    )
    assert "| N-000001 | MQ · C-0001 | Oct 30, 2026 | 4 d 4 h | addendum 2 | late entry |" in text
    assert "3 notes to sign, 2 over 24 hours, 1 over 72 hours." in text
    assert "3 notes to sign, 2 over 24 hours, 1 over 72 hours." in text_of(kit, done["pdf"])


def test_tomorrow_is_shown_with_initials(kit):
    tomorrow = {"start": "2026-11-03", "events": [event("x", 15, day="2026-11-03")]}
    matches = [
        match(1, 9, day="2026-11-03"),
        match(2, 10, day="2026-11-03", attendance="cancelled"),
    ]

    done, text = evening(
        kit,
        tomorrow=tomorrow,
        tomorrow_matches=matches,
        tomorrow_unknown=[event("u", 11, day="2026-11-03")],
    )

    assert done["tomorrow"] == 1
    assert "## Tuesday, November 3, 2026" in text
    for line in (
        "| 9:00–9:50 AM | MQ · C-0001 |  |",
        "| 10:00–10:50 AM | MQ · C-0002 | cancelled |",
        "| 11:00–11:50 AM | Session, client not known |  |",
        "| 3:00–3:50 PM | Other event |  |",
    ):
        assert line in text


def test_an_evening_without_anything_says_so(kit):
    _, text = evening(kit, tomorrow={"start": "2026-11-03"}, day="2026-11-01")

    for line in (
        "# Evening of Sunday, November 1, 2026",
        "No sessions.",
        "Every note is signed.",
        "Nothing is planned.",
    ):
        assert line in text


def test_an_evening_page_without_pdf(tmp_path):
    kit = PracticeKit(
        tmp_path, plugins=["dayhand_journal"], settings={"journal": {"day_sheet": {"pdf": False}}}
    )

    assert evening(kit)[0]["pdf"] == ""


# Wording -----------------------------------------------------------------------------------------


def test_times_and_amounts_follow_the_practices_language(tmp_path):
    kit = PracticeKit(
        tmp_path,
        info=sample_info(language="en_GB", currency="GBP", timezone="Europe/London"),
        now="2026-11-02T09:00:00+00:00",
    )
    wording = Wording.of(kit.context())
    start = datetime.fromisoformat("2026-11-02T11:30:00+00:00")

    assert wording.span(start, start + timedelta(minutes=50)) == "11:30–12:20"
    assert wording.money(120) == "£120.00"


def test_a_span_over_noon_keeps_both_halves(kit):
    wording = Wording.of(kit.context())
    start = datetime.fromisoformat("2026-11-02T11:30:00-05:00")

    assert wording.span(start, start + timedelta(minutes=50)) == "11:30 AM–12:20 PM"


@pytest.mark.parametrize(
    "text, cut",
    [
        ("short", "short"),
        ("one two three", "one two…"),
        ("abcdefghijklmnop", "abcdefghi…"),
        ("a\n b", "a b"),
    ],
)
def test_text_is_cut_at_a_word(text, cut):
    assert clipped(text, 10) == cut


def test_numbers_take_the_right_word():
    assert (count(1, "note"), count(2, "note"), count(0, "entry", "entries")) == (
        "1 note",
        "2 notes",
        "0 entries",
    )
