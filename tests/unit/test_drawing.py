"""A routine drawn: every block has its place, none lies on another, and the picture is sound XML."""

from __future__ import annotations

import re
from itertools import combinations, count
from textwrap import dedent, indent
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, StepSpec
from dayhand.drawing import as_svg, as_text, picture
from dayhand.drawing._layout import layout
from dayhand.validation.routine import check_routine

_ANY = {"type": "object", "additionalProperties": True}
CATALOGUE = Catalogue({
    spec.name: spec
    for spec in (
        *BUILT_IN,
        StepSpec("mail.send", "send", "Send a letter", _ANY, {}),
        StepSpec("books.read", "read", "Read the books", _ANY, {}),
        StepSpec("books.issue", "record", "Number them", _ANY, {}),
    )
})  # fmt: skip

EVERYTHING = """
- id: books
  uses: books.read
  retry: 3
  on_error:
    - uses: mail.send
    - {name: Note it, uses: books.issue}
- parallel:
    - id: left
      steps:
        - name: A name that is so long that it has to be wrapped over two lines or three
          uses: value.set
        - {uses: wait.until, with: {length: 2 h}}
    - {id: right, uses: books.issue}
    - for_each: "['a']"
      as: word
      steps:
        - uses: file.write
          when: now.hour > 8
          with: {path: "${{ word }}.md", text: a}
          on_error: continue
- {id: ok, uses: person.approve, with: {title: Send?}}
- when: now.day > 3
  steps:
    - {routine: other}
    - {uses: mail.send}
- {uses: run.fail, with: {reason: the end}}
"""
HEAD = """
title: All & <everything>
triggers:
  - {cron: 0 9 1 * *, skip_on: [weekend]}
  - {every: 2 h}
on_failure:
  - uses: mail.send
finally:
  - uses: value.set
"""


def _drawn(steps: str, head: str = ""):
    text = f"routine: a\n{head}\nsteps:\n{indent(dedent(steps).strip(), '  ')}\n"
    checked = check_routine(document.read(text, file="a.yaml"), CATALOGUE)
    assert checked.routine is not None, checked.problems
    return picture(checked.routine, CATALOGUE)


def test_a_routine_in_characters():
    assert as_text(_drawn(EVERYTHING, HEAD)) == dedent("""\
        All & <everything>

        ◷ On the 1st of each month at 09:00
          On weekends it does not run.
        ◷ Every 2 h
        │
        ├─○ 1 books  books.read
        │  │ tried up to 3 times
        │  └╌ if it fails
        │     ├─➤ 1.e1 mail.send
        │     └─■ 1.e2 Note it  books.issue
        ├─⇉ 2 At the same time
        │  ├─▾ 2.1 left
        │  │  ├─· 2.1.1 A name that is so long that it has to be wrapped over two lines or three  value.set
        │  │  └─· 2.1.2 wait.until
        │  ├─■ 2.2 right  books.issue
        │  └─↻ 2.3 In each round
        │     │ for each word of ['a']
        │     └─□ 2.3.1 file.write
        │          only if the hour of the time it began is more than 8
        │          if it fails: goes on
        ├─? 3 ok  person.approve
        │    declined: the run ends
        ├─▾ 4 Together
        │  │ only if the day of the time it began is more than 3
        │  ├─· 4.1 routine other
        │  └─➤ 4.2 mail.send
        └─✗ 5 run.fail

        If the run fails
        │
        └─➤ f1 mail.send

        At the end, however it ended
        │
        └─· e1 value.set

        ○ reads  □ writes a file  ■ records  ➤ sends  ? asks you  ✗ ends the run""")


def test_a_routine_that_nothing_starts_is_drawn_from_your_hand():
    assert "◷ When you run it\n│\n└─· 1 value.set" in as_text(_drawn("- uses: value.set"))


# SVG ----------------------------------------------------------------------------------------------

_SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_sound_and_says_what_the_routine_says():
    root = ET.fromstring(as_svg(_drawn(EVERYTHING, HEAD)))

    words = [text.text for text in root.iter(f"{_SVG}text")]
    assert root.find(f"{_SVG}title").text == "All & <everything>"
    assert root.get("role") == "img"
    for told in (
        "1  books",
        "books.read",
        "2.2  right",
        "asks you",
        "send",
        "If it fails",
        "If the run fails",
    ):
        assert told in words
    assert words.count("record") == 2


def test_the_same_routine_gives_the_same_picture():
    assert as_svg(_drawn(EVERYTHING, HEAD)) == as_svg(_drawn(EVERYTHING, HEAD))


def test_a_title_with_what_xml_cannot_hold_is_drawn():
    svg = as_svg(_drawn("- uses: value.set", 'title: "a\\uFFFE \\" & <b>"'))

    root = ET.fromstring(svg)
    assert root.find(f"{_SVG}title").text == 'a " & <b>'
    assert root.get("aria-label") == 'a " & <b>'


def _boxes(laid):
    return [s.points for s in laid.shapes if s.kind == "rect" and not s.look.startswith("bar")]


def _inside(inner, outer) -> bool:
    (a, b), (c, d) = inner
    (left, top), (right, bottom) = outer
    return left <= a and top <= b and c <= right and d <= bottom


def _apart(one, other) -> bool:
    (a, b), (c, d) = one
    (left, top), (right, bottom) = other
    return c <= left or right <= a or d <= top or bottom <= b


def _check_places(drawn) -> None:
    laid = layout(drawn)
    page = ((0.0, 0.0), (laid.width, laid.height))
    boxes = _boxes(laid)
    assert all(_inside(box, page) for box in boxes)
    for one, other in combinations(boxes, 2):
        assert _apart(one, other) or _inside(one, other) or _inside(other, one)
    for shape in laid.shapes:
        assert all(0 <= x <= laid.width and 0 <= y <= laid.height for x, y in shape.points)


def test_no_box_lies_on_another():
    _check_places(_drawn(EVERYTHING, HEAD))


@pytest.mark.parametrize("tall", ["step", "handlers"])
def test_the_way_goes_on_behind_a_step_whose_failure_is_handled(tall):
    more = "\n    - uses: value.set" * (1 if tall == "step" else 5)
    laid = layout(_drawn(f"- uses: books.read\n  retry: 3\n  on_error:{more}\n- uses: value.set\n"))

    lines = [s.points for s in laid.shapes if s.kind == "line" and "fails" not in s.look]
    boxes = sorted(_boxes(laid), key=lambda box: box[0][1])
    last = boxes[-1]
    ends = {points[-1] for points in lines}
    axis = (last[0][0] + last[1][0]) / 2
    assert any(x == axis and abs(y - last[0][1]) < 0.1 for x, y in ends)
    starts = {round(points[0][1], 1) for points in lines if points[0][0] == axis}
    assert (
        round(next(b[1][1] for b in boxes if b[0][1] > 60 and b[1][0] > axis > b[0][0]), 1)
        in starts
    )


_LEAVES = st.sampled_from([
    "{uses: value.set}", "{uses: books.read, retry: 2}", "{name: 測試 of a rather long name, uses: mail.send}",
    "{uses: books.read, on_error: [{uses: mail.send}, {uses: value.set}]}",
])  # fmt: skip
_NESTED = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda s: f"{{steps: [{', '.join(s)}]}}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda s: f"{{parallel: [{', '.join(s)}]}}"),
        inner.map(lambda s: f"{{for_each: '[1]', as: w, steps: [{s}]}}"),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_NESTED, min_size=1, max_size=3))
def test_no_box_lies_on_another_whatever_the_routine(steps):
    names = (f"as: w{n}" for n in count())  # loops in loops need names of their own
    text = re.sub("as: w", lambda _: next(names), "\n".join(f"- {step}" for step in steps))
    drawn = _drawn(text)

    _check_places(drawn)
    assert len(re.findall(r"^", as_text(drawn), re.MULTILINE)) > 4
