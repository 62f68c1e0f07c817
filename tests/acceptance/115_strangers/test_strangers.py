"""220: strangers' plugins as projects of their own, from wheels, in a new environment beside dayhand's wheel.

One posts invoices to an HTTP service, one brings sessions from an EHR's export. All share one environment,
which finds third parties' libraries where the tests have them, and dayhand in its wheel alone.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# five wheels, an environment of its own, and many processes: 40 s and more, and thrice that on a busy machine
pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[3]
STRANGERS = Path(__file__).parents[1] / "stranger"
TIMEOUT = 250

CLIENTS = "id,name,status\nC-0001,Marisol Quintanilla,active\n"
EXPORT = """\
appointment,chart_no,from,to,state
9001,4711,2026-11-23T09:00,2026-11-23T09:45,Kept
9002,4799,2026-11-23T10:00,2026-11-23T10:45,Kept
"""
WEEK = """\
routine: week
steps:
  - {uses: practice.import_csv, with: {kind: clients, path: inbox/clients.csv}}
  - id: export
    uses: ehr_export.sessions
    with: {path: inbox/export.csv}
  - id: recorded
    uses: practice.record_sessions
    with: {matches: "${{ steps.export.matches }}"}
  - uses: person.approve
    with: {title: "${{ steps.recorded.new }} new sessions, ${{ steps.export.skipped | length }} skipped"}
  - id: posted
    uses: bookkeeper.post
    with: {invoice: {number: INV-2026-00001, issued_on: 2026-11-30, amount: 150.00, client_id: C-0001}}
"""
POST = """\
routine: post
steps:
  - id: posted
    uses: bookkeeper.post
    with: {invoice: {number: INV-2026-00002, issued_on: 2026-11-30, amount: 95.00}}
