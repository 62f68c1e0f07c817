"""The gap report: the vectors computed by hand, and one behaviour a test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from dayhand_education.case import Case
from dayhand_education.cycle import Window, current
from dayhand_education.gap import gap, severity
from dayhand_education.models import Credit, LicenceStatus, Met
from dayhand_education.rule_book import SHIPPED, RuleBook
from dayhand_education.rule_set import RuleSet
from dayhand_education.settings import LicenceSettings

BOOK = RuleBook(
    tuple(RuleSet.model_validate_json(f.read_text()) for f in sorted(SHIPPED.glob("*.json")))
)
END = {"us-co-cpd": date(2027, 8, 31), "us-fl-491": date(2027, 3, 31)}


def rules_of(rule_set, **changes):
    found = BOOK.find(rule_set, on=date(2027, 6, 30))
    return RuleSet.model_validate(found.model_dump(by_alias=True) | changes) if changes else found


def credit(hours, *subjects, on=None, **values):
    credit.number += 1
    day = on or date(2026, 6, 1)
    name = f"CR-{credit.number:05}"
    given = {} if "minutes" in values else {"hours": D(str(hours))}
    values = {"title": f"Course {credit.number}"} | values
    return Credit(id=name, completed_on=day, subjects=list(subjects), **given, **values)


credit.number = 0


def report(
    rule_set,
    courses=(),
    *,
    on=date(2026, 11, 2),
    end=None,
    kind=None,
    met=(),
    issued=None,
    **settings,
):
    rules = rule_set if isinstance(rule_set, RuleSet) else rules_of(rule_set)
    end = end or END.get(rules.id, date(2027, 5, 31))
    kind = kind or rules.licences[0]
    licence = LicenceStatus(
        key=f"{rules.region}-{kind}", type=kind, region=rules.region, issued=issued
    )
    window = current(rules.period, expires=end, issued=issued, on=on)
    given = LicenceSettings.model_validate(settings)
    return gap(Case(rules, licence, window, list(courses), on, list(met), given))


def subject(result, tag):
    return next(each for each in result.subjects if each.tag == tag)


def floor(result, name):
    return next(each for each in result.floors if each.name == name)


# The vectors of the domain's description ---------------------------------------------------------


def test_california_bbs_with_30_hours_and_4_of_law_and_ethics():
    result = report("us-ca-bbs", [credit(26), credit(4, "law_ethics")])

    assert (result.counted, result.missing, subject(result, "law_ethics").missing) == (30, 6, 2)


def test_new_york_counts_12_of_20_hours_of_self_study():
    courses = [credit(20, format="self_study"), credit(13), credit(3, "boundaries")]

    result = report("us-ny-mhp", courses)

    assert (result.earned, result.counted, result.missing) == (36, 28, 8)
    assert subject(result, "boundaries").met
    assert [(each.hours, each.reason) for each in result.rejected] == [
        (8, "over the limit of 12 h for self_study")
    ]


def test_colorado_counts_20_hours_a_category():
    courses = [credit(30, category="coursework"), credit(10, category="independent")]

    result = report("us-co-cpd", courses)

    assert (result.counted, result.missing) == (30, 10)


def test_ohio_carries_12_of_14_surplus_hours_forward():
    result = report("us-oh-cswmft", [credit(41), credit(3, "ethics")])

    assert (result.status, result.carry_forward) == ("ok", 12)


def test_australia_with_30_hours_of_which_8_of_peer_consultation():
    result = report(
        "au-psyba", [credit(22, category="course"), credit(8, category="peer_consultation")]
    )

    assert result.missing == 0
    assert floor(result, "peer_consultation").missing == 2
    assert result.status != "ok"


def test_massachusetts_counts_home_study_for_half_of_the_total():
    result = report(
        "us-ma-lmhc", [credit(20, format="self_study"), credit(12)], end=date(2027, 12, 31)
    )

    assert (result.counted, result.missing) == (27, 3)


def test_texas_wants_half_of_the_hours_from_listed_providers():
    listed = ["provider_listed"]
    courses = [
        credit(5, "ethics", approved_by=listed),
        credit(1, "jurisprudence_exam"),
        credit(3, "cultural", approved_by=listed),
        credit(3, approved_by=listed),
        credit(12),
    ]

    result = report("us-tx-lpc", courses)

    assert (result.counted, result.missing) == (24, 0)
    assert subject(result, "ethics").met
    assert subject(result, "jurisprudence_exam").met
    share = floor(result, "provider_listed")
    assert (share.required, share.counted, share.missing) == (12, 11, 1)
    assert result.status != "ok"


# Every rule set ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule_set", BOOK.ids)
def test_a_rule_set_computes_without_credits(rule_set):
    result = report(rule_set)

    assert result.missing == result.required
    assert result.rule_set == rule_set
    assert result.source
    assert result.as_of


@pytest.mark.parametrize("rule_set", BOOK.ids)
def test_a_rule_set_is_complete_when_all_is_done(rule_set):
    rules = rules_of(rule_set)
    end = END.get(rule_set, date(2027, 5, 31))
    window = current(rules.period, expires=end, issued=None, on=end)
    categories = list(rules.min_categories_hours) or ["one", "two", "three"]
    approvals = list(rules.min_share)
    courses = [
        credit(each.min or 1, each.tag, category="one", approved_by=approvals, on=window.start)
        for each in rules.subjects
    ]
    for year in range(window.start.year + 1, window.end.year + 1):
        for category in categories:
            courses.append(
                credit(20, category=category, approved_by=approvals, on=date(year, 1, 15))
            )
    for index in range(rules.period.years):
        courses.append(
            credit(
                20,
                category=categories[0],
                approved_by=approvals,
                on=window.start.replace(year=window.start.year + index),
            )
        )
    if rules.hours > 100:
        courses.append(credit(250, approved_by=approvals, on=window.start))
    met = [Met(tag=tag, met_on=window.end) for tag in rules.artefacts]

    result = report(rules, courses, on=window.end, end=end, met=met)

    assert (result.status, result.summary) == ("ok", "nothing is missing")


# Step by step ------------------------------------------------------------------------------------


def test_only_credits_inside_the_cycle_count_its_first_and_last_day_included():
    days = [date(2024, 5, 31), date(2024, 6, 1), date(2027, 5, 31)]
    courses = [credit(1, on=day) for day in days]

    result = report("us-ny-sw", courses, on=date(2027, 5, 31))

    assert (result.window_start, result.window_end) == (date(2024, 6, 1), date(2027, 5, 31))
    assert result.counted == 2


def test_a_credit_after_the_day_of_the_report_is_told_and_not_counted():
    result = report("us-ny-sw", [credit(3, on=date(2026, 12, 1))])

    assert result.counted == 0
    assert result.rejected[0].reason == "dated after 2026-11-02"


def test_a_title_counts_once_in_a_cycle():
    first = credit(3, title="Ethics  Today", on=date(2025, 1, 1))
    again = credit(3, title="ethics today", on=date(2026, 1, 1))

    result = report("us-ny-sw", [again, first])

    assert result.counted == 3
    assert result.rejected[0].reason == f"repeats {first.id} of this cycle"


def test_the_same_title_in_another_cycle_is_no_repeat():
    courses = [credit(3, title="T", on=date(2023, 1, 1)), credit(3, title="T")]

    assert report("us-ny-sw", courses).counted == 3


@pytest.mark.parametrize(
    "rule_set, minutes, hours",
    [
        ("us-il-lcsw", 50, "1"),
        ("us-il-lcsw", 90, "1.5"),
        ("us-ca-bbs", 50, "0.5"),
        ("us-ca-bbs", 59, "0.5"),
        ("us-ca-bbs", 60, "1"),
        ("us-ca-bbs", 29, "0"),
        ("us-ca-bbs", 105, "1.5"),
    ],
)
def test_minutes_become_the_boards_hours_in_halves_rounded_down(rule_set, minutes, hours):
    assert report(rule_set, [credit(0, minutes=minutes)]).earned == D(hours)


def test_hours_lost_by_rounding_are_told():
    result = report("us-ca-bbs", [credit("1.25")])

    assert result.counted == 1
    assert (result.rejected[0].hours, result.rejected[0].reason) == (
        D("0.25"),
        "rounded down to half hours",
    )


def test_a_limit_cuts_hours_that_serve_no_subject_first():
    courses = [
        credit(3, "boundaries", format="self_study", on=date(2026, 10, 1)),
        credit(12, format="self_study", on=date(2025, 1, 1)),
    ]

    result = report("us-ny-sw", courses)

    assert result.counted == 12
    assert subject(result, "boundaries").met


def test_limits_of_categories_in_washington():
    courses = [
        credit(30, category="employer_agency_training"),
        credit(10, category="other_learning"),
    ]

    assert report("us-wa-246-809", courses).counted == 26 + 6


def test_a_limit_of_a_tag_in_florida():
    assert report("us-fl-491", [credit(10, "practice_administration"), credit(5)]).counted == 11


def test_credits_without_a_category_share_one_limit():
    result = report("us-co-cpd", [credit(15), credit(15)])

    assert result.counted == 20
    assert "credits without a category" in result.rejected[0].reason


def test_an_hour_serves_one_subject_only():
    result = report("us-tx-sw", [credit(6, "ethics", "cultural")])

    assert subject(result, "ethics").missing + subject(result, "cultural").missing == 3


def test_hours_go_where_they_are_needed_most():
    courses = [credit(6, "ethics", "cultural"), credit(3, "cultural")]

    result = report("us-tx-sw", courses)

    assert subject(result, "ethics").met
    assert subject(result, "cultural").met


def test_listed_pairs_of_subjects_share_hours():
    result = report("us-ny-psych", [credit(3, "ethics", "boundaries")])

    assert subject(result, "ethics").met
    assert subject(result, "boundaries").met


def test_subject_hours_are_part_of_the_total():
    assert report("us-ca-bbs", [credit(6, "law_ethics"), credit(30)]).counted == 36


def test_extra_subject_hours_come_on_top_of_the_total():
    extra = [{"tag": "law", "min": 4, "extra": True}]
    rules = rules_of("us-va-counseling", subjects=extra)

    result = report(rules, [credit(6, "law"), credit(14)])

    assert (result.counted, result.missing, subject(result, "law").met) == (16, 4, True)


def test_a_one_time_course_long_ago_is_enough():
    old = credit(6, "suicide_risk", on=date(2012, 3, 1))

    assert subject(report("us-ca-bbs", [old]), "suicide_risk").met


def test_a_one_time_course_can_be_told_from_before_the_log():
    met = [
        Met(tag="suicide_risk", met_on=date(2019, 1, 1)),
        Met(tag="telehealth", met_on=date(2022, 1, 1), hours=D(1)),
    ]

    result = report("us-ca-bbs", met=met)

    assert subject(result, "suicide_risk").met
    assert subject(result, "telehealth").missing == 2


def test_what_was_met_for_another_licence_does_not_count():
    met = [Met(tag="suicide_risk", met_on=date(2019, 1, 1), licence="NY-LMHC")]

    assert not subject(report("us-ca-bbs", met=met), "suicide_risk").met


def test_training_without_stated_hours_is_open_until_recorded():
    without = report("us-ma-lmhc", end=date(2027, 12, 31))
    done = report(
        "us-ma-lmhc",
        [credit(1, "domestic_sexual_violence", on=date(2016, 1, 1))],
        end=date(2027, 12, 31),
    )

    assert not subject(without, "domestic_sexual_violence").met
    assert subject(done, "domestic_sexual_violence").met


@pytest.mark.parametrize("day, met", [(date(2021, 4, 1), True), (date(2021, 3, 31), False)])
def test_once_in_three_cycles_looks_back_three_cycles(day, met):
    assert subject(report("us-fl-491", [credit(3, "laws_rules", on=day)]), "laws_rules").met is met


@pytest.mark.parametrize("day, met", [(date(2021, 6, 1), True), (date(2021, 5, 31), False)])
def test_once_in_six_years_looks_back_six_years_from_the_renewal(day, met):
    assert subject(report("us-wa-246-809", [credit(6, "suicide", on=day)]), "suicide").met is met


def test_subjects_that_take_turns_follow_the_last_cycle():
    last = credit(3, "ethics_boundaries", on=date(2024, 6, 1))

    tags = {each.tag for each in report("us-fl-491", [last]).subjects}

    assert "teletherapy" in tags
    assert "ethics_boundaries" not in tags


def test_the_turn_can_be_set():
    turn = {"ethics_boundaries": "teletherapy"}

    assert (
        subject(report("us-fl-491", turn=turn), "teletherapy").note == "this cycle's turn, as set"
    )


def test_an_unknown_last_cycle_asks_the_first_of_the_two_and_says_so():
    assert "not known" in subject(report("us-fl-491"), "ethics_boundaries").note


def test_supervisors_are_asked_more():
    assert {each.tag for each in report("us-oh-cswmft").subjects} == {"ethics"}
    assert {each.tag for each in report("us-oh-cswmft", supervisor=True).subjects} == {
        "ethics",
        "supervision",
    }


def test_telehealth_providers_are_asked_more_in_texas():
    assert "technology_assisted" in {
        each.tag for each in report("us-tx-lmft", provides_telehealth=True).subjects
    }


@pytest.mark.parametrize("end, asked", [(date(2025, 11, 30), False), (date(2027, 11, 30), True)])
def test_a_subject_is_asked_from_its_day_on(end, asked):
    tags = {each.tag for each in report("us-il-lcsw", end=end).subjects}

    assert ("supervision" in tags) is asked


def test_a_subject_is_asked_of_its_licences_only():
    assert "hiv_aids" in {each.tag for each in report("us-ca-bbs", kind="LMFT").subjects}
    assert "hiv_aids" not in {each.tag for each in report("us-ca-bbs", kind="LEP").subjects}


def test_surplus_of_the_last_cycle_is_carried_in_up_to_the_limit():
    last = [credit(45, "ethics", on=date(2024, 6, 1))]

    result = report("us-oh-cswmft", last)

    assert (result.carried_in, result.missing) == (12, 18)
    assert not subject(result, "ethics").met


def test_nothing_is_carried_in_from_a_cycle_without_surplus():
    assert report("us-oh-cswmft", [credit(30, on=date(2024, 6, 1))]).carried_in == 0


def test_hours_carried_in_can_be_told():
    assert report("us-oh-cswmft", carried_in=5).carried_in == 5
    assert report("us-oh-cswmft", carried_in=50).carried_in == 12
    assert report("us-ny-sw", carried_in=5).carried_in == 0


def test_colorado_carries_only_from_the_last_three_months():
    early = [
        credit(20, category="coursework", on=date(2024, 1, 1)),
        credit(20, category="group", on=date(2024, 2, 1)),
        credit(20, category="presenting", on=date(2024, 3, 1)),
    ]
    late = [credit(3, category="independent", on=date(2025, 7, 1))]

    assert report("us-co-cpd", early).carried_in == 0
    assert report("us-co-cpd", early + late).carried_in == 3


def test_a_first_renewal_in_new_york_asks_nothing():
    result = report("us-ny-sw", issued=date(2025, 1, 1))

    assert (result.required, result.status, result.subjects) == (0, "ok", [])


def test_a_first_renewal_in_new_jersey_asks_half_in_the_second_year():
    result = report("us-nj-lcsw", issued=date(2026, 8, 1))

    asked = {each.tag: each.required for each in result.subjects}
    assert result.required == 20
    assert asked == {"clinical_practice": 10, "ethics": 3, "social_cultural": 2, "opioid": 1}


def test_a_first_renewal_in_new_jersey_asks_all_in_the_first_year():
    assert report("us-nj-lcsw", issued=date(2025, 8, 1)).required == 40


def test_a_first_renewal_is_prorated_in_massachusetts():
    result = report("us-ma-lmhc", issued=date(2027, 1, 1), end=date(2027, 12, 31))

    assert result.required == 15


def test_a_first_renewal_in_california_asks_all():
    assert report("us-ca-bbs", issued=date(2026, 8, 1)).required == 36


def test_the_first_renewal_can_be_told():
    assert report("us-ny-sw", first_renewal=True).required == 0
    assert report("us-ny-sw", first_renewal=False, issued=date(2025, 1, 1)).required == 36


def test_two_categories_are_asked_of_a_californian_psychologist_unless_board_certified():
    courses = [credit(36, category="academic")]

    assert floor(report("us-ca-psych", courses), "categories").missing == 1
    assert report("us-ca-psych", courses, abpp=True).floors == []


def test_a_floor_of_live_hours_counts_webinars():
    rules = rules_of("us-va-counseling", min_formats=[{"format": "live", "min": 5}])
    courses = [credit(2), credit(2, format="webinar"), credit(9, format="self_study")]

    assert floor(report(rules, courses), "live").missing == 1


def test_approvers_can_stand_for_a_listing():
    courses = [credit(20, approved_by=["nbcc"])]

    result = report("us-tx-sw", courses, approvals={"provider_listed": ["NBCC"]})

    assert floor(result, "provider_listed").met


def test_three_quarters_from_approved_providers_in_massachusetts():
    assert floor(report("us-ma-licsw"), "social_work_approved").required == D("22.5")


def test_hours_of_each_year_that_has_begun():
    result = report(
        "uk-ukcp-nchp", [credit(25, on=date(2023, 1, 1)), credit(5, on=date(2024, 1, 1))]
    )

    assert [(each.counted, each.met) for each in result.floors] == [
        (25, True),
        (5, False),
        (0, False),
        (0, False),
        (0, False),
    ]


def test_artefacts_must_be_of_this_cycle():
    old = Met(tag="learning_plan", met_on=date(2020, 1, 1))
    new = Met(tag="self_assessment", met_on=date(2026, 1, 1))

    result = report("us-co-cpd", met=[old, new])

    assert {each.tag: each.met for each in result.artefacts} == {
        "self_assessment": True,
        "learning_plan": False,
    }


def test_a_credit_may_count_for_one_licence_only():
    assert report("us-ny-sw", [credit(3, licences=["FL-LCSW"])]).counted == 0
    assert report("us-ny-sw", [credit(3, licences=["NY-LMSW"])]).counted == 3


# Status and severity -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hours, on, status",
    [
        (36, date(2026, 11, 30), "ok"),
        (25, date(2026, 11, 30), "gap"),
        (24, date(2026, 11, 30), "behind_pace"),
        (0, date(2024, 6, 2), "gap"),
        (33, date(2027, 6, 1), "overdue"),
        (36, date(2027, 6, 1), "ok"),
    ],
)
def test_the_status(hours, on, status):
    # by 30 November 2026, 913 of 1095 days have gone by: 0.834 - 0.15 = 0.684, which is 24.6 hours
    courses = (
        [credit(3, "boundaries", on=date(2024, 6, 1)), credit(hours - 3, on=date(2024, 6, 1))]
        if hours
        else []
    )

    assert report("us-ny-sw", courses, on=on).status == status


@pytest.mark.parametrize(
    "days, level",
    [
        (400, "none"),
        (181, "none"),
        (180, "notice"),
        (90, "warning"),
        (30, "urgent"),
        (14, "critical"),
        (0, "critical"),
        (-1, "overdue"),
    ],
)
def test_the_severity_by_days_left(days, level):
    assert severity(days, complete=False) == level
    assert severity(days, complete=True) == "none"


def test_behind_pace_is_at_least_a_notice():
    assert severity(400, complete=False, behind=True) == "notice"


# The cycle ---------------------------------------------------------------------------------------


def cycle(rule_set, **facts):
    facts = {"expires": None, "issued": None, "on": date(2026, 11, 2)} | facts
    return current(rules_of(rule_set).period, **facts)


def test_the_licences_own_date_wins_and_a_different_rule_is_told():
    result = report("us-fl-491", end=date(2026, 12, 31))

    assert result.window_end == date(2026, 12, 31)
    assert any("03-31 of odd years" in note for note in result.notes)


def test_without_an_expiry_date_a_fixed_day_of_the_rule_is_used():
    assert cycle("us-fl-491") == Window(date(2025, 4, 1), date(2027, 3, 31))
    assert cycle("us-nj-lpc") == Window(date(2024, 12, 1), date(2026, 11, 30))
    assert cycle("uk-bpc") == Window(date(2026, 1, 1), date(2026, 12, 31))


def test_without_an_expiry_date_the_issue_anniversary_is_used():
    assert cycle("us-oh-cswmft", issued=date(2020, 2, 29)) == Window(
        date(2026, 3, 1), date(2028, 2, 29)
    )
    assert cycle("us-ca-bbs-associate", issued=date(2024, 3, 5)).end == date(2027, 3, 5)


def test_a_cycle_that_ends_with_the_birthday_needs_the_printed_date():
    assert cycle("us-wa-246-809") is None


def test_cycles_that_end_with_february_meet_without_a_hole():
    window = cycle("us-ca-bbs", expires=date(2026, 2, 28))

    assert window.start == date(2024, 3, 1)
    assert window.before(rules_of("us-ca-bbs").period).end == date(2024, 2, 29)


def test_doubts_and_notes_stand_in_the_report():
    result = report("us-tx-psych")

    assert result.as_of == "unknown"
    assert result.confidence == "M"
    assert any("ask the board" in note for note in result.notes)
    assert any("carrying hours over" in note for note in result.notes)


@pytest.mark.parametrize(
    ("rule_set", "end", "kept"),
    [
        ("us-ca-bbs", date(2027, 5, 31), "2029-05-31: 2 years from"),
        ("us-ca-bbs", date(2028, 2, 29), "2030-02-28: 2 years from"),
        ("us-fl-491", date(2027, 3, 31), "2029-03-31: 2 years from"),
        ("us-co-cpd", date(2027, 8, 31), "2032-08-31: 5 years from"),
        ("us-nj-lpc", date(2026, 11, 30), "2031-11-30: 5 years from"),
    ],
)
def test_the_report_says_until_when_certificates_are_kept(rule_set, end, kept):
    notes = report(rule_set, on=date(2026, 11, 2), end=end).notes

    assert [note for note in notes if kept in note]


def test_where_it_counts_from_the_course_the_last_one_tells_the_day():
    courses = [credit(3, on=date(2024, 2, 29)), credit(3, on=date(2026, 3, 1))]

    notes = report("us-ny-mhp", courses, end=date(2026, 12, 31)).notes

    assert [
        note
        for note in notes
        if "6 years from its course; the last so far until 2032-03-01" in note
    ]
    assert [note for note in report("us-ny-mhp").notes if "from the day of the course" in note]
    assert not [note for note in report("us-pa").notes if "certificate" in note]
