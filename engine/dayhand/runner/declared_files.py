"""The files of a stranger's plugin: the practice's, and those in folders that it declares."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dayhand.errors import StepMisuse
from dayhand.files import PracticeFiles, put, take
from dayhand.steps.context import WrittenFile
from dayhand.trust import Declaration, Places, unheld

__all__ = ["DeclaredFiles"]

_ELSEWHERE = "elsewhere"


class DeclaredFiles:
    """`Files`, where a path that begins with `/` or `~/` lies in a folder of the declaration."""

    def __init__(self, plugin: str, files: PracticeFiles, declared: Declaration) -> None:
        self._plugin = plugin
        self._files = files
        self._declared = declared

    @property
    def root(self) -> Path:
        """The practice's folder."""
        return self._files.root

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        """Write a whole file under `out/`, or in a folder declared to be written."""
        with unheld():
            if not _is_outside(path):
                return self._files.write(path, data)
            folder, inner = self._within(path, writes=True)
            content = data.encode() if isinstance(data, str) else data
            preview = self._files.preview
            root = Path(folder) if preview is None else preview / _ELSEWHERE / folder.lstrip("/")
            put(root, inner, content)
            shown = str(Path(folder, inner))
            file = WrittenFile(shown, len(content), hashlib.sha256(content).hexdigest())
            self._files.written.append(file)
            return file

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder, or in a folder declared."""
        with unheld():
            if not _is_outside(path):
                return self._files.read(self._inside(path))
            folder, inner = self._within(path, writes=False)
            previewed = self._previewed(folder, inner)
            return take(Path(folder), inner) if previewed is None else previewed.read_bytes()

    def resolve(self, path: str) -> Path:
        """The place of a file on this machine."""
        with unheld():
            if not _is_outside(path):
                return self._files.resolve(self._inside(path))
            folder, inner = self._within(path, writes=False)
            return self._previewed(folder, inner) or Path(folder, inner)

    def template(self, name: str) -> str:
        """The text of a template."""
        with unheld():
            return self._files.template(name)

    def _inside(self, path: str) -> str:
        if path.replace("\\", "/").lstrip("./").startswith("dayhand") and ".dayhand" in path:
            raise StepMisuse(
                f"plugin '{self._plugin}' wanted to reach into .dayhand, where the database is",
                hint="steps use the database by the context",
            )
        return path

    def _previewed(self, folder: str, inner: str) -> Path | None:
        """What a dry run wrote there itself."""
        if self._files.preview is None:
            return None
        place = self._files.preview / _ELSEWHERE / folder.lstrip("/") / inner
        return place if place.is_file() else None

    def _within(self, path: str, *, writes: bool) -> tuple[str, str]:
        """The declared folder that a path is in, and the path from there."""
        places = Places.of(self._declared, None)
        real = os.path.realpath(Path(path).expanduser())
        for folder in (*places.writes, *(() if writes else places.reads)):
            if real.startswith(folder + os.sep):
                return folder, os.path.relpath(real, folder)
        way = "write" if writes else "read"
        raise StepMisuse(
            f"plugin '{self._plugin}' wanted to {way} {path}, which it does not declare",
            hint=f"whoever makes it can name the folder under '{way}' of [folders] in its"
            " dayhand-plugin.toml",
        )


def _is_outside(path: str) -> bool:
    return path.startswith(("/", "~/"))
