"""Whatever stands in a file, reading it ends, and what was written comes back."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.document import Mapping, Scalar, Sequence, place, plain, read
from dayhand.problems import by_place

ROUTINE = """\
# yaml-language-server: $schema=../.dayhand/routine.schema.json
routine: monthly-billing
title: Monthly billing
triggers:
  - cron: 0 9 1 * *
    skip_on: [weekend, public_holiday]
inputs:
  month: {type: month, default: "${{ scheduled_for | month(-1) }}"}
steps:
  - id: drafts
    uses: billing.draft
    with:
      sessions: ${{ steps.sessions.items }}
      note: |
        Dear ${{ client.name }},
          thank you.
      fold: >-
        one
        two ${{ a['it''s'] }}
      price: 12.50
      zip: '02139'
  - for_each: steps.issued.invoices
    as: invoice
    on_error: continue
"""
PIECES = ["\t", "\x00", "\ufeff", "- ", ": ", "? ", "&a ", "*a", "!t ", "<<: ", "---\n", "...\n",
          "{", "}", "[", "]", "'", '"', "|\n", ">-\n", "#", "%", "@", "`", ",", "${{", "}}", "\r\n",
          "\u2028", "\u0085", "\ud800", "\\", "   ", "\n", "🌞", "0" * 20, "a: " * 3]  # fmt: skip
CALM = settings(
    max_examples=250,
    deadline=20_000,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


def check(text: str | bytes) -> document.Document:
    """Read it, and hold the promises every document keeps."""
    found = read(text, file="r.yaml")

    lines = document._tree.BREAK.split(found.text)
    assert found.root is not None or found.problems
    assert list(found.problems) == by_place(list(found.problems))
    for problem in found.problems:
        assert 1 <= problem.mark.line <= max(len(lines), 1) + 1
        assert problem.mark.column >= 1
        assert problem.mark.length >= 1
        assert problem.code
        assert problem.message
    if found.root is not None:
        plain(found.root)
        for scalar in scalars(found.root):
            for offset in range(0, len(scalar.text) + 1, max(1, len(scalar.text) // 3)):
                mark = place(scalar, offset)
                # an empty value may stand after the last line: `? key` and nothing more
                assert 1 <= mark.line <= len(lines) + (scalar.text == "")
                assert mark.column >= 1
    return found


def scalars(node):
    """Every value in a tree."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        for entry in node.entries:
            yield from scalars(entry.value)


@settings(parent=CALM, max_examples=400)
@given(st.text(st.characters(), max_size=200))
@example("\ud800: \udfff")
@example("a: \x85b")
def test_y06_a_random_text_is_read_or_told(text):
    check(text)


@settings(parent=CALM, max_examples=400)
@given(st.lists(st.sampled_from([*PIECES, "a", "b: ", "\n", "\n  "]), max_size=60).map("".join))
def test_y06_random_signs_of_yaml_are_read_or_told(text):
    check(text)


@settings(parent=CALM)
@given(st.binary(max_size=200))
@example(b"\xff\xfea\x00:\x00")
@example(b"a: \xed\xa0\x80")
def test_y06_random_bytes_are_read_or_told(data):
    check(data)


mutations = st.lists(
    st.tuples(
        st.integers(0, len(ROUTINE)),
        st.integers(0, 12),
        st.one_of(st.sampled_from(PIECES), st.text(max_size=3)),
    ),
    min_size=1,
    max_size=6,
)


@settings(parent=CALM, max_examples=500)
@given(mutations)
def test_y06_a_mutated_routine_is_read_or_told(changes):
    text = ROUTINE
    for at, dropped, added in changes:
        text = text[:at] + added + text[at + dropped :]

    check(text)


@settings(parent=CALM)
@given(st.integers(0, len(ROUTINE)))
def test_y06_a_routine_that_is_cut_off_is_read_or_told(at):
    check(ROUTINE[:at])


@settings(parent=CALM)
@given(st.integers(0, len(ROUTINE.encode()) - 1), st.integers(0, 255))
def test_y06_a_routine_with_a_wrong_byte_is_read_or_told(at, byte):
    data = bytearray(ROUTINE.encode())
    data[at] = byte

    check(bytes(data))


@pytest.mark.soak
@settings(parent=CALM, max_examples=20_000)
@given(mutations)
def test_y06_very_many_mutated_routines_are_read_or_told(changes):
    test_y06_a_mutated_routine_is_read_or_told.hypothesis.inner_test(changes)


