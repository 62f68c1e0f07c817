"""Files that would stop the process, told within a second and a small part of memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from dayhand.document import _reader, read

_CHILD = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
import yaml
from dayhand import document
from dayhand.document import _reader
if "pure" in sys.argv:
    _reader._LOADER = yaml.SafeLoader
data = sys.stdin.buffer.read()
document.read("a: 1", file="warm.yaml")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
found = document.read(data, file="r.yaml")
took = time.process_time() - start
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
problems = [(p.code, p.mark.line, p.mark.column, p.message, p.hint) for p in found.problems]
print(json.dumps({"took": took, "kib": grown, "problems": problems[:50], "read": bool(found.root)}))
"""
_FULL = 256 * 1024 - 16


def filled(piece: str, *, before: str = "", after: str = "") -> str:
    """As much of `piece` as a file may hold."""
    return before + piece * ((_FULL - len(before) - len(after)) // len(piece.encode())) + after


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k1: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join(['*' + before] * 9)}], k{name}: 1}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# what is in it → the code it is refused with
BOMBS = {
    "01-aliases": (ALIASES, "yaml-alias"),
    "02-merges": (MERGES, "yaml-merge"),
    "03-brackets": ("a: " + "[" * 200_000, "too-deep"),
    "03-brackets-closed": ("a: " + "[" * 100_000 + "]" * 100_000, "too-deep"),
    "03-braces": ("a: " + "{a: " * 60_000, "too-deep"),
    "03-dashes": ("- " * 120_000 + "x", "too-deep"),
    "03-questions": ("? " * 120_000, "too-deep"),
    "03-blocks": ("".join(" " * n + "a:\n" for n in range(700)), "too-deep"),
    "04-keys": ("".join(f"key{n}: 1\n" for n in range(100_000)), "file-too-large"),
    "04-keys-that-fit": ("".join(f"k{n}: 1\n" for n in range(25_000)), "too-many-values"),
    "04-items": (filled("- \n", before="a:\n"), "too-many-values"),
    "04-flow-items": (filled("1,", before="a: [", after="1]"), "too-many-values"),
    "05-base-60": ("a: 1" + ":59" * 200_000, "file-too-large"),
    "06-code": ("a: !!python/object/apply:os.system ['echo canary']\n", "yaml-tag"),
    "07-code": ("!!python/object/new:os.system [echo canary]\n", "yaml-tag"),
    "08-code": ("a: !!python/name:os.system\n", "yaml-tag"),
    "09-code": ("a: !!python/module:antigravity\n", "yaml-tag"),
    "10-binary": ("a: !!binary aGVsbG8=\n", "yaml-tag"),
    "10-set": ("a: !!set {x, y}\n", "yaml-tag"),
    "10-tag-directive": ("%TAG ! tag:yaml.org,2002:python/\n---\na: !name:os.system\n", "yaml-tag"),
    "11-twice": ("steps: 1\nsteps: 2\n", "duplicate-key"),
    "11-twice-often": (filled("a: 1\n"), "duplicate-key"),
    "15-recursive": ("a: &a [*a]\n", "yaml-alias"),
    "15-recursive-mapping": ("&a a: *a\n", "yaml-alias"),
    "26-documents": ("a: 1\n---\nb: 2\n", "multiple-documents"),
    "26-many-documents": (filled("---\na: 1\n"), "multiple-documents"),
    "27-control": ("a: \x1b[31mred\n", "control-character"),
    "27-controls": (filled("\x01"), "control-character"),
    "27-nulls": ("\x00" * _FULL, "control-character"),
    "27-c1": ("a: 1\n\x90b: 2\n", "control-character"),
    "27-right-to-left": ("a: \u202eb\n", "control-character"),
    "27-isolates": ("a: ${{ x \u2066 }}\n# \u2069 b\n", "control-character"),
    "27-right-to-left-escaped": ('a: "\\u202eb"\n', "control-character"),
    "30-utf-16": ("a: 1\n".encode("utf-16"), "not-utf-8"),
    "30-utf-16-bare": ("a: 1\n".encode("utf-16-le"), "control-character"),
    "30-utf-32": ("a: 1\n".encode("utf-32"), "not-utf-8"),
    "30-surrogate": (b"a: \xed\xa0\x80\n", "not-utf-8"),
    "30-overlong": (b"a: \xc0\xae\xc0\xae/etc\n", "not-utf-8"),
    "31-10-mb-line": ("a: " + "x" * 10_000_000, "file-too-large"),
    "31-anchor-of-100-kb": ("a: &" + "a" * 100_000 + " 1\n", "yaml-alias"),
    "31-alias-of-100-kb": ("a: *" + "a" * 100_000 + "\n", "yaml-alias"),
    "31-key-of-100-kb-twice": ("? " + "a" * 60_000 + "\n: 1\n? " + "a" * 60_000 + "\n: 1\n", "duplicate-key"),
    "31-percent": ("%" * 200_000, "yaml-syntax"),
    "28-anchors": (filled("- &a b\n", before="x:\n"), "yaml-alias"),
    "28-tags": (filled("- !a b\n", before="x:\n"), "yaml-tag"),
    "29-key-without-end": ("a" * 200_000 + ": 1\n", "yaml-syntax"),
    "29-quote-without-end": (filled("x ", before='a: "'), "yaml-syntax"),
    "29-escapes": (filled("\\x", before='a: "', after='"'), "yaml-syntax"),
    "29-directives": (filled("%YAML 1.1\n", after="---\na: 1\n"), "yaml-syntax"),
    "29-tabs": (filled("\t", before="a:\n", after="b"), "yaml-syntax"),
    "29-closers": (filled("]", before="a: "), "yaml-syntax"),
    "29-colons": (filled(": "), "yaml-syntax"),
    "30-not-utf-8": (b"a: \xff\xfe" * 1000, "not-utf-8"),
}  # fmt: skip

