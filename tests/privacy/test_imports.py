"""CSV files made to harm, or saved by the wrong program: told by line, and nothing of them is kept."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dayhand import read_csv, write_csv
from dayhand_practice.kinds import KINDS, kind_of

HEAD = "id,name,date_of_birth,email,region,status\n"
ROW = "C-0001,Ada Planted,1990-01-01,ada@client.example,NY,active\n"
SOUND = HEAD + ROW
_CHILD = """
import json, os, resource, sys, time
from dayhand import UserError
from dayhand_practice.importing import rows_of
from dayhand_practice.kinds import kind_of
from zoneinfo import ZoneInfo
kind = kind_of("clients", ZoneInfo("America/New_York"))
for file in sys.argv[1:]:
    if os.fork() == 0:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        data = open(file, "rb").read()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        try:
            told = {"rows": len(rows_of(data, kind, "clients.csv"))}
        except UserError as error:
            told = {"refused": error.message, "lines": [p.line for p in error.problems]}
        told["seconds"] = time.process_time() - start
        told["kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps(told), flush=True)
        os._exit(0)
    if os.wait()[1]:
        print(json.dumps({"died": file}), flush=True)
"""
MEGABYTE = 1024 * 1024

# what is in it → a part of what is said of it
REFUSED = {
    "quote never closed": (HEAD + 'C-0001,"Ada\n' + ROW * 50_000, "not well-formed"),
    "quote closed and then more": (HEAD + 'C-0001,"Ada"x,1990-01-01,a@b.example,NY,active\n', "not well-formed"),
    "a cell of 19 MB": (HEAD + "C-0001," + "a" * (19 * MEGABYTE) + ",,,,\n", "field larger than"),
    "a line of 19 MB": ("a" * (19 * MEGABYTE), "field larger than"),
    "a million columns": (",".join(["a"] * 1_000_000) + "\n", "more than 1,000 cells"),
    "a million cells": (HEAD + "," * 1_000_000 + "\n", "line 2 has more than 1,000 cells"),
    "ten million rows": ("a\n" * (10 * MEGABYTE), "more than 200,000 rows"),
    "seven million cells": (("ab," * 998 + "ab\n") * 6990, "more than 2,000,000 cells"),
    "letters of four bytes": ("\U0001f600,\n" * (3 * MEGABYTE), "more than 200,000 rows"),
    "a million columns, quoted": ('"",' * 5_000_000, "more than 1,000 cells"),
    "999 columns": (",".join(f"a{n}" for n in range(999)) + "\n", "unknown column"),
    "no header, a name twice": ("Ada Planted,Ada Planted\n", "stands twice"),
    "larger than 20 MB": (HEAD + "x" * (20 * MEGABYTE), "larger than 20 MiB"),
    "NUL in the header": ("id,na\0me\n", "unknown column"),
    "UTF-16": (SOUND.encode("utf-16"), "line 1 is not UTF-8"),
    "UTF-16 without its mark": (SOUND.encode("utf-16-le"), "unknown column"),
    "UTF-32": (SOUND.encode("utf-32"), "line 1 is not UTF-8"),
    "Latin-1": (HEAD.encode() + "C-0001,Zoë,,,,\n".encode("latin-1"), "line 2 is not UTF-8"),
    "a lone surrogate": (HEAD.encode() + b"C-0001,\xed\xa0\x80,,,,\n", "line 2 is not UTF-8"),
    "overlong": (HEAD.encode() + b"C-0001,\xc0\xaf,,,,\n", "line 2 is not UTF-8"),
    "semicolons": (SOUND.replace(",", ";"), "not separated by commas"),
    "tabs": (SOUND.replace(",", "\t"), "not separated by commas"),
    "no header": (ROW, "unknown column"),
    "a header twice": ("name,name\nAda,Bea\n", "stands twice"),
    "empty": ("", "the file is empty"),
    "only blank lines": ("\n" * 100_000, "the file is empty"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(range(256)) * 20, "not UTF-8"),
    "a web page": ("<!DOCTYPE html>\n<html>Sign in</html>\n", "unknown column"),
    "a short row": (HEAD + "C-0001,Ada\n", "2 cells under 6 column names"),
    "turned round": ("\u202eid,name\n", "unknown column"),
}  # fmt: skip
TAKEN = {
    "sound": (SOUND, 1),
    "with a mark": ("\ufeff" + SOUND, 1),
    "CRLF": (SOUND.replace("\n", "\r\n"), 1),
    "CR": (SOUND.replace("\n", "\r"), 1),
    "no last line break": (SOUND.rstrip(), 1),
    "quotes and line breaks": (HEAD + 'C-0001,"Ada ""the\nfirst""",,,,\n', 1),
    "blank lines between": (HEAD + "\n\n" + ROW + "\n,,,,,\n", 1),
    "40,000 rows": (HEAD + ROW * 40_000, 40_000),
    "guarded formula": (HEAD + "C-0001,'=cmd|' /C calc'!A0,,,,\n", 1),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, dict]:
    """What becomes of each file, in a process of its own that may have 1 GiB."""
    folder = tmp_path_factory.mktemp("csv")
    files = []
    for number, (data, _) in enumerate((*REFUSED.values(), *TAKEN.values())):
        files.append(folder / f"{number}.csv")
        files[-1].write_bytes(data.encode() if isinstance(data, str) else data)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *files], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr[-800:]
    found = map(json.loads, done.stdout.splitlines())
    return dict(zip((*REFUSED, *TAKEN), found, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_line_and_nothing_is_imported(name, told):
    found = told[name]

    assert "nothing was imported" in found["refused"]
    assert REFUSED[name][1] in found["refused"]
    assert len(found["refused"]) < 30_000
    assert "Planted" not in found["refused"]
    assert min(found["lines"]) >= 1
    assert found["seconds"] < 5
    assert found["kib"] < 400 * 1024


@pytest.mark.parametrize("name", TAKEN)
def test_an_odd_file_is_read(name, told):
    found = told[name]

    assert found["rows"] == TAKEN[name][1]
    assert found["seconds"] < 5
    assert found["kib"] < 200 * 1024


PIECES = ['"', '""', ",", ";", "\n", "\r\n", "\r", "'", "=", "+", "-", "@", "\t", "\0", "\ufeff", "a", "é",
          "\u2028", "\u202e", " ", "=1+1", "'=x", "name", "C-0001", "\x1b[2J"]  # fmt: skip
CALM = settings(max_examples=200, deadline=None, derandomize=True,
                suppress_health_check=[HealthCheck.too_slow])  # fmt: skip


def read_or_told(data: bytes) -> None:
    """It is read, or refused with a line; nothing else comes out."""
    try:
        rows = read_csv(data)
    except ValueError as error:
        refused = str(error)
    else:
        refused = None
    if refused is not None:
        assert 0 < len(refused) < 300
        return
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(1 <= row.line <= lines for row in rows)
    assert [row.line for row in rows] == sorted(row.line for row in rows)


@CALM
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(lambda parts: "".join(parts).encode()))
@example(b'"')
@example(b"\xef\xbb\xbf")
def test_random_signs_of_csv_are_read_or_told(data):
    read_or_told(data)


@CALM
@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_told(data):
    read_or_told(data)


@pytest.mark.soak
@settings(parent=CALM, max_examples=20_000)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map(lambda parts: "".join(parts).encode()))
def test_very_many_signs_of_csv_are_read_or_told(data):
    read_or_told(data)


