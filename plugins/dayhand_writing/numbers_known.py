"""Numbers that prove themselves by a check digit (pure): cards, IBAN, NPI, VIN, IMEI."""

from __future__ import annotations

__all__ = ["is_iban", "is_luhn", "is_npi", "is_vin"]

_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)


def _digits(text: str) -> list[int]:
    return [int(letter) for letter in text if letter.isdigit()]


def is_luhn(text: str) -> bool:
    """True if the digits end in the check digit of Luhn (ISO/IEC 7812-1)."""
    digits = _digits(text)
    if len(digits) < 2 or not any(digits):
        return False
    doubled = [d if n % 2 == 0 else sum(divmod(2 * d, 10)) for n, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_npi(text: str) -> bool:
    """True if it is a National Provider Identifier: Luhn over 80840 and the number."""
    digits = "".join(map(str, _digits(text)))
    return len(digits) == 10 and digits[0] in "12" and is_luhn("80840" + digits)


def is_iban(text: str) -> bool:
    """True if it is an IBAN: 97 divides it with the first four characters moved to the end."""
    plain = "".join(text.split()).upper()
    if not 15 <= len(plain) <= 34 or not plain.isalnum():
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def is_vin(text: str) -> bool:
    """True if it is a vehicle identification number with its check digit (49 CFR 565.15)."""
    vin = text.upper()
    if len(vin) != 17 or not set(vin) <= {*_VIN_VALUES, *"0123456789"}:
        return False
    values = (_VIN_VALUES.get(letter, int(letter) if letter.isdigit() else 0) for letter in vin)
    rest = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return vin[8] == ("X" if rest == 10 else str(rest)) and len(set(vin)) > 3
