"""The pattern of numbers."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from dayhand_billing.numbering import DEFAULT_PATTERN, as_number, pattern_problem
from dayhand_billing.settings import BillingSettings

DAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (DEFAULT_PATTERN, "INV-2026-00042"),
        ("{series}{yy}{mm}/{seq}", "INV2611/42"),
        ("{yyyy}.{series}.{seq:03}", "2026.INV.042"),
    ],
)
def test_a_pattern_is_filled_in(pattern, number):
    assert pattern_problem(pattern, yearly=False) == ""
    assert as_number(pattern, series="INV", day=DAY, sequence=42) == number


def test_a_sequence_longer_than_its_width_keeps_all_its_digits():
    assert as_number("{series}{seq:02}", series="INV", day=DAY, sequence=1234) == "INV1234"


@pytest.mark.parametrize(
    ("pattern", "yearly", "said"),
    [
        ("{series}-{seq.__class__}", False, "fields"),
        ("{series}-{seq} {client}", False, "fields"),
        ("{series} {seq}", False, "fields"),
        ("{series}-{yyyy}", False, "{seq}"),
        ("{seq}-{series}-{seq}", False, "{seq}"),
        ("{yyyy}-{seq}", False, "{series}"),
        ("{series}-{seq}", True, "{yyyy}"),
    ],
)
def test_a_pattern_that_could_repeat_a_number_is_refused(pattern, yearly, said):
    assert said in pattern_problem(pattern, yearly=yearly)

    with pytest.raises(ValidationError):
        BillingSettings(numbering={"pattern": pattern, "reset": "yearly" if yearly else "never"})


@pytest.mark.parametrize(
    "section",
    [
        {"numbering": {"credit_notes": "INV"}},
        {"numbering": {"invoices": "OB"}},
        {"no_show": {"fee": "fixed"}},
        {"no_show": {"fee": "percent", "amount": "120"}},
        {"accounts": {"income": "income:therapy"}},
        {"accounts": {"by_method": {"cash": "Cash"}}},
        {"terms_days": -1},
        {"tax": {"rate": "101"}},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_work_are_refused(section):
    with pytest.raises(ValidationError):
        BillingSettings.model_validate(section)


def test_every_setting_has_a_default():
    settings = BillingSettings()

    assert settings.terms_days == 14
    assert settings.numbering.pattern == "{series}-{yyyy}-{seq:05}"
    assert settings.no_show.fee == "none"
    assert not settings.show_diagnosis_on_invoice
