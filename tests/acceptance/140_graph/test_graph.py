"""140: `dayhand graph` draws a routine in the terminal, or as an SVG picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

ROUTINE = """
    triggers: [{cron: 0 9 1 * *}]
    steps:
      - {id: ok, uses: person.approve, with: {title: Go on?}}
      - {uses: file.write, with: {path: a.md, text: b}}
"""


def test_a_routine_is_drawn_in_the_terminal(bare):
    bare.routine("one", ROUTINE)

    told = bare("graph", "one").out

    assert "├─? 1 ok  person.approve" in told
    assert "└─□ 2 file.write" in told


def test_a_picture_is_written_where_the_name_says_svg(bare):
    bare.routine("one", ROUTINE)

    told = bare("graph", "one", "-o", "one.svg").out
    shown = bare("graph", "one", "--format", "svg").out

    assert told == "wrote one.svg\n"
    written = (bare.folder / "one.svg").read_text(encoding="utf-8")
    assert ET.fromstring(written).tag.endswith("svg")
    assert shown == written


def test_a_place_that_cannot_be_written_is_told(bare):
    bare.routine("one", ROUTINE)

    assert (
        "'no/one.svg' cannot be written" in bare("graph", "one", "-o", "no/one.svg", expect=2).err
    )


def test_a_name_of_another_kind_of_picture_is_refused_and_nothing_is_written(bare):
    bare.routine("one", ROUTINE)

    told = bare("graph", "one", "-o", "one.png", expect=2).err

    assert "'one.png' is the name of neither a text nor an SVG picture" in told
    assert not (bare.folder / "one.png").exists()
    assert bare("graph", "one", "-o", "one.png", "--format", "svg").out == "wrote one.png\n"
