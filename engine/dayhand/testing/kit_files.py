"""The files of a practice that a kit makes, and those in folders that a plugin declares."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from dayhand.errors import StepMisuse, UserError
from dayhand.steps.context import WrittenFile
from dayhand.trust import Declaration

__all__ = ["KitFiles"]


@dataclass
class KitFiles:
    """Files under a temporary practice folder.

    A path that begins with `/` or `~/` lies outside it, in a folder that the plugin's
    `dayhand-plugin.toml` declares. Nothing outside the test's own folder is touched: `~/` and `/` are
    folders of their own in `outside`.

    Attributes:
        root: the practice folder.
        outside: where what lies outside the practice is.
        template_folders: where plugins ship templates.
        written: what was written so far.
        plugin: whose files they are, for a message.
        declared: what that plugin may touch.
    """

    root: Path
    outside: Path
    template_folders: Sequence[Path] = ()
    written: list[WrittenFile] = field(default_factory=list)
    plugin: str = ""
    declared: Declaration = field(default_factory=Declaration)

    def of(self, plugin: str, declared: Declaration) -> KitFiles:
        """The same files as one plugin has them."""
        return replace(self, plugin=plugin, declared=declared)

    def place(self, path: str) -> Path:
        """Where on this machine a path is, for a test to put a file there or to look; it is not asked
        whether a plugin declares it."""
        if not path.startswith(("/", "~/")):
            return self.resolve(path)
        top = self.outside / ("home" if path.startswith("~/") else "root")
        place = (top / path.removeprefix("~").lstrip("/")).resolve()
        if not place.is_relative_to(top.resolve()):
            raise UserError(
                f"'{path}' leads out of where it begins", hint="use a plain relative path"
            )
        return place

    def resolve(self, path: str) -> Path:
        """The place of a file of the practice, or in a folder declared."""
        if path.startswith(("/", "~/")):
            return self._declared(path, writes=False)
        place = (self.root / path).resolve()
        if not place.is_relative_to(self.root.resolve()):
            raise UserError(
                f"'{path}' is outside the practice folder", hint="use a plain relative path"
            )
        return place

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        """Write a file under `out/`, or in a folder declared to be written."""
        is_outside = path.startswith(("/", "~/"))
        shown = path if is_outside else f"out/{path}"
        place = self._declared(path, writes=True) if is_outside else self.resolve(shown)
        if not is_outside and not place.is_relative_to(self.root.resolve() / "out"):
            raise UserError(f"'{path}' is outside out/", hint="use a plain relative path")
        place.parent.mkdir(parents=True, exist_ok=True)
        content = data.encode() if isinstance(data, str) else data
        place.write_bytes(content)
        file = WrittenFile(shown, len(content), hashlib.sha256(content).hexdigest())
        self.written.append(file)
        return file

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder, or in a folder declared."""
        try:
            return self.resolve(path).read_bytes()
        except FileNotFoundError as error:
            raise UserError(
                f"there is no file '{path}'", hint="write it first, in the practice of the test"
            ) from error

    def template(self, name: str) -> str:
        """The text of a template."""
        for folder in (self.root / "templates", *self.template_folders):
            if (folder / name).is_file():
                return (folder / name).read_text(encoding="utf-8")
        raise UserError(
            f"there is no template '{name}'",
            hint="write it into templates/ of the practice in the test",
        )

    def _declared(self, path: str, *, writes: bool) -> Path:
        wanted = self.place(path)
        folders = (*self.declared.writes, *(() if writes else self.declared.reads))
        if any(wanted.is_relative_to(self.place(str(PurePosixPath(one)))) for one in folders):
            return wanted
        way = "write" if writes else "read"
        raise StepMisuse(
            f"plugin '{self.plugin}' wanted to {way} {path}, which it does not declare",
            hint=f"name the folder under '{way}' of [folders] in its dayhand-plugin.toml",
        )
