"""The document reader: what stays text, what is told with which place, where an offset stands."""

from __future__ import annotations

import dataclasses
import time
from decimal import Decimal

import pytest
import yaml

from dayhand import document
from dayhand.document import Mapping, Scalar, Sequence, at, key_mark, place, plain, read
from dayhand.document import _reader as reader_module
from dayhand.problems import Mark

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def either_loader(request, monkeypatch):
    monkeypatch.setattr(reader_module, "_LOADER", request.param)


def value_of(text: str):
    """What `v: text` is read as."""
    found = read(f"v: {text}\n", file="r.yaml")
    assert found.problems == ()
    return plain(found.root)["v"]


def told(text: str | bytes) -> list[tuple[str, int, int]]:
    """Code, line and column of each problem."""
    return [(p.code, p.mark.line, p.mark.column) for p in read(text, file="r.yaml").problems]


def only(text: str | bytes):
    """The one problem of a text."""
    (problem,) = read(text, file="r.yaml").problems
    return problem


# --- values ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    "text",
    ["no", "NO", "on", "off", "yes", "y", "True", "FALSE", "Null", "~", "07:30", "12:30", "1:59:59",
     "02139", "010", "0x1F", "0o17", "0b1", "1_000", ".inf", "-.inf", ".nan", ".5", "5.", "+5",
     "2026-11-01", "2026-11-01T09:00:00Z", "1e", "1.2.3", "1234567890123456", "12345678901234567.5",
     "1e999999999", "٣", "=", "-5a", "0 9 1 * *", "${{ a }}", "${{ a }} and ${{ b }}",
     "${{ a | default('x') }}", "${{ a.b[0] }}", "a#b", "https://example.org/a?b=c"],
)  # fmt: skip
def test_y03_only_json_words_and_numbers_are_typed_everything_else_stays_text(text):
    assert value_of(text) == text


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("null", None), ("", None), ("0", 0), ("-0", 0), ("5", 5),
     ("-12", -12), ("123456789012345", 123456789012345), ("1.10", Decimal("1.10")),
     ("-0.5", Decimal("-0.5")), ("1e3", Decimal("1e3")), ("1.5E-2", Decimal("0.015"))],
)  # fmt: skip
def test_json_words_and_numbers_are_typed_and_decimals_keep_their_digits(text, value):
    found = value_of(text)

    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


@pytest.mark.parametrize("text", ["'5'", '"true"', "'null'", "''", '"1.5"', "|\n  5", ">-\n  true"])
def test_quoted_texts_and_blocks_are_always_text(text):
    assert isinstance(value_of(text), str)


def test_y03_keys_are_always_text():
    found = read("on: 1\n2026: 2\n02139: 3\nnull: 4\n'': 5\n", file="r.yaml")

    assert found.root.keys() == ("on", "2026", "02139", "null", "")
    assert found.problems == ()


def test_y03_a_value_keeps_the_text_it_was_written_as():
    found = read("price: 12.50\nflag: true\n", file="r.yaml")

    assert found.root.get("price").text == "12.50"
    assert found.root.get("flag").text == "true"


# --- the tree ----------------------------------------------------------------------------------

ROUTINE = """\
routine: monthly-billing
steps:
  - id: sessions
    with: {month: "${{ inputs.month }}", billed: false}
  - id: draft
    attach: [a, b]
"""


@pytest.mark.usefixtures("either_loader")
def test_every_node_knows_its_place():
    root = read(ROUTINE, file="r.yaml").root

    def mark(*path):
        return at(root, path).mark

    assert root.mark == Mark("r.yaml", 1, 1, 1)
    assert mark("routine") == Mark("r.yaml", 1, 10, 15)
    assert mark("steps") == Mark("r.yaml", 3, 3, 1)
    assert mark("steps", 0) == Mark("r.yaml", 3, 5, 1)
    assert mark("steps", 0, "with") == Mark("r.yaml", 4, 11, 45)
    assert mark("steps", 0, "with", "month") == Mark("r.yaml", 4, 19, 21)
    assert mark("steps", 1, "attach", 1) == Mark("r.yaml", 6, 17, 1)


def test_a_key_and_an_item_can_be_pointed_at():
    root = read(ROUTINE, file="r.yaml").root

    assert key_mark(root, ["steps", 0, "with"]) == Mark("r.yaml", 4, 5, 4)
    assert key_mark(root, ["steps", 1]) == Mark("r.yaml", 5, 5, 1)
    assert key_mark(root, []) == root.mark
    assert key_mark(root, ["nothing", "here"]) is None
    assert key_mark(None, []) is None
    assert root.key_mark("steps") == Mark("r.yaml", 2, 1, 5)
    assert root.key_mark("nothing") is None


