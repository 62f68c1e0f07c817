"""A month's plan is made of dates and topics, the same each time, and keeps what you changed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest

import dayhand_outreach
from dayhand import UserError
from dayhand_outreach import dayhand_event_kinds
from dayhand_outreach.planning import slots
from dayhand_outreach.rule_set import AwarenessDates, json_schemas

FOLDER = Path(dayhand_outreach.__file__).parent
TOPICS = """title,tags,months,channel,outline
First session,general,,blog,Before; After
Holidays,grief,12,newsletter,
Sleep,anxiety,,,
"""


@pytest.fixture(scope="module")
def shipped():
    return AwarenessDates.model_validate_json((FOLDER / "dates/awareness.json").read_bytes())


@pytest.mark.parametrize(
    ("name", "year", "first", "last"),
    [
        ("mental-health-day", 2026, "2026-10-10", "2026-10-10"),
        ("mental-illness-week", 2016, "2016-10-02", "2016-10-08"),
        ("mental-illness-week", 2020, "2020-10-04", "2020-10-10"),
        ("mental-illness-week", 2024, "2024-10-06", "2024-10-12"),
        ("depression-screening-day", 2016, "2016-10-06", "2016-10-06"),
        ("depression-screening-day", 2020, "2020-10-08", "2020-10-08"),
        ("depression-screening-day", 2021, "2021-10-07", "2021-10-07"),
        ("ocd-week", 2024, "2024-10-13", "2024-10-19"),
        ("survivors-day", 2026, "2026-11-21", "2026-11-21"),
        ("maternal-day", 2026, "2026-05-06", "2026-05-06"),
        ("eating-disorders-week", 2025, "2025-02-24", "2025-03-02"),
        ("mental-health-month", 2026, "2026-05-01", "2026-05-31"),
    ],
)
def test_dates_fall_where_published_lists_have_them(shipped, name, year, first, last):
    (one,) = [one for one in shipped.dates if one.id == name]

    assert tuple(str(day) for day in one.when.in_year(year)) == (first, last)


def test_every_date_can_be_reckoned_in_every_year_and_says_where_it_is_from(shipped):
    for one in shipped.dates:
        for year in range(2024, 2053):
            first, last = one.when.in_year(year)
            assert first <= last
        assert one.source


def test_the_rule_files_are_as_the_schemas_beside_the_manual_say():
    kept = json.loads((FOLDER / "rules.schema.json").read_text())

    assert kept == json.loads(json.dumps(json_schemas()))
    for kind, schema in kept.items():
        for file in (FOLDER / kind).glob("*.json"):
            jsonschema.validate(json.loads(file.read_text()), schema)


def test_a_plan_has_dates_about_your_work_first_and_topics_for_the_month(make_kit, put):
    kit = make_kit(tags=["culture"])
    put("outreach/topics.csv", TOPICS)

    plan = kit.run("outreach.plan", month="2026-12")

    assert [(str(one["planned_on"]), one["title"], one["kind"]) for one in plan["posts"]] == [
        ("2026-12-03", "International Day of Persons with Disabilities", "awareness"),
        ("2026-12-10", "Human Rights Day", "awareness"),
        ("2026-12-15", "Holidays", "topic"),
        ("2026-12-22", "First session", "topic"),
    ]
    assert "awareness is not verified." in plan["rules"]


def test_a_whole_month_gets_the_first_slot_and_what_has_no_room_is_told(make_kit, put):
    put("outreach/topics.csv", TOPICS)
    kit = make_kit(posts_per_month=2, tags=["general"])

    plan = kit.run("outreach.plan", month="2026-05")

    assert next((str(one["planned_on"]), one["reference"]) for one in plan["posts"]) == (
        "2026-05-05", "mental-health-month",
    )  # fmt: skip
    assert [one["id"] for one in plan["also"]] == ["maternal-day"]
    assert slots("2026-05", "tue")[0] == date(2026, 5, 5)


def test_without_topics_all_posts_are_for_dates(kit):
    assert {one["kind"] for one in kit.run("outreach.plan", month="2026-10")["posts"]} == {
        "awareness"
    }


def test_dates_of_other_regions_are_left_out(make_kit):
    kit = make_kit(regions=["UK"])

    assert kit.run("outreach.dates", month="2026-10") == []


def test_a_topic_used_lately_waits_for_the_others(make_kit, put):
    put("outreach/topics.csv", TOPICS)
    kit = make_kit(regions=[], posts_per_month=2)
    kit.run("outreach.keep_plan", plan=kit.run("outreach.plan", month="2026-10"))

    later = kit.run("outreach.plan", month="2026-12")

    assert [one["title"] for one in later["posts"]] == ["Holidays", "First session"]
    kit.run("outreach.keep_plan", plan=later)
    again = kit.run("outreach.plan", month="2027-02")
    assert [one["title"] for one in again["posts"]] == ["Sleep", "First session"]


def test_a_post_you_changed_stays_when_the_month_is_planned_again(kit, put):
    put("outreach/topics.csv", TOPICS)
    plan = kit.run("outreach.plan", month="2026-12")
    kept = kit.run("outreach.keep_plan", plan=plan)
    kit.run("outreach.mark", post=kept["ids"][0], status="dropped")

    again = kit.run("outreach.keep_plan", plan=plan)

    assert (again["new"], again["unchanged"]) == (0, 4)
    assert kit.run("outreach.posts", since="2026-12-01")[0]["status"] == "dropped"


def test_due_are_planned_posts_of_the_next_days_and_late_ones(kit):
    for day in ("2026-10-01", "2026-11-20", "2026-11-28", "2026-12-20"):
        plan = {"month": "x", "posts": [{"planned_on": day, "title": day}]}
        kit.run("outreach.keep_plan", plan=plan)

    assert [str(one["planned_on"]) for one in kit.run("outreach.posts", due_within_days=5)] == [
        "2026-11-20",
        "2026-11-28",
    ]


def test_the_morning_of_a_planned_post_is_an_event_and_a_dropped_one_is_not(kit):
    plan = {"month": "x", "posts": [
        {"planned_on": "2026-12-01", "title": "a"}, {"planned_on": "2026-12-02", "title": "b"},
    ]}  # fmt: skip
    kit.run("outreach.keep_plan", plan=plan)
    kit.run("outreach.mark", post="P-000002", status="dropped")
    (kind,) = dayhand_event_kinds()

    found = asyncio.run(
        kind.read(
            kit.context("outreach"),
            datetime(2026, 11, 30, tzinfo=UTC),
            datetime(2026, 12, 5, tzinfo=UTC),
        )
    )

    assert [(one.key, one.start.astimezone(UTC)) for one in found] == [
        ("P-000001", datetime(2026, 12, 1, 14, tzinfo=UTC))
    ]


def test_a_faulty_topics_file_is_told_with_its_lines(kit, put):
    put("outreach/topics.csv", "title,months\nA,13\n,3\nB,x\n")

    with pytest.raises(UserError, match=r"topics\.csv: 3 rows cannot be read") as told:
        kit.run("outreach.topics")

    assert all(part in told.value.hint for part in ("line 2", "line 3", "line 4"))


def test_unknown_columns_are_named_with_the_known_ones(kit, put):
    put("outreach/topics.csv", "titel\nA\n")

    with pytest.raises(UserError, match="missing title; unknown 'titel'"):
        kit.run("outreach.topics")


def test_the_practices_own_dates_take_the_place_of_the_shipped_ones(kit, put):
    put(
        "rules/outreach/dates/mine.json",
        json.dumps(
            {
                "id": "awareness", "title": "Mine", "as_of": "2026", "confidence": "H",
                "sources": ["my calendar"],
                "dates": [{"id": "fair", "title": "County fair", "when": {"month": 8, "day": 14},
                           "confidence": "H", "source": "county"}],
            }
        ),
    )  # fmt: skip

    assert [one["title"] for one in kit.run("outreach.dates", month="2026-08")] == ["County fair"]


def test_a_broken_rule_file_is_named(kit, put):
    put("rules/outreach/dates/mine.json", '{"id": "awareness"}')

    with pytest.raises(UserError, match=r"rules/outreach/dates/mine.json is not a rule set"):
        kit.run("outreach.plan", month="2026-12")


def test_a_topic_that_was_dropped_counts_as_unused(make_kit, put):
    put("outreach/topics.csv", "title\nA\nB\n")
    kit = make_kit(regions=[], posts_per_month=1)
    kept = kit.run("outreach.keep_plan", plan=kit.run("outreach.plan", month="2026-10"))
    kit.run("outreach.mark", post=kept["ids"][0], status="dropped")

    assert [one["title"] for one in kit.run("outreach.plan", month="2026-11")["posts"]] == ["A"]
