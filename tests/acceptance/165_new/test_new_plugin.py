"""160: a stranger makes a plugin's project; it is green at once, and installs as any other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

USE = """
    steps:
      - id: kept
        uses: my_portal.keep
        with: {note: "Ana Ruiz called"}
      - id: total
        uses: my_portal.total
      - uses: my_portal.sheet
        with: {total: "${{ steps.total }}"}
"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def project(bare):
    bare("new", "plugin", "my_portal", "--into", "made")
    return bare.folder / "made"


@pytest.fixture
def python(tmp_path) -> Path:
    """A new environment's Python, which finds what the tests are run with."""
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "new")
    found = tmp_path / "new/bin/python"
    place = run(found, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    ours = ("site-packages", "engine", "plugins")
    others = [one for one in sys.path if one.endswith(ours)]
    Path(place, "tests.pth").write_text("\n".join(others))
    return found


def test_its_own_tests_pass_from_its_wheel_in_a_new_environment(project, python, tmp_path):
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path,
        project,
    ]
    run(*build)
    (wheel,) = tmp_path.glob("*.whl")
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel]
    run(sys.executable, "-m", "pip", *install)
    alone = tmp_path / "alone"
    alone.mkdir()
    (project / "tests").rename(alone / "tests")

    # pytest clears what earlier sessions left in its folder: not that of the session which runs this
    environment = {**os.environ, "PYTHONPATH": "", "PYTEST_DEBUG_TEMPROOT": str(tmp_path)}
    told = run(python, "-m", "pytest", "-q", "tests", cwd=alone, env=environment)

    assert "15 passed" in told


def test_it_is_approved_checked_and_used(bare, project, tmp_path):
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        tmp_path / "site",
    ]
    run(sys.executable, "-m", "pip", *install, project)
    bare.more = {"PYTHONPATH": str(tmp_path / "site")}
    bare.routine("use", USE)
    (bare.home / ".local/share/dayhand/plugins.json").unlink(missing_ok=True)

    before = bare("check", expect=2).out
    approved = bare("plugins", "approve", "my_portal", "--yes").out
    bare("check")
    bare("run", "use")

    assert "nobody has approved it yet" in before
    assert "connects to things.example.com" in approved
    assert list((bare.folder / "out/my_portal").iterdir())
    assert "Ana Ruiz" not in bare("show", "last", "--json").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["My-Portal"], "is no name for a plugin"),
        (["1portal"], "is no name for a plugin"),
        (["calendar"], "there is a plugin 'calendar' already"),
        (["portal", "--into", "."], "there is something in"),
    ],
)
def test_a_name_or_a_place_that_cannot_be_is_refused(bare, arguments, told):
    before = bare.files()

    assert told in bare("new", "plugin", *arguments, expect=2).err
    assert bare.files() == before
