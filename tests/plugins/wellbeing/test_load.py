"""The load of days and weeks, and the pages about it and about check-ins."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest


def load(kit, *matches, **inputs):
    return kit.run("wellbeing.load", matches=list(matches), **({"days": 1} | inputs))


def warnings(kit, *matches, **inputs):
    return load(kit, *matches, **inputs)["days"][0]["warnings"]


def test_a_day_is_counted_from_its_sessions(kit, match):
    (day,) = load(kit, match("09:00"), match("10:00", client=2), match("13:00", client=3))["days"]

    assert (day["sessions"], day["minutes"], day["shortest_break"]) == (3, 150, 10)
    assert day["longest_stretch"] == 110
    assert day["warnings"] == []


@pytest.mark.parametrize("attendance", ["cancelled", "late_cancelled", "no_show"])
def test_what_does_not_take_place_counts_for_nothing(kit, match, attendance):
    (day,) = load(kit, match("09:00", attendance=attendance))["days"]

    assert day["sessions"] == 0


def test_the_same_session_in_two_calendars_counts_once(kit, match):
    (day,) = load(kit, match("09:00"), match("09:00", key="other"))["days"]

    assert (day["sessions"], day["warnings"]) == (1, [])


def test_each_boundary_is_allowed_and_one_more_is_told(make_kit, match):
    kit = make_kit(most_sessions=2, least_break="10 minutes")
    two = [match("09:00"), match("10:00", client=2)]

    assert warnings(kit, *two) == []
    assert warnings(kit, *two, match("14:00", client=3)) == ["3 sessions, 2 are the most"]
    assert warnings(kit, match("09:00"), match("09:59", client=2)) == [
        "9 minutes of break at 09:50, 10 are the least"
    ]
    assert warnings(kit, match("09:00"), match("09:30", client=2)) == [
        "two sessions overlap before 09:50"
    ]


def test_a_long_stretch_is_told_unless_there_was_a_rest(make_kit, match):
    kit = make_kit(longest_stretch="2 hours", rest="30 minutes")
    long = [match("09:00"), match("10:00", client=2), match("11:00", client=3)]

    assert warnings(kit, *long) == ["2:50 h without a rest of 30 minutes, 2:00 h are the most"]
    assert warnings(kit, *long[:2], match("11:20", client=3)) == []


def test_hard_sessions_in_a_row_are_told_and_an_easy_one_between_helps(make_kit, match):
    kit = make_kit(most_in_a_row=2, longest_stretch="9 hours")
    hard = [match(f"{hour:02}:00", client=hour) for hour in (9, 10, 11)]
    heavy = [one["client_id"] for one in hard]

    assert warnings(kit, *hard, heavy=heavy) == ["3 hard sessions in a row, 2 are the most"]
    assert warnings(kit, *hard, heavy=heavy[::2]) == []


def test_flagged_clients_weigh_more_as_long_as_the_flag_holds(kit, say, match):
    say("flag", "C-0001", "--since", "2026-11-01")
    assert load(kit, match("09:00"))["days"][0]["in_a_row"] == 1

    say("unflag", "C-0001", "--on", "2026-11-22")
    assert load(kit, match("09:00"))["days"][0]["in_a_row"] == 0


def test_a_full_week_is_told_from_monday_to_sunday(make_kit, match):
    kit = make_kit(most_in_week=2)
    days = [match(f"2026-11-{day}T09:00-05:00", client=day) for day in (27, 28, 29, 30)]

    done = load(kit, *days, start="2026-11-27", days=5)

    assert done["weeks"] == ["3 sessions in the week of 2026-11-23, 2 are the most"]
    assert done["warnings"] == 1


def test_a_session_belongs_to_the_day_in_the_practices_zone(kit, match):
    late = match("2026-11-24T02:00+00:00")  # Monday 21:00 in New York

    assert load(kit, late)["days"][0]["sessions"] == 1


@pytest.mark.parametrize("days", [0, 121])
def test_so_many_days_are_refused(kit, days):
    with pytest.raises(Exception, match="between 1 and 120"):
        load(kit, days=days)


def test_only_days_that_have_come_are_kept_and_only_once(kit, match):
    done = load(kit, match("09:00"), days=7)

    assert kit.run("wellbeing.keep_load", load=done) == 1
    assert kit.run("wellbeing.keep_load", load=done) == 0
    assert kit.run("wellbeing.keep_load", load=load(kit, days=7)) == 1


def test_the_page_tells_warnings_and_numbers_and_names_nobody(make_kit, match, text_of):
    kit = make_kit(most_sessions=1)
    done = load(kit, match("09:00"), match("11:00", client=2), days=7)

    page = kit.run("wellbeing.load_page", load=done)

    text = text_of(page["path"])
    assert page["warnings"] == 1
    assert "- Mon 23 Nov 2026: 2 sessions, 1 are the most" in text
    assert "| Mon 23 Nov 2026 | 2 | 100 min | 70 min | 50 min | 0 |" in text
    assert "C-0001" not in text + text_of(page["pdf"])


def test_a_day_without_sessions_can_be_printed(kit, text_of):
    page = kit.run("wellbeing.load_page", load=load(kit))

    assert "nothing is too much" in text_of(page["path"])
    assert "0" in text_of(page["pdf"])


def test_of_many_days_the_first_two_weeks_are_drawn_and_all_are_counted(kit, match, text_of):
    days = [match(f"2026-12-{day:02}T09:00-05:00", client=day) for day in range(1, 31)]

    page = kit.run("wellbeing.load_page", load=load(kit, *days, start="2026-12-01", days=31))

    text = text_of(page["path"])
    assert text.count(" minutes") == 14
    assert "30 sessions in 31 days" in text
    assert "| Wed 30 Dec 2026 | 1 |" in text


# Check-ins ----------------------------------------------------------------------------------------


def entries(*values, scale="strain"):
    first = date(2026, 10, 2)
    return [
        {"on": first + timedelta(weeks=week), "scales": {scale: value}}
        for week, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("scale", "values", "worse"),
    [
        ("strain", (4, 4, 4, 4, 6), 1),
        ("strain", (4, 4, 4, 4, 5), 0),
        ("strain", (9, 9, 9, 9, 2), 0),
        ("energy", (6, 6, 6, 6, 4), 1),
        ("energy", (1, 6, 6, 6, 6, 5), 0),
        ("energy", (6,), 0),
    ],
)
def test_two_points_from_the_mean_of_four_are_told(kit, text_of, scale, values, worse):
    page = kit.run("wellbeing.checkin_page", entries=entries(*values, scale=scale))

    assert page["warnings"] == worse
    assert (", worse" in text_of(page["path"])) is bool(worse)
    assert scale.capitalize() in text_of(page["pdf"])


def test_the_trend_says_its_numbers_in_words(kit, text_of):
    page = kit.run("wellbeing.checkin_page", entries=entries(4, 5, 7))

    assert "- strain: 4, 5, 7, from 2026-10-02 to 2026-10-16" in text_of(page["path"])


def test_without_a_check_in_there_is_a_page_all_the_same(kit, text_of):
    page = kit.run("wellbeing.checkin_page", entries=[])

    assert "0 check-ins." in text_of(page["path"])


def test_a_pdf_can_be_left_out(make_kit):
    kit = make_kit(pdf=False, paper="a4")

    assert kit.run("wellbeing.checkin_page", entries=entries(4))["pdf"] == ""


def test_a_session_over_a_change_of_the_clock_is_as_long_as_it_was(make_kit, match):
    zone = ZoneInfo("America/New_York")
    kit = make_kit(now="2026-11-01T00:00-04:00")
    first = match("09:00", key="a") | {"attendance": "scheduled"}
    # 0:30 to the second 1:30 is two hours; the next begins at the second 1:45, a quarter later
    first["event"] |= {
        "start": datetime(2026, 11, 1, 0, 30, tzinfo=zone),
        "end": datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=zone),
    }
    second = match("09:00", client=2, key="b")
    second["event"] |= {
        "start": datetime(2026, 11, 1, 1, 45, fold=1, tzinfo=zone),
        "end": datetime(2026, 11, 1, 2, 30, tzinfo=zone),
    }

    (day,) = load(kit, first, second)["days"]

    assert (day["minutes"], day["shortest_break"], day["longest_stretch"]) == (165, 15, 180)
