"""Citations from BibTeX, RIS, and lists of DOIs or PMIDs (pure).

BibTeX is read as its own manual tells: `@type{key, name = value, …}` where a value is a number, text in
braces or quotes, or the name of a `@string`, and parts are joined by `#`. Of TeX, accents and
braces are resolved; other commands lose their backslash and stay as words. RIS is lines of a tag of two
letters, `  - `, and a value, from `TY` to `ER`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pydantic import ValidationError

from dayhand import UserError, faults
from dayhand_reading.models import Citation

__all__ = ["read_bibtex", "read_citations", "read_list", "read_ris"]

_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "c": "\u0327",
    "v": "\u030c",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "H": "\u030b",
    "k": "\u0328",
}
_LETTERS = {
    "ss": "ß",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "i": "ı",
}
_MOST = 5_000
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|2[01])\d{2}(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]+")


def read_citations(name: str, data: bytes) -> list[Citation]:
    """The citations in a file, by the ending of its name.

    Raises:
        UserError: it is none of these files, or has a fault; tells the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # older exports of RIS
    reader = {"bib": read_bibtex, "ris": read_ris, "txt": read_list, "doi": read_list}.get(
        name.rpartition(".")[2].lower()
    )
    if reader is None:
        raise UserError(
            f"'{name}' is no file of citations",
            hint="it ends in .bib (BibTeX), .ris, or .txt with a DOI or PMID a line",
        )
    try:
        found = reader(text)
    except ValidationError as error:
        raise UserError(
            f"{name}: a citation cannot be kept: {faults(error)}",
            hint="correct it in the file, and add that again",
        ) from error
    except ValueError as error:
        raise UserError(
            f"{name}: {error}", hint="export it anew as BibTeX or RIS, in UTF-8"
        ) from error
    if not found:
        raise UserError(
            f"there is no citation in '{name}'",
            hint="it holds BibTeX, RIS, or a DOI or PMID a line",
        )
    if len(found) > _MOST:
        raise UserError(f"'{name}' has more than {_MOST} citations", hint="split it")
    return found


