"""A page from a template and data: the same bytes for the same day, and errors that quote nothing."""

from __future__ import annotations

import builtins
import io
from datetime import timedelta

import pypdf
import pytest

from dayhand import StepError, UserError, typeset
from dayhand.testing import PracticeKit

PAGE = "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.title)\n= #d.title"


@pytest.fixture
def kit(tmp_path):
    (tmp_path / "templates").mkdir()
    return PracticeKit(tmp_path)


def write(kit, text, name="page.typ"):
    (kit.files.root / "templates" / name).write_text(text, encoding="utf-8")


def test_the_same_page_of_the_same_day_gives_the_same_bytes(kit):
    write(kit, PAGE)

    first = typeset(kit.context(), "page.typ", {"title": "A page"})
    again = typeset(kit.context(), "page.typ", {"title": "A page"})
    kit.clock.move(timedelta(days=1))

    assert again == first
    assert b"D:20261102" in first
    assert typeset(kit.context(), "page.typ", {"title": "A page"}) != first


@pytest.mark.parametrize(
    ("paper", "size"), [("letter", (612, 792)), ("us-letter", (612, 792)), ("a4", (595, 842))]
)
def test_the_paper_of_the_settings_is_the_paper_of_the_page(kit, paper, size):
    write(kit, PAGE.replace("= #d", "#set page(paper: d.paper)\n= #d"))

    made = typeset(kit.context(), "page.typ", {"title": "A page", "paper": paper})

    box = pypdf.PdfReader(io.BytesIO(made)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_a_page_is_archivable_and_tagged(kit):
    write(kit, PAGE)

    made = typeset(kit.context(), "page.typ", {"title": "A page"})

    assert b"pdfaid:part" in made
    assert b"pdfuaid:part" in made


def test_a_wrong_template_is_told_with_its_fault_and_without_the_data(kit):
    write(kit, "#nonsense")
    with pytest.raises(StepError, match=r"page\.typ could not be typeset: unknown variable"):
        typeset(kit.context(), "page.typ", {})

    write(kit, "#panic(sys.inputs.data)")
    with pytest.raises(StepError, match=r"page\.typ could not be typeset$") as caught:
        typeset(kit.context(), "page.typ", {"name": "Quimby"})

    assert caught.value.__cause__ is None
    assert "Quimby" not in caught.value.hint


def test_text_of_a_script_without_a_font_still_makes_a_page(kit):
    write(kit, PAGE)

    assert typeset(kit.context(), "page.typ", {"title": "\u5012 \U0001f600"}).startswith(b"%PDF")


def test_a_template_that_is_not_there_is_told(kit):
    with pytest.raises(UserError, match=r"no template 'other\.typ'"):
        typeset(kit.context(), "other.typ", {})


def test_without_typst_the_step_says_what_to_install(kit, monkeypatch):
    write(kit, PAGE)
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "typst":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(StepError, match="Typst is not installed") as caught:
        typeset(kit.context(), "page.typ", {"title": "A page"})

    assert "dayhand[all]" in caught.value.hint
