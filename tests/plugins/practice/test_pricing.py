from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from dayhand_practice.models import FeeAgreement
from dayhand_practice.pricing import PriceList
from dayhand_practice.settings import PracticeRecords
from dayhand_practice.vocabulary import Service

DAY = date(2026, 11, 24)
RULES = [
    {"from": 16, "to": 37, "service": "SVC-30"},
    {"from": 38, "to": 52, "service": "SVC-45"},
    {"from": 53, "service": "SVC-60"},
]


def service(code, fee, minutes=45, since=date(2026, 1, 1), until=None):
    return Service(
        code=code, name=code, minutes=minutes, fee=fee, effective_from=since, effective_to=until
    )


def agreement(since=date(2026, 1, 1), **more):
    return FeeAgreement(client_id="C-0001", effective_from=since, **more)


def prices(*agreements, services=None, **settings):
    listed = services or [service("SVC-45", Decimal("150.00"))]
    return PriceList(listed, agreements, PracticeRecords.model_validate(settings))


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(15, ""), (16, "SVC-30"), (37, "SVC-30"), (38, "SVC-45"), (52, "SVC-45"), (53, "SVC-60"),
     (75, "SVC-60")],
)  # fmt: skip
def test_the_minutes_choose_the_service(minutes, code):
    assert prices(service_by_minutes=RULES).service_for(minutes, DAY) == code


def test_without_rules_the_service_of_exactly_that_length_is_chosen():
    listed = [service("A", 1), service("B", 1, minutes=60), service("C", 1, minutes=60)]

    chosen = [prices(services=listed).service_for(minutes, DAY) for minutes in (45, 60, 50)]
    assert chosen == ["A", "", ""]


def test_a_default_service_stands_in_where_no_rule_fits():
    assert prices(default_service="SVC-45").service_for(11, DAY) == "SVC-45"


def test_rules_that_overlap_are_refused():
    with pytest.raises(ValidationError, match="two rules hold for 37 minutes"):
        PracticeRecords.model_validate(
            {"service_by_minutes": [RULES[0], {"from": 37, "service": "X"}]}
        )


@pytest.mark.parametrize(
    ("day", "fee"),
    [(date(2025, 12, 31), "140"), (date(2026, 1, 1), "150"), (date(2026, 6, 30), "150")],
)
def test_the_fee_is_the_one_of_the_day(day, fee):
    listed = [
        service("SVC-45", 140, since=date(2025, 1, 1)),
        service("SVC-45", 150, until=date(2026, 6, 30)),
    ]

    assert prices(services=listed).price("C-0001", "SVC-45", 45, day).fee == Decimal(fee)


def test_a_day_without_a_fee_is_a_problem():
    price = prices().price("C-0001", "SVC-45", 45, date(2025, 12, 31))

    assert (price.fee, price.problem) == (0, "SVC-45 has no fee on that day")


@pytest.mark.parametrize(
    ("agreed", "adjustment"),
    [
        ({"agreed_fee": "90"}, "-60.00"),
        ({"percent": "60"}, "-60.00"),
        ({"percent": "33.33"}, "-100.00"),  # 49.995 is 50.00, halves up
        ({"percent": "0"}, "-150.00"),
        ({"agreed_fee": "200"}, "0.00"),  # an agreement never raises the listed fee
    ],
)
def test_a_sliding_scale_is_an_adjustment_to_the_listed_fee(agreed, adjustment):
    price = prices(agreement(**agreed)).price("C-0001", "SVC-45", 45, DAY)

    assert price.fee == Decimal("150.00")
    assert price.adjustment == Decimal(adjustment)
    assert bool(price.adjustment_reason) == bool(price.adjustment)


def test_an_agreement_for_the_service_goes_before_one_for_all():
    both = [agreement(agreed_fee="90"), agreement(agreed_fee="70", service="SVC-45")]

    assert prices(*both).price("C-0001", "SVC-45", 45, DAY).adjustment == Decimal("-80.00")


def test_an_agreement_holds_for_its_days_and_the_latest_counts():
    agreements = [
        agreement(date(2026, 1, 1), agreed_fee="90"),
        agreement(date(2026, 6, 1), agreed_fee="100", effective_to=date(2026, 10, 31)),
    ]
    listed = prices(*agreements)

    found = [
        listed.price("C-0001", "SVC-45", 45, day).adjustment
        for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 10, 31), date(2026, 11, 1))
    ]
    assert found == [Decimal(-60), Decimal(-50), Decimal(-50), Decimal(-60)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"client_ids": "client {seq}"}, "capital letters, a hyphen and"),
        ({"service_by_minutes": [{"from": 50, "to": 40, "service": "X"}]}, "less than 'from'"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        PracticeRecords.model_validate(settings)
