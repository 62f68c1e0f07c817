"""Which text each routine is scheduled by: the file's, as long as it is good, else the last good one.

Files are told apart by their content, not their time: an editor that replaces a file, or touches it,
makes no difference. A bad edit is told once; a file that is gone is a routine that is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dayhand.app import App
from dayhand.app.book import needs_others
from dayhand.daemon.routine_files import RoutineFiles
from dayhand.daemon.shelf import Shelf, as_planned_by
from dayhand.errors import CheckFailed, DayhandError
from dayhand.kept_catalogue import identity
from dayhand.model.routine import Routine
from dayhand.resources import beginning

__all__ = ["Change", "RoutineWatch", "SettingsWatch"]

_AWAITED = frozenset({"file", "routine"})
MANY = 50
"""After so many changes what is known is noted at once, not only when the daemon ends."""


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
        patient: this process watched a moment ago: a file that is missing is missed at the second look.
    """

    def __init__(self, app: App, known: Mapping[str, str], *, patient: bool = False) -> None:
        self._app = app
        self._files = RoutineFiles(app.folder / "routines", app.clock)
        self._shelf = Shelf(app.data / "routines.json", identity(app.catalogue))
        self._kept = {
            path: one
            for path, one in self._shelf.read().items()
            if one[1].digest == known.get(one[1].name)
        }
        self._files.expect({path: (one[0], one[1].digest) for path, one in self._kept.items()})
        self._seen: Mapping[str, str] = {}
        self.routines: dict[str, Routine] = {}
        """What is scheduled; from `shelve` on without texts and steps."""
        self.waiting: tuple[Routine, ...] = ()
        """Those of them that wait for a file, or for another routine's end."""
        self.broken: dict[str, str] = {}
        self._known = dict(known)
        self._is_patient = patient
        self._missing: set[str] = set()
        self._fresh: set[str] = set()
        self._bound: set[str] = set()  # to other routines: these are few, and the rest is many
        self._unwritten = 0

    def look(self) -> list[Change]:
        """What changed since the last look; `routines` is then up to date."""
        found = self._files.look()
        if found is None:
            return self._unreadable("the folder routines/ cannot be read")
        self.broken.pop("", None)
        if found is self._seen and not self._missing and not self._known:
            self.note()
            return []
        changed = [path for path, digest in found.items() if self._seen.get(path) != digest]
        gone = self._gone(found)
        kept = {path: old for path, old in self._seen.items() if _name(path) in self._missing}
        self._seen = {**kept, **found} if kept else found
        changes = [self._forget(name) for name in sorted(gone)]
        if changed or gone:
            self._app.forget_routines()
        changes += [self._read(path, found[path]) for path in changed]
        self._kept = {}
        self.waiting = tuple(
            one for one in self.routines.values() if any(t.kind in _AWAITED for t in one.triggers)
        )
        return changes

    def _gone(self, found: Mapping[str, str]) -> set[str]:
        """Names of which there is no file any more, at the second look."""
        first, self._known = self._known, {}
        names = {_name(path) for path in found}
        missing = {_name(path) for path in self._seen if path not in found} - names
        unseen = first.keys() - names
        if self._is_patient:
            self._is_patient, self._known = False, {name: first[name] for name in unseen}
            unseen = set()
        gone = (missing & self._missing) | unseen
        self._missing = missing - gone  # an editor that replaces a file may leave none for a moment
        return gone

    def _unreadable(self, why: str) -> list[Change]:
        if self.broken.get("") == why:
            return []
        self.broken[""] = why
        return [Change("", "bad", why)]

    def _forget(self, name: str) -> Change:
        self.routines.pop(name, None)
        self.broken.pop(name, None)
        self._bound.discard(name)
        return Change(name, "gone", "its file is gone")

    def _read(self, path: str, digest: str) -> Change:
        kept = self._kept.get(path)
        if kept is not None and kept[1].digest == digest:
            name = kept[1].name
            self.routines[name] = kept[1]
            return Change(name, "good")
        name = _name(path)
        try:
            routine = self._app.book.ready(name)
        except CheckFailed as error:
            return self._keep_last_good(name, _first(error))
        except DayhandError as error:
            return self._keep_last_good(name, error.message)
        self.routines[name] = routine
        self._fresh.add(name)
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
        digest = self._app.store.read_ledger(lambda ledger: ledger.scheduled(name))
        if digest is None:
            return None
        try:
            return self._app.pinned(name, self._app.store.text(digest))
        except DayhandError:
            return None

    # What is kept of them -------------------------------------------------------------------------

    def shelve(self) -> None:
        """Let go of texts and steps: the database has them by now."""
        for name in self._fresh:
            routine = self.routines.get(name)
            if routine is not None:
                (self._bound.add if needs_others(routine) else self._bound.discard)(name)
                self.routines[name] = as_planned_by(routine)
        if self._fresh:
            self._unwritten += len(self._fresh)
            self._fresh.clear()
            self._app.forget_routines()
        if self._unwritten >= MANY:
            self.note()

    def note(self) -> None:
        """Note for the next start what is known of files that are as they were checked."""
        if not self._unwritten:
            return
        self._unwritten = 0
        found = []
        not_now = self._bound | self._fresh | self.broken.keys()
        for path, digest in self._seen.items():
            name, stamp = _name(path), self._files.settled(path)
            routine = None if name in not_now else self.routines.get(name)
            if routine is not None and stamp is not None and routine.digest == digest:
                found.append((path, stamp, routine))
        self._shelf.write(found)


class SettingsWatch:
    """`practice.yaml`: read again when its content changes; with mistakes, the last good one stays."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._seen: bytes | None = None
        self.is_bad = False
        """True while the file has mistakes, and the last good one stays."""

    def look(self) -> str | None:
        """What came of a change; None if there was none."""
        try:
            content = beginning(self._app.folder / "practice.yaml")
        except OSError:
            return None
        if content == self._seen:
            return None
        if self._seen is None and self._app.practice_text in (b"", content):
            self._seen = content
            return None
        self._seen, self.is_bad = content, True
        try:
            self._app.reread_practice()
        except CheckFailed as error:
            return f"{_first(error)}; the last good one stays"
        except DayhandError as error:
            return f"{error.message}; the last good one stays"
        self.is_bad = False
        return "changed, and read again"


def _name(path: str) -> str:
    """The routine's name: that of the file, as `Path.stem` would give it."""
    return path.rpartition("/")[2].removesuffix(".yaml")


def _first(error: CheckFailed) -> str:
    problem = next(p for p in error.problems if p.is_error)
    more = sum(p.is_error for p in error.problems) - 1
    return f"{problem.mark}: {problem.message}" + (f" (and {more} more)" if more else "")
