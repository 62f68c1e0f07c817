"""Cron expressions in naive local time: what is taken, what is refused, and when they come true."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import cron

START = datetime(2026, 1, 1)


def _fires(text: str, count: int, *, after: datetime = START, day_match="cron") -> list[str]:
    expression = cron.parse(text, day_match)
    found = []
    moment: datetime | None = after
    for _ in range(count):
        moment = expression.next(moment)
        assert moment is not None
        found.append(f"{moment:%Y-%m-%d %a %H:%M}")
    return found


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0 9 1 * *", ["2026-01-01 Thu 09:00", "2026-02-01 Sun 09:00"]),
        ("30 6 * * 1-5", ["2026-01-01 Thu 06:30", "2026-01-02 Fri 06:30", "2026-01-05 Mon 06:30"]),
        ("0 9 * * MON", ["2026-01-05 Mon 09:00"]),
        ("0 9 * * 7", ["2026-01-04 Sun 09:00"]),
        ("0 9 * * 0", ["2026-01-04 Sun 09:00"]),
        (
            "0 9 * * fri-sun",
            ["2026-01-02 Fri 09:00", "2026-01-03 Sat 09:00", "2026-01-04 Sun 09:00"],
        ),
        ("0 9 * * 5-7", ["2026-01-02 Fri 09:00", "2026-01-03 Sat 09:00", "2026-01-04 Sun 09:00"]),
        (
            "*/20 8-9 * * *",
            ["2026-01-01 Thu 08:00", "2026-01-01 Thu 08:20", "2026-01-01 Thu 08:40"],
        ),
        ("0 0 1-31/10 * *", ["2026-01-11 Sun 00:00", "2026-01-21 Wed 00:00"]),
        ("0 17 L * *", ["2026-01-31 Sat 17:00", "2026-02-28 Sat 17:00"]),
        ("0 17 1,L * *", ["2026-01-01 Thu 17:00", "2026-01-31 Sat 17:00", "2026-02-01 Sun 17:00"]),
        ("0 9 * * 5L", ["2026-01-30 Fri 09:00", "2026-02-27 Fri 09:00"]),
        ("0 9 * * friL", ["2026-01-30 Fri 09:00"]),
        ("0 9 * * 2#1", ["2026-01-06 Tue 09:00", "2026-02-03 Tue 09:00"]),
        ("0 9 * * 2#1,sat", ["2026-01-03 Sat 09:00", "2026-01-06 Tue 09:00"]),
        ("0 9 * nov *", ["2026-11-01 Sun 09:00"]),
        ("@daily", ["2026-01-02 Fri 00:00"]),
        ("@Hourly", ["2026-01-01 Thu 01:00"]),
        ("@weekly", ["2026-01-04 Sun 00:00"]),
        ("0 0 29 2 *", ["2028-02-29 Tue 00:00", "2032-02-29 Sun 00:00"]),
    ],
)
def test_an_expression_comes_true_when_a_person_expects(text, expected):
    assert _fires(text, len(expected)) == expected


@pytest.mark.parametrize(
    "text, day_match, rule, expected",
    [
        ("0 9 15 * mon", "cron", "any", ["2026-01-05 Mon", "2026-01-12 Mon", "2026-01-15 Thu"]),
        ("0 9 15 * mon", "any", "any", ["2026-01-05 Mon", "2026-01-12 Mon", "2026-01-15 Thu"]),
        ("0 9 15 * mon", "all", "all", ["2026-06-15 Mon", "2027-02-15 Mon"]),
        ("0 9 */2 * mon", "cron", "all", ["2026-01-05 Mon", "2026-01-19 Mon"]),
        ("0 9 */2 * mon", "any", "any", ["2026-01-01 Thu", "2026-01-03 Sat", "2026-01-05 Mon"]),
        ("0 9 1 * */2", "cron", "all", ["2026-01-01 Thu", "2026-02-01 Sun", "2026-03-01 Sun"]),
        ("0 9 1-31 * mon", "cron", "any", ["2026-01-01 Thu", "2026-01-02 Fri"]),
        ("0 9 15 * 5L", "cron", "any", ["2026-01-15 Thu", "2026-01-30 Fri"]),
        ("0 9 * * mon", "any", None, ["2026-01-05 Mon", "2026-01-12 Mon"]),
        ("0 9 15 * *", "cron", None, ["2026-01-15 Thu", "2026-02-15 Sun"]),
    ],
)
def test_two_day_fields_go_together_by_the_rule_of_debian(text, day_match, rule, expected):
    assert cron.parse(text, day_match).day_rule == rule
    assert [fire[:-6] for fire in _fires(text, len(expected), day_match=day_match)] == expected


@pytest.mark.parametrize(
    "text, is_interval",
    [
        ("*/5 * * * *", True),
        ("0 * * * *", True),
        ("* 9 * * *", True),
        ("0 */2 * * *", True),
        ("0 9 * * *", False),
        ("0,30 8-18 * * *", False),
        ("@hourly", True),
        ("@daily", False),
    ],
)
def test_an_interval_begins_with_a_star_in_minute_or_hour(text, is_interval):
    assert cron.parse(text).is_interval is is_interval


@pytest.mark.parametrize(
    "text, code, offset, length, hint",
    [
        ("0 0 9 * * 1", "cron-fields", 0, 11, "'0 9 * * 1'"),
        ("0 9", "cron-fields", 0, 3, "minute, hour"),
        ("", "cron-fields", 0, 1, "minute, hour"),
        ("0 9 * * fri-mon", "cron-wraps", 8, 7, "'fri-sat,sun-mon'"),
        ("0 9 * * sat-mon", "cron-wraps", 8, 7, "'sat,sun-mon'"),
        ("0 22-6 * * *", "cron-wraps", 2, 4, "'22-23,0-6'"),
        ("0 22-6/4 * * *", "cron-wraps", 2, 6, "'22,2,6'"),
        ("0 9 * nov-feb *", "cron-wraps", 6, 7, "'nov-dec,jan-feb'"),
        ("0 9 * * 6-1", "cron-wraps", 8, 3, "'6,0-1'"),
        ("0 24 * * *", "cron-syntax", 2, 2, "0 to 23"),
        ("60 9 * * *", "cron-syntax", 0, 2, "0 to 59"),
        ("0 9 0 * *", "cron-syntax", 4, 1, "1 to 31"),
        ("0 9 1-32 * *", "cron-syntax", 6, 2, "1 to 31"),
        ("0 9 * 13 *", "cron-syntax", 6, 2, "1 to 12"),
        ("0 9 * * 8", "cron-syntax", 8, 1, "0 to 7"),
        ("0 9 * * mo", "cron-syntax", 8, 2, "sun, mon"),
        ("0 9 * * mon#6", "cron-syntax", 8, 5, "1 to 5"),
        ("0 9 * * 1,xyz", "cron-syntax", 10, 3, "sun, mon"),
        ("0 9 5/2 * *", "cron-syntax", 4, 3, "'5-31/2'"),
        ("*/0 * * * *", "cron-syntax", 1, 3, "1 to 59"),
        ("1,,2 * * * *", "cron-syntax", 2, 1, "lists"),
        ("*-5 * * * *", "cron-syntax", 0, 3, "ranges"),
        ("0 9 LW * *", "cron-syntax", 4, 2, "previous_open_day"),
        ("0 9 * * L", "cron-syntax", 8, 1, "sun, mon"),
        ("0 9 ? * *", "cron-syntax", 4, 1, "1-31"),
        ("@reboot", "cron-syntax", 0, 7, "@daily"),
        ("0 ٩ * * *", "cron-syntax", 2, 1, "0-23"),
        ("0 99999999999 * * *", "cron-syntax", 2, 11, "0 to 23"),
    ],
)
def test_what_is_refused_says_where_and_what_to_write(text, code, offset, length, hint):
    with pytest.raises(cron.CronError) as caught:
        cron.parse(text)

    assert (caught.value.code, caught.value.offset, caught.value.length) == (code, offset, length)
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 29-31 2 *"])
def test_a_day_that_may_never_come(text):
    expression = cron.parse(text)

    assert (expression.next(datetime(2025, 3, 1)) is None) == ("29" not in text)


def test_a_leap_day_is_found_over_a_century_without_one():
    expression = cron.parse("0 0 29 2 *")

    assert expression.next(datetime(2096, 3, 1)) == datetime(2104, 2, 29)
    assert expression.prev(datetime(2104, 2, 29)) == datetime(2096, 2, 29)


def test_the_calendar_has_an_end():
    assert cron.parse("0 0 1 1 *").next(datetime(9999, 6, 1)) is None


def test_next_and_prev_leave_out_where_they_begin():
    expression = cron.parse("0 9 * * *")
    moment = datetime(2026, 3, 8, 9)

    assert expression.next(moment) == moment + timedelta(days=1)
    assert expression.prev(moment) == moment - timedelta(days=1)
    assert expression.next(moment - timedelta(seconds=1)) == moment
    assert expression.prev(moment + timedelta(seconds=1)) == moment


def test_a_minute_matches_whole_and_not_a_part_of_it():
    expression = cron.parse("0 9 * * mon")

    assert expression.matches(datetime(2026, 1, 5, 9))
    assert not expression.matches(datetime(2026, 1, 5, 9, 0, 30))
    assert not expression.matches(datetime(2026, 1, 6, 9))


# Against a reading of the rules that counts minute by minute ------------------------------------------

_FIELDS = (
    st.sampled_from(["0", "30", "0,30"]),
    st.sampled_from(["9", "*/12", "0,23", "8-10/2"]),
    st.sampled_from(["*", "*/2", "1", "15", "1-31", "1-7", "L", "1,L", "31", "10-20/3", "29"]),
    st.sampled_from(["*", "2", "1-6/2", "*/3", "12"]),
    st.sampled_from([
        "*", "*/2", "1", "1-5", "0", "7", "5L", "5#2", "5#5", "0-6", "1L,3L", "2#1,4#3", "5-7",
        "1-5/2", "1,5L", "2#1,6",
    ]),
)  # fmt: skip
_LOW_HIGH = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def _in_field(text: str, place: int, value: int, day: datetime) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    for item in text.split(","):
        if item == "L":
            fits = value == last
        elif "#" in item:
            weekday, nth = map(int, item.split("#"))
            fits = value == weekday and (day.day - 1) // 7 + 1 == nth
        elif item.endswith("L"):
            fits = value == int(item[:-1]) and day.day + 7 > last
        else:
            span, _, step = item.partition("/")
            low, high = _LOW_HIGH[place] if span == "*" else map(int, (span.split("-") * 2)[:2])
            values = range(low, high + 1, int(step or 1))
            fits = value in ([one % 7 for one in values] if place == 4 else values)
        if fits:
            return True
    return False


def _fits(text: str, day_match: str, moment: datetime) -> bool:
    fields = text.split()
    values = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
    told = [_in_field(fields[n], n, values[n], moment) for n in range(5)]
    day, weekday = fields[2], fields[4]
    if "*" in (day, weekday):
        fitting = told[2] and told[4]
    elif day_match == "any" or (day_match == "cron" and day[0] != "*" and weekday[0] != "*"):
        fitting = told[2] or told[4]
    else:
        fitting = told[2] and told[4]
    return fitting and told[0] and told[1] and told[3]


@settings(max_examples=250, deadline=None)
@given(
    st.tuples(*_FIELDS),
    st.sampled_from(["cron", "all", "any"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
)
def test_next_is_the_first_minute_that_fits_and_prev_its_inverse(fields, day_match, after):
    text = " ".join(fields)
    expression = cron.parse(text, day_match)
    half_hour = timedelta(minutes=30)
    start = after.replace(minute=0, second=0, microsecond=0)
    grid = [start + half_hour * n for n in range(48 * 70)]
    expected = next((m for m in grid if m > after and _fits(text, day_match, m)), None)

    found = expression.next(after)

    if expected is None:
        assert found is None or found > grid[-1]
    else:
        assert found == expected
        assert expression.matches(found)
        assert expression.prev(found + timedelta(minutes=1)) == found
        before = expression.prev(found)
        assert before is None or before <= after


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789*/,-#L@ monfriW?x", max_size=20))
def test_any_text_is_read_or_refused(text):
    refused = None
    try:
        found = cron.parse(text).next(START)
    except cron.CronError as error:
        refused = error

    if refused is None:
        assert found is None or found > START
    else:
        assert 0 <= refused.offset <= len(text)
        assert refused.length >= 1


@settings(max_examples=80, deadline=None)
@given(
    st.tuples(*_FIELDS),
    st.sampled_from(["cron", "all", "any"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)),
)
def test_days_and_times_are_what_next_and_prev_find(fields, day_match, after):
    expression = cron.parse(" ".join(fields), day_match)

    ahead = (
        datetime.combine(day, one)
        for day in expression.days(after.date())
        for one in expression.times
    )
    back = (
        datetime.combine(day, one)
        for day in expression.days(after.date(), back=True)
        for one in reversed(expression.times)
    )

    assert next((one for one in ahead if one > after), None) == expression.next(after)
    assert next((one for one in back if one < after), None) == expression.prev(after)


def test_days_end_where_the_calendar_does():
    daily, yearly = cron.parse("0 9 * * *"), cron.parse("0 9 1 1 *")

    assert len(list(daily.days(date(9999, 12, 30)))) == 2
    assert len(list(daily.days(date(1, 1, 2), back=True))) == 2
    assert list(yearly.days(date(9999, 1, 1))) == [date(9999, 1, 1)]
    assert list(yearly.days(date(1, 1, 1))) == []
    assert next(yearly.days(date(2026, 1, 2), back=True)) == date(2026, 1, 1)
    assert list(cron.parse("0 0 30 2 *").days(date(2026, 1, 1))) == []
