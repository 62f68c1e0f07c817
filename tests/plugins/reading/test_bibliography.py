"""Citations from BibTeX, RIS and lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand import UserError
from dayhand_reading.bibliography import read_bibtex, read_citations, read_ris

BIBTEX = r"""
An export of a reference manager, jane@lakeside.example.
@string{jbw = "Journal of " # {Brief Work}}
@comment{ @article{not, title = {Not this}} }
@Article{marchetti2024,
  author = "Ilse Marchetti and van der Berg, Jos{\'e} and Ludwig van Beethoven",
  title = {Endings in {CBT}: \emph{what} clients {\"u}ber-remember \& say},
  journal = jbw, year = 2024, month = mar, volume = {12}, pages = {31--44},
  doi = {https://doi.org/10.5555/jbw.2024.12.31}, keywords = {Grief, Brief therapy},
}
@inbook(vance, title = {Groups}, booktitle = {Grief in Groups}, date = {2022-05-01}, author={World Health Organization})
"""
RIS = """\
TY  - JOUR
AU  - Kern, Odile
AU  - Sato, R.
TI  - Sleep before
      insight
PY  - 2021/03/01/
JO  - Sleep and Mind
VL  - 4
SP  - 10
EP  - 19
DO  - 10.5555/sm.4.10
KW  - Sleep Hygiene
ER  -
TY  - BOOK
TI  - Rest
PB  - Northgate
ER  -
"""


def test_bibtex_is_read_with_its_strings_accents_and_names():
    first, second = read_bibtex(BIBTEX)

    assert first.title == "Endings in CBT: what clients über-remember & say"
    assert first.authors == ["Marchetti, Ilse", "van der Berg, José", "van Beethoven, Ludwig"]
    assert (first.container, first.year, first.pages) == ("Journal of Brief Work", 2024, "31-44")
    assert (first.doi, first.topics) == ("10.5555/jbw.2024.12.31", ["grief", "brief_therapy"])
    assert (second.kind, second.container, second.year) == ("chapter", "Grief in Groups", 2022)
    assert first.text == (
        "Marchetti, Ilse; van der Berg, José; van Beethoven, Ludwig (2024)."
        " Endings in CBT: what clients über-remember & say. Journal of Brief Work, 12, 31-44."
        " https://doi.org/10.5555/jbw.2024.12.31"
    )


def test_ris_is_read_with_lines_that_go_on():
    first, second = read_ris(RIS)

    assert (first.title, first.year, first.pages) == ("Sleep before insight", 2021, "10-19")
    assert (first.authors, first.topics) == (["Kern, Odile", "Sato, R."], ["sleep_hygiene"])
    assert (second.kind, second.container, second.year) == ("book", "Northgate", None)


def test_a_list_has_a_doi_or_a_pmid_a_line():
    found = read_citations(
        "a.txt", b"# mine\nhttps://doi.org/10.5555/x.1\nPMID: 31234567\n\n10.1000/a(b)c # why\n"
    )

    assert [one.doi or one.pmid for one in found] == ["10.5555/x.1", "31234567", "10.1000/a(b)c"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.bib", "@article{a, title = {open", "line 1: a brace that is opened here is not closed"),
        ("a.bib", "\n\n@article{a, title}", "line 3: a field is written name"),
        ("a.bib", '@article{a, title = "open}', "a text in quotes does not end"),
        ("a.bib", "@article{a, title = }", "a value is a number, or stands in braces"),
        ("a.bib", "nothing here", "there is no citation"),
        (
            "a.bib",
            "@article{a, title = {" + "x" * 501 + "}}",
            "a citation cannot be kept: title: Value should have",
        ),
        ("a.ris", "AU  - Kern\n", "line 1: a record begins with 'TY  - '"),
        ("a.ris", "TY  - JOUR\nTI  - A\n", "has no 'ER  - '"),
        ("a.ris", "TY  - JOUR\nTY  - JOUR\n", "line 2: the record before has no"),
        ("a.ris", "words\n", "line 1: a record begins"),
        ("a.txt", "10.5555/a\nhello\n", "line 2: 'hello' is neither a DOI nor a PMID"),
        ("a.pdf", "%PDF", "is no file of citations"),
    ],
)
def test_a_fault_is_told_with_its_line(name, text, told):
    with pytest.raises(UserError, match=told):
        read_citations(name, text.encode())


@given(st.text(alphabet='@{}()",=#\\ab1 \n', max_size=60))
def test_no_text_breaks_the_reader_of_bibtex(text):
    told = "line "
    try:
        read_bibtex(text)
    except ValueError as error:
        told = str(error)

    assert told.startswith("line ")


@given(st.text(alphabet="TYERAU10 -\n", max_size=60))
def test_no_text_breaks_the_reader_of_ris(text):
    told = "record"
    try:
        read_ris(text)
    except ValueError as error:
        told = str(error)

    assert "record" in told
