"""Files dropped into `inbox/`: handled once each, by content, when they have stopped growing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dayhand.model.ledger import Planned
from dayhand.model.routine import Routine, Trigger

__all__ = ["InboxWatch"]

_LARGEST = 256 * 1024 * 1024


@dataclass(slots=True)
class InboxWatch:
    """Looks at the practice's inbox. A file counts as whole once two looks found it unchanged."""

    folder: Path
    _sizes: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _digests: dict[Path, tuple[tuple[int, int], str]] = field(default_factory=dict)

    def look(self, routine: Routine, trigger: Trigger, now: datetime) -> list[Planned]:
        """A row for each whole file that the trigger's pattern matches; known by its content."""
        inbox = self.folder / "inbox"
        found = []
        for path in sorted(inbox.glob(trigger.value)):
            if path.is_symlink() or not path.is_file() or path.name.startswith("."):
                continue
            digest = self._whole(path)
            if digest is not None:
                found.append(self._planned(routine, trigger, path, digest, now))
        return found

    def remember(self) -> None:
        """End of a look: what is seen now is what the next one compares with."""
        inbox = self.folder / "inbox"
        self._sizes = {
            path: (status.st_size, status.st_mtime_ns)
            for path in inbox.rglob("*")
            if path.is_file() and (status := path.stat())
        }

    def _whole(self, path: Path) -> str | None:
        status = path.stat()
        seen = (status.st_size, status.st_mtime_ns)
        if self._sizes.get(path) != seen or status.st_size > _LARGEST:
            return None
        known = self._digests.get(path)
        if known is None or known[0] != seen:
            with path.open("rb") as file:
                known = (seen, hashlib.file_digest(file, "sha256").hexdigest())
            self._digests[path] = known
        return known[1]

    def _planned(
        self, routine: Routine, trigger: Trigger, path: Path, digest: str, now: datetime
    ) -> Planned:
        return Planned(
            key=f"{routine.name}/{trigger.id}/sha256:{digest}",
            routine=routine.name,
            trigger=trigger.id,
            at=now,
            nominal=path.relative_to(self.folder).as_posix(),
            zone="UTC",
            tzdata="",
            digest=routine.digest,
        )