def test_a_path_that_leads_nowhere_gives_none():
    root = read(ROUTINE, file="r.yaml").root

    assert at(root, ("steps", 7)) is None
    assert at(root, ("steps", -1)) is None
    assert at(root, ("steps", "id")) is None
    assert at(root, ("routine", "x")) is None
    assert at(root, (0,)) is None


def test_the_tree_as_plain_values():
    assert plain(read(ROUTINE, file="r.yaml").root) == {
        "routine": "monthly-billing",
        "steps": [
            {"id": "sessions", "with": {"month": "${{ inputs.month }}", "billed": False}},
            {"id": "draft", "attach": ["a", "b"]},
        ],
    }


def test_the_tree_cannot_be_changed():
    root = read("a: [1]\n", file="r.yaml").root

    assert isinstance(root, Mapping)
    assert isinstance(root.get("a"), Sequence)
    with pytest.raises(dataclasses.FrozenInstanceError):
        root.mark = None


def test_a_document_gives_its_lines():
    found = read("a: 1\r\nb: 2\n", file="r.yaml")

    assert [found.line(n) for n in range(5)] == ["", "a: 1", "b: 2", "", ""]


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize("text", ["\ufeffa: 1\n", b"\xef\xbb\xbfa: 1\n", "---\na: 1\n...\n"])
def test_a_byte_order_mark_and_document_markers_are_tolerated(text):
    found = read(text, file="r.yaml")

    assert found.problems == ()
    assert plain(found.root) == {"a": 1}


def test_columns_count_characters_not_bytes():
    found = read("größe: {ü: 🌞, b: x}\n", file="r.yaml")

    assert at(found.root, ("größe", "b")).mark.column == 18


# --- problems ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
        ("a: {b: 1, b: 2}\n", "duplicate-key", 1, 11),
        ("a: !!python/object/apply:os.system ['x']\n", "yaml-tag", 1, 4),
        ("a: !!str 5\n", "yaml-tag", 1, 4),
        ("a: ! x\n", "yaml-tag", 1, 4),
        ("!t a: 1\n", "yaml-tag", 1, 1),
        ("a: !e!x y\n", "yaml-tag", 1, 4),
        ("a: &x 1\n", "yaml-alias", 1, 4),
        ("a: *x\n", "yaml-alias", 1, 4),
        ("*x : 1\n", "yaml-alias", 1, 1),
        ("<<: {a: 1}\n", "yaml-merge", 1, 1),
        ("a: 1\n---\nb: 2\n", "multiple-documents", 2, 1),
        ("a: 1\x07\n", "control-character", 1, 5),
        ("a: \ud800\n", "control-character", 1, 4),
        ("a: x\ufeffy\n", "control-character", 1, 5),
        ('a: "x\\0y"\n', "control-character", 1, 4),
        ("", "empty-file", 1, 1),
        ("# nothing\n", "empty-file", 1, 1),
        ("---\n", "empty-file", 2, 1),
        ("- a\n", "not-a-mapping", 1, 1),
        ("just text\n", "not-a-mapping", 1, 1),
        ("? [a]\n: 1\n", "key-not-text", 1, 3),
        ("{[a]: 1}\n", "key-not-text", 1, 2),
        ("? \n: 1\n", "key-not-text", 1, 2),
        (b"a: b\nc: M\xfcller\n", "not-utf-8", 2, 5),
        ("a: 'it's'\n", "yaml-syntax", 1, 8),
    ],
)
def test_y02_y04_each_mistake_has_its_code_and_place(text, code, line, column):
    found = told(text)

    assert (code, line, column) in found
    assert {one for one, _, _ in found} == {code}


def test_y04_a_duplicate_key_names_the_line_of_the_first():
    problem = only("a: 1\nb: 2\n\na: 3\n")

    assert problem.message == "the key 'a' is already there, in line 1"
    assert problem.mark == Mark("r.yaml", 4, 1, 1)


def test_of_a_duplicate_key_the_first_counts():
    found = read("a: 1\nb: 2\na: 3\n", file="r.yaml")

    assert plain(found.root) == {"a": 1, "b": 2}
    assert found.root.get("a").value == 1


def test_y05_all_problems_are_told_at_once_in_order():
    text = "a: &x 1\na: !t 2\nb:\n  - <<: {c: 1}\n  - {d: 1, d: 2}\nt: 'x' y\n"

    assert told(text) == [
        ("yaml-alias", 1, 4),
        ("duplicate-key", 2, 1),
        ("yaml-tag", 2, 4),
        ("yaml-merge", 4, 5),
        ("duplicate-key", 5, 12),
        ("yaml-syntax", 6, 8),
    ]


