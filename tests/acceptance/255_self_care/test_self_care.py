"""250: the routines by which you look after yourself, on the sample practice."""

from __future__ import annotations

import pytest
from tests_support.caldav_servers import start_radicale
from tests_support.pages import text_of

FRIDAY, MONDAY, SUNDAY = "2026-11-27T16:30", "2026-11-23", "2026-11-22"
WEEK = {"energy": 4, "strain": 8, "sleep": 5, "meaning": 8}
LEAVE = ("-i", "first=2026-12-07", "-i", "last=2026-12-11")
COVER = ("-i", "contact=Ines Calloway", "-i", "contact_phone=518-555-0199")


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


def answers(fields):
    return [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]


@pytest.fixture
def served(sample, tmp_path):
    """The sample practice with a calendar on a real server beside its file."""
    folder = tmp_path / "server"
    folder.mkdir()
    server, process = start_radicale(folder)
    text = (sample.folder / "practice.yaml").read_text()
    source = (
        f"    - {{name: server, caldav: '{server.calendar}', username: jane,"
        " password: {env: CAL_PASSWORD}}\n"
    )
    assert "  sources:\n" in text
    text = text.replace(
        "  sources:\n", f"  allow_hosts: ['{server.host}']\n  sources:\n{source}", 1
    )
    (sample.folder / "practice.yaml").write_text(text)
    sample.more["CAL_PASSWORD"] = "geheim"
    yield sample
    process.kill()
    process.wait()


def on_server(practice, *days):
    shown = practice("calendar", "agenda", "--source", "server", *days, "--reveal", "--json").json
    return [(one["start"][:16], one["summary"]) for one in shown["events"]]


# weekly-checkin -----------------------------------------------------------------------------------


def test_a_check_in_is_kept_privately_and_its_numbers_are_drawn(sample):
    sample("run", "weekly-checkin", "--as-of", FRIDAY, expect=3)
    sample("answer", sample.question(), *answers(WEEK | {"words": "Too many hard hours"}))

    page = text_of(sample.folder / "out/wellbeing/checkin-2026-11-27.md")
    assert "- strain: 8, from 2026-11-27" in page
    assert "Strain (lower is better)" in text_of(
        sample.folder / "out/wellbeing/checkin-2026-11-27.pdf"
    )
    everything = [str(row) for rows in sample.rows().values() for row in rows]
    assert not [row for row in everything if "hard hours" in row]
    assert "hard hours" not in page + sample("show", "last", "--json").out


def test_a_scale_beyond_ten_is_refused_and_nothing_is_kept(sample):
    sample("run", "weekly-checkin", "--as-of", FRIDAY, expect=3)

    told = sample("answer", sample.question(), *answers(WEEK | {"energy": 11}), expect=1)

    assert "the scale 'energy' goes from 0 to 10" in told.out
    assert sample.rows()["journal_checkins"] == []
    assert not (sample.folder / "out/wellbeing").exists()


# caseload-guard -----------------------------------------------------------------------------------


def test_a_day_that_holds_too_much_is_told_without_names(sample):
    sample("run", "caseload-guard", "--as-of", f"{MONDAY}T06:20")

    page = text_of(sample.folder / f"out/wellbeing/load-{MONDAY}.md")
    assert "- Tue 24 Nov 2026: two sessions overlap before" in page
    assert "- Tue 24 Nov 2026: 0 minutes of break at 17:00, 10 are the least" in page
    assert "| Mon 23 Nov 2026 | 5 | 240 min | 15 min | 165 min | 0 |" in page
    printed = text_of(sample.folder / f"out/wellbeing/load-{MONDAY}.pdf")
    assert "7 are the most" in printed
    assert not [name for name in names(sample) if name in page + printed]
    assert [tuple(row) for row in sample.rows()["wellbeing_loads"]] == [(MONDAY, 5, 240, 0)]


def test_what_you_can_carry_is_yours_to_say(sample):
    with (sample.folder / "practice.yaml").open("a") as file:
        file.write("wellbeing:\n  most_sessions: 4\n")

    sample("run", "caseload-guard", "--as-of", f"{MONDAY}T06:20")

    page = text_of(sample.folder / f"out/wellbeing/load-{MONDAY}.md")
    assert "- Mon 23 Nov 2026: 5 sessions, 4 are the most" in page


def test_so_many_days_cannot_be_looked_at(sample):
    told = sample("run", "caseload-guard", "-i", "days=121", "--as-of", f"{MONDAY}T06:20", expect=1)

    assert "'days' is between 1 and 120" in told.out
    assert not (sample.folder / "out/wellbeing").exists()


# protected-time -----------------------------------------------------------------------------------


def test_protected_time_becomes_holds_once_you_said_yes(served):
    served(
        "run", "protected-time", "-i", "source=server", "-i", "days=14", "--as-of", SUNDAY, expect=3
    )
    days = ("--day", MONDAY, "--days", "12")
    assert on_server(served, *days) == []
    page = text_of(served.folder / f"out/wellbeing/protected-{SUNDAY}.md")
    assert "| Mon 23 Nov 2026 | 17:00 | 17:45 | walk |" in page

    served("answer", served.question(), "--approve")

    made = [
        ("2026-11-23T17:00", "Hold"),
        ("2026-11-30T17:00", "Hold"),
        ("2026-12-03T16:00", "Hold"),
    ]
    assert on_server(served, *days) == made
    served("run", "protected-time", "-i", "source=server", "-i", "days=14", "--as-of", SUNDAY)
    assert on_server(served, *days) == made


