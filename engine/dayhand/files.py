"""The practice's files: read anywhere inside the folder, written whole under `out/`, never outside.

A path is refused where it is absolute, climbs with `..`, passes through a symbolic link, or is no
name on every system (invisible characters, `NUL`, more than 200 bytes). A file is written beside
its place, synced, and renamed over it, so that it is there complete or not at all; it is readable
by its owner only (0600, folders 0700). It is locked meanwhile: one that nobody locks was left by a
process that is gone, and goes when the file is written again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dayhand.errors import Retryable, UserError
from dayhand.steps import WrittenFile

__all__ = ["PracticeFiles"]

_LARGEST = 64 * 1024 * 1024
_LONGEST_PATH = 1000
_LONGEST_NAME = 200  # bytes; file systems stop at 255, and a name is lengthened while it is written
_SHOWN = 100
_IN_THE_WAY = {
    errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY,
    errno.EACCES, errno.EPERM, errno.EROFS,
}  # fmt: skip
"""What another attempt meets again; a full disk it may not."""
_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {
    f"{one}{n}" for one in ("COM", "LPT") for n in "123456789"
}
"""Names that open a device on Windows, whatever follows their first dot."""


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
        """The place of a file of the practice on this machine; of `.`, the practice folder."""
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
        try:
            _make_private_folders(place.parent)
            _replace(place, content)
        except OSError as error:
            told = f"'{'/'.join(parts)}' cannot be written: {error.strerror}"
            raise (UserError if error.errno in _IN_THE_WAY else Retryable)(told) from error
        file = WrittenFile("/".join(parts), len(content), hashlib.sha256(content).hexdigest())
        self.written.append(file)
        return file

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder."""
        place = self.resolve(path)
        try:
            if not place.is_file():  # reading a pipe would wait for ever
                raise UserError(f"there is no file '{path}' in the practice folder")
            if place.stat().st_size > _LARGEST:
                raise UserError(f"'{path}' is larger than {_LARGEST // 1024 // 1024} MiB")
            return place.read_bytes()
        except FileNotFoundError as error:
            raise UserError(f"there is no file '{path}' in the practice folder") from error
        except PermissionError as error:
            raise UserError(f"'{path}' may not be read") from error
        except OSError as error:
            raise UserError(f"'{path}' cannot be read: {error.strerror}") from error

    def template(self, name: str) -> str:
        """The text of a template, the practice's own before a plugin's."""
        parts = _parts(name)
        own = _without_links(self.root, ("templates", *parts), name)
        for place in (own, *(folder.joinpath(*parts) for folder in self.templates)):
            if place.is_file():
                return _text_of(place, name)
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
    if (
        not parts
        or pure.is_absolute()
        or not path.isprintable()
        or any(character in ':*?"<>|' for character in path)
        or len(path.encode()) > _LONGEST_PATH
        or not all(_is_name(part) for part in parts)
    ):
        shown = "".join(one if one.isprintable() else "\ufffd" for one in path[:_SHOWN])
        raise UserError(
            f"'{shown}' is not a path inside the practice folder",
            hint="use a plain relative path such as invoices/INV-2026-00001.pdf",
        )
    return parts


def _is_name(part: str) -> bool:
    return not (
        part.startswith("~")
        or part.endswith((" ", "."))  # `..` too; Windows drops them
        or part.partition(".")[0].upper() in _DEVICES
        or len(part.encode()) > _LONGEST_NAME
    )


def _text_of(template: Path, name: str) -> str:
    try:
        return template.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"the template '{name}' is not UTF-8 text", hint="save it again with that encoding"
        ) from error
    except OSError as error:
        raise UserError(f"the template '{name}' cannot be read: {error.strerror}") from error


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
    _remove_leftovers(place)
    beside = place.with_name(f".{place.name[:150]}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _could_lock(descriptor)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
            beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove_leftovers(place: Path) -> None:
    """Remove what processes that were killed had begun to write for this place."""
    begun = re.compile(rf"\.{re.escape(place.name[:150])}\.[0-9a-f]{{8}}")
    with os.scandir(place.parent) as found:
        leftovers = [one.path for one in found if begun.fullmatch(one.name)]
    for leftover in leftovers:
        with suppress(OSError):
            descriptor = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                if _could_lock(descriptor):
                    Path(leftover).unlink()
            finally:
                os.close(descriptor)


def _could_lock(descriptor: int) -> bool:
    """Lock a file for as long as it is open, or this process lives; False if another has."""
    if sys.platform == "win32":
        return False
    import fcntl  # not everywhere

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