"""
FINE = "routine: fine\nsteps:\n  - uses: value.set\n    with: {a: 1}\n"


def run(*command, **more):
    # where it is pytest, it clears only what it left itself, not what the session around it left
    if "cwd" in more and "env" not in more:
        more["env"] = {**os.environ, "PYTEST_DEBUG_TEMPROOT": str(more["cwd"])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wheel_of(project: Path, into: Path) -> Path:
    """Built from a copy, so that nothing is left in the sources."""
    copy = into / f"{project.name}-project"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    out = into / f"{project.name}-wheel"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=copy)
    (made,) = out.glob("*.whl")
    return made


@dataclass(frozen=True)
class Environment:
    """A new Python with dayhand's wheel."""

    folder: Path
    wheels: dict[str, Path]

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    def pip(self, *arguments):
        run(sys.executable, "-m", "pip", "--quiet", "--python", self.python, *arguments)

    def install(self, name):
        self.pip("install", "--no-deps", "--no-index", "--force-reinstall", self.wheels[name])

    def remove(self, name):
        self.pip("uninstall", "--yes", name)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    root = tmp_path_factory.mktemp("strangers")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", root / "own", cwd=ROOT)
    newer = root / "newer"
    shutil.copytree(STRANGERS / "ehr_export", newer)
    changed = {
        "pyproject.toml": ('version = "1.0.0"', 'version = "2.0.0"'),
        "dayhand_ehr_export/__init__.py": ("*, path: str", "*, file: str"),
    }
    for name, (old, new) in changed.items():
        text = (newer / name).read_text()
        assert old in text
        text = text.replace(old, new).replace("    matches: list", "    sessions: list")
        (newer / name).write_text(text.replace("files.read(path)", "files.read(file)"))
    wheels = {
        "dayhand": next((root / "own").glob("*.whl")),
        "bookkeeper": wheel_of(STRANGERS / "bookkeeper", root),
        "ehr_export": wheel_of(STRANGERS / "ehr_export", root),
        "ehr_export 2": wheel_of(newer, root),
    }
    run(sys.executable, "-m", "venv", "--without-pip", root / "venv")
    made = Environment(root / "venv", wheels)
    for name in ("dayhand", "bookkeeper", "ehr_export"):
        made.install(name)
    site = run(made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    ours = [one for one in sys.path if one.endswith("site-packages")]
    Path(site, "libraries.pth").write_text("\n".join(ours))
    place = run(made.python, "-c", "import dayhand; print(dayhand.__file__)").strip()
    assert place.startswith(site), "dayhand has to come from its wheel"
    return made


@pytest.fixture(scope="module")
def _books():
    file = STRANGERS / "bookkeeper/dayhand_bookkeeper/examples/service.py"
    spec = importlib.util.spec_from_file_location("books_service", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serve() as running:
        yield running


@pytest.fixture
def books(_books):
    _books.posts.clear()
    _books.held.clear()
    return _books


@dataclass
class Bench:
    """A practice, and `dayhand` of the new environment in it."""

    folder: Path
    environment: Environment
    variables: dict[str, str]

    def command(self, *arguments):
        return [self.environment.folder / "bin/dayhand", *arguments]

    def __call__(self, *arguments, expect=0):
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.variables, text=True,
            capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(environment, _books, tmp_path_factory):
    """A practice in which both are approved, to be copied with the home folder of its owner."""
    root = tmp_path_factory.mktemp("made")
    (root / "home").mkdir()
    bench = Bench(root, environment, variables(root))
    who = ("--name", "Lakeside", "--clinician", "Jane Doe", "--timezone", "America/New_York")
    bench("init", "practice", *who)
    bench.folder = root / "practice"
    for file in (bench.folder / "routines").rglob("*.yaml"):
        file.unlink()
    with (bench.folder / "practice.yaml").open("a") as file:
        file.write(f'bookkeeper: {{service: "{_books.address}", token: {{env: BOOKS_TOKEN}}}}\n')
        file.write('ehr_export: {charts: {"4711": C-0001}}\n')
    (bench.folder / "inbox").mkdir(exist_ok=True)
    (bench.folder / "inbox/clients.csv").write_text(CLIENTS)
    (bench.folder / "inbox/export.csv").write_text(EXPORT)
    for text in (WEEK, POST, FINE):
        name = text.splitlines()[0].removeprefix("routine: ")
        (bench.folder / f"routines/{name}.yaml").write_text(text)
    for name in ("bookkeeper", "ehr_export"):
        bench("plugins", "approve", name, "--yes")
    return root


def variables(root):
    return {
        "HOME": str(root / "home"), "PATH": os.environ["PATH"], "BOOKS_TOKEN": "t0ken",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip


@pytest.fixture
def bench(made, environment, tmp_path):
    shutil.copytree(made, tmp_path / "mine", symlinks=True)
    return Bench(tmp_path / "mine/practice", environment, variables(tmp_path / "mine"))


@pytest.mark.parametrize("name", ["bookkeeper", "ehr_export"])
def test_a_strangers_own_tests_pass_from_its_wheel(environment, name, tmp_path):
    shutil.copytree(STRANGERS / name / "tests", tmp_path / "tests")

    told = run(
        environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=tmp_path
    )

    assert " passed" in told


def test_the_scaffold_is_green_from_its_wheel_and_keeps_the_rules(bench, environment, tmp_path):
    bench("new", "plugin", "my_portal", "--into", str(tmp_path / "made"))
    environment.wheels["my_portal"] = wheel_of(tmp_path / "made", tmp_path)
    environment.install("my_portal")
    alone = tmp_path / "alone"
    shutil.copytree(tmp_path / "made/tests", alone / "tests")

    try:
        told = run(
            environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=alone
        )
        bench("plugins", "approve", "my_portal", "--yes")
        checked = bench("plugin", "check", "my_portal", "--strict")
    finally:
        environment.remove("dayhand-my-portal")

    assert "15 passed" in told
    assert "it keeps the rules" in checked


def test_both_are_used_by_a_routine_with_no_change_to_the_engine(bench, books):
    bench("check")
    bench("run", "week", expect=3)
    (question,) = json.loads(bench("inbox", "--json"))
    assert question["title"] == "1 new sessions, 1 skipped"

    bench("answer", question["id"], "--approve")

    (posted,) = books.posts
    assert (posted["number"], posted["client_id"]) == ("INV-2026-00001", "C-0001")
    assert books.tokens == {"Bearer t0ken"}
    assert "bookkeeper.post" in bench("effects")


def test_a_process_killed_while_the_service_answers_posts_once(bench, books):
    books.holds.set()
    with subprocess.Popen(
        bench.command("run", "post"), cwd=bench.folder, env=bench.variables,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert books.held.wait(200), "the service was not asked"
        process.send_signal(signal.SIGKILL)
    books.holds.clear()

    bench("resume")

    assert books.arrived == 1
    assert '"state": "done"' in bench("show", "last", "--json")


def test_without_it_its_routines_are_quarantined_with_the_reason(bench, environment):
    environment.remove("dayhand-bookkeeper")
    try:
        told = bench("check", expect=2)
        refused = bench("run", "post", expect=2)
        bench("run", "fine")
    finally:
        environment.install("bookkeeper")

    assert "post, week are quarantined: they need the plugin bookkeeper; the others run" in told
    assert "bookkeeper" in refused


def test_a_version_with_another_schema_is_told_with_the_place(bench, environment):
    environment.install("ehr_export 2")
    try:
        waiting = bench("check", expect=2)
        bench("plugins", "approve", "ehr_export", "--yes")
        told = bench("check", expect=2)
        upgrade = bench("upgrade", "--check", expect=1)
    finally:
        environment.install("ehr_export")

    assert "2.0.0 is installed, dayhand-ehr-export 1.0.0 was approved" in waiting
    # both inputs and outputs are others now
    assert "routines/week.yaml:6:" in told
    assert re.search(r"needs the input 'file' \(routines/week\.yaml:\d+:\d+\)", upgrade)
    assert "did you mean 'file'" in told or "'path'" in told
    assert "routines/week.yaml:9:" in told
    assert "'matches'" in told


@pytest.mark.parametrize("name", ["bookkeeper", "ehr_export"])
def test_a_strangers_plugin_keeps_the_rules(bench, name):
    told = bench("plugins", "check", name, "--strict")

    assert "it keeps the rules" in told
