"""The practice's files: read anywhere inside the folder, written whole under `out/`, never outside.

A path is refused where it is absolute, climbs with `..`, passes through a symbolic link, or is no
name on every system (invisible characters, `NUL`, more than 200 bytes). The folders on its way are
opened one in the other and never by their whole path, so that a link that somebody puts in the place
of one meanwhile leads nowhere. A file is written beside its place, synced, and renamed over it, so
that it is there complete or not at all; it is readable by its owner only (0600, folders 0700). It is
locked meanwhile: one that nobody locks was left by a process that is gone, and goes when the file is
written again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dayhand.age import ENDING, Age
from dayhand.errors import Retryable, UserError
from dayhand.steps.context import WrittenFile

__all__ = ["PracticeFiles", "put", "take"]

_LARGEST = 64 * 1024 * 1024
_LONGEST_PATH = 1000
_HERE = "the practice folder"
_LONGEST_NAME = 200  # bytes; file systems stop at 255, and a name is lengthened while it is written
_SHOWN = 100
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
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
    `templates` are folders looked in after the practice's own `templates/`. Where `age` names
    recipients, `NAME` is written as `NAME.age`; it is read, and told of, as `NAME`.
    """

    root: Path
    templates: Sequence[Path] = ()
    preview: Path | None = None
    written: list[WrittenFile] = field(default_factory=list)
    age: Age = field(default_factory=Age)

    def resolve(self, path: str) -> Path:
        """The place of a file of the practice on this machine; of `.`, the practice folder."""
        if path == ".":
            return self.root
        parts = _parts(path)
        if self.preview is not None:
            previewed = self.preview.joinpath(*parts)
            for place in (previewed, previewed.with_name(previewed.name + ENDING)):
                if place.exists():
                    return place
        place = _without_links(self.root, parts, path)
        closed = place.with_name(place.name + ENDING)
        return closed if closed.is_file() and not place.exists() else place

    def write(self, path: str, data: bytes | str) -> WrittenFile:
        """Write a whole file under `out/`."""
        content = data.encode() if isinstance(data, str) else data
        parts = ("out", *_parts(path))
        closes, name = bool(self.age.recipients), "/".join(parts)
        put(
            self.preview or self.root,
            name + ENDING if closes else name,
            self.age.closed(content) if closes else content,
            instead_of=parts[-1] + ("" if closes else ENDING),
        )
        file = WrittenFile("/".join(parts), len(content), hashlib.sha256(content).hexdigest())
        self.written.append(file)
        return file

    def read(self, path: str) -> bytes:
        """The bytes of a file in the practice folder."""
        parts = _parts(path)
        for root in (self.root,) if self.preview is None else (self.preview, self.root):
            if root.joinpath(*parts).exists():
                return take(root, path, where=_HERE)
            if root.joinpath(*parts[:-1], parts[-1] + ENDING).exists():
                return self.age.opened(take(root, path + ENDING, where=_HERE), path)
        return take(self.root, path, where=_HERE)

    def template(self, name: str) -> str:
        """The text of a template, the practice's own before a plugin's."""
        parts = _parts(name)
        for root, way in (
            (self.root, ("templates", *parts)),
            *((one, parts) for one in self.templates),
        ):
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return _template(root, way, name)
        kind = f"*{Path(name).suffix}" if Path(name).suffix else "*.*"
        known = sorted(
            {p.name for f in (self.root / "templates", *self.templates) for p in f.glob(kind)}
        )
        raise UserError(
            f"there is no template '{name}'",
            hint=f"there are: {', '.join(known)}" if known else "put it into templates/",
        )


def _template(root: Path, way: Sequence[str], name: str) -> str:
    try:
        with _folder(root, way[:-1], name) as folder:
            return _content(folder, way[-1], name).decode()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise  # there may be one elsewhere
    except UnicodeDecodeError as error:
        told = f"the template '{name}' is not UTF-8 text"
        raise UserError(told, hint="save it again with that encoding") from error
    except OSError as error:
        raise UserError(
            f"the template '{name}' cannot be read: {error.strerror}",
            hint="look at the file in templates/: it is UTF-8 text, and you may read it",
        ) from error


def put(root: Path, path: str, content: bytes, *, instead_of: str = "") -> None:
    """Write a whole file below a folder, through no link; what has the other name there goes.

    Raises:
        UserError: the path leads elsewhere, or something is in the way.
        Retryable: it cannot be written just now.
    """
    parts = _parts(path)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _folder(root, parts[:-1], path, make=True) as folder:
            _replace(folder, parts[-1], content, path)
            with suppress(FileNotFoundError, IsADirectoryError):
                if instead_of:
                    os.unlink(instead_of, dir_fd=folder)
    except OSError as error:
        told = f"'{'/'.join(parts)}' cannot be written: {error.strerror}"
        raise (UserError if error.errno in _IN_THE_WAY else Retryable)(told) from error


def take(root: Path, path: str, *, where: str = "") -> bytes:
    """The bytes of a file below a folder, through no link. Raises `UserError`."""
    parts = _parts(path)
    try:
        with _folder(root, parts[:-1], path) as folder:
            return _content(folder, parts[-1], path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise UserError(
            f"there is no file '{path}' in {where or root}",
            hint="name it from the folder of the practice on, as in inbox/new.csv",
        ) from error
    except PermissionError as error:
        raise UserError(
            f"'{path}' may not be read", hint="give yourself the right: chmod u+r"
        ) from error
    except OSError as error:
        raise UserError(
            f"'{path}' cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error


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


def _without_links(root: Path, parts: Sequence[str], path: str) -> Path:
    place = root
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise _passes_through_link(path)
    return place


def _passes_through_link(path: str) -> UserError:
    return UserError(f"'{path}' passes through a link", hint="links are not followed")


@contextmanager
def _folder(root: Path, parts: Sequence[str], path: str, *, make: bool = False) -> Iterator[int]:
    """The descriptor of a folder below `root`, each on the way opened in the one before it."""
    here = os.open(root, _FOLDER)
    try:
        for part in parts:
            if make:
                _make_folder(here, part)
            inner = _opened(part, _FOLDER | os.O_NOFOLLOW, here, path)
            os.close(here)
            here = inner
        yield here
    finally:
        os.close(here)


def _make_folder(parent: int, name: str) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)


def _opened(name: str, flags: int, folder: int, path: str) -> int:
    """Open what has this name in the folder, unless it is a link."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError:
        if _is_link(name, folder):
            raise _passes_through_link(path) from None
        raise


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _content(folder: int, name: str, path: str) -> bytes:
    """The bytes of a file in the folder. A pipe is not waited for."""
    descriptor = _opened(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, folder, path)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise UserError(
            f"'{path}' is larger than {_LARGEST // 1024 // 1024} MiB",
            hint="larger files are not read by a step; make it smaller, or split it",
        )
    return content


def _replace(folder: int, name: str, content: bytes, path: str) -> None:
    if _is_link(name, folder):
        raise _passes_through_link(path)
    _remove_leftovers(folder, name)
    beside = f".{name[:150]}.{secrets.token_hex(4)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(beside, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _could_lock(descriptor)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=folder)
        raise
    os.fsync(folder)


def _remove_leftovers(folder: int, name: str) -> None:
    """Remove what processes that were killed had begun to write for this place."""
    begun = re.compile(rf"\.{re.escape(name[:150])}\.[0-9a-f]{{8}}")
    for leftover in filter(begun.fullmatch, os.listdir(folder)):
        with suppress(OSError):
            descriptor = os.open(
                leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder
            )
            try:
                if _could_lock(descriptor):
                    os.unlink(leftover, dir_fd=folder)
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
