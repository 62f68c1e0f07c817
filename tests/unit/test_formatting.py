"""Formatting sets a text evenly; what it says, and every remark in it, stays."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.document._formatting import formatted, remarks
from dayhand.resources import shipped


def _read(text: str):
    return document.read(text, file="a.yaml")


def _formatted(text: str) -> str:
    return formatted(_read(text))


CASES = {
    "spaces and empty lines": (
        """


        a:   1   #  one


        b: {c:   1,d: [ 1,2 ,3 ] , e:    f}

        """,
        """\
        a: 1     #  one

        b: {c: 1, d: [1, 2, 3], e: f}
        """,
    ),
    "lists under their key": (
        """\
        steps:
        - id: one
          with:
              a: 1
        -   id: two
            list:
            - x
            - - y
              - z
        last: 1
        """,
        """\
        steps:
          - id: one
            with:
              a: 1
          - id: two
            list:
              - x
              - - y
                - z
        last: 1
        """,
    ),
    "remarks stay with what they are about": (
        """\
        # first
        a:
            # about b
            b: 1
            # after b
        # about c
        c:
        - 1
        # between
        - 2
          # deep
        # end
        """,
        """\
        # first
        a:
          # about b
          b: 1
          # after b
        # about c
        c:
          - 1
          # between
          - 2
            # deep
          # end
        """,
    ),
    "remarks at the end of lines": (
        """\
        a: 1 # close
        b: 2          # far
        c:   # of a mapping
            d: 1      # inside
        """,
        """\
        a: 1  # close
        b: 2          # far
        c:   # of a mapping
          d: 1      # inside
        """,
    ),
    "literal text": (
        """\
        a:
            b: |   # the lines
                one
                  two  \x20

                three


            c: |-
              x
            d: |+
              y


            e: >2
                kept as deep
        """,
        """\
        a:
          b: |   # the lines
            one
              two  \x20

            three

          c: |-
            x
          d: |+
            y


          e: >2
              kept as deep
        """,
    ),
    "text over several lines": (
        """\
        a:
                plain and
                   more
        b: "quoted
            and more"    # why
        c:
            d: 'one
                two'
        """,
        """\
        a:
          plain and
             more
        b: "quoted
            and more"    # why
        c:
          d: 'one
              two'
        """,
    ),
    "brackets over several lines": (
        """\
        a: {
            b: 1,
                c: [1,
          2]
          }
        """,
        """\
        a: {
            b: 1,
                c: [1,
          2]
          }
        """,
    ),
    "keys in quotes and odd values": (
        """\
        "a b"  : 'x'
        c:   "#  no remark"   # a remark
        d:    ${{ x }}
        e:   -1
        f: a#b
        g:
        """,
        """\
        "a b": 'x'
        c: "#  no remark"     # a remark
        d: ${{ x }}
        e: -1
        f: a#b
        g:
        """,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_text_is_set_evenly(name):
    before, after = (dedent(text) for text in CASES[name])

    made = _formatted(before)

    assert made == after
    assert document.plain(_read(made).root) == document.plain(_read(before).root)
    assert _formatted(made) == made


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_ends_of_lines_become_those_of_the_house(ends):
    text = f"\ufeffa: 1{ends}b: |{ends}  x{ends}"

    assert _formatted(text) == "a: 1\nb: |\n  x\n"


@pytest.mark.parametrize(
    "file", sorted(shipped("routines").rglob("*.yaml"), key=str), ids=lambda f: f.name
)
def test_the_shipped_routines_are_formatted(file):
    text = file.read_text(encoding="utf-8")

    assert _formatted(text) == text


@pytest.mark.parametrize(
    "text", ["a: [1", "a: 1\na: *b\n", "", "- a", "a: !x b", "\ta: 1", "a: 1\n---\nb: 1"]
)
def test_a_text_that_cannot_be_read_stays_as_it_is(text):
    assert _formatted(text) == text


def test_remarks_are_told_from_text_with_a_number_sign():
    text = "# one\na: '# no'  # two\nb: |\n  # no\n# three\nc: [1, # four\n  2] # five\nd: x#no\n"

    assert remarks(text) == ["# one", "# two", "# three", "# four", "# five"]


# Whatever is written ------------------------------------------------------------------------------

_KEYS = st.sampled_from(["a", "with", "steps", "x y", "when", "a-b", "#k", "1", "- k"])
_VALUES = st.one_of(
    st.text(max_size=12), st.integers(-9, 9), st.booleans(), st.none(),
    st.sampled_from(["a\nb\n", "a\n\nb", " x", "# no", "a: b", "${{ a }}", "x #y", "long " * 30, "a\n  b\n\n\n"]),
)  # fmt: skip
_TREES = st.dictionaries(
    _KEYS,
    st.recursive(
        _VALUES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


class _Deep(yaml.SafeDumper):
    """Writes lists under their key, with more columns than the house does."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def _with_remarks(text: str, remarked: list[int]) -> str:
    """Remarks between lines, wherever none of them would become part of a text."""
    lines = text.split("\n")
    for at in remarked:
        number = at % len(lines)
        line = lines[number]
        indent = " " * (len(line) - len(line.lstrip()))
        changed = [*lines[:number], f"{indent}# remark {at}", *lines[number:]]
        made = document.read("\n".join(changed), file="a.yaml")
        if made.root is not None and len(remarks(made.text)) == len(remarks("\n".join(lines))) + 1:
            lines = changed
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(
    _TREES, st.sampled_from([yaml.SafeDumper, _Deep]), st.integers(2, 6), st.booleans(),
    st.lists(st.integers(0, 60), max_size=4),
)  # fmt: skip
def test_what_a_text_says_and_remarks_stays_whatever_it_is(tree, dumper, columns, flow, remarked):
    text = yaml.dump(
        tree, Dumper=dumper, indent=columns, default_flow_style=flow or None, sort_keys=False
    )
    text = _with_remarks(text, remarked)
    read = _read(text)

    made = formatted(read)

    if read.root is not None and not read.problems:
        assert document.plain(_read(made).root) == document.plain(read.root)
        assert remarks(made) == remarks(text)
        assert _formatted(made) == made
    else:
        assert made == text
