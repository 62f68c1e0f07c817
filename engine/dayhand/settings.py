"""What the surroundings say: environment, folders of this user, where the practice is.

The environment is read once, at the edge, and handed on; nothing below it looks at `os.environ`.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dayhand.errors import PracticeError

__all__ = ["Settings", "find_practice"]

PRACTICE_FILE = "practice.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for a whole command. `practice` is the folder asked for, if any; in
    `safe_mode` no stranger's plugin is imported.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    working_folder: Path = field(default_factory=Path.cwd)
    practice: Path | None = None
    safe_mode: bool = False

    @property
    def cache(self) -> Path:
        """Where what can be made again is kept: no client data."""
        chosen = self.environment.get("DAYHAND_CACHE_DIR")
        if chosen:
            return Path(chosen)
        home = Path(self.environment.get("HOME") or Path.home())
        return Path(self.environment.get("XDG_CACHE_HOME") or home / ".cache") / "dayhand"

    @property
    def user(self) -> str:
        """Who uses this: the operating system's user name."""
        return getpass.getuser()

    def practice_folder(self) -> Path:
        """The folder of the practice: as asked for, by `DAYHAND_PRACTICE`, or around here.

        Raises:
            PracticeError: there is none.
        """
        asked = self.practice or self.environment.get("DAYHAND_PRACTICE")
        if asked:
            folder = Path(asked).expanduser().resolve()
            if not (folder / PRACTICE_FILE).is_file():
                raise PracticeError(
                    f"there is no practice in {folder}",
                    hint=f"make one with: dayhand init {asked}",
                )
            return folder
        found = find_practice(self.working_folder)
        if found is None:
            raise PracticeError(
                "there is no practice here or in any folder above",
                hint="go to its folder, name it with --practice DIR, or make one with: dayhand init DIR",
            )
        return found


def find_practice(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that holds a `practice.yaml`."""
    for folder in (start, *start.parents):
        if (folder / PRACTICE_FILE).is_file():
            return folder.resolve()
    return None