EVIL = ["1e999999", "-1e9999999", "NaN", "sNaN", "Infinity", "9" * 5000, "0." + "0" * 4000 + "1",
        "\uff11", "\u00b2", "0x10", "1_000", "\0", "\u202e", "0000-00-00", "0001-01-01", "9999-12-31",
        "99999-01-01", "2026-02-30", "2026-01-01T25:00", "2026-01-01T00:00:00+99:99", "a" * 100_000,
        "[]", "{{ x }}", "$1.00", "(1.00)", "-0", "1e-400", "24:00", "\u0663", "--1", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_any_field_is_read_or_told(kind):
    """Nan, infinities, exponents, digits of other scripts, days that are none."""
    for field in kind_of(kind, ZoneInfo("America/New_York")).fields:
        for text in EVIL:
            with contextlib.suppress(ValueError):
                field.store(field.from_text(text))


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(PIECES)


@CALM
@given(st.lists(cells, max_size=6))
def test_f02_what_is_written_runs_nowhere_and_is_read_back(texts):
    rows = [["k", text] for text in texts]
    text = write_csv(["x", "y"], rows)

    written = list(csv.reader(io.StringIO(text[1:], newline="")))[1:]
    found = [row.cells for row in read_csv(text.encode())[1:]]

    assert found == rows
    assert all(cell[:1] not in FORMULA for _, cell in written if cell)


FORMULA = set("=+-@\t\r\n\0＝＋－＠")
