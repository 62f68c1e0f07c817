"""Hours are kept once, follow their source, and stay once their log is signed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from dayhand import StepError, UserError, read_csv


def session(number=1, day="2026-11-23", minutes=45, status="attended", **more):
    start = datetime.fromisoformat(f"{day}T09:00:00-05:00")
    return {
        "id": f"S-{number:06}",
        "client": {"id": "C-0001", "name": "Maria Quimby"},
        "start": start,
        "end": start + timedelta(minutes=minutes),
        "minutes": minutes,
        "status": status,
        "service": "SVC-45",
    } | more


def event(key="e1", day="2026-11-20", summary="Supervision", minutes=60, **more):
    start = datetime.fromisoformat(f"{day}T08:00:00-05:00")
    return {
        "key": key,
        "start": start,
        "end": start + timedelta(minutes=minutes),
        "summary": summary,
        "categories": ["SUPERVISION"],
    } | more


def hours(say):
    return say("export").splitlines()[1:]


def test_a_session_is_one_entry_without_a_client(kit, say):
    family = session(2, service="SVC-FAM", modality="video", minutes=60)

    done = kit.run("supervision.log_sessions", sessions=[session(), family])
    again = kit.run("supervision.log_sessions", sessions=[session(), family])

    assert (done["new"], again["new"], again["unchanged"]) == (2, 0, 2)
    assert hours(say) == [
        "2026-11-23,45,direct_individual,County clinic,Dr. Ada Ruiz,no,,,S-000001,session",
        "2026-11-23,60,direct_couple_family_child,County clinic,Dr. Ada Ruiz,yes,,,S-000002,session",
    ]
    assert "Quimby" not in say("export")
    assert "C-0001" not in say("export")


def test_a_session_that_moved_or_was_missed_is_followed(kit, say):
    kit.run("supervision.log_sessions", sessions=[session(), session(2)])

    moved = kit.run("supervision.log_sessions", sessions=[session(day="2026-11-24", minutes=60)])
    gone = kit.run("supervision.log_sessions", sessions=[session(2, status="no_show")])

    assert (moved["changed"], gone["removed"]) == (1, 1)
    assert [line[:13] for line in hours(say)] == ["2026-11-24,60"]


def test_supervision_is_told_by_category_or_pattern(make_kit):
    kit = make_kit(calendar={"categories": ["SUPERVISION"], "pattern": "^Sup "})
    events = [
        event(),
        event("e2", summary="Sup with Dr. Ada Ruiz", categories=[]),
        event("e3", summary="Supervision group"),
        event("e4", summary="Triadic supervision"),
        event("e5", summary="Dentist", categories=[]),
        event("e6", status="cancelled"),
        event("e7", all_day=True),
        event("e8", day="2026-11-27"),
    ]

    found = kit.run("supervision.meetings", events=events)

    assert [(one["key"], one["category"][12:], one["supervisor"]) for one in found] == [
        ("e1", "individual", ""),
        ("e2", "individual", "Dr. Ada Ruiz"),
        ("e3", "group", ""),
        ("e4", "triadic", ""),
        ("e8", "individual", ""),
    ]
    assert [one["is_over"] for one in found] == [True, True, True, True, False]


def test_a_meeting_that_is_over_is_kept_once(kit, say):
    found = kit.run("supervision.meetings", events=[event(), event("e8", day="2026-11-27")])

    first = kit.run("supervision.log_meetings", meetings=found)
    second = kit.run("supervision.log_meetings", meetings=found)

    assert (first["new"], second["unchanged"]) == (1, 1)
    assert hours(say) == [
        "2026-11-20,60,supervision_individual,County clinic,Dr. Ada Ruiz,no,,,e1,meeting"
    ]


def test_the_same_row_again_changes_it_and_a_reference_makes_another(keep, say):
    keep("2026-11-20", 60, "supervision_group")
    keep("2026-11-20", 90, "supervision_group")
    keep("2026-11-20", 60, "supervision_group", reference="second part")

    assert [line.split(",")[1] for line in hours(say)] == ["90", "60"]


def test_what_was_exported_imports_into_the_same_hours(kit, keep, say):
    keep("2026-11-20", 60, "notes_reports", topics="=1+1", reference="-5")
    kit.run("supervision.log_sessions", sessions=[session()])
    (kit.files.root / "h.csv").write_text(say("export"))

    assert say("import", "h.csv") == "0 new, 0 changed, 2 unchanged\n"
    assert "'=1+1,'-5" in say("export")
    assert read_csv(say("export").encode())[1].cells[7:9] == ["=1+1", "-5"]


def test_a_file_is_taken_in_whole_or_not_at_all(kit, say):
    rows = "on,minutes,category\n2026-11-20,60,other\n2026-11-21,x,other\n20/11/2026,60,nope\n"
    (kit.files.root / "h.csv").write_text(rows)

    with pytest.raises(UserError, match="2 rows cannot be read, nothing was imported") as caught:
        kit.run("supervision.import_hours", file="h.csv")

    assert "line 3: minutes" in caught.value.hint
    assert "line 4: on: " in caught.value.hint
    assert hours(say) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on,minutes\n", "missing category"),
        ("on,minutes,category,client\n", "unknown 'client'"),
        ("on,minutes,category\n2026-11-20,60,other,more\n", "1 row cannot be read"),
        ("", "missing on, minutes, category"),
        ('on,minutes,category\n"open', "not well-formed"),
    ],
)
def test_a_file_of_another_kind_is_told(kit, text, said):
    (kit.files.root / "h.csv").write_text(text)

    with pytest.raises(UserError) as caught:
        kit.run("supervision.import_hours", file="h.csv")

    assert said in f"{caught.value.message} {caught.value.hint}"


def test_hours_that_cannot_be_are_refused(keep):
    with pytest.raises(UserError, match="minutes"):
        keep("2026-11-20", 1441, "other")
    with pytest.raises(UserError, match="one line"):
        keep("2026-11-20", 60, "other", topics="a\nb")


# Tracks -----------------------------------------------------------------------------------------


def test_without_a_track_the_manual_is_named(make_kit):
    kit = make_kit(tracks={})

    with pytest.raises(UserError, match="no track of supervised hours") as caught:
        kit.run("supervision.progress")

    assert "tracks" in caught.value.hint


def test_with_two_tracks_one_has_to_be_named(make_kit):
    both = {"a": {"rule_set": "us-ca-lmft"}, "b": {"rule_set": "us-ca-lcsw", "person": "R. Vale"}}
    kit = make_kit(tracks=both)

    with pytest.raises(UserError, match="which track is meant") as caught:
        kit.run("supervision.progress")
    kit.run("supervision.record", on="2026-11-20", length="1 hour", category="other", track="b")

    assert caught.value.hint == "the tracks are: a, b"
    assert kit.run("supervision.progress", track="b")["worked"] == 1
    assert kit.run("supervision.progress", track="a")["worked"] == 0
    assert kit.run("supervision.progress", track="b")["person"] == "R. Vale"


# Logs -------------------------------------------------------------------------------------------


def log(kit, day="2026-11-20"):
    week = kit.run("supervision.week", day=day)
    files = kit.run("supervision.weekly_log", week=week)
    return week, files, kit.run("supervision.keep_logs", week=week, files=files)


def test_a_log_holds_one_setting_and_one_supervisor(kit, keep):
    keep("2026-11-16", 300)
    keep("2026-11-17", 60, "supervision_individual")
    keep("2026-11-18", 60, "direct_group", setting="School", supervisor="J. Vance")

    week, files, kept = log(kit)

    assert [(one["setting"], one["supervisor"]) for one in week["logs"]] == [
        ("County clinic", "Dr. Ada Ruiz"),
        ("School", "J. Vance"),
    ]
    assert [file["path"] for file in files] == [
        "out/supervision/log-lmft-2026-11-16-county-clinic-dr-ada-ruiz.pdf",
        "out/supervision/log-lmft-2026-11-16-school-j-vance.pdf",
    ]
    assert [one["id"] for one in kept] == ["L-000001", "L-000002"]
    assert week["total"] == 7


def test_the_hash_is_that_of_the_hours_and_changes_with_them(kit, keep):
    keep("2026-11-16", 300)
    first = log(kit)[0]["logs"][0]["sha256"]

    assert log(kit)[0]["logs"][0]["sha256"] == first
    keep("2026-11-17", 15, "other")
    assert log(kit)[0]["logs"][0]["sha256"] != first


def test_signed_hours_stay_and_a_change_elsewhere_is_told(kit, keep, say):
    kit.run("supervision.log_sessions", sessions=[session(day="2026-11-16")])
    keep("2026-11-17", 60, "supervision_individual")
    log(kit)

    say("sign", "L-000001", "--on", "2026-11-23")
    late = kit.run("supervision.log_sessions", sessions=[session(day="2026-11-16", minutes=60)])
    gone = kit.run(
        "supervision.log_sessions", sessions=[session(day="2026-11-16", status="no_show")]
    )
    more = keep("2026-11-18", 60, "other")

    assert [one["held"][0]["reason"] for one in (late, gone, more)] == [
        "the log of that week is signed"
    ] * 3
    assert len(hours(say)) == 2
    assert "signed  2026-11-23" in say("logs")
    with pytest.raises(UserError, match="stays: the log of that week is signed"):
        say("remove", "H-000002")
    with pytest.raises(UserError, match="the hours of 2026-11-19 stay"):
        say("add", "--on", "2026-11-19", "--minutes", "30", "--category", "other")


def test_a_signed_log_is_not_printed_over(kit, keep, say):
    keep("2026-11-16", 300)
    log(kit)
    say("sign", "L-000001")

    kept = log(kit)[2]

    assert [(one["id"], one["signed_on"]) for one in kept] == [("L-000001", date(2026, 11, 24))]


def test_a_log_whose_hours_changed_cannot_be_signed_until_it_is_printed_again(kit, keep, say):
    keep("2026-11-16", 300)
    log(kit)
    keep("2026-11-16", 330)

    with pytest.raises(UserError, match="have changed since it was printed"):
        say("sign", "L-000001")
    log(kit)

    assert "signed on 2026-11-24 by Dr. Ada Ruiz" in say("sign", "L-000001")
    with pytest.raises(UserError, match="was signed on"):
        say("sign", "L-000001")
    with pytest.raises(UserError, match="no log L-000009"):
        say("sign", "L-000009")


def test_hours_changed_behind_a_signature_end_the_command_with_1(kit, keep, say):
    from dayhand_supervision.tables import entries

    keep("2026-11-16", 300)
    log(kit)
    say("sign", "L-000001")
    with kit.engine.begin() as connection:
        connection.execute(entries.update().values(minutes=301))

    assert "changed" in say("logs", code=1)


def test_a_log_file_of_the_same_name_is_not_overwritten(kit, keep):
    keep("2026-11-16", 300, setting="A B")
    keep("2026-11-16", 300, setting="A-B")
    week = kit.run("supervision.week", day="2026-11-16")

    with pytest.raises(StepError, match="same name in a file"):
        kit.run("supervision.weekly_log", week=week)


def test_the_week_tells_the_total_to_date(kit, keep):
    for week in (9, 16):
        keep(f"2026-11-{week:02}", 480)
        keep(f"2026-11-{week + 2:02}", 60, "supervision_individual")

    assert kit.run("supervision.week", day="2026-11-15")["to_date"] == Decimal(9)
    assert kit.run("supervision.week", day="2026-11-16")["to_date"] == Decimal(18)
