"""The eighteen identifiers of 45 CFR 164.514(b)(2)(i): what is found, and what only looks like it."""

from __future__ import annotations

import pytest

from dayhand import UserError
from dayhand_practice.vocabulary import Client
from dayhand_writing.check import check
from dayhand_writing.draft_text import text_of
from dayhand_writing.identifiers import KINDS
from dayhand_writing.settings import DeidentifySettings

CLIENTS = [
    Client.model_validate(
        {
            "id": "C-0004", "name": "Tobias Wren", "preferred_name": "Toby", "phone": "518-555-0104",
            "email": "tobias.wren@client.example", "address": ["3 Heron Close", "Delmar, NY 12054"],
            "member_id": "HH-7741-02",
        }
    ),
    Client.model_validate({"id": "C-0009", "name": "José Ángel Will"}),
]  # fmt: skip

FOUND = {
    "A": [
        "Then Tobias said no.", "TOBIAS WREN came late.", "tobias wren came late.", "Wren, Tobias came.",
        "Tobias\nWren came late.", "T. W. slept badly.", "Toby's mother called.", "Jose Angel Will came.",
        "Mr. Halloran left.", "her husband, Dieter, left", "a boy named Casper", "her older sister Ines",
    ],
    "B": [
        "at 12 Lake Road today", "P.O. Box 44", "in Troy, NY it rained", "ZIP code 12207", "12207-1234",
        "she lives in Albany now", "in Rensselaer County", "the town of Colonie", "12 N. Main St.",
        "postcode SW1A 1AA", "3 heron close", "a house in Delmar",
    ],
    "C": [
        "on 2026-01-14", "on 1/14/2026", "14.01.2026", "on January 14", "14 January 2026", "the 3rd of May",
        "Nov. 24th", "in March 2021", "since last November", "seen on 3/14", "a 92-year-old", "aged 93",
        "ninety-two years old", "she turned 101", "91 y/o", "11/24/26",
    ],
    "D": [
        "call (212) 555-0188", "518.555.0199", "+44 20 7946 0958", "518-555-0104 x12", "phone: 555-0188",
        "cell 2125550188", "1-800-555-0199", "5185550104", "(518)555 0104",
    ],
    "E": ["Fax: 212-555-0188", "fax no. (212) 555-0188", "FAX +1 212 555 0188", "facsimile 2125550188"],
    "F": ["tobias.wren@client.example", "a.b+c@mail.example.org", "jane [at] lakeside [dot] example"],
    "G": ["123-45-6789", "SSN: 123456789", "social security number 123 45 6789", "SSN ending in 6789"],
    "H": ["MRN 00412", "medical record number: AB-1204", "chart no. 55871", "C-0004 came", "MRN: X99-12"],
    "I": ["member ID HH-7741-02", "HH-7741-02", "policy number 88X-4411", "Medicare number 1EG4-TE5-MK73", "1EG4TE5MK73"],
    "J": ["account number 0012345", "Acct. #99812", "4111 1111 1111 1111", "378282246310005", "GB82 WEST 1234 5698 7654 32", "claim no. 2026-0099"],
    "K": ["license number 081234", "NPI 1234567893", "1234567893", "passport no. X1234567", "DEA number AB1234563"],
    "L": ["1HGCM82633A004352", "license plate KXP-4471", "number plate AB12 CDE", "plate number 7ABC123"],
    "M": ["serial number AX-99812", "S/N 8812-AA", "00:1A:2B:3C:4D:5E", "IMEI 490154203237518", "490154203237518", "device ID 77-AB12"],
    "N": ["https://example.com/her-blog", "www.her-bakery.example", "see herbakery.com/menu", "http://x.example"],
    "O": ["from 192.168.4.17", "2001:db8::8a2e:370:7334", "fe80::1ff:fe23:4567:890a", "203.0.113.9/24"],
    "P": ["her fingerprint", "a voice print", "a retinal scan", "biometric data", "a DNA profile", "face scans"],
    "Q": ["![she](me.jpg)", "![](scan.PNG)", "\\includegraphics[width=2in]{her.jpg}", "a photo of the client", "a selfie of her", '<img src="a">'],
    "R": ["550e8400-e29b-41d4-a716-446655440000", "case number 26-CV-0117", "student ID 99-1204", "docket no. 2026-55", "code 88123456"],
}  # fmt: skip

