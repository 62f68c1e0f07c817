"""Which text each routine is scheduled by: the file's, as long as it is good, else the last good one.

Files are told apart by their content, not their time: an editor that replaces a file, or touches it,
makes no difference. A bad edit is told once; a file that is gone is a routine that is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dayhand.app import App
from dayhand.errors import CheckFailed, DayhandError
from dayhand.model.routine import Routine

__all__ = ["Change", "RoutineWatch", "SettingsWatch"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a look at the files found: `kind` is `good`, `bad` or `gone`."""

    routine: str
    kind: str
    text: str = ""


class RoutineWatch:
    """The practice's routines as they are to be scheduled.

    Args:
        app: the practice.
        known: digests of the texts they were last scheduled by, from the ledger.
    """

    def __init__(self, app: App, known: Mapping[str, str]) -> None:
        self._app = app
        self._folder = app.folder / "routines"
        self._seen: dict[Path, str] = {}
        self.routines: dict[str, Routine] = {}
        self.broken: dict[str, str] = {}
        self._known = dict(known)
        self._missing: set[str] = set()
        self._stamps: dict[Path, tuple[tuple[int, ...], str]] = {}

    def look(self) -> list[Change]:
        """What changed since the last look; `routines` is then up to date."""
        found = self._digests()
        if found is None:
            return self._unreadable("the folder routines/ cannot be read")
        self.broken.pop("", None)
        first, self._known = self._known, {}
        names = {path.stem for path in found}
        changed = {path for path, digest in found.items() if self._seen.get(path) != digest}
        missing = {path.stem for path in self._seen if path not in found} - names
        gone = (missing & self._missing) | {name for name in first if name not in names}
        self._missing = missing - gone  # an editor that replaces a file may leave none for a moment
        kept = {path: old for path, old in self._seen.items() if path.stem in self._missing}
        self._seen = {**kept, **found}
        changes = [self._forget(name) for name in sorted(gone)]
        if changed or gone:
            self._app.forget_routines()
        return changes + [self._read(path) for path in sorted(changed)]

    def _unreadable(self, why: str) -> list[Change]:
        if self.broken.get("") == why:
            return []
        self.broken[""] = why
        return [Change("", "bad", why)]

    def _digests(self) -> dict[Path, str] | None:
        """Each file's digest, read again only where the file is another than before."""
        found: dict[Path, str] = {}
        stamps: dict[Path, tuple[tuple[int, ...], str]] = {}
        try:
            if not self._folder.is_dir():
                return None
            for path in sorted(self._folder.rglob("*.yaml")):
                if not path.name.startswith("."):
                    stamps[path] = self._stamped(path)
                    found[path] = stamps[path][1]
        except FileNotFoundError:
            return dict(self._seen)  # replaced between listing and reading: the next look sees it
        except OSError:
            return None
        self._stamps = stamps
        return found

    def _stamped(self, path: Path) -> tuple[tuple[int, ...], str]:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        kept = self._stamps.get(path)
        if kept is not None and kept[0] == stamp:
            return kept
        return stamp, hashlib.sha256(path.read_bytes()).hexdigest()

    def _forget(self, name: str) -> Change:
        self.routines.pop(name, None)
        self.broken.pop(name, None)
        return Change(name, "gone", "its file is gone")

    def _read(self, path: Path) -> Change:
        name = path.stem
        try:
            routine = self._app.book.ready(name)
        except CheckFailed as error:
            return self._keep_last_good(name, _first(error))
        except DayhandError as error:
            return self._keep_last_good(name, error.message)
        self.routines[name] = routine
        self.broken.pop(name, None)
        return Change(name, "good")

    def _keep_last_good(self, name: str, why: str) -> Change:
        self.broken[name] = why
        if name not in self.routines:
            last = self._last_good(name)
            if last is not None:
                self.routines[name] = last
        kept = "; the last good version stays" if name in self.routines else ""
        return Change(name, "bad", f"{why}{kept}")

    def _last_good(self, name: str) -> Routine | None:
        digest = self._app.store.read_ledger(lambda ledger: ledger.schedules()).get(name)
        if digest is None:
            return None
        try:
            return self._app.pinned(name, self._app.store.text(digest))
        except DayhandError:
            return None


class SettingsWatch:
    """`practice.yaml`: read again when its content changes; with mistakes, the last good one stays."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._seen: bytes | None = None

    def look(self) -> str | None:
        """What came of a change; None if there was none."""
        try:
            content = (self._app.folder / "practice.yaml").read_bytes()
        except OSError:
            return None
        if content == self._seen:
            return None
        first, self._seen = self._seen is None, content
        if first:
            return None
        try:
            self._app.reread_practice()
        except CheckFailed as error:
            return f"{_first(error)}; the last good one stays"
        except DayhandError as error:
            return f"{error.message}; the last good one stays"
        return "changed, and read again"


def _first(error: CheckFailed) -> str:
    problem = next(p for p in error.problems if p.is_error)
    more = sum(p.is_error for p in error.problems) - 1
    return f"{problem.mark}: {problem.message}" + (f" (and {more} more)" if more else "")
