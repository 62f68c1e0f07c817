"""NPI, EIN and ICD-10-CM: what is right and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from dayhand_billing.identifiers import (
    diagnosis_problem,
    is_npi,
    is_social_security_number,
    npi_problem,
    tax_id_problem,
)


@pytest.mark.parametrize("number", ["1234567893", "1245319599", "1003000126", "2000000002"])
def test_an_npi_with_the_right_check_digit_is_one(number):
    assert is_npi(number)
    assert npi_problem(number) == ""


def test_an_npi_that_ends_in_0_is_one():
    ending_in_0 = [f"1{n:08}0" for n in range(200) if luhn.is_valid(f"808401{n:08}0")]

    assert len(ending_in_0) == 20
    assert all(is_npi(number) for number in ending_in_0)


@pytest.mark.parametrize(
    "number",
    ["1234567890", "1234567894", "123456789", "12345678933", "3234567891", "123456789x", ""],
)
def test_a_number_with_a_wrong_check_digit_length_or_first_digit_is_no_npi(number):
    assert not is_npi(number)
    assert npi_problem(number)


@given(st.sampled_from("12"), st.integers(0, 99_999_999), st.integers(0, 9))
def test_the_check_digit_is_that_of_luhn_over_80840_and_the_number(first, middle, last):
    number = f"{first}{middle:08}{last}"

    assert is_npi(number) == luhn.is_valid(f"80840{number}")


@given(st.integers(100_000_000, 299_999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(stem, place, change):
    number = next(f"{stem}{digit}" for digit in range(10) if is_npi(f"{stem}{digit}"))
    digits = list(number)
    digits[place] = str((int(digits[place]) + change) % 10)

    assert not is_npi("".join(digits))


def test_an_ein_is_told_from_what_is_none():
    assert tax_id_problem("12-3456789") == ""
    assert tax_id_problem("07-3456789") == "the tax id is no valid EIN"
    assert tax_id_problem("") == "the tax id (EIN) is missing"


def test_a_social_security_number_is_allowed_and_known_for_one():
    assert tax_id_problem("536-90-4399") == ""
    assert is_social_security_number("536-90-4399")
    assert not is_social_security_number("12-3456789")


@pytest.mark.parametrize("code", ["F41.1", "F43.10", "Z63.0", "F32A", "S72.001A"])
def test_a_diagnosis_code_of_the_right_form_is_taken(code):
    assert diagnosis_problem(code) == ""


@pytest.mark.parametrize("code", ["", "41.1", "F4", "f41.1", "F41.", "F41.12345", "F41.1 "])
def test_a_diagnosis_code_of_another_form_is_refused_without_repeating_it(code):
    assert diagnosis_problem(code) == "a diagnosis code does not have the form of ICD-10-CM"