@pytest.mark.soak
@settings(parent=CALM, max_examples=20_000)
@given(st.lists(st.sampled_from([*PIECES, "a", "b: ", "\n", "\n  "]), max_size=120).map("".join))
def test_y06_very_many_signs_of_yaml_are_read_or_told(text):
    check(text)


# --- what was written comes back ---------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


_Dumper.add_representer(str, lambda d, text: d.represent_scalar("tag:yaml.org,2002:str", text, '"'))
_Dumper.add_representer(
    Decimal, lambda d, number: d.represent_scalar("tag:yaml.org,2002:float", str(number))
)

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t"),
    max_size=30,
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals("-99999", "99999", places=2),
    texts,
    st.sampled_from(
        ["no", "on", "07:30", "02139", "1_000", "1.10", "2026-11-01", "null", "~", "<<"]
    ),
)
trees = st.dictionaries(
    texts,
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=20,
    ),
    min_size=1,
    max_size=5,
)


@settings(parent=CALM)
@given(trees, st.sampled_from([None, True, False]), st.booleans())
def test_a_dumped_tree_reads_back_equal(tree, flow, is_unicode):
    text = yaml.dump(
        tree, Dumper=_Dumper, default_flow_style=flow, allow_unicode=is_unicode, sort_keys=False
    )

    found = check(text)

    assert found.problems == ()
    assert plain(found.root) == tree
    assert list(plain(found.root)) == list(tree)


class _Styled(yaml.SafeDumper):
    style: str | None = None


_Styled.add_representer(
    str, lambda d, text: d.represent_scalar("tag:yaml.org,2002:str", text, d.style)
)


@settings(parent=CALM, max_examples=400)
@given(
    st.text("abcxyzäöü🌞 '\"\n{}$|.#:-", max_size=60),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([10, 20, 80]),
    st.integers(0, 3),
)
@example("a\n\n b\nc", ">", 80, 0)
def test_every_letter_of_a_value_leads_back_to_where_it_stands(text, style, width, depth):
    tree: object = {"v": text}
    for _ in range(depth):
        tree = {"k": [tree]}
    dumper = type("Dumper", (_Styled,), {"style": style})
    dumped = yaml.dump(tree, Dumper=dumper, allow_unicode=True, width=width)

    found = check(dumped)
    node = found.root
    for _ in range(depth):
        node = node.get("k").items[0]
    scalar = node.get("v")
    # ours has other plain scalars than PyYAML's: `.` or `"{}"` alone
    if not isinstance(scalar, Scalar) or scalar.text != text:
        pytest.fail(f"read as {scalar!r}")

    for offset, char in enumerate(text):
        if char.isalpha() or char == "🌞":
            mark = place(scalar, offset)
            written = found.line(mark.line)[mark.column - 1 :]
            assert written.startswith(char) or written[0] == "\\", (offset, mark)


# --- speed -------------------------------------------------------------------------------------


def test_a_file_of_256_kib_is_read_in_time():
    step = "  - id: s{}\n    uses: email.send\n    with: {{to: ${{{{ a }}}}, n: 12.50}}\n    # {}\n"
    step = step.replace("${{{{ a }}}}", '"${{{{ a }}}}"')
    text = "steps:\n" + "".join(step.format(n, "x" * 110) for n in range(1300))
    text += "#" * (document.MAX_BYTES - len(text))
    start = time.perf_counter()

    found = read(text, file="r.yaml")
    took = time.perf_counter() - start

    print(f"\n256 KiB with {len(found.root.get('steps').items):,} steps: {took * 1000:.0f} ms")
    assert found.problems == ()
    assert isinstance(found.root, Mapping)
    assert took < 10


@pytest.mark.parametrize("style", ['"{}"', "'{}'", "|\n  {}", ">\n  {}", "{}"])
@pytest.mark.parametrize("between", [" ", "\n\n  "], ids=["one-line", "lines"])
def test_500_places_in_one_long_value_are_found_in_time(style, between):
    body = between.join(["word ${{ a.b }} x"] * 9000)
    scalar = read(f"v: {style.format(body)}\n", file="r.yaml").root.get("v")
    start = time.perf_counter()

    marks = {place(scalar, offset, 3) for offset in range(0, 150_000, 300)}

    assert len(marks) == 500
    assert time.perf_counter() - start < 10  # walked anew for each place it takes 20 to 50
