"""What counts: units by stage, weeks by setting, caps over any days, limits, look-back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand_supervision.case import Case
from dayhand_supervision.counting import count, needed_of, units_needed
from dayhand_supervision.models import Entry
from dayhand_supervision.progress import progress
from dayhand_supervision.rule_book import SHIPPED
from dayhand_supervision.rule_set import RuleSet, StageRule
from dayhand_supervision.settings import Track

LMFT = RuleSet.model_validate(json.loads((SHIPPED / "us-ca-lmft.json").read_text()))
LCSW = RuleSet.model_validate(json.loads((SHIPPED / "us-ca-lcsw.json").read_text()))
LPCC = RuleSet.model_validate(json.loads((SHIPPED / "us-ca-lpcc.json").read_text()))
VA = RuleSet.model_validate(json.loads((SHIPPED / "us-va-resident.json").read_text()))
MONDAY = date(2026, 6, 1)
BARE = {"minimums": [], "limits": [], "supervision": None, "lookback": None, "min_weeks": None}


def at(day, hours, category="direct_individual", *, setting="Clinic", week=0, **more):
    """Hours on a weekday, 0 for Monday, of a week."""
    return Entry(
        on=MONDAY + timedelta(weeks=week, days=day),
        minutes=int(Decimal(str(hours)) * 60),
        category=category,
        setting=setting,
        **more,
    )


def supervised(hours=1, kind="individual", **more):
    return at(4, hours, f"supervision_{kind}", **more)


def case(
    rules=LMFT, on=date(2026, 12, 31), *, licences=None, workplaces=None, sunday=False, **track
):
    return Case(
        rules,
        Track(rule_set=rules.id, **track),
        on,
        sunday=sunday,
        licences=licences or {},
        workplaces=workplaces or {},
    )


def counted(entries, made=None):
    """Hours that count, by category."""
    found = {}
    for line in count(entries, made or case()).lines:
        hours = Fraction(line.minutes, 60)
        found[line.entry.category] = found.get(line.entry.category, 0) + hours
    return found


def report(entries, made=None):
    return progress(entries, made or case(), name="t", person="P")


# Units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "direct", "needed"),
    [
        ("associate", "10", 1),
        ("associate", "10.00", 1),
        ("associate", "10.25", 2),
        ("associate", "25", 2),
        ("associate", "0", 1),
        ("trainee", "12", 3),
        ("trainee", "5", 1),
        ("trainee", "5.25", 2),
        ("trainee", "0", 1),
        ("trainee", "10", 2),
    ],
)
def test_the_units_a_week_needs_in_a_setting(stage, direct, needed):
    found = needed_of(LMFT, stage, Decimal(direct))

    assert found.needed == needed
    assert found.averaged is (stage == "trainee")


@given(st.integers(0, 60 * 168))
def test_more_direct_hours_never_need_fewer_units(minutes):
    for rule in LMFT.supervision.stages.values():
        assert units_needed(rule, minutes) <= units_needed(rule, minutes + 1)


def test_a_rule_set_without_units_says_so():
    assert needed_of(VA, "associate", Decimal(10)) is None


@pytest.mark.parametrize(
    ("parts", "units"),
    [
        ([("individual", 60)], "1.00"),
        ([("triadic", 60)], "1.00"),
        ([("group", 120)], "1.00"),
        ([("group", 60), ("group", 60)], "1.00"),
        ([("group", 60)], "0.50"),
        ([("individual", 50)], "0.83"),
        ([("individual", 30), ("group", 60)], "1.00"),
        ([("individual", 90), ("group", 120)], "2.50"),
    ],
)
def test_what_makes_a_unit(parts, units):
    rows = [
        Entry(on=MONDAY + timedelta(days=n), minutes=minutes, category=f"supervision_{kind}", setting="Clinic")
        for n, (kind, minutes) in enumerate(parts)
    ]  # fmt: skip

    (week,) = count(rows, case()).weeks

    assert week.units == Decimal(units)
    assert week.met is (week.units >= 1)


def test_a_group_of_more_than_eight_is_no_supervision():
    large = supervised(2, "group", group_size=9)
    right = supervised(2, "group", group_size=8)

    assert count([at(0, 5), large], case()).weeks[0].units == 0
    assert counted([at(0, 5), large]) == {"direct_individual": 0, "supervision_group": 0}
    assert counted([at(0, 5), right]) == {"direct_individual": 5, "supervision_group": 2}


# Weeks and settings -----------------------------------------------------------------------------


def test_without_a_unit_nothing_of_the_week_in_that_setting_counts():
    rows = [at(0, 8), at(1, 2, "notes_reports"), supervised(Decimal("0.5")), at(0, 3, setting="School"),
            supervised(setting="School"), at(0, 7, week=1), supervised(week=1)]  # fmt: skip

    found = count(rows, case())

    by_setting = {(week.start, week.setting): week.counted for week in found.weeks}
    assert by_setting == {
        (MONDAY, "Clinic"): 0,
        (MONDAY, "School"): 4,
        (MONDAY + timedelta(weeks=1), "Clinic"): 8,
    }
    assert "no unit of supervision" in found.lines[0].lost[0][1]


def test_supervision_in_one_setting_does_not_carry_another():
    rows = [at(0, 5), supervised(2, setting="School")]

    assert counted(rows)["direct_individual"] == 0


def test_an_associate_with_one_unit_keeps_ten_direct_hours_and_all_others():
    rows = [at(0, 6), at(1, 6), at(2, 3, "notes_reports"), supervised(1)]

    assert counted(rows) == {
        "direct_individual": 10,
        "notes_reports": 3,
        "supervision_individual": 1,
    }
    assert counted([*rows, supervised(1, "triadic")])["direct_individual"] == 12


def test_exactly_ten_direct_hours_need_one_unit_only():
    assert counted([at(0, 10), supervised(1)])["direct_individual"] == 10


def test_a_trainee_is_held_to_the_average_to_date():
    trainee = case(stage="trainee")
    one = [at(0, 12), supervised(1)]
    two = [at(0, 3, week=1), supervised(2, week=1)]

    assert counted(one, trainee)["direct_individual"] == 5
    assert counted([*one, *two], trainee)["direct_individual"] == 15
    assert count([*one, *two], trainee).weeks[0].needed == 3


def test_the_ratio_of_direct_hours_to_units_is_told_for_each_setting():
    rows = [at(0, 12), supervised(2), at(0, 5, setting="School"), supervised(Decimal("0.5"), setting="School"),
            at(0, 3, week=1), at(1, 2, setting="Home")]  # fmt: skip

    as_trainee = {one.setting: one for one in count(rows, case(stage="trainee")).ratios}
    as_associate = count(rows, case()).ratios

    assert {name: (one.per_unit, one.met) for name, one in as_trainee.items()} == {
        "Clinic": (Decimal("7.5"), False),
        "Home": (None, False),
        "School": (10, False),
    }
    assert [one.most for one in as_associate] == [None] * 3
    assert all(one.met for one in as_associate)
    assert count([at(0, 10), supervised(2)], case(stage="trainee")).ratios[0].met is True


def test_the_day_of_the_degree_parts_trainee_and_associate():
    made = case(degree_on=MONDAY + timedelta(days=6))
    rows = [at(0, 4), supervised(1), at(0, 10, week=1), supervised(1, week=1)]

    stages = [line.stage for line in count(rows, made).lines]

    assert stages == ["trainee", "trainee", "associate", "associate"]
    assert counted(rows, made)["direct_individual"] == 14


def test_six_hours_of_supervision_count_in_a_week():
    rows = [at(0, 5), supervised(4), supervised(3, "group"), supervised(1, setting="School")]

    found = counted(rows)

    assert sum(hours for name, hours in found.items() if name.startswith("supervision")) == 6


def test_a_week_may_begin_on_sunday():
    sunday = at(-1, 5)
    rows = [sunday, supervised(1)]

    assert counted(rows)["direct_individual"] == 0
    assert counted(rows, case(sunday=True))["direct_individual"] == 5


# Rolling days -----------------------------------------------------------------------------------


def rolling(days=7, most=40):
    return LMFT.model_copy(update={**BARE, "rolling_caps": [{"days": days, "max": most}]}).model_copy(
        update={"rolling_caps": RuleSet.model_validate(
            LMFT.model_dump() | {"rolling_caps": [{"days": days, "max": most}]}
        ).rolling_caps}
    )  # fmt: skip


def test_forty_hours_in_any_seven_days_count_not_only_in_calendar_weeks():
    # Thursday to Sunday, then Monday to Wednesday: 2 x 32 hours in two calendar weeks
    rows = [at(day, 8) for day in (3, 4, 5, 6)] + [at(day, 8, week=1) for day in (0, 1, 2, 3)]

    found = count(rows, case(rolling()))

    kept = {line.entry.on: Fraction(line.minutes, 60) for line in found.lines}
    assert sum(kept.values()) == 48
    assert kept[MONDAY + timedelta(weeks=1)] == 8
    assert kept[MONDAY + timedelta(weeks=1, days=1)] == 0
    assert kept[MONDAY + timedelta(weeks=1, days=3)] == 8  # the first Thursday is out of the window
    worst = max(found.windows, key=lambda window: window.hours)
    assert (worst.hours, worst.over) == (56, 16)


@pytest.mark.parametrize(("hours", "over"), [("40", None), ("40.25", Decimal("0.25"))])
def test_exactly_forty_hours_are_within(hours, over):
    rows = [at(0, 20), at(6, Decimal(hours) - 20)]

    windows = count(rows, case(rolling())).windows

    assert [window.over for window in windows] == ([] if over is None else [over])


def test_seven_days_are_seven_and_not_eight():
    rows = [at(0, 24), at(0, 24, week=1)]

    assert counted(rows, case(rolling()))["direct_individual"] == 48


def test_hours_that_are_not_direct_are_given_up_first():
    rows = [at(day, 12) for day in (0, 1, 2)] + [at(3, 3, "notes_reports"), at(3, 3)]

    found = counted(rows, case(rolling()))

    assert found == {"direct_individual": 39, "notes_reports": 1}


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 24 * 4)), max_size=24),
    st.integers(1, 9),
    st.integers(1, 48),
)
def test_no_window_counts_more_than_the_cap_and_nothing_more_could_count(parts, days, most):
    rows = [Entry(on=MONDAY + timedelta(days=day), minutes=quarter * 15, category="other")
            for day, quarter in parts]  # fmt: skip

    found = count(rows, case(rolling(days, most)))

    kept = {}
    for line in found.lines:
        kept[line.entry.on] = kept.get(line.entry.on, 0) + line.minutes

    def window(end):
        return sum(kept.get(end - timedelta(days=back), 0) for back in range(days))

    everyday = [MONDAY + timedelta(days=n) for n in range(30)]
    assert all(window(day) <= most * 60 for day in everyday)
    for line in found.lines:  # each line that lost time is in a window that is full
        if line.lost:
            assert any(
                window(end) == most * 60
                for end in (line.entry.on + timedelta(days=n) for n in range(days))
            )


# Limits, minimums, look-back --------------------------------------------------------------------


def full_week(week, units=2, **more):
    return [*(at(day, 6, week=week, **more) for day in range(4)), supervised(units, week=week)]


def test_a_report_holds_every_requirement_against_the_hours():
    rows = [row for week in range(20) for row in full_week(week, supervisor="Ruiz")]

    found = report(rows, case(on=date(2026, 10, 19)))

    by_id = {one.id: one for one in found.requirements}
    assert found.total == 20 * 26
    assert (by_id["total"].counted, by_id["total"].missing) == (520, 2480)
    assert (by_id["weeks"].counted, by_id["weeks"].missing) == (20, 84)
    assert by_id["direct"].missing == 1750 - 480
    assert by_id["couples_families_children"].missing == 500
    assert by_id["after_degree"].counted == 520
    assert by_id["individual_weeks_1"].missing == 32
    assert found.status == "open"
    assert found.summary.startswith(
        "missing: 2480 hours in all; 84 weeks with hours; 1270 h direct"
    )


def test_what_is_above_a_limit_does_not_count_in_all():
    limits = LMFT.model_dump()["limits"]
    limits[0]["hours"] = 10
    rules = RuleSet.model_validate(LMFT.model_dump() | {"limits": limits})
    rows = [at(0, 8, "notes_reports"), at(1, 2), supervised(1), at(0, 8, "notes_reports", week=1),
            at(1, 2, week=1), supervised(1, week=1)]  # fmt: skip

    found = report(rows, case(rules))

    (non_clinical, _) = found.limits
    assert (non_clinical.worked, non_clinical.counted, non_clinical.left) == (18, 10, 0)
    assert found.total == 14
    assert any("above 10 hours non-clinical" in lost.reason for lost in found.lost)


def test_thirteen_hundred_hours_before_the_degree_count():
    rows = [row for week in range(60) for row in full_week(week, units=5)]

    found = report(rows, case(degree_on=date(2030, 1, 1), on=date(2028, 1, 1)))

    before = next(one for one in found.limits if one.id == "before_degree")
    assert before.counted == before.max == 1300
    assert found.total == 1300


def test_hours_older_than_six_years_do_not_count_but_for_practicum():
    old = [row for week in range(30) for row in full_week(week, units=5)]
    new = [row for week in range(330, 332) for row in full_week(week)]
    applying = date(2032, 12, 31)

    as_associate = report([*old, *new], case(on=applying))
    as_trainee = report(old, case(on=applying, degree_on=date(2027, 1, 1)))

    assert as_associate.total == 52
    assert as_trainee.total == 500
    assert "6 years before the application" in as_associate.lost[0].reason


def test_an_lcsw_asks_who_supervised():
    rows = full_week(0, supervisor="Ruiz") + full_week(1, supervisor="Vance")
    rows += [supervised(1, supervisor="Ruiz"), supervised(1, week=1, supervisor="Vance")]
    made = case(LCSW, licences={"Ruiz": "LCSW", "Vance": "LMFT"})

    by_id = {one.id: one for one in report(rows, made).requirements}

    assert by_id["under_lcsw"].counted == 25
    assert by_id["individual_weeks_1"].counted == 2
    assert by_id["individual_weeks_2"].counted == 1
    assert by_id["psychotherapy"].required == 750


def test_an_lpcc_asks_for_a_kind_of_workplace_and_the_rule_is_unconfirmed():
    rows = full_week(0) + full_week(0, setting="County")
    rows.append(supervised(2, setting="County"))
    made = case(LPCC, workplaces={"County": "community_mental_health"})

    hospital = next(one for one in report(rows, made).requirements if one.id == "hospital")

    assert hospital.counted == 18  # the 40 hours of the week are full on its fourth day
    assert hospital.confidence == "L"


def test_papers_are_asked_where_the_rules_ask_them():
    found = report([at(0, 5)], case(VA, artefacts={"supervisory_contract": date(2026, 1, 10)}))

    assert [(one.id, one.met) for one in found.requirements] == [
        ("supervisory_contract", True),
        ("ethics_ce_this_year", False),
    ]
    assert found.summary == "missing: the ethics ce this year"


# The pace ---------------------------------------------------------------------------------------


def test_completion_is_reckoned_from_the_last_weeks():
    rules = RuleSet.model_validate(
        LMFT.model_dump() | {**BARE, "supervision": None, "total_hours": 300}
    )
    rows = [at(0, 10, week=week) for week in range(20)]  # 200 hours, ten a week
    on = MONDAY + timedelta(weeks=20, days=2)

    pace = report(rows, case(rules, on=on)).projection

    assert (pace.weeks_looked_at, pace.hours_a_week) == (12, 10)
    assert pace.done_by == MONDAY + timedelta(weeks=30)
    assert pace.earliest == MONDAY + timedelta(weeks=23)  # 100 hours, 40 a week
    assert pace.slowest == "hours in all"


def test_a_requirement_that_goes_nowhere_has_no_day_and_says_why():
    rows = [row for week in range(4) for row in full_week(week)]

    found = report(rows, case(on=MONDAY + timedelta(weeks=4)))

    assert found.projection.done_by is None
    assert "nothing counted for: of it with couples" in found.projection.reason
    assert found.projection.rest_by > found.computed_on


def test_hours_that_are_young_enough_at_completion_do_not_lapse():
    rules = RuleSet.model_validate(
        LMFT.model_dump() | {"minimums": [], "limits": [], "supervision": None, "min_weeks": None}
    )
    rows = [at(0, 10, week=week) for week in range(10)]

    found = report(rows, case(rules, on=MONDAY + timedelta(weeks=10)))

    assert found.projection.done_by == MONDAY + timedelta(weeks=300)
    assert found.projection.lapsing == 0


def test_a_pace_too_slow_for_the_look_back_tells_what_will_be_too_old():
    rules = RuleSet.model_validate(
        LMFT.model_dump() | {"minimums": [], "limits": [], "supervision": None, "min_weeks": None}
    )
    rows = [at(0, 5, week=week) for week in range(10)]

    found = report(rows, case(rules, on=MONDAY + timedelta(weeks=10)))

    assert found.projection.done_by == MONDAY + timedelta(weeks=600)
    assert found.projection.lapsing == 50


def test_the_week_that_goes_on_is_no_problem_yet():
    rows = [*full_week(0), at(0, 6, week=1)]

    found = report(rows, case(on=MONDAY + timedelta(weeks=1, days=1)))

    assert (found.recent[0].is_over, found.recent[0].problem) == (False, "")
    assert found.status == "open"


def test_no_hours_give_a_report_all_the_same():
    found = report([])

    assert (found.total, found.since, found.status) == (0, None, "open")
    assert found.projection.reason == "there is no whole week yet to tell the pace by"


@given(st.lists(st.builds(
    at, st.integers(0, 6), st.integers(1, 12), st.sampled_from(["direct_individual", "crisis", "other",
    "supervision_individual", "supervision_group"]), setting=st.sampled_from(["A", "B"]), week=st.integers(0, 6),
), max_size=30))  # fmt: skip
def test_nothing_counts_that_was_not_worked_and_every_lost_minute_has_its_reason(rows):
    found = count(rows, case())

    for line in found.lines:
        assert 0 <= line.minutes <= line.entry.minutes
        assert line.minutes + sum(taken for taken, _ in line.lost) == line.entry.minutes


def test_one_stage_rule_may_ask_nothing():
    assert units_needed(StageRule(weekly=0), 6000) == 0
