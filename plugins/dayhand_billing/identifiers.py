"""Numbers that identify a provider or a diagnosis, and what is wrong with one."""

from __future__ import annotations

import re

__all__ = ["diagnosis_problem", "is_npi", "npi_problem", "tax_id_problem"]

_ICD = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
_NPI_PREFIX = 24  # what the prefix 80840 adds to the Luhn sum (45 CFR 162.406; CMS check digit)


def is_npi(number: str) -> bool:
    """True for a National Provider Identifier whose check digit is right.

    The last `% 10` matters: without it every number that ends in 0 would be refused.
    """
    if not re.fullmatch(r"[12][0-9]{9}", number):
        return False
    total = _NPI_PREFIX
    for place, digit in enumerate(int(each) for each in number[:9]):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(number[9])


def npi_problem(number: str) -> str:
    """What is wrong with the provider's NPI, or nothing."""
    if not number:
        return "the NPI is missing"
    return "" if is_npi(number) else "the NPI has a wrong check digit or is not ten digits"


def tax_id_problem(number: str) -> str:
    """What is wrong with the tax id, or nothing. A social security number is allowed."""
    from stdnum.us import ein, ssn  # about 5 ms; not needed to describe the steps

    if not number:
        return "the tax id (EIN) is missing"
    return "" if ein.is_valid(number) or ssn.is_valid(number) else "the tax id is no valid EIN"


def is_social_security_number(number: str) -> bool:
    """True if the tax id is a social security number, which is better not printed."""
    from stdnum.us import ein, ssn

    return not ein.is_valid(number) and bool(ssn.is_valid(number))


def diagnosis_problem(code: str) -> str:
    """What is wrong with the form of an ICD-10-CM code, or nothing; it need not exist."""
    return "" if _ICD.fullmatch(code) else "a diagnosis code does not have the form of ICD-10-CM"
