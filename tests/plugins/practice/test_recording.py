from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError


def counts(done):
    return done["new"], done["changed"], done["unchanged"], len(done["held"])


def test_a_match_becomes_a_session_with_the_fee_of_its_day(records, make_match):
    done = records.record(make_match())

    (session,) = done["sessions"]
    assert counts(done) == (1, 0, 0, 0)
    assert session["id"] == "S-000001"
    assert session["client"]["initials"] == "AQ"
    assert (session["service"], str(session["fee"])) == ("SVC-45", "150.00")
    assert session["start"].isoformat() == "2026-11-24T09:00:00-05:00"
    assert (session["minutes"], session["status"]) == (45, "attended")
    assert session["uid"] == "C-0001@cal#2026-11-24T09:00-05:00"


def test_the_same_matches_again_change_nothing(records, make_match):
    matches = [make_match(), make_match("C-0002", "2026-11-24T10:00-05:00")]
    first = records.record(*matches)

    second = records.record(*matches)

    assert counts(second) == (0, 0, 2, 0)
    assert second["sessions"] == first["sessions"]


def test_a_new_fee_leaves_recorded_sessions_as_they_are(records, make_match):
    records.record(make_match())
    records.load(
        "services", "code,name,minutes,fee,effective_from\nSVC-45,New name,45,170,2026-11-01\n"
    )

    assert counts(records.record(make_match())) == (0, 0, 1, 0)
    assert str(records.sessions()[0]["fee"]) == "150.00"
    later = records.record(make_match("C-0002"))["sessions"][0]
    assert (str(later["fee"]), later["service_name"]) == ("170.00", "New name")


def test_a_moved_event_moves_its_session(records, make_match):
    records.record(make_match(key="k"))

    done = records.record(make_match(key="k", start="2026-11-23T16:00-05:00", minutes=60))

    assert counts(done) == (0, 1, 0, 0)
    (session,) = records.sessions()
    assert session["start"].isoformat() == "2026-11-23T16:00:00-05:00"
    assert (session["service"], str(session["fee"])) == ("SVC-60", "185.00")


def test_one_slot_is_one_session_whatever_calendar_it_comes_from(records, make_match):
    done = records.record(*(make_match(key=key) for key in ("work", "phone", "laptop")))

    assert counts(done) == (1, 0, 2, 0)
    assert len(records.sessions()) == 1


def test_an_event_moved_in_both_calendars_is_still_one_session(records, make_match):
    records.record(make_match(key="a"), make_match(key="b"))

    start = "2026-11-24T15:00-05:00"
    records.record(make_match(key="b", start=start), make_match(key="a", start=start))

    assert [one["start"].hour for one in records.sessions()] == [15]


def test_two_calendars_that_disagree_are_held(records, make_match):
    records.record(make_match(key="a"), make_match(key="b"))

    done = records.record(make_match(key="a"), make_match(key="b", start="2026-11-24T15:00-05:00"))

    assert counts(done) == (0, 0, 1, 1)
    assert done["held"][0]["reason"] == "two calendar events tell different stories of it"
    assert done["held"][0]["session_id"] == "S-000001"


def in_calendar(match, source, uid="u", start=None):
    """The match as it stands in a calendar, as an occurrence of a series."""
    event = match["event"] | ({"start": start} if start else {})
    return match | {
        "event": event | {"source": source, "uid": uid, "key": f"{uid}#{event['start']}"}
    }


def test_a_series_moved_in_one_calendar_alone_is_held_before_it_was_ever_recorded(
    records, make_match
):
    early, late = (make_match(start=f"2026-11-24T{hour}:00-05:00") for hour in (10, 11))
    old, new = in_calendar(early, "old"), in_calendar(late, "new")
    copy = in_calendar(early, "copy")

    for matches in ([old, new, copy], [new, copy, old]):  # and looked at again
        done = records.record(*matches)
        assert [one["start"].hour for one in records.sessions()] == [10]
        (held,) = done["held"]
        assert held["key"] == new["event"]["key"]
        assert held["reason"].endswith("has the same event at another time of that day")