def test_a_declined_hold_is_not_made(served):
    served("run", "protected-time", "-i", "source=server", "--as-of", SUNDAY, expect=3)

    served("answer", served.question(), "--decline", expect=None)

    assert on_server(served, "--day", MONDAY, "--days", "28") == []


def test_a_calendar_in_a_file_takes_no_hold_and_says_so(sample):
    sample("run", "protected-time", "--as-of", SUNDAY, expect=3)

    told = sample("answer", sample.question(), "--approve", expect=1)

    assert "calendar" in told.out
    assert sample.rows()["wellbeing_holds"] == []


# leave-planner ------------------------------------------------------------------------------------


def test_a_leave_has_its_list_its_letters_and_its_last_day_for_billing(sample, office):
    sample("run", "leave-planner", *LEAVE, *COVER, "--as-of", "2026-11-24", expect=3)
    plan = text_of(sample.folder / "out/leave/2026-12-07/plan.md")
    assert "To cancel: 20 sessions of 20 clients." in plan
    assert "| Mon 7 Dec 2026, 09:00 | MQ · C-0001 |" in plan
    assert "- Last day for billing: Sun 6 Dec 2026" in plan
    assert "- Back on Mon 14 Dec 2026" in plan
    printed = text_of(sample.folder / "out/leave/2026-12-07/plan.pdf")
    assert not [name for name in names(sample) if name in plan + printed]
    assert not (sample.folder / "out/drafts").exists()

    sample("answer", sample.question(), "--approve")

    letter = text_of(sample.folder / "out/leave/2026-12-07/letters/C-0001.md")
    assert "Ines Calloway covers for me: 518-555-0199" in letter
    drafts = sorted(
        file.name.split("-C-")[1][:4] for file in (sample.folder / "out/drafts").iterdir()
    )
    assert "0001" in drafts
    assert "0013" not in drafts
    assert office.messages == []
    assert sample("wellbeing", "leaves", "--json").json[0]["sessions"] == 20


def test_a_leave_that_was_declined_is_not_kept(sample):
    sample("run", "leave-planner", *LEAVE, *COVER, "--as-of", "2026-11-24", expect=3)

    sample("answer", sample.question(), "--decline", expect=None)

    assert sample("wellbeing", "leaves", "--json").json == []
    assert not (sample.folder / "out/drafts").exists()


def test_the_calendar_is_changed_only_if_you_asked_and_released_it(served):
    served.settings("name: server,", "name: server, kind: session,")
    served(
        "run",
        "leave-planner",
        *LEAVE,
        *COVER,
        "-i",
        "source=server",
        "--as-of",
        "2026-11-24",
        expect=3,
    )
    served("answer", served.question(), "--approve")
    assert on_server(served, "--day", "2026-12-07") == []

    (served.folder / "calendars/practice.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    )
    served.routine(
        "book",
        """
        steps:
          - uses: calendar.create
            with: {summary: C-0001, start: 2026-12-08T09:00, end: 2026-12-08T09:45, source: server}
        """,
    )
    served("run", "book")
    served(
        "run", "leave-planner", *LEAVE, *COVER, "-i", "source=server", "-i", "change_calendar=true",
        "--as-of", "2026-11-24", expect=3,
    )  # fmt: skip
    before = served(
        "calendar", "agenda", "--source", "server", "--day", "2026-12-08", "--json"
    ).json
    assert [one["status"] for one in before["events"]] == ["confirmed"]

    served("answer", served.question(), "--approve")

    after = served("calendar", "agenda", "--source", "server", "--day", "2026-12-08", "--json").json
    assert sorted((one["status"], one["time_off"]) for one in after["events"]) == [
        ("cancelled", False),
        ("confirmed", True),
    ]


def test_days_the_wrong_way_round_are_refused(sample):
    told = sample(
        "run", "leave-planner", "-i", "first=2026-12-11", "-i", "last=2026-12-07",
        "--as-of", "2026-11-24", expect=1,
    )  # fmt: skip

    assert "the leave ends before it begins" in told.out
    assert not (sample.folder / "out/leave").exists()


# All of them --------------------------------------------------------------------------------------


def test_nothing_of_them_leaves_the_machine_without_a_question_before(sample):
    effects = {row["name"]: row["effect"] for row in sample("steps", "--json").json}
    files = list((sample.folder / "routines/self-care").iterdir())
    assert len(files) == 4
    for file in files:
        used = [
            line.split("uses:")[1].split("#")[0].strip()
            for line in file.read_text().splitlines()
            if line.lstrip(" -").startswith("uses:")
        ]
        sends = [place for place, name in enumerate(used) if effects[name] == "send"]
        assert not sends or "person.approve" in used[: sends[0]]