# what is large and yet only text
HARMLESS = {
    "base-60": filled(":59", before="a: 1"),
    "huge-number": filled("9", before="a: "),
    "huge-exponent": "a: 1e999999999\nb: 1e-99\nc: -0.0e0\n",
    "one-long-text": filled("word ", before="a: ", after="end\n"),
    "folded": filled("  word\n", before="a: >\n"),
    "literal": filled("  word\n", before="a: |\n"),
    "quoted-lines": filled("  word\n", before='a: "', after='  "'),
    "escapes": filled("\\u00e9", before='a: "', after='"'),
    "apostrophes": filled("''", before="a: '", after="'"),
    "empty-lines": filled("\n", before="a: 1\n"),
    "comments": filled("#\n", before="a: 1\n"),
    "expressions": filled("${{ x }} ", before="a: b ", after="c\n"),
    "open-expressions": filled("${{ ", before="a: b ", after="c\n"),
}


def read_in_child(data: str | bytes, *flags: str) -> dict:
    """What `document.read` says of it, in a process that may have 1 GiB."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *flags],
        input=data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data,
        capture_output=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert b"canary\n" not in done.stdout
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", BOMBS)
def test_y01_y02_y04_y05_a_bomb_is_refused_within_a_second_and_100_mib(name):
    data, code = BOMBS[name]

    found = read_in_child(data)

    assert code in [one[0] for one in found["problems"]]
    assert found["took"] < 1
    assert found["kib"] < 100 * 1024
    for _, line, column, message, hint in found["problems"]:
        assert line >= 1
        assert column >= 1
        assert len(message) < 200
        assert hint or message
        assert "Traceback" not in message


@pytest.mark.parametrize("name", HARMLESS)
def test_y01_a_large_text_is_only_a_text(name):
    found = read_in_child(HARMLESS[name])

    assert found["problems"] == []
    assert found["read"]
    assert found["took"] < 1
    assert found["kib"] < 100 * 1024


@pytest.mark.parametrize(
    "name", ["01-aliases", "02-merges", "03-brackets", "03-braces", "27-nulls"]
)
def test_y01_the_parser_in_python_stops_the_same_bombs(name):
    data, code = BOMBS[name]

    found = read_in_child(data, "pure")

    assert code in [one[0] for one in found["problems"]]
    assert found["took"] < 5
    assert found["kib"] < 100 * 1024


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (yaml.MarkedYAMLError(problem="exceeded max nesting depth",
                              problem_mark=yaml.Mark("r", 9, 1, 4, None, None)), "too-deep", 2),
        (yaml.reader.ReaderError("r", 0, 120, "utf-8", "is odd"), "yaml-syntax", 1),
        (yaml.MarkedYAMLError(problem="is odd"), "yaml-syntax", 1),
    ],
)  # fmt: skip
def test_y06_whatever_the_parser_raises_is_told(monkeypatch, error, code, line):
    class Loader:
        def __init__(self, _text):
            pass

        def get_event(self):
            raise error

        def dispose(self):
            pass

    monkeypatch.setattr(_reader, "_LOADER", Loader)

    (problem,) = read("a: 1\nb: 2\n", file="r.yaml").problems

    assert (problem.code, problem.mark.line) == (code, line)
