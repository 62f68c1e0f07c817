"""A stranger's plugin as it would be installed, in a folder of `sys.path` and of a process's own too."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from dayhand.app import App
from dayhand.plugin_host import PluginHost, plugin
from dayhand.settings import Settings
from dayhand.testing import Workbench
from dayhand.trust import Approvals, Bounds

ODD = Path(__file__).with_name("odd_plugin")
NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
DECLARED = "send = true\nsecrets = true\n"


class Site:
    """A folder of installed distributions; `dayhand_odd` is one of them."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self.folder = folder
        folder.mkdir()
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "dayhand_odd", raising=False)
        found = (
            plugin.entry_points
        )  # of all: to describe dayhand's own takes a second or two each time
        monkeypatch.setattr(plugin, "entry_points", lambda group: _strange(found(group)))

    def install(
        self, text: str | None = None, declared: str = DECLARED, version: str = "1.0"
    ) -> None:
        """The plugin, or one with another text, with its declaration."""
        package = self.folder / "dayhand_odd"
        shutil.rmtree(package, ignore_errors=True)
        package.mkdir()
        source = ODD.joinpath("__init__.py").read_text() if text is None else text
        (package / "__init__.py").write_text(source)
        (package / "dayhand-plugin.toml").write_text(declared)
        for old in self.folder.glob("*.dist-info"):
            shutil.rmtree(old)
        about = self.folder / f"dayhand_odd-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: dayhand-odd\nVersion: {version}\n"
        )
        (about / "entry_points.txt").write_text("[dayhand]\nodd = dayhand_odd\n")


def _strange(entries):
    return [entry for entry in entries if entry.dist.name == "dayhand-odd"]


class StrangeBench(Workbench):
    """A workbench whose host finds what is installed, and whose owner has approved it."""

    def __init__(self, folder: Path, approvals: Approvals) -> None:
        self.approvals = approvals
        super().__init__(folder)

    def approve(self, *, own_process: bool = False, **bounds) -> None:
        """Approve the plugin as it is installed now."""
        process = Bounds(**bounds) if own_process else None
        candidate = PluginHost(approvals=self.approvals).candidate("odd")
        self.approvals.approve(candidate, by="jane", at=NOW, process=process)
        self.fresh()

    def _make_app(self, practice: Path | None) -> App:
        host = PluginHost(approvals=self.approvals)
        app = App(
            Settings(self.environment, self.folder.parent, practice), clock=self.clock, host=host
        )
        self._apps.append(app)
        return app


def again(folder: Path) -> None:
    """Run the routine `r` of the practice that a bench made in the folder: in a process to be killed."""
    from dayhand.app import runs
    from dayhand.testing import FrozenClock

    environment = {
        "HOME": str(folder / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    host = PluginHost(approvals=Approvals(folder / "plugins.json"))
    app = App(Settings(environment, folder, folder / "practice"), clock=FrozenClock(NOW), host=host)
    runs.go_on(app, runs.create(app, "r", inputs={}).id)