def test_the_calendar_that_was_recorded_before_counts_where_two_disagree(records, make_match):
    early, late = (make_match(start=f"2026-11-24T{hour}:00-05:00") for hour in (10, 11))
    records.record(in_calendar(late, "mine"))

    done = records.record(in_calendar(early, "other"), in_calendar(late, "mine"))

    assert [one["start"].hour for one in records.sessions()] == [11]
    assert [one["key"] for one in done["held"]] == ["u#2026-11-24 10:00:00-05:00"]


@pytest.mark.parametrize("change", ["one calendar", "other events", "cancelled", "another day"])
def test_two_sessions_of_a_day_are_two_where_the_calendars_do_not_disagree(
    records, make_match, change
):
    start = "2026-11-25T11:00-05:00" if change == "another day" else "2026-11-24T11:00-05:00"
    attendance = "cancelled" if change == "cancelled" else "attended"
    early = in_calendar(make_match(start="2026-11-24T10:00-05:00"), "a")
    late = in_calendar(
        make_match(start=start, attendance=attendance),
        "a" if change == "one calendar" else "b",
        uid="v" if change == "other events" else "u",
    )

    done = records.record(early, late)

    assert counts(done) == (2, 0, 0, 0)


def test_an_event_that_is_entered_again_after_a_cancelled_one_counts(records, make_match):
    for matches in (
        [make_match(key="old", attendance="cancelled"), make_match(key="new")],
        [make_match(key="new"), make_match(key="old", attendance="cancelled")],
    ):
        done = records.record(*matches)
        assert [one["status"] for one in done["sessions"]] == ["attended"]
        assert not done["held"]


def test_a_slot_that_a_moved_event_leaves_is_free_for_another(records, make_match):
    records.record(make_match(key="a"))

    done = records.record(make_match(key="b"), make_match(key="a", start="2026-11-24T14:00-05:00"))

    assert counts(done) == (1, 1, 0, 0)
    assert [(one["id"], one["start"].hour) for one in records.sessions()] == [
        ("S-000002", 9),
        ("S-000001", 14),
    ]


@pytest.mark.parametrize("hours", [1, -1])
def test_a_whole_morning_can_be_moved(records, make_match, hours):
    def at(shift):
        return [
            make_match(key=str(hour), start=f"2026-11-24T{hour + shift:02}:00-05:00")
            for hour in (9, 10, 11)
        ]

    records.record(*at(0))

    assert counts(records.record(*at(hours))) == (0, 3, 0, 0)


def test_a_session_moved_onto_another_of_the_client_is_held(records, make_match):
    records.record(make_match(key="a"), make_match(key="b", start="2026-11-24T14:00-05:00"))

    done = records.record(make_match(key="a", start="2026-11-24T14:00-05:00"))

    assert (
        done["held"][0]["reason"] == "the client has session S-000002 at the time it was moved to"
    )
    assert [one["start"].hour for one in records.sessions()] == [9, 14]


@pytest.mark.parametrize(
    "change",
    [{"attendance": "cancelled"}, {"start": "2026-11-24T16:00-05:00"}, {"minutes": 60},
     {"client": "C-0002"}, {"video": True}],
)  # fmt: skip
def test_a_billed_session_never_changes(records, make_match, change):
    records.record(make_match(key="k"))
    records.kit.run("practice.mark_billed", lines=[{"session_id": "S-000001", "document": "INV-1"}])
    before = records.sessions()

    done = records.record(make_match(**{"key": "k", **change}))

    assert counts(done) == (0, 0, 0, 1)
    assert "billed on INV-1" in done["held"][0]["reason"]
    assert records.sessions() == before
    assert counts(records.record(make_match(key="k"))) == (0, 0, 1, 0)