def read_list(text: str) -> list[Citation]:
    """One DOI or PMID a line; `#` begins a remark."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        doi = _DOI.search(said)
        pmid = re.fullmatch(r"(?:pmid:?\s*)?(\d{1,9})", said, re.IGNORECASE)
        if doi:
            found.append(Citation(doi=doi[0].rstrip(".,;")))
        elif pmid:
            found.append(Citation(pmid=pmid[1]))
        elif said:
            raise ValueError(f"line {number}: '{said[:60]}' is neither a DOI nor a PMID")
    return found


def read_ris(text: str) -> list[Citation]:
    """The records of a RIS file."""
    found: list[Citation] = []
    record: dict[str, list[str]] | None = None
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        tag = re.match(r"([A-Z][A-Z0-9])  ?- ?(.*)$", line)
        if tag is None:
            if line.strip() and record is not None and last:
                record[last][-1] += f" {line.strip()}"
            elif line.strip():
                raise ValueError(f"line {number}: a record begins with 'TY  - '")
            continue
        last, value = tag[1], tag[2].strip()
        if last == "TY":
            if record is not None:
                raise ValueError(f"line {number}: the record before has no 'ER  - '")
            record = {"TY": [value]}
        elif record is None:
            raise ValueError(f"line {number}: a record begins with 'TY  - '")
        elif last == "ER":
            found.append(_of_ris(record))
            record = None
        else:
            record.setdefault(last, []).append(value)
    if record is not None:
        raise ValueError("the last record has no 'ER  - '")
    return found


def _of_ris(record: dict[str, list[str]]) -> Citation:
    def first(*tags: str) -> str:
        return next((record[tag][0] for tag in tags if record.get(tag)), "")

    year = _YEAR.search(first("PY", "Y1", "DA"))
    start, end = first("SP"), first("EP")
    doi = _DOI.search(first("DO", "M3", "UR"))
    kinds = {"JOUR": "article", "BOOK": "book", "CHAP": "chapter", "THES": "thesis", "CONF": "talk"}
    return Citation(
        title=first("TI", "T1", "CT", "BT"),
        authors=[one for tag in ("AU", "A1") for one in record.get(tag, [])],
        year=int(year[0]) if year else None,
        container=first("T2", "JO", "JF", "JA", "PB"),
        volume=first("VL"),
        pages=f"{start}-{end}" if start and end else start,
        kind=kinds.get(first("TY").upper(), "other"),
        doi=doi[0] if doi else "",
        pmid=first("AN") if first("AN").isdigit() else "",
        url=first("UR", "L2"),
        topics=record.get("KW", []),
        abstract=first("AB", "N2"),
        source="ris",
    )


def read_bibtex(text: str) -> list[Citation]:
    """The entries of a BibTeX file."""
    return [_of_bibtex(kind, fields) for kind, fields in _Reader(text).entries()]


def _of_bibtex(kind: str, fields: dict[str, str]) -> Citation:
    year = _YEAR.search(fields.get("year") or fields.get("date", ""))
    doi = _DOI.search(fields.get("doi") or fields.get("url", ""))
    names = re.split(r"\s+and\s+", fields.get("author") or fields.get("editor", ""))
    holder = ("journal", "journaltitle", "booktitle", "publisher", "school", "institution")
    kinds = {
        "inbook": "chapter",
        "incollection": "chapter",
        "phdthesis": "thesis",
        "inproceedings": "talk",
    }
    return Citation(
        title=fields.get("title", ""),
        authors=[_family_first(one) for one in names if one.strip()],
        year=int(year[0]) if year else None,
        container=next((fields[name] for name in holder if fields.get(name)), ""),
        volume=fields.get("volume", ""),
        pages=fields.get("pages", "").replace("--", "-"),
        kind=kinds.get(kind, kind),
        doi=doi[0] if doi else "",
        pmid=fields.get("pmid", ""),
        url=fields.get("url", ""),
        topics=[one for one in re.split(r"[;,]", fields.get("keywords", "")) if one.strip()],
        abstract=fields.get("abstract", ""),
        source="bibtex",
    )


def _family_first(name: str) -> str:
    if "," in name or " " not in name.strip():
        return name.strip()
    words = name.split()
    at = next((n for n, word in enumerate(words[:-1]) if n and word[0].islower()), len(words) - 1)
    return f"{' '.join(words[at:])}, {' '.join(words[:at])}"


def _plain(value: str) -> str:
    """A value without TeX: accents set, braces gone."""

    def accent(match: re.Match[str]) -> str:
        letter = {"\\i": "i", "\\j": "j"}.get(match[2], match[2])
        return unicodedata.normalize("NFC", letter + _ACCENTS[match[1]])

    value = re.sub(r"""\\(['`^"~=.])\s*\{?(\\[ij]|[A-Za-z])\}?""", accent, value)
    value = re.sub(r"\\([cvuHk])\s*\{(\\[ij]|[A-Za-z])\}", accent, value)
    value = re.sub(
        r"\\(ss|AE|ae|OE|oe|AA|aa|o|O|l|L|i)(?![A-Za-z])\s?(?:\{\})?",
        lambda m: _LETTERS[m[1]],
        value,
    )
    value = re.sub(r"\\([&%$#_{}])", r"\1", value.replace("~", " "))
    value = re.sub(r"\\([A-Za-z]+)\s*", "", value)
    return " ".join(re.sub(r"[{}]", "", value).replace("---", "—").split())


class _Reader:
    """Reads BibTeX from one end to the other."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        months = [
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
        ]
        self.strings = {month: month.capitalize() for month in months}

    def fault(self, told: str) -> ValueError:
        return ValueError(f"line {self.text.count(chr(10), 0, self.at) + 1}: {told}")

    def match(self, pattern: str) -> str | None:
        found = re.compile(pattern, re.DOTALL).match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[1] if found.groups() else found[0]

    def entries(self) -> Iterator[tuple[str, dict[str, str]]]:
        while (at := self.text.find("@", self.at)) != -1:
            self.at = at + 1
            kind = (self.match(r"\s*([A-Za-z]+)\s*[{(]") or "").lower()
            if not kind:
                continue  # an address, or a remark between entries
            if kind in ("comment", "preamble"):
                self.at -= 1
                self.value_in_braces()
                continue
            if kind != "string" and self.match(r"\s*([^\s,{}()]*)\s*,?") is None:
                raise self.fault("an entry begins with its key")
            fields = dict(self.fields())
            if kind == "string":
                self.strings |= fields
            else:
                yield kind, {name: _plain(value) for name, value in fields.items()}

    def fields(self) -> Iterator[tuple[str, str]]:
        while not self.match(r"\s*[})]"):
            name = self.match(r"\s*([A-Za-z][\w:+-]*)\s*=\s*")
            if name is None:
                raise self.fault("a field is written name = {value}, and an entry ends with }")
            parts = [self.value()]
            while self.match(r"\s*#\s*"):
                parts.append(self.value())
            self.match(r"\s*,")
            yield name.lower(), "".join(parts)

    def value(self) -> str:
        if self.text[self.at : self.at + 1] == "{":
            return self.value_in_braces()
        if self.text[self.at : self.at + 1] == '"':
            quoted = self.match(r'"((?:[^"{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"')
            if quoted is None:
                raise self.fault("a text in quotes does not end")
            return quoted
        bare = self.match(r"([\w.:+-]+)")
        if bare is None:
            raise self.fault("a value is a number, or stands in braces or quotes")
        return bare if bare.isdigit() else self.strings.get(bare.lower(), bare)

    def value_in_braces(self) -> str:
        begun, depth = self.at, 0
        for found in re.compile(r"\\.|[{}()]", re.DOTALL).finditer(self.text, begun):
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth == 0 and found[0] in "})":
                self.at = found.end()
                return self.text[begun + 1 : self.at - 1]
        raise self.fault("a brace that is opened here is not closed")
