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

__all__ = ["Change", "RoutineWatch"]


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

    def look(self) -> list[Change]:
        """What changed since the last look; `routines` is then up to date."""
        found = self._digests()
        if found is None:
            return [Change("", "bad", "the folder routines/ cannot be read")]
        changed = {path for path, digest in found.items() if self._seen.get(path) != digest}
        gone = {path.stem for path in self._seen if path not in found} | {
            name for name in self._known if name not in {path.stem for path in found}
        }
        self._known = {}
        self._seen = found
        changes = [self._forget(name) for name in sorted(gone)]
        if changed or gone:
            self._app.forget_routines()
        for path in sorted(changed):
            changes.append(self._read(path))
        return changes

    def _digests(self) -> dict[Path, str] | None:
        found: dict[Path, str] = {}
        try:
            for path in sorted(self._folder.rglob("*.yaml")):
                if not path.name.startswith("."):
                    found[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        except FileNotFoundError:
            return self._seen or {}  # replaced between listing and reading: the next look sees it
        except OSError:
            return None
        return found

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


def _first(error: CheckFailed) -> str:
    problem = next(p for p in error.problems if p.is_error)
    more = sum(p.is_error for p in error.problems) - 1
    return f"{problem.mark}: {problem.message}" + (f" (and {more} more)" if more else "")
