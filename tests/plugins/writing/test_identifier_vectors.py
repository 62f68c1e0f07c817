"""Vectors for the eighteen identifiers that were written from the rule, without a look at the patterns."""

from __future__ import annotations

import pytest

from dayhand_writing.identifiers import citations_in, places_in

FOUND = {
    "A": [
        "Mr. Quist",
        "her husband Tom",
        "Dr Vance",
        "my client Anna",
    ],
    "B": [
        "lives in 12207",
        "ZIP 036",
        "ZIP 03601",
        "postcode SW1A 1AA",
        "SW1A 1AA",
        "Albany, NY 12207",
        "Albany, New York",
        "Albany, N.Y.",
        "12 Lake Road",
        "100 Example St Ste 4",
        "P.O. Box 12",
        "Saratoga County",
        "5 Elm Ct.",
        "Apt 4B",
        "Unit 12, 4 Main Street",
    ],
    "C": [
        "She turned 90 last spring.",
        "a man of 93",
        "The 91-year-old widow",
        "He is 95.",
        "Age: 92",
        "a 90 year-old",
        "97 y/o female",
        "97yo F",
        "ninety-two years old",
        "born 3 March 1988",
        "DOB 03/14/88",
        "DOB: 1988-03-14",
        "on March 3rd",
        "3.14.1988",
        "14.03.1988",
        "on 14 March",
        "the 14th of March",
        "in March",
        "March 2019",
        "2026/03/14",
        "Mar. 3, '88",
        "03-14-1988",
        "admitted 3/14",
        "since 3/14",
        "May 5",
        "he was 91",
    ],
    "D": [
        "518-555-0100",
        "(518) 555-0100",
        "518.555.0100",
        "+1 518 555 0100",
        "+44 20 7946 0958",
        "1-800-555-0199",
        "518–555–0100",
        "(518)555-0100",
        "518 555 0100",
        "020 7946 0958",
        "518‑555‑0100",
    ],
    "E": [
        "Fax: 518-555-0101",
        "fax no. (518) 555-0101",
    ],
    "F": [
        "zoe@client.example",
        "zoe+x@mail.co.uk",
        "zoe at client dot example",
    ],
    "G": [
        "123-45-6789",
        "123 45 6789",
        "SSN 123456789",
        "last four of SSN 6789",
        "123–45–6789",
    ],
    "H": [
        "MRN 00123456",
        "MRN: A-12345",
        "medical record number 88231",
        "MRN#88231",
        "Chart #4471",
    ],
    "I": [
        "Member ID ABC123456",
        "policy no. 99-1234",
        "1EG4-TE5-MK73",
        "Medicaid ID AB12345C",
    ],
    "J": [
        "account number 12345678",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
    ],
    "K": [
        "License number PSY12345",
        "NPI 1234567893",
        "1234567893",
        "DEA AB1234563",
        "driver's license D1234567",
    ],
    "L": [
        "1HGCM82633A004352",
        "VIN 1HGCM82633A004352",
        "VIN 1HGCM82633A004353",
        "plate ABC-1234",
        "license plate 7ABC123",
    ],
    "M": [
        "serial number SN-9912",
        "00:1B:44:11:3A:B7",
        "IMEI 490154203237518",
        "pacemaker serial no. 4471B",
    ],
    "N": [
        "https://client.example/zoe",
        "www.zoe.example",
        "zoeblog.com",
        "instagram.com/zoe",
        "facebook.com/zoe.q",
    ],
    "O": [
        "192.168.1.20",
        "2001:db8::1",
        "fe80::1ff:fe23:4567:890a",
    ],
    "P": [
        "fingerprint",
        "voiceprint",
    ],
    "Q": [
        "a photo of her",
        "![x](a.jpg)",
    ],
    "R": [
        "Case no. 22-CV-1234",
        "550e8400-e29b-41d4-a716-446655440000",
        "docket 2022-1234",
        "@zoe_q",
    ],
}
NOTHING = [
    "aged 89",
    "an 89-year-old",
    "a woman in her nineties",
    "aged 90 or older",
    "a nonagenarian",
    "in 2019",
    "summer of 2019",
    "Christmas 2019",
    "on Monday",
    "3/14 of the sample",
    "rated 7/10",
    "she may 5 times",
    "on the 14th",
    "near Saratoga Springs",
    "000-12-3456",
    "version 1.2.3.4",
    "Anna Q.",
    "doi:10.1037/0003-066X.59.1.29",
    "ISBN 978-3-16-148410-0",
    "GAD-7 of 14",
    "PHQ-9",
    "n = 120",
    "p < .05",
    "(Smith, 2019)",
    "pp. 120-125",
    "DSM-5-TR",
    "ICD-10 F41.1",
    "45 CFR 164.514",
    "42 CFR Part 2",
    "45 minutes",
    "10:30",
    "12 sessions",
    "12,500 participants",
    "10000 steps",
    "as @smith2019 shows",
    "[@smith2019]",
    "Oxford University Press, New York",
    "ZIP 100",
    "aged 90%",
    "she was 95% sure",
    "Wiley Press, New Jersey",
    "in 10000 people",
    "666-12-3456",
]


def letters(text):
    cited = citations_in(text)
    return [
        place.letter
        for place in places_in(text)
        if not any(start <= place.start < end for start, end in cited)
    ]


@pytest.mark.parametrize(("letter", "text"), [(x, t) for x, texts in FOUND.items() for t in texts])
def test_it_is_found_under_its_letter(letter, text):
    assert letter in letters(text)


@pytest.mark.parametrize("text", NOTHING)
def test_what_tells_of_nobody_is_left_alone(text):
    assert letters(text) == []
