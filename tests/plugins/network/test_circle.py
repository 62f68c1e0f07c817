"""Who is due, what is stale, what is open about referrals."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from dayhand import UserError
from dayhand_network import dayhand_event_kinds
from dayhand_network.circle import months_before


def due(kit):
    return [(one["contact"]["id"], one["days_over"]) for one in kit.run("network.due")["items"]]


def touch(kit, contact, on, **more):
    return kit.run("network.record_touch", contact_id=contact, on=on, **more)


def test_a_contact_is_due_on_the_day_the_interval_ends_and_not_before(make_kit):
    kit = make_kit()
    (who,) = [kit.run("network.record_contact", contact={"name": "Ann"})["id"]]
    touch(kit, who, "2026-08-27")  # 89 days ago
    assert due(kit) == []

    touch(kit, who, "2026-08-26")
    assert due(kit) == []  # the later touch counts, whichever was noted last

    kit.run("network.record_contact", contact={"name": "Ann", "touch_every_days": 89})
    assert due(kit) == [(who, 0)]


def test_a_follow_up_that_was_noted_is_due_on_its_day_and_the_next_touch_settles_it(kit, contact):
    who = contact()
    touch(kit, who, "2026-11-20", follow_up_on="2026-11-23", note="Group in spring")

    (item,) = kit.run("network.due")["items"]
    assert (item["due_on"], item["note"]) == (date(2026, 11, 23), "Group in spring")

    touch(kit, who, "2026-11-24")
    assert due(kit) == []


def test_nobody_is_due_who_is_inactive_or_never_to_be_touched(kit, contact):
    contact(active=False)
    contact(name="Never", touch_every_days=0)
    contact(name="New")

    assert [one["reason"] for one in kit.run("network.due")["items"]] == ["no touch is noted yet"]


def test_what_is_old_or_incomplete_is_to_be_verified(kit, contact):
    contact()
    old = contact(name="Old", verified_on="2026-05-27")  # 181 days
    lacking = contact(name="Lacking", insurance=[], availability="unknown")

    found = kit.run("network.directory")

    stale = {one["contact"]["id"]: one["missing"] for one in found["entries"] if one["stale"]}
    assert stale == {old: [], lacking: ["insurance taken", "availability"]}
    assert found["stale"] == 2


def test_a_referral_is_to_be_acknowledged_until_that_is_settled(kit, contact, refer):
    who = contact()
    one = refer(contact_id=who, client_id="C-0012")["id"]
    refer(source="website")  # nobody to thank
    refer("out", contact_id=who)

    (found,) = kit.run("network.open_referrals")["to_acknowledge"]
    assert (found["id"], found["recipient"]) == (one, "Dr. Theodora Vance, psychiatrist")

    kit.run("network.acknowledge", referral=one, written=True)
    assert kit.run("network.open_referrals")["to_acknowledge"] == []


def test_after_thirty_days_it_is_asked_what_became_of_it(kit, refer):
    old = refer(on="2026-10-25", source="website")["id"]
    refer(on="2026-10-26", source="school")

    assert [one["id"] for one in kit.run("network.open_referrals")["to_ask"]] == [old]

    kit.run("network.record_outcome", referral=old, outcome="started")
    assert kit.run("network.open_referrals")["to_ask"] == []


def test_a_referral_to_a_contact_that_is_not_there_is_refused(refer):
    with pytest.raises(UserError, match="there is no contact K-000009"):
        refer(contact_id="K-000009")


def test_the_moment_a_referral_is_logged_is_an_event_and_an_old_one_is_no_news(kit, refer):
    refer(source="website")
    refer(source="school", on="2026-09-01")
    refer(source="website")  # the same again
    (kind,) = dayhand_event_kinds()

    def read(start, end):
        found = asyncio.run(kind.read(kit.context("network"), start, end))
        return [(one.key, one.start, one.end) for one in found]

    logged = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert kind.name == "referral_logged"
    assert read(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)) == [
        ("F-000001", logged, logged)
    ]
    ((key, start, _),) = read(datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
    assert (key, start) == ("F-000002", datetime(2026, 9, 1, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "months", "span"),
    [
        (date(2027, 1, 1), 3, (date(2026, 10, 1), date(2026, 12, 31))),
        (date(2026, 3, 31), 1, (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 11, 24), 24, (date(2024, 11, 1), date(2026, 10, 31))),
    ],
)
def test_whole_months_before_a_day_are_counted(day, months, span):
    assert months_before(day, months) == span


def test_referrals_are_counted_by_role_or_source_without_a_name(kit, contact, refer):
    who = contact()
    for day in range(1, 7):
        refer(on=f"2026-10-0{day}", contact_id=who, client_id=f"C-000{day}")
        refer(on=f"2026-09-0{day}", source="Website")
    refer(on="2026-11-02", source="website")  # this month does not count

    report = kit.run("network.source_report")

    assert {one["source"]: one["count"] for one in report["incoming"]} == {
        "psychiatrist": 6,
        "website": 6,
    }
    assert (report["start"], report["incoming_total"]) == (date(2026, 8, 1), 12)
    assert "Vance" not in str(report)


def test_what_the_report_gives_holds_no_hidden_count(kit, refer):
    for day in range(1, 4):
        refer(on=f"2026-10-0{day}", source="friend")

    report = kit.run("network.source_report")
    page = kit.files.read(kit.run("network.source_page", report=report)["path"]).decode()

    assert report["incoming"] == [{"source": "friend", "count": None}]
    assert report["incoming_total"] is None
    assert "| friend | hidden |" in page
    assert "| Together | hidden |" in page


def test_a_contact_never_to_be_touched_is_due_only_where_you_noted_a_day(kit, contact):
    who = contact(touch_every_days=0)
    touch(kit, who, "2026-01-01")

    assert due(kit) == []


def test_the_directory_page_has_a_telephone_number_and_what_is_missing(kit, contact):
    contact(specialties=["trauma"])
    contact(name="Old", verified_on=None, availability="closed", role="", organisation="")

    page = kit.run("network.directory_page", directory=kit.run("network.directory"))

    text = kit.files.read(page["path"]).decode()
    assert "1 of 2 entries to verify." in text
    assert "K-000002 Old | 518-555-0131, vance@clinic.example | Evergreen Mutual" in text
    assert "takes nobody now | never verified |" in text
    assert "psychiatrist, Vance Psychiatry); trauma" in text


def test_referrals_are_listed_by_direction_and_day(kit, refer):
    refer(on="2026-10-01", source="a")
    refer("out", on="2026-10-02", source="b")
    refer(on="2026-10-03", source="c")

    def listed(**chosen):
        return [one["source"] for one in kit.run("network.referrals", **chosen)]

    assert listed() == ["a", "b", "c"]
    assert listed(direction="in", since="2026-10-02") == ["c"]
    assert listed(until="2026-10-02") == ["a", "b"]