def test_other_problems_do_not_take_the_tree_away_but_an_alias_does():
    assert read("a: 1\na: !t 2\n", file="r.yaml").root is not None
    assert read("a: &x 1\n", file="r.yaml").root is not None
    assert read("a: 1\nb: *a\n", file="r.yaml").root is None


HINTS = {
    "steps:\n\t- a\n": (2, 1, "a tab indents this line", "spaces"),
    "a: b\n\tc: d\n": (2, 1, "a tab indents this line", "spaces"),
    "title:Monthly\nx: 1\n": (1, 1, "no space after the colon", "write 'title: Monthly'"),
    "x: 1\ntitle:Monthly\n": (2, 1, "no space after the colon", "write 'title: Monthly'"),
    "title:Monthly\n": (1, 1, "does not begin with 'key: value'", "'title: Monthly'"),
    "title: Re: invoice\n": (1, 10, "the text contains ': '", "quotes"),
    "- a\nb: c\n": (2, 1, "a list goes on here", "indent"),
    "a: {m: ${{ x }}}\n": (1, 9, "needs quotes", '"${{ … }}"'),
    "a: [${{ x }}]\n": (1, 6, "needs quotes", '"${{ … }}"'),
    'to: ${{ a | default("x: y") }}\n': (1, 23, "contains ': '", "single quotes"),
    "to: ${{ a # b }}\n": (1, 11, "read as a comment", "quotes"),
    'a: "foo\nb: c\n': (1, 4, "never closed", 'with "'),
    "a: 'foo\n---\nb: c\n": (1, 4, "never closed", "with '"),
    'a: "x\nb: "y"\n': (2, 5, "a line above is not closed", "close"),
    "a: 'it's fine'\n": (1, 8, "after its closing quote", "twice"),
    'a: "He said "hi" to"\n': (1, 14, "after its closing quote", "single quotes"),
    'a: "C:\\Users"\n': (1, 9, "backslash", "single quotes"),
    "a: @foo\n": (1, 4, "cannot begin with '@'", "quotes"),
    "a: %x\n": (1, 4, "cannot begin with '%'", "quotes"),
    "a: *\n": (1, 4, "cannot begin with '*'", "quotes"),
    "a: - b\n": (1, 4, "a list cannot begin", "next line"),
    "a:\n  b: 1\n   c: 2\n": (3, 5, "a value already", "indentation"),
    "a:\n  - b\n c: d\n": (3, 2, "does not fit the block", "indentation"),
    "a:\n- b\n-c\n- d\n": (3, 1, "no space after the dash", "'- '"),
    "x: 1\nwords alone\ny: 2\n": (2, 1, "neither 'key: value' nor", "colon"),
    "a: [1, 2\nb: 3\n": (1, 4, "'[' that is opened here is not closed", "']'"),
    "a: 1\n: 2\n": (2, 1, "no key before this colon", "name"),
    "{: 1}\n": (1, 2, "no key before this colon", "name"),
    "a: [\n": (2, 1, "never closed", "close"),
    "{a: b}}\n": (1, 7, "a '}' too many", "remove"),
    "%YAML 2.0\n---\na: 1\n": (1, 1, "not valid YAML", "line"),
}


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize("text", HINTS)
def test_y05_a_syntax_error_tells_its_cause_and_what_to_do(text):
    line, column, message, hint = HINTS[text]

    problem = only(text)

    assert (problem.mark.line, problem.mark.column) == (line, column)
    assert message in problem.message
    assert hint in problem.hint
    assert problem.message[0].islower()
    assert not problem.message.endswith(".")


def test_an_invisible_character_does_not_hide_what_follows():
    assert told("a: x\x00y\nb: 1\nb: 2\n") == [("control-character", 1, 5), ("duplicate-key", 3, 1)]


def test_y05_a_binary_file_is_told_in_few_problems():
    assert len(told("\x00" * 5000)) <= 22


def test_a_utf_16_file_is_told_as_such():
    problem = only("a: 1\n".encode("utf-16"))

    assert problem.code == "not-utf-8"
    assert "UTF-8" in problem.hint


# --- limits ------------------------------------------------------------------------------------


