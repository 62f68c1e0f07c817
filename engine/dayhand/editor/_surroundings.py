"""What is known around a file: the steps there are, and the practice's other routines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

from dayhand import document
from dayhand.catalogue import Catalogue
from dayhand.validation.inspection import Inspection, inspect_routine
from dayhand.validation.routine import Checked, RoutineHead, check_routine


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`routines` is None where a file belongs to no practice; `files` says where each routine is."""

    catalogue: Catalogue
    today: date
    routines: Mapping[str, RoutineHead] | None = None
    files: Mapping[str, PurePath] = field(default_factory=dict)

    def check(self, text: str, file: str) -> Checked:
        """What is wrong with a routine's text: what an editor asks at each key."""
        return check_routine(
            document.read(text, file=file),
            self.catalogue,
            routines=self.routines,
            file_stem=PurePath(file).stem,
            today=self.today,
        )

    def inspect(self, text: str, file: str) -> Inspection:
        """Check a routine's text, and tell what it is made of."""
        return self.inspect_read(document.read(text, file=file))

    def inspect_read(self, source: document.Document) -> Inspection:
        """The same, of a text that was read."""
        return inspect_routine(
            source,
            self.catalogue,
            routines=self.routines,
            file_stem=PurePath(source.file).stem,
            today=self.today,
        )
