"""The practice's files: read anywhere inside the folder, written whole under `out/`, never outside.

A path is refused where it is absolute, climbs with `..`, or passes through a symbolic link. A file
is written beside its place, synced, and renamed over it, so that it is there complete or not at
all; it is readable by its owner only (0600, folders 0700).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dayhand.errors import UserError
from dayhand.steps import WrittenFile

__all__ = ["PracticeFiles"]

_LARGEST = 64 * 1024 * 1024


@dataclass(slots=True)
class PracticeFiles:
    """Files of the practice at `root`.

    With `preview`, a folder, everything is written there instead and read from there first.
    `templates` are folders looked in after the practice's own `templates/`.
    """

    root: Path
    templates: Sequence[Path] = ()
    preview: Path | None = None
    written: list[WrittenFile] = field(default_factory=list)

    def resolve(self, path: str) -> Path:
        """The place of a file of the practice on this machine; of `.`, the practice folder itself."""
        if path == ".":
            return self.root
        parts = _parts(path)
        if self.preview is not None:
            previewed = self.preview.joinpath(*parts)
            if previewed.exists():
                return previewed
        return _without_links(self.root, parts, path)

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        """Write a whole file under `out/`."""
        content = data.encode() if isinstance(data, str) else data
        parts = ("out", *_parts(path))
        place = _without_links(self.preview or self.root, parts, path)
        _make_private_folders(place.parent)
        _replace(place, content)
        file = WrittenFile("/".join(parts), len(content), hashlib.sha256(content).hexdigest())
        self.written.append(file)
        return file

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder."""
        place = self.resolve(path)
        try:
            if place.stat().st_size > _LARGEST:
                raise UserError(f"'{path}' is larger than {_LARGEST // 1024 // 1024} MiB")
            return place.read_bytes()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise UserError(f"there is no file '{path}' in the practice folder") from error
        except PermissionError as error:
            raise UserError(f"'{path}' may not be read") from error

    def template(self, name: str) -> str:
        """The text of a template, the practice's own before a plugin's."""
        parts = _parts(name)
        for folder in (self.root / "templates", *self.templates):
            place = folder.joinpath(*parts)
            if place.is_file():
                return place.read_text(encoding="utf-8")
        known = sorted(
            {p.name for f in (self.root / "templates", *self.templates) for p in f.glob("*.*")}
        )
        raise UserError(
            f"there is no template '{name}'",
            hint=f"there are: {', '.join(known)}" if known else "put it into templates/",
        )


def _parts(path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path.replace("\\", "/"))
    parts = pure.parts
    refused = (
        not parts
        or pure.is_absolute()
        or any(part == ".." or part.startswith("~") or len(part) > 200 for part in parts)
        or any(ord(character) < 32 or character in ':*?"<>|\x7f' for character in path)
        or any(part.endswith((" ", ".")) for part in parts)
    )
    if refused:
        raise UserError(
            f"'{path}' is not a path inside the practice folder",
            hint="use a plain relative path such as invoices/INV-2026-00001.pdf",
        )
    return parts


def _without_links(root: Path, parts: Sequence[str], path: str) -> Path:
    place = root
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise UserError(f"'{path}' passes through a link", hint="links are not followed")
    return place


def _make_private_folders(folder: Path) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)


def _replace(place: Path, content: bytes) -> None:
    beside = place.with_name(f".{place.name[:150]}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
