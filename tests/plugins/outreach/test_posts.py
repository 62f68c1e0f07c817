"""A post is held up by what could tell a client, and by what a reader should not find in it."""

from __future__ import annotations

from datetime import date

import pytest

from dayhand import StepError
from dayhand_outreach.lint import lint
from dayhand_outreach.rule_set import PostWording, the_wording
from dayhand_practice.vocabulary import Client, Diagnosis

CLIENTS = [
    Client(
        id="C-0017", name="Alexandria Montgomery-Smythe", preferred_name="Alex",
        date_of_birth=date(1993, 2, 22), email="alex@client.example", phone="518-555-0117",
        address=["4400 North Lakeshore Drive"], payer="Consolidated Benefit Association",
        member_id="CBA-00098812-03",
        diagnoses=[Diagnosis(code="F60.3", effective_from=date(2026, 1, 1))],
    ),
    Client(id="C-0018", name="Juniper Hale", preferred_name="June"),
]  # fmt: skip
SETS: list[PostWording] = []


@pytest.fixture
def sets(kit):
    return the_wording(kit.context("outreach"))


def rules(text, sets=(), own=()):
    return [(one.line, one.column, one.rule) for one in lint(text, CLIENTS, sets, own=own)]


@pytest.mark.parametrize(
    "text",
    [
        "Alexandria told me", "as Alex says", "Montgomery-Smythe", "C-0017", "born 1993-02-22",
        "on 2/22/93", "on February 22, 1993", "22nd Feb. 1993", "write to alex@client.example",
        "call 518-555-0117", "4400 north lakeshore drive", "with F60.3",
        "Consolidated Benefit Association", "CBA-00098812-03", "Juniper Hale",
    ],
)  # fmt: skip
def test_a_detail_of_a_client_is_found_with_its_place(text):
    found = rules(f"# Title\n\nWell, {text}.")

    assert found
    assert {(line, rule) for line, _, rule in found} == {(3, "client-detail")}


def test_a_finding_never_repeats_the_detail():
    (found,) = lint("Alexandria.", CLIENTS, [])

    assert "Alexandria" not in found.why


@pytest.mark.parametrize(
    "text",
    [
        "June is PTSD Awareness Month, and Monday is a good day.",
        "World Mental Health Day is on October 10, 2026.",
        "See https://lakeside.example for more; alexithymia is a word, and so is alexandrine.",
    ],
)
def test_what_a_post_may_well_have_holds_nothing_up(text):
    assert rules(text) == []


def test_the_practices_own_telephone_number_may_stand_there():
    assert rules("Call 518-555-0100.") == [(1, 6, "client-detail")]
    assert rules("Call 518-555-0100.", own=["518-555-0100"]) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Please leave a review!", "testimonial"),
        ("Read our testimonials", "testimonial"),
        ("I once worked with somebody who", "case"),
        ("One of my clients says", "case"),
        ("a 34-year-old mother of two", "age"),
        ("Results are guaranteed.", "promise"),
    ],
)
def test_words_of_the_rule_set_are_found(sets, text, rule):
    assert [found for _, _, found in rules(text, sets)] == [rule]


def test_a_picture_needs_words_and_a_file_name_is_none():
    text = "![](a.jpg)\n![photo.jpg](a.jpg)\n![A path through a wood in the rain](a.jpg)\n"

    assert rules(text) == [(1, 1, "alt-text"), (2, 1, "alt-text")]


def test_a_draft_is_a_frame_to_be_written_and_is_not_overwritten(kit):
    post = {"id": "P-000001", "planned_on": "2026-12-01", "title": "On worry", "outline": ["Why"]}
    draft = kit.run("outreach.draft", post=post)
    text = kit.files.read(draft["path"]).decode()
    assert "## Why" in text
    assert "![‹" in text
    kit.files.resolve(draft["path"]).write_text("Mine.\n")

    again = kit.run("outreach.draft", post=post)

    assert kit.files.read(draft["path"]) == b"Mine.\n"
    assert again["path"] == draft["path"]
    assert again["sha256"] != draft["sha256"]


def test_a_post_is_finished_as_edited_and_only_if_nothing_holds_it_up(kit):
    post = {"id": "P-000001", "planned_on": "2026-12-01", "title": "On worry"}
    draft = kit.run("outreach.draft", post=post)
    clients = [one.model_dump() for one in CLIENTS]
    with pytest.raises(StepError, match="is held up: 3:1 something is still to be written"):
        kit.run("outreach.finish", draft=draft, clients=clients)
    file = kit.files.resolve(draft["path"])
    file.write_text("# On worry\n\nAlex knows.\n")
    with pytest.raises(StepError, match="3:1 a name that could tell") as told:
        kit.run("outreach.finish", draft=draft, clients=clients)
    assert "Alex" not in str(told.value)

    file.write_text("# On worry\n\nMany people know it.\n")
    done = kit.run("outreach.finish", draft=draft, clients=clients)

    assert done["path"] == "out/outreach/ready/2026-12-01-on-worry.md"
    assert kit.files.read(done["path"]) == file.read_bytes()
    marked = {"month": "x", "posts": [post]}
    kit.run("outreach.keep_plan", plan=marked)
    kept = kit.run("outreach.mark", post="P-000001", status="ready", file=done)
    assert (kept["path"], kept["sha256"]) == (done["path"], done["sha256"])


def test_what_is_no_text_is_told(kit, tmp_path):
    (tmp_path / "x.md").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(StepError, match="is no text"):
        kit.run("outreach.lint", path="x.md", clients=[])


def test_a_file_that_is_too_long_for_a_post_is_refused(kit, tmp_path):
    (tmp_path / "x.md").write_bytes(b"![a](" * 60_000)

    with pytest.raises(StepError, match=r"x\.md is larger than 256 KiB"):
        kit.run("outreach.lint", path="x.md", clients=[])


def test_the_practices_name_may_stand_there_though_a_client_has_it_too():
    assert rules("Hale House is open.") == [(1, 1, "client-detail")]
    assert rules("Hale House is open.", own=["Hale House"]) == []
    assert rules("Hale said so at Hale House.", own=["Hale House"]) == [(1, 1, "client-detail")]


def test_a_dry_run_does_not_wait_until_the_post_is_written_and_still_finds_a_client(kit):
    post = {"id": "P-000001", "planned_on": "2026-12-01", "title": "On worry"}
    draft = kit.run("outreach.draft", post=post)
    clients = [one.model_dump() for one in CLIENTS]

    done = kit.run("outreach.finish", dry_run=True, draft=draft, clients=clients)

    assert done["path"] == "out/outreach/ready/2026-12-01-on-worry.md"
    kit.files.resolve(draft["path"]).write_text("Alex.\n")
    with pytest.raises(StepError, match="is held up: 1:1"):
        kit.run("outreach.finish", dry_run=True, draft=draft, clients=clients)