def test_what_a_person_set_stands_and_the_calendars_news_are_held(records, make_match):
    from dayhand_practice import sessions

    zone = records.context.now.tzinfo
    records.record(make_match(key="k"))
    with records.context.transaction("set") as connection:
        sessions.set_status(connection, zone, "S-000001", "no_show", records.context.now)

    assert counts(records.record(make_match(key="k"))) == (0, 0, 1, 0)
    told = records.record(make_match(key="k", attendance="cancelled"))
    assert (
        told["held"][0]["reason"] == "a person set it to no_show; the calendar now says cancelled"
    )
    assert [one["status"] for one in told["sessions"]] == ["no_show"]


def test_a_scheduled_session_becomes_attended_with_the_fee_of_then(records, make_match):
    start = "2026-11-25T09:00-05:00"
    records.record(make_match(start=start, attendance="scheduled"))
    records.load(
        "services",
        'code,name,minutes,fee,effective_from\nSVC-45,"Session, 45 minutes",45,160,2026-11-25\n',
    )
    records.move(days=1)

    done = records.record(make_match(start=start))

    assert counts(done) == (0, 1, 0, 0)
    assert str(done["sessions"][0]["fee"]) == "160.00"


def test_a_fee_that_a_person_gave_stays(records, make_match):
    records.load("sessions", "client_id,start,minutes,fee\nC-0001,2026-11-24T09:00,45,99\n")

    records.record(make_match(minutes=60))

    (session,) = records.sessions()
    assert (session["minutes"], str(session["fee"])) == (60, "99.00")


def test_a_session_without_a_service_is_recorded_and_told(records, make_match):
    done = records.record(make_match(minutes=37), make_match("C-0002", categories=["svc-60"]))

    assert done["unpriced"] == [
        {"session_id": "S-000001", "reason": "no service is set for 37 minutes"}
    ]
    assert done["sessions"][1]["service"] == "SVC-60"
    records.load("services", "code,name,minutes,fee,effective_from\nSVC-37,Odd,37,90,2026-01-01\n")
    later = records.record(make_match(minutes=37))
    assert (later["changed"], later["unpriced"]) == (1, [])


def test_an_unknown_client_and_an_odd_length_are_held(records, make_match):
    done = records.record(
        make_match("C-0099"),
        make_match(minutes=0),
        make_match("C-0002", minutes=780),
        make_match("C-0003", all_day=True),
    )

    assert counts(done) == (0, 0, 0, 4)
    assert "there is no client C-0099" in {held["reason"] for held in done["held"]}


def test_a_match_without_an_offset_is_refused(records, make_match):
    with pytest.raises(ValidationError):
        records.record(make_match(start="2026-11-24T09:00"))


@pytest.mark.parametrize(
    ("event", "modality", "place", "modifiers"),
    [
        ({}, "in_person", "11", []),
        ({"video": True}, "video", "02", ["V1"]),
        ({"categories": ["Video"]}, "video", "02", ["V1"]),
        ({"categories": ["PHONE"]}, "phone", "02", ["P1"]),
    ],
)
def test_the_modality_decides_the_place_and_the_modifiers(
    tmp_path, make_records, make_match, event, modality, place, modifiers
):
    made = make_records(
        tmp_path, video_place_of_service="02", video_modifiers=["V1"], phone_modifiers=["P1"]
    )
    made.load("clients", "id,name\nC-0001,Ana Ruiz\n")

    (session,) = made.record(make_match(**event))["sessions"]

    assert (session["modality"], session["place_of_service"], session["modifiers"]) == (
        modality,
        place,
        modifiers,
    )


def test_the_length_is_elapsed_time_over_a_change_of_clocks(records, make_match):
    matched = make_match()
    zone = ZoneInfo("America/New_York")
    matched["event"]["start"] = datetime(2026, 11, 1, 0, 30, tzinfo=zone)
    matched["event"]["end"] = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=zone)

    (session,) = records.record(matched)["sessions"]

    assert session["minutes"] == 120
    assert session["start"].isoformat() == "2026-11-01T00:30:00-04:00"
    assert session["end"].isoformat() == "2026-11-01T01:30:00-05:00"


def test_no_matches_are_nothing(records):
    assert counts(records.record()) == (0, 0, 0, 0)
