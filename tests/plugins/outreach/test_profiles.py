"""Copies of a profile are compared with what is true, and each difference is told with its line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dayhand import StepError
from dayhand.testing import sample_info
from dayhand_outreach.page_text import text_of
from dayhand_outreach.profiles import Facts, compare

FACTS = Facts(
    npis=("1234567893",),
    licences=("081234", "98765"),
    types=("LCSW", "LMFT"),
    fees=(Decimal("150.00"), Decimal(95)),
    telephone="518-555-0100",
    availability="open",
)
RIGHT = """Jane Doe, LCSW
License no. 081234 (NY), LMFT #98765
NPI: 1234567893
$150 a session, sliding scale from $95.00
Accepting new clients. 518.555.0100
"""


def told(text, facts=FACTS):
    return [(one.line, one.field, one.found) for one in compare({"a.txt": text}, facts)]


def test_a_copy_that_is_right_in_everything_has_no_difference():
    assert told(RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "found"),
    [
        ("081234", "081243", 2, "licence", "081243"),
        ("#98765", "98766", 2, "licence", "98766"),
        ("1234567893", "1234567839", 3, "NPI", "1234567839"),
        ("$150", "$1,150", 4, "fee", "$1150"),
        ("$95.00", "$95.50", 4, "fee", "$95.50"),
        ("Accepting new", "Not currently accepting new", 5, "availability", "takes nobody now"),
        ("Accepting new clients", "Join my waiting list", 5, "availability", "has a waiting list"),
        ("518.555.0100", "(518) 555-0199", 5, "telephone", "5185550199"),
    ],
)
def test_a_difference_is_told_with_its_line(old, new, line, field, found):
    assert told(RIGHT.replace(old, new)) == [(line, field, found)]


def test_what_is_not_said_is_told_too():
    assert told("Jane Doe\n") == [
        (0, "NPI", "not said"), (0, "availability", "not said"), (0, "fee", "not said"),
        (0, "licence", "not said"),
    ]  # fmt: skip


def test_where_nothing_is_known_the_copies_are_compared_with_each_other():
    copies = {"a": "Accepting new clients", "b": "accepting clients", "c": "\nNo openings"}

    found = compare(copies, Facts())

    assert [(one.file, one.line, one.expected) for one in found] == [("c", 2, "takes new clients")]
    tied = compare({"a": "openings", "c": "no openings"}, Facts())
    assert {one.expected for one in tied} == {"the same in every copy"}


def test_the_words_of_a_page_keep_their_lines():
    html = (
        "<html><head><title>x</title></head>\n<body><script>NPI 1</script><p>NPI\n"
        "<b>1234</b>567893</p>\n<img alt='Jane'><a href='/x'>Fees</a></body></html>"
    )

    assert text_of(html).splitlines() == ["", "NPI", "1234567893", "Jane Fees"]


def test_the_step_reads_all_copies_and_knows_the_practice(make_kit, put, tmp_path):
    from dayhand.testing import PracticeKit

    kit = PracticeKit(
        tmp_path, plugins=["dayhand_outreach"],
        settings={"outreach": {"availability": "open", "other_fees": [95]}},
        now="2026-11-24T09:00-05:00", info=sample_info(phone="518-555-0100"),
    )  # fmt: skip
    put("outreach/profiles/a.html", "<html><body><p>Accepting new clients, $95</p>\n<p>$80</p>")
    put("outreach/profiles/notes.csv", "$1")

    audit = kit.run("outreach.profiles", fees=[{"fee": "150"}])
    page = kit.run("outreach.profiles_page", audit=audit)

    fees = [one for one in audit["differences"] if one["field"] == "fee"]
    assert [(one["file"], one["line"], one["found"]) for one in fees] == [
        ("outreach/profiles/a.html", 2, "$80")
    ]
    assert "| outreach/profiles/a.html | 2 | fee | $80 |" in kit.files.read(page["path"]).decode()


def test_without_a_copy_it_is_told_what_to_do(kit):
    with pytest.raises(StepError, match="no copy of a profile") as told_error:
        kit.run("outreach.profiles")

    assert "save what each directory shows" in told_error.value.hint
