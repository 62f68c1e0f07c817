from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import icalendar
import pytest
import recurring_ical_events

import dayhand_practice
from dayhand_practice.sample import SAMPLE_AHEAD, SAMPLE_DAY, load_sample, write_sample
from dayhand_practice.sample.people import people
from dayhand_practice.sample.schedule import schedule

UNTIL = SAMPLE_DAY + SAMPLE_AHEAD


def digest(folder):
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sample")
    write_sample(made, until=UNTIL)
    return made


@pytest.fixture(scope="module")
def calendar(folder):
    return icalendar.Calendar.from_ical((folder / "calendars/practice.ics").read_bytes())


@pytest.fixture
def loaded(tmp_path, make_records):
    made = make_records(tmp_path, now="2026-11-24T07:30-05:00")
    list(dayhand_practice.dayhand_sample(tmp_path, SAMPLE_DAY))
    made.said = list(dayhand_practice.dayhand_sample_load(made.context))
    return made


def rows(folder, name):
    with (folder / "records" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_day_gives_the_same_files(folder, tmp_path):
    write_sample(tmp_path, until=UNTIL)

    assert digest(tmp_path) == digest(folder)


@pytest.mark.parametrize("today", [date(2026, 2, 28), date(2027, 8, 14), date(2028, 12, 26)])
def test_another_day_gives_a_sample_that_loads_too(tmp_path, make_records, today):
    write_sample(tmp_path, until=today + SAMPLE_AHEAD, today=today)
    made = make_records(tmp_path, now=f"{today}T12:00-05:00")

    assert load_sample(made.context)


def test_everything_is_imported_and_a_second_time_changes_nothing(loaded):
    assert loaded.said[1] == "clients: 27 new, 0 changed, 0 unchanged"
    assert [line.split(": ")[1] for line in load_sample(loaded.context)] == [
        line.split(": ")[1]
        .replace(f"{count} new", "0 new")
        .replace("0 unchanged", f"{count} unchanged")
        for line in loaded.said
        for count in [line.split(": ")[1].split()[0]]
    ]
    assert loaded.kit.audit == ["load the sample practice"] * 2


def test_all_that_is_exported_imports_into_another_practice(loaded, tmp_path, make_records):
    from dayhand_practice.sample.record_files import SAMPLE_FILES

    other = make_records(tmp_path / "other", now="2026-11-24T07:30-05:00")
    for kind, _ in SAMPLE_FILES:
        text = loaded.export(kind)
        other.load(kind, text)

        assert other.export(kind) == text
        assert loaded.load(kind, text)["changed"] == 0


def test_one_event_is_broken_and_the_others_are_the_schedule(calendar):
    broken = [event for event in calendar.walk("VEVENT") if event.errors]
    assert [str(event["UID"]) for event in broken] == ["broken@lakeside.example"]

    calendar.subcomponents.remove(broken[0])
    year = schedule(people(), SAMPLE_DAY, UNTIL)
    events = recurring_ical_events.of(calendar).between(date(2025, 1, 1), date(2028, 1, 1))
    found = {
        (str(event["UID"]), event["DTSTART"].dt, event["DTEND"].dt, "STATUS" in event)
        for event in events
        if str(event["UID"]).startswith("c-")
    }
    expected = {
        (f"{one.person.id.lower()}@lakeside.example", one.start, one.end, one.status == "cancelled")
        for one in year.visits
    }
    assert found == expected
    calendar.subcomponents.append(broken[0])


def test_the_year_holds_what_real_calendars_hold(calendar):
    text = calendar.to_ical().decode().replace("\r\n ", "")
    year = schedule(people(), SAMPLE_DAY, UNTIL)
    states = Counter(visit.status for visit in year.visits)

    assert all(states[state] > 10 for state in ("cancelled", "no_show", "late_cancelled"))
    assert sum(visit.start != visit.planned for visit in year.visits) > 10
    for what in ("INTERVAL=2", "EXDATE;TZID=", "RECURRENCE-ID;TZID=", "STATUS:CANCELLED",
                 "NO-SHOW", "LATE-CANCEL", "VIDEO", "https://video.example/", "VALUE=DATE",
                 "Supervision", "Hold: lunch", "Conference", "SVC-INTAKE"):  # fmt: skip
        assert what in text, what
    days = {visit.start.date() for visit in year.visits}
    for change in (date(2025, 11, 2), date(2026, 3, 8), date(2026, 11, 1)):
        assert change - timedelta(days=3) in days or change - timedelta(days=4) in days
        assert change + timedelta(days=1) in days
    assert max(days) > UNTIL - timedelta(days=7)


def test_the_day_itself_shows_every_conflict():
    year = schedule(people(), SAMPLE_DAY, UNTIL)

    assert year.demo_day == SAMPLE_DAY
    assert [extra.uid for extra in year.extras] == [
        "extra-overlap",
        "extra-no-break",
        "extra-unknown",
    ]


def test_no_two_sessions_overlap_but_the_one_pair():
    year = schedule(people(), SAMPLE_DAY, UNTIL)
    spans = sorted((one.start, one.end) for one in year.visits if one.status == "confirmed")

    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def test_payments_are_of_known_clients_since_the_books_began(folder):
    payments = rows(folder, "payments.csv")
    ids = {row["id"] for row in rows(folder, "clients.csv")}

    assert list(payments[0]) == ["date", "client_id", "amount", "method", "reference", "fee"]
    assert {row["client_id"] for row in payments} <= ids
    assert all("2026-10-01" <= row["date"] <= "2026-11-24" for row in payments)
    assert all(Decimal(row["amount"]) > Decimal(row["fee"]) >= 0 for row in payments)
    assert len({row["reference"] for row in payments}) == len(payments)


def test_credits_name_certificates_that_are_there(folder):
    found = rows(folder, "credits.csv")

    assert list(found[0]) == [
        "completed_on", "title", "provider", "hours", "minutes", "subjects", "format", "category",
        "approved_by", "certificate",
    ]  # fmt: skip
    named = [row["certificate"] for row in found if row["certificate"]]
    assert len(named) == len(set(named))
    assert all((folder / path).is_file() for path in named)
    assert {row["format"] for row in found} == {"live", "self_study", "webinar"}


def test_some_paperwork_is_missing_expired_and_expiring(loaded):
    states = Counter(one["state"] for one in loaded.kit.run("practice.paperwork_due"))

    assert all(2 < states[state] < 10 for state in ("missing", "expired", "expiring"))


def test_sample_people_cannot_be_real():
    for person in people():
        assert "555-01" in person["phone"]
        assert person["email"].endswith("@client.example") or not person["email"]