NOT_FOUND = {
    "A": ["she will come", "Smith (2019) says so", "a wren sang", "Dr. and nurse", "the so-called Self", "(Wrenfield, 2020)", "her husband left"],
    "B": ["she lives in California", "in New York State", "ten Streets over", "the 12 steps", "ICD code F40.10", "Group A, B and C", "first digits 122", "moved to Canada", "12 weeks of work"],
    "C": ["in 2026", "May I ask", "24/7 care", "half, 1/2 of it", "an 89-year-old", "aged 90 or older", "90 minutes old-fashioned", "scored 9/10", "p. 2019-13-45", "version 4.11", "they march on", "age 9", "2019;12(3):45-67", "in may cases", "90% of them"],
    "D": ["pages 345-367", "2019-2020", "PHQ-9 of 12-15", "ISBN 978-0-393-71288-1", "doi:10.1037/212-555-0188", "555 people", "3.14159"],
    "E": ["the fax machine", "by fax on paper", "facsimile edition of 1900", "fax: none"],
    "F": ["@smith2019 says", "a @ b", "at home [dot]", "p < .05 @ home"],
    "G": ["000-12-3456", "666-12-3456", "123-00-4567", "912-34-5678", "123-456-789", "social security benefits", "12-34-5678"],
    "H": ["the medical record shows 12 sessions", "MRN was absent", "record of 300 charts", "chart 3 shows", "patient 12 of 40"],
    "I": ["group 3 of the study", "member of 12 groups", "a policy of 2019", "insurance paid 1200", "1EG4", "0EG4-TE5-MK73"],
    "J": ["on account of 2020", "1234 5678 9012 3456", "the card was 12 cm", "GB00 WEST 1234 5698 7654 32", "an account number"],
    "K": ["licensed in 2015", "a certificate of 30 hours", "license to practice in 12 states", "1234567890x", "registration of trials"],
    "L": ["Plate IV of the Rorschach", "1HGCM82633A004353", "plates 8-10", "AAAAAAAAAAAAAAAAA", "license plate holder"],
    "M": ["serial sevens: 93, 86, 79", "serial number subtraction", "12:30:45 at night", "a serial dater", "the device was new"],
    "N": ["e.g.this one", "and/or", "https://doi.org/10.1037/a0012345", "node.js", "https://pubmed.ncbi.nlm.nih.gov/31234567/", "end.Next"],
    "O": ["version 1.2.3.4", "section 1.2.3", "999.1.2.3", "10:30:45", "Genesis 1:2:3", "1.2.3.4.5"],
    "P": ["left her mark", "a carbon footprint", "the blueprint", "iris in bloom", "genetic counselling", "voice of the patient", "face validity"],
    "Q": ["![trend](trend.svg)", "the picture of health", "a portrait of a discipline", "photos of Rome", "Figure 2 shows it", "photographic memory", "photo albums of it"],
    "R": ["doi 10.1037/0022-006X.76.2", "PMID: 31234567", "ISBN 9780393712881", "arXiv:2101.12345", "0.12345678", "1,234,567 people", "in case 12 of them", "ORCID: 0000-0002-1825-0097", "a reference list of 2020"],
}  # fmt: skip


def letters(text, **settings):
    lines = list(enumerate(text.split("\n"), 1))
    return [one.identifier for one in check("d.md", lines, CLIENTS, DeidentifySettings(**settings))]


def cases(table):
    return [
        pytest.param(letter, text, id=f"{letter}-{text}")
        for letter, texts in table.items()
        for text in texts
    ]


@pytest.mark.parametrize(("letter", "text"), cases(FOUND))
def test_an_identifier_is_found(letter, text):
    assert letter in letters(text)


@pytest.mark.parametrize(("letter", "text"), cases(NOT_FOUND))
def test_what_only_looks_like_one_is_not(letter, text):
    assert letters(text) == []


def test_each_of_the_eighteen_has_examples_for_and_against():
    assert list(FOUND) == list(NOT_FOUND) == list(KINDS) == list("ABCDEFGHIJKLMNOPQR")
    print({k: (len(FOUND[k]), len(NOT_FOUND[k])) for k in KINDS})


def test_a_place_is_told_by_line_and_column_and_never_by_its_text():
    text = "A first line.\nThen José Ángel Will and\nTobias\nWren came on 2026-01-14."
    found = check("d.md", list(enumerate(text.split("\n"), 1)), CLIENTS)

    assert [(one.line, one.column, one.identifier, one.known) for one in found] == [
        (2, 6, "A", True), (3, 1, "A", True), (4, 14, "C", False),
    ]  # fmt: skip
    assert [one.shown for one in found] == ["J••• ••••• ••••", "T••••• ••••", "2•••-••-••"]


def test_one_place_is_told_once_and_by_the_surest_kind():
    assert letters("fax 518-555-0199") == ["E"]
    assert letters("MRN 1234567893") == ["H"]
    assert letters("mail tobias.wren@client.example") == ["F"]


def test_the_owner_adds_names_and_allows_texts():
    assert letters("at Northgate Mills since spring", also=["northgate mills"]) == ["A"]
    assert letters("see www.lakeside.example now", allow=["www.lakeside.example"]) == []
    assert letters("Mr. Halloran left", allow=["Halloran"]) == []


def test_a_client_is_found_whatever_is_allowed():
    assert letters("Tobias came", allow=["Tobias"]) == ["A"]


LONG = [
    "zip " + " " * 20_000, "MRN" + " " * 20_000, "ssn" + " " * 20_000, "90" + " -" * 20_000, "a.-" * 20_000,
    "1-2-" * 20_000, "a at b dot " * 5000, "5" * 80_000, "a" * 80_000, "a@" * 30_000, "![a](" * 10_000,
    "<img " * 10_000, "call 518-555-0100 " * 2000, "10.1234/ab " * 5000,
]  # fmt: skip


@pytest.mark.timeout(60)  # each took from a minute to hours
@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:8].strip())
def test_no_text_however_made_holds_the_check_up(text):
    settings = DeidentifySettings(allow=["nothing of this"])

    assert all(one.line == 1 for one in check("d.md", [(1, text)], CLIENTS, settings))


def test_a_draft_that_is_too_large_is_refused():
    with pytest.raises(UserError, match=r"'d\.md' is larger than 4 MiB"):
        text_of("d.md", b"a " * (2 * 1024 * 1024 + 1))
