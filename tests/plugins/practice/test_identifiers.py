"""What could tell who a client is, is found; what cannot, is left."""

from __future__ import annotations

from datetime import date

import pytest

from dayhand_practice.vocabulary import BillTo, Client, found_in, without

CLIENT = Client(
    id="C-0017",
    name="Alexandria Montgomery-Smythe",
    preferred_name="Alex",
    date_of_birth=date(1993, 2, 22),
    email="alex.ms@client.example",
    phone="518-555-0117",
    address=["4400 North Lakeshore Drive", "Saratoga Springs, NY 12866"],
    member_id="CBA-00098812-03",
    aliases=["Alexandria M-S"],
    bill_to=BillTo(name="Rowan Hale"),
)
ODD = Client(id="C-0019", name="Søren Ødegaard", aliases=["C-0019"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Alexandria is late", "name"),
        ("what Alex said", "name"),
        ("Ms. Smythe's mother", "name"),
        ("MONTGOMERY-SMYTHE? Montgomery-Smythe!", "name"),
        ("Rowan pays", "name"),
        ("met Ødegaard twice", "name"),
        ("write to alex.ms@client.example", "e-mail address"),
        ("write to someone@else.example", "e-mail address"),
        ("call 518-555-0117", "telephone number"),
        ("call (518) 555 0117", "telephone number"),
        ("on 2026-11-03", "date"),
        ("on 11/3/26", "date"),
        ("on November 3rd", "date"),
        ("on 3 Nov 2026", "date"),
        ("lives at 4400 north lakeshore drive", "address"),
        ("number CBA-00098812-03", "member number"),
        ("SSN 123-45-6789", "social security number"),
        ("see https://x.example/p", "web address"),
        ("is 93 years old", "age above 89"),
        ("chart 12345678", "number"),
    ],
)
def test_a_detail_is_found_by_its_kind(text, kind):
    assert kind in [one.kind for one in found_in(text, [CLIENT, ODD])]


@pytest.mark.parametrize(
    "text",
    [
        "C-0017 and case B, PHQ-9 at 14, twice a week",
        "she is 42 years old",
        "in March she may move; 45 minutes",
        "smythe in small letters is no name here",
        "a session of 50 minutes at 9:00",
        "F60.3 since two years",
        "Alexander technique",
    ],
)
def test_what_tells_nobody_is_left(text):
    assert without(text, [CLIENT, ODD]) == (text, [])


def test_the_kind_stands_in_place_of_the_detail():
    text, kinds = without("Alex called on 2026-11-03 from 518-555-0117.", [CLIENT])

    assert text == "[name] called on [date] from [telephone number]."
    assert kinds == ["name", "date", "telephone number"]


def test_details_that_overlap_are_taken_out_once():
    text, kinds = without("Alexandria Montgomery-Smythe", [CLIENT])

    assert (text, kinds) == ("[name]", ["name"])


@pytest.mark.timeout(60)  # a long word took minutes
@pytest.mark.parametrize(
    "text", ["a" * 100_000, "1-2-" * 30_000, "5" * 100_000, "a@" * 50_000, "a." * 50_000]
)
def test_no_text_however_made_holds_the_search_up(text):
    assert len(found_in(text)) <= 1
