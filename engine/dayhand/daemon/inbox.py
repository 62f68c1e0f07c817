"""Files dropped into `inbox/`: handled once each, by content, when they have stopped growing.

| a file                                  | then                                                     |
|-----------------------------------------|----------------------------------------------------------|
| grows, or was changed a moment ago      | the next look decides                                    |
| is whole and new                        | a row, and a run with the file                           |
| its run is done                         | moved to `inbox/done/`                                   |
| its run failed                          | moved to `inbox/failed/`, with the reason beside it; put |
|                                         | back, it is tried again                                  |
| has the content of one that was handled | moved to `inbox/done/`                                   |
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dayhand.model.ledger import Due, Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.store import Store
from dayhand.store.ledger import Ledger

__all__ = ["REST", "InboxWatch"]

_LARGEST = 256 * 1024 * 1024
REST = timedelta(seconds=1)
"""A file that grows is left alone until nothing came for so long."""
_SETTLED = timedelta(minutes=1)
"""A file that was not changed for so long is whole at the first look: `tick` has only one."""
_ASIDE = ("done", "failed")
_log = logging.getLogger("dayhand.daemon")


@dataclass(slots=True)
class InboxWatch:
    """Looks at the practice's inbox. A file counts as whole once it was found unchanged for `rest`.

    Two looks may follow each other at once, and a download may pause.
    """

    folder: Path
    rest: timedelta = REST
    _sizes: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _before: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _since: dict[Path, datetime] = field(default_factory=dict)
    _digests: dict[Path, tuple[tuple[int, int], str]] = field(default_factory=dict)
    _now: datetime | None = None

    @property
    def inbox(self) -> Path:
        """Where files are dropped."""
        return self.folder / "inbox"

    def begin(self, now: datetime) -> None:
        """Begin a look: what was seen in the one before is what this one compares with."""
        self._now, self._before = now, self._sizes
        self._sizes = {path: seen for path in self._files("**/*") if (seen := _seen(path))}
        self._since = {
            path: self._since.get(path, now) if self._before.get(path) == seen else now
            for path, seen in self._sizes.items()
        }

    def look(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, now: datetime
    ) -> list[Planned]:
        """A row for each whole file that the trigger's pattern matches; known by its content."""
        found = []
        for path in self._files(trigger.value):
            digest = self._whole(path)
            if digest is not None:
                row = self._planned(ledger, routine, trigger, path, digest, now)
                if row is not None:
                    found.append(row)
        return found

    def _files(self, pattern: str) -> list[Path]:
        try:
            return [path for path in sorted(self.inbox.glob(pattern)) if self._counts(path)]
        except OSError:
            return []

    def _counts(self, path: Path) -> bool:
        parts = path.relative_to(self.inbox).parts
        hidden = any(part.startswith(".") for part in parts) or path.name.endswith((".part", "~"))
        aside = len(parts) > 1 and parts[0] in _ASIDE
        return not (hidden or aside or path.is_symlink()) and path.is_file()

    def _whole(self, path: Path) -> str | None:
        seen = self._sizes.get(path)
        if seen is None or seen[0] > _LARGEST or not self._is_settled(path, seen):
            return None
        known = self._digests.get(path)
        if known is None or known[0] != seen:
            try:
                with path.open("rb") as file:
                    known = (seen, hashlib.file_digest(file, "sha256").hexdigest())
            except OSError:
                return None
            self._digests[path] = known
        return known[1]

    def _is_settled(self, path: Path, seen: tuple[int, int]) -> bool:
        changed = datetime.fromtimestamp(seen[1] / 1e9, UTC)
        if self._now is None:
            return False
        # `abs`: the clock may have been set back meanwhile
        rested = abs(self._now - self._since[path]) >= self.rest
        return self._now - changed > _SETTLED or (rested and self._before.get(path) == seen)

    def _planned(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, path: Path, digest: str,
        now: datetime,
    ) -> Planned | None:  # fmt: skip
        key = f"{routine.name}/{trigger.id}/sha256:{digest}"
        before = ledger.tries(key)
        if before and not (before[-1].is_closed and before[-1].reason.endswith("failed")):
            return None
        return Planned(
            key=f"{key}/{len(before) + 1}" if before else key,
            routine=routine.name,
            trigger=trigger.id,
            at=now,
            nominal=path.relative_to(self.folder).as_posix(),
            zone="UTC",
            tzdata="",
            digest=routine.digest,
        )

    # Moving aside ---------------------------------------------------------------------------------

    def tidy(self, ledger: Ledger, store: Store) -> list[str]:
        """Move files aside that every routine they were for has done with; a line for each failure."""
        told = []
        for path, (seen, digest) in list(self._digests.items()):
            if _seen(path) != seen:
                del self._digests[path]
                continue
            rows = ledger.with_content(digest)
            latest = {row.key.partition("/sha256:")[0]: row for row in rows}.values()
            if latest and all(row.is_closed for row in latest):
                told += self._move(path, store, [row for row in latest if _failed(row)])
        return told

    def _move(self, path: Path, store: Store, failed: list[Due]) -> list[str]:
        folder = self.inbox / ("failed" if failed else "done")
        target = _free(folder / path.name)
        told = []
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path.rename(target)
            if failed:
                text = "\n".join(_why(row, store) for row in failed)
                reason = target.with_name(f"{target.name}.reason.txt")
                reason.touch(mode=0o600)
                reason.write_text(text + "\nPut the file back into inbox/ to try again.\n", "utf-8")
                told.append(f"{path.name} was moved to inbox/failed/: {text}")
        except OSError as error:
            _log.warning("%s cannot be moved aside: %s", path.name, error.strerror)
        self._digests.pop(path, None)
        return told


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _failed(row: Due) -> bool:
    return row.state in ("ran", "ran_late") and row.reason.endswith("failed")


def _why(row: Due, store: Store) -> str:
    run = store.run(row.run_id) if row.run_id else None
    return f"{row.planned.routine}, run {row.run_id}: {run.reason if run else row.reason}"


def _free(path: Path) -> Path:
    """The path itself, or with a number if there is such a file."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
