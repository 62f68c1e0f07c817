"""Names stay in the folder, by the system's own record of every file that is opened, made or moved (F01)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests_support.path_vectors import ORDINARY, REFUSED
from tests_support.system_calls import Change, changed_by, changes_of, outside

DAYHAND = Path(sys.executable).with_name("dayhand")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="strace watches on Linux"),
    pytest.mark.timeout(400),
]

TRY_ALL = """
import json, sys
from pathlib import Path
from dayhand.errors import Retryable, UserError
from dayhand.files import PracticeFiles

files = PracticeFiles(Path("practice"))
ended = {"written": 0, "refused": 0}
for path in json.load(open(sys.argv[1])):
    try:
        files.write(path, "x")
        ended["written"] += 1
    except (UserError, Retryable):
        ended["refused"] += 1
    for look in (files.read, files.template):
        try:
            look(path)
        except UserError:
            pass
print(json.dumps(ended))
"""
"""Paths come as JSON in ASCII, so that any text at all is among them."""

APART = [
    path
    for path, place in ORDINARY.items()
    if not any(other.startswith(f"{place}/") for other in ORDINARY.values())
]
"""Those that can be beside one another: none is a file where another needs a folder."""

LINKS = ["link.txt", "nowhere.txt", "linked/a.txt", "linked/deep/a.txt", "a/../link.txt"]

ROUTINE = """routine: names
inputs: {{names: {{type: list, default: {names}}}}}
steps:
  - for_each: inputs.names
    as: name
    steps:
      - uses: file.write
        with: {{path: "${{{{ name }}}}", text: x}}
        on_error: continue
"""

CONTROLS = {
    "a file": 'Path("outside/made.txt").write_text("x")',
    "through a link": 'Path("practice/out/link.txt").write_text("x")',
    "through a folder's link": 'Path("practice/out/linked/a.txt").write_text("x")',
    "by climbing": 'Path("practice/out/../../outside/b.txt").write_text("x")',
    "a folder": 'Path("outside/new").mkdir()',
    "a move": 'Path("practice/out/there.txt").rename("outside/there.txt")',
    "a link": 'os.symlink("practice", "outside/link")',
    "a hard link": 'os.link("practice/out/there.txt", "outside/hard")',
    "a removal": 'os.unlink("outside/old.txt")',
    "a truncation": 'os.truncate("outside/old.txt", 0)',
    "a try that fails": "suppress(lambda: open('/proc/none/x', 'w'))",
    "a child": """subprocess.run([sys.executable, "-Sc", "open('outside/child', 'w')"])""",
}
CONTROL = """
import os, subprocess, sys
from pathlib import Path
def suppress(act):
    try:
        act()
    except OSError:
        pass
"""


@pytest.fixture
def place(tmp_path):
    """A practice folder with planted links, and what lies around it."""
    (tmp_path / "outside/deep").mkdir(parents=True)
    (tmp_path / "outside/old.txt").write_text("canary")
    out = tmp_path / "practice/out"
    out.mkdir(parents=True)
    (out / "there.txt").write_text("x")
    (out / "link.txt").symlink_to(tmp_path / "outside/old.txt")
    (out / "nowhere.txt").symlink_to(tmp_path / "outside/none.txt")
    (out / "linked").symlink_to(tmp_path / "outside")
    return tmp_path


def python(place, code, *arguments):
    home = {"HOME": str(place / "home"), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", code, *arguments]
    return changed_by(command, at=place, environment=home, into=place / "calls")


def around(place):
    return sorted(str(one.relative_to(place)) for one in (place / "outside").rglob("*"))


def test_f01_no_name_and_no_planted_link_lets_a_write_out_of_the_folder(place):
    paths = place / "paths.json"
    paths.write_text(json.dumps([*REFUSED, *LINKS, *APART]))
    before = around(place)

    done, changes = python(place, TRY_ALL, str(paths))

    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    print(f"\nF01: {len(REFUSED) + len(LINKS) + len(APART)} names, {ended}; {len(changes)} changes on"
          " the disk by the system's record, 0 of them outside")  # fmt: skip
    assert ended == {"written": len(APART), "refused": len(REFUSED) + len(LINKS)}
    assert len(changes) >= 2 * len(APART)  # each is made beside its place, and moved there
    assert outside(changes, place / "practice") == []
    assert around(place) == before
    assert (place / "outside/old.txt").read_text() == "canary"


def test_f01_no_name_in_a_run_lets_the_command_write_elsewhere(tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for folder in (home, temporary, tmp_path / "outside"):
        folder.mkdir()
    environment = {"HOME": str(home), "TMPDIR": str(temporary), "PATH": "/usr/bin:/bin",
                   "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
                   "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
    init = [DAYHAND, "init", "practice", "--name", "L", "--clinician", "J", "--timezone", "UTC"]
    subprocess.run(init, cwd=tmp_path, env=environment, check=True, capture_output=True)
    practice = tmp_path / "practice"
    (practice / "out/linked").symlink_to(tmp_path / "outside")
    typed = [path for path in REFUSED if path.isprintable()]  # others are no text of a routine
    names = [*typed, "linked/a.txt", "linked", *APART]
    (practice / "routines/names.yaml").write_text(ROUTINE.format(names=json.dumps(names)))

    done, changes = changed_by(
        [DAYHAND, "run", "names", "--json"],
        at=practice,
        environment=environment,
        into=tmp_path / "calls",
    )

    run = json.loads(done.stdout)
    states = [step["state"] for step in run["steps"] if "file-write" in step["path"]]
    print(f"\nF01: a run with {len(names)} names, {states.count('done')} written, {states.count('failed')}"
          f" refused; {len(changes)} changes by the system's record, 0 of them elsewhere")  # fmt: skip
    assert (done.returncode, run["run"]["state"]) == (1, "done_with_failures")
    assert states.count("done") == len(APART)
    assert len(changes) > 2 * len(APART)
    named = (practice, temporary, home / ".cache/dayhand", home / ".local/share/dayhand")
    assert outside(changes, *named) == []
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("control", CONTROLS)
def test_f01_the_control_that_writes_elsewhere_is_seen(place, control):
    done, changes = python(place, CONTROL + CONTROLS[control])

    assert done.returncode == 0, done.stderr
    assert outside(changes, place / "practice") != []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('openat(AT_FDCWD</a>, "b/c", O_RDONLY|O_CLOEXEC) = 3</a/b/c>', []),
        ('openat(AT_FDCWD</a>, "b", O_WRONLY|O_CREAT, 0600) = 3</x/b>', [("openat", "/x/b")]),
        ('openat(5</x\\303\\251>, "../c", O_RDWR) = -1 EACCES (no)', [("openat", "/c")]),
        ('renameat(5</x>, "a", 6</y>, "b") = 0', [("renameat", "/x/a"), ("renameat", "/y/b")]),
        ('rename("a", "/z/b") = 0', [("rename", "/a/a"), ("rename", "/z/b")]),
        ('symlinkat("/etc/passwd", 5</x>, "l") = 0', [("symlinkat", "/x/l")]),
        ('unlinkat(5</x>, "a \\"b\\"", 0) = 0', [("unlinkat", '/x/a "b"')]),
        ("+++ exited with 0 +++", []),
    ],
)
def test_a_line_of_the_record_is_read_for_the_place_it_changes(line, found):
    assert changes_of(line, Path("/a")) == [Change(*one) for one in found]
