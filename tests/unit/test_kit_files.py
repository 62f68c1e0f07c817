"""What a kit knows of files: the practice's, and those in folders that a plugin declares."""

from __future__ import annotations

import pytest

from dayhand.errors import StepMisuse, UserError
from dayhand.testing import PracticeKit

TEXT = """
from dayhand import Effect, StepContext, hookimpl, step

@step("roamer.copy", effect=Effect.WRITE, summary="Copy a file")
def copy(context: StepContext, *, source: str, target: str) -> str:
    return context.files.write(target, context.files.read(source)).path

@hookimpl
def dayhand_steps():
    return [copy]
"""
DECLARED = """
api = 1
[folders]
read = ["~/Exports", "/srv/scans"]
write = ["~/Bookkeeping"]
"""


@pytest.fixture
def kit(tmp_path, monkeypatch):
    package = tmp_path / "site/roamer"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(TEXT)
    (package / "dayhand-plugin.toml").write_text(DECLARED)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    made = PracticeKit(tmp_path / "practice", plugins=["roamer"])
    for path in ("~/Exports/may.csv", "/srv/scans/one.csv", "inbox/own.csv"):
        made.files.place(path).parent.mkdir(parents=True)
        made.files.place(path).write_text(path)
    return made


@pytest.mark.parametrize("source", ["~/Exports/may.csv", "/srv/scans/one.csv", "inbox/own.csv"])
def test_files_in_declared_folders_are_had_as_the_practices_are(kit, tmp_path, source):
    assert kit.run("roamer.copy", source=source, target="~/Bookkeeping/2026/a.csv") == (
        "~/Bookkeeping/2026/a.csv"
    )

    place = kit.files.place("~/Bookkeeping/2026/a.csv")
    assert place.read_text() == source
    assert place.is_relative_to(tmp_path)
    assert [file.path for file in kit.files.written] == ["~/Bookkeeping/2026/a.csv"]


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("~/Letters/a.csv", "a.csv", "read ~/Letters/a.csv"),
        ("~/Exports2/a.csv", "a.csv", "read ~/Exports2/a.csv"),
        ("~/Exports/../Letters/a.csv", "a.csv", "read ~/Exports/../Letters/a.csv"),
        ("inbox/own.csv", "~/Exports/may.csv", "write ~/Exports/may.csv"),
        ("inbox/own.csv", "/srv/scans/b.csv", "write /srv/scans/b.csv"),
    ],
)
def test_other_files_are_refused_as_they_would_be(kit, source, target, told):
    with pytest.raises(StepMisuse, match="which it does not declare") as refused:
        kit.run("roamer.copy", source=source, target=target)

    assert f"wanted to {told}" in refused.value.message


def test_nothing_outside_the_tests_own_folder_is_touched(kit):
    with pytest.raises(UserError, match="leads out"):
        kit.run("roamer.copy", source="~/../../../etc/passwd", target="a.csv")
    with pytest.raises(UserError, match="there is no file"):
        kit.run("roamer.copy", source="~/Exports/none.csv", target="a.csv")
