"""What the contracts share: the real command in a process of its own, and practices to run it in."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests_support.messages import says_what_to_do
from tests_support.post_office import PostOffice
from tests_support.rows import unpacked_row
from tests_support.warm import WarmCommands

DAYHAND = Path(sys.executable).with_name("dayhand")
TODAY = "2026-11-24"
STRANGER = Path(__file__).with_name("stranger")


@functools.cache
def warm_commands() -> WarmCommands:
    """This test process's own; it goes when the process does."""
    folder = tempfile.TemporaryDirectory(prefix="dayhand-warm-")
    commands = WarmCommands(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(commands.close)
    return commands


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Practice:
    """A practice folder, and the command at work in it."""

    folder: Path
    home: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            **self.more,
        }

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [DAYHAND, *arguments], cwd=self.folder, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
        )  # fmt: skip

    def __call__(self, *arguments: str, expect: int | None = 0, within: float = 60) -> Ended:
        """Run `dayhand …`; whatever a person types, nobody is shown a traceback."""
        ended = Ended(
            *warm_commands().run(DAYHAND, arguments, self.folder, self.environment, within)
        )
        if expect != 70:
            assert "Traceback" not in ended.text, ended.text
            assert says_what_to_do(ended.err), f"an error without what to do next:\n{ended.err}"
        assert expect is None or ended.code == expect, f"{arguments}: {ended.code}\n{ended.text}"
        return ended

    def routine(self, name: str, text: str) -> Path:
        path = self.folder / "routines" / f"{name}.yaml"
        path.write_text(f"routine: {name}\n{textwrap.dedent(text)}", encoding="utf-8")
        return path

    def settings(self, old: str, new: str) -> None:
        file = self.folder / "practice.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def last(self) -> Any:
        return self("show", "last", "--json").json

    def question(self) -> str:
        (asked,) = self("inbox", "--json").json
        return str(asked["id"])

    def files(self, *, without: Sequence[str] = ()) -> Mapping[str, str]:
        """Every file of the practice by its digest."""
        return {
            str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and not str(file.relative_to(self.folder)).startswith(tuple(without))
        }

    def rows(self) -> Mapping[str, list[Any]]:
        """Every row of every table."""
        from dayhand.keys import find_key
        from dayhand.store import sqlite

        key = find_key(self.folder, None, environment=self.environment)
        file = self.folder / ".dayhand/dayhand.db"
        database = sqlite.open_file(file, key=key, create=False, check=False)
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        try:
            with database.read() as connection:
                tables = connection.exec_driver_sql(names).scalars().all()
                return {
                    name: [
                        unpacked_row(row)
                        for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')
                    ]
                    for name in sorted(tables)
                }
        finally:
            database.dispose()


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> dict[str, Practice]:
    """A bare practice and the sample practice, to be copied."""
    root = tmp_path_factory.mktemp("made")
    home = root / "home"
    home.mkdir()
    here = Practice(root, home)
    here(
        "init",
        "bare",
        "--name",
        "Lakeside",
        "--clinician",
        "Jane Doe",
        "--timezone",
        "America/New_York",
    )
    here("init", "sample", "--sample", "--today", TODAY)
    for file in (root / "bare/routines").rglob("*.yaml"):
        file.unlink()
    return {name: Practice(root / name, home) for name in ("bare", "sample")}


def copied(made: Practice, target: Path) -> Practice:
    shutil.copytree(made.folder, target)
    return Practice(target, made.home)


@pytest.fixture
def bare(made, tmp_path) -> Practice:
    """A practice without routines."""
    return copied(made["bare"], tmp_path / "bare")


@pytest.fixture
def sample(made, tmp_path, office) -> Practice:
    """The sample practice; its mail server is the post office."""
    practice = copied(made["sample"], tmp_path / "sample")
    practice.settings("port: 2525", f"port: {office.port}")
    return practice


@pytest.fixture(scope="session")
def _office(tmp_path_factory):
    with PostOffice(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def office(_office) -> PostOffice:
    _office.forget()
    return _office


@pytest.fixture
def nowhere(made, tmp_path) -> Practice:
    """A folder that is no practice."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    return Practice(folder, made["bare"].home)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that nothing is left in the sources."""
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(STRANGER, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
        folder / "project",
    ]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        target,
        wheel,
    ]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


collect_ignore_glob = ["stranger/*"]
"""Strangers' projects bring tests of their own, which are run where they are installed: see 220."""
