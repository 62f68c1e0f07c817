"""A practice to measure in: encrypted, and with a plugin installed as a stranger's would be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BenchPractice", "dayhand", "noops"]

_PLUGIN = Path(__file__).with_name("idle_plugin.py")


def noops(name: str, count: int) -> str:
    """A routine of so many steps that do nothing."""
    return f"routine: {name}\nsteps:\n" + "  - uses: idle.noop\n" * count


@dataclass(frozen=True, slots=True)
class BenchPractice:
    """`folder` is the practice; `environment` is what its commands see, and has the plugin in it."""

    folder: Path
    environment: dict[str, str]

    @property
    def installed(self) -> Path:
        """Where the plugin is installed."""
        return Path(self.environment["PYTHONPATH"])

    @classmethod
    def make(cls, place: Path) -> BenchPractice:
        """Found it with `dayhand init`: the shipped routines, and `one`, `twenty`, `thousand`."""
        home, strange = place / "home", place / "installed"
        home.mkdir()
        _install(strange)
        environment = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(home), "PYTHONPATH": str(strange),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        made = cls(place / "practice", environment)
        command = [*dayhand(), "init", str(made.folder), "--name", "Bench", "--timezone", "UTC"]
        approve = [*dayhand(), "plugins", "approve", "idle", "--yes"]
        for one in (command, approve):
            subprocess.run(one, env=environment, cwd=place, check=True, stdout=subprocess.DEVNULL)
        for name, count in (("one", 1), ("twenty", 20), ("thousand", 1000)):
            (made.folder / "routines" / f"{name}.yaml").write_text(noops(name, count))
        return made


def _install(folder: Path) -> None:
    """What an installer leaves behind: the module, and the metadata that name it."""
    about = folder / "idle_plugin-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(_PLUGIN, folder)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: idle-plugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[dayhand]\nidle = idle_plugin\n")


def dayhand() -> list[str]:
    """The command, as installed beside this Python."""
    script = Path(sys.executable).with_name("dayhand")
    return [str(script)] if script.exists() else [sys.executable, "-m", "dayhand"]