def test_y01_256_kib_are_read_and_one_byte_more_is_not():
    text = "a: 1\n# " + "x" * (document.MAX_BYTES - 8) + "\n"

    assert told(text) == []
    assert told(text + "\n") == [("file-too-large", 1, 1)]
    assert told((text + "\n").encode()) == [("file-too-large", 1, 1)]
    assert told("a: " + "ü" * (document.MAX_BYTES // 2)) == [("file-too-large", 1, 1)]


@pytest.mark.usefixtures("either_loader")
def test_y01_32_levels_are_read_and_one_more_is_not():
    # the mapping at the top is the first level
    fits = "a: " + "[" * 31 + "]" * 31

    assert told(fits) == []
    assert told("a: [" + fits[3:] + "]") == [("too-deep", 1, 35)]


@pytest.mark.usefixtures("either_loader")
def test_y01_20000_values_are_the_limit():
    assert told("a: [" + "1," * 19_900 + "1]") == []
    assert told("a: [" + "1," * 20_000 + "1]")[0][0] == "too-many-values"


# --- from an offset to a place -----------------------------------------------------------------


def pointed_at(text: str, needle: str, path=("v",)) -> tuple[int, int, str]:
    """Line and column at which `needle` of a value is placed, and what is written there."""
    found = read(text, file="r.yaml")
    scalar = at(found.root, path)
    assert isinstance(scalar, Scalar)
    mark = place(scalar, scalar.text.index(needle), len(needle))
    return mark.line, mark.column, found.line(mark.line)[mark.column - 1 :][: mark.length]


@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize(
    ("text", "needle", "line", "column", "written"),
    [
        ("v: ${{ a.b }}\n", "a.b", 1, 8, "a.b"),
        ("v: '${{ a.b }}'\n", "a.b", 1, 9, "a.b"),
        ("v: 'it''s ${{ a.b }}'\n", "a.b", 1, 15, "a.b"),
        ("v: 'it''s'\n", "'s", 1, 7, "''s"),
        ('v: "${{ a.b }}"\n', "a.b", 1, 9, "a.b"),
        ('v: "\\"q\\" ${{ a.b }}"\n', "a.b", 1, 15, "a.b"),
        ('v: "\\x41\\u00e9\\U0001F31E ${{ a.b }}"\n', "a.b", 1, 30, "a.b"),
        ('v: "tab\\there"\n', "here", 1, 10, "here"),
        ('w: 1\nv: "one\n  two ${{ a.b }}"\n', "a.b", 3, 11, "a.b"),
        ('v: "one \\\n   two ${{ a.b }}"\n', "a.b", 2, 12, "a.b"),
        ("v: 'one\n\n  two ${{ a.b }}'\n", "a.b", 3, 11, "a.b"),
        ("v: one\n  two ${{ a.b }}\n", "a.b", 2, 11, "a.b"),
        ("v: one   \n\n\n  two ${{ a.b }}\n", "a.b", 4, 11, "a.b"),
        ("v: |\n  one\n  ${{ a.b }}\n", "a.b", 3, 7, "a.b"),
        ("v: |\n    indented\n      ${{ a.b }}\n", "a.b", 3, 11, "a.b"),
        ("v: |2\n    kept ${{ a.b }}\n", "a.b", 2, 14, "a.b"),
        ("v: |\n\n\n  x\n\n  ${{ a.b }}\n", "a.b", 6, 7, "a.b"),
        ("v: |-  # why\n  ${{ a.b }}\n\n\nw: 1\n", "a.b", 2, 7, "a.b"),
        ("v: |\r\n  one\r\n  ${{ a.b }}\r\n", "a.b", 3, 7, "a.b"),
        ("v: >\n  one\n  ${{ a.b }}\n", "a.b", 3, 7, "a.b"),
        ("v: >\n  one\n\n    more\n  ${{ a.b }}\n", "a.b", 5, 7, "a.b"),
        ("v: >-\n\n  ${{ a.b }}\n", "a.b", 3, 7, "a.b"),
        ("v: |\n  größe 🌞 ${{ a.b }}\n", "a.b", 2, 15, "a.b"),
    ],
)
def test_an_offset_in_a_value_leads_to_where_it_was_written(text, needle, line, column, written):
    assert pointed_at(text, needle) == (line, column, written)


def test_a_mark_ends_with_its_line():
    found = read("v: |\n  one\n  two\n", file="r.yaml")

    assert place(found.root.get("v"), 1, 100) == Mark("r.yaml", 2, 4, 2)


def test_an_offset_outside_the_text_is_brought_inside():
    found = read("v: 'abc'\nw: abc\nx: |\n  abc\n", file="r.yaml")

    assert place(found.root.get("v"), 99) == Mark("r.yaml", 1, 8, 1)
    assert place(found.root.get("v"), -1) == Mark("r.yaml", 1, 5, 1)
    assert place(found.root.get("w"), 99) == Mark("r.yaml", 2, 7, 1)
    assert place(found.root.get("x"), 99).line in (4, 5)


def test_a_large_routine_is_read_fast():
    step = "  - id: s{}\n    uses: email.send\n    with: {{to: a, n: 12.50}}\n    # {}\n"
    text = "steps:\n" + "".join(step.format(n, "x" * 120) for n in range(1300))
    start = time.perf_counter()

    found = read(text, file="r.yaml")

    assert found.problems == ()
    assert time.perf_counter() - start < 10
