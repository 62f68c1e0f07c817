"""Files that go with a message: read, bounded, and named so that any mail program keeps them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dayhand import Practice, UserError

__all__ = ["MAX_BYTES", "Attachment", "read"]

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 20

# Not from the machine's own tables, so that the same message has the same bytes everywhere.
_TYPES = {
    ".csv": ("text", "csv"),
    ".docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".ics": ("text", "calendar"),
    ".jpeg": ("image", "jpeg"),
    ".jpg": ("image", "jpeg"),
    ".md": ("text", "markdown"),
    ".pdf": ("application", "pdf"),
    ".png": ("image", "png"),
    ".txt": ("text", "plain"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".zip": ("application", "zip"),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as the message carries it."""

    name: str
    type: tuple[str, str]
    data: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Its fingerprint, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def read(practice: Practice, paths: Sequence[str]) -> list[Attachment]:
    """The files, in their order.

    Raises:
        UserError: one is missing or outside the practice, or together they are too large.
    """
    if len(paths) > MAX_FILES:
        raise UserError(
            f"a message takes up to {MAX_FILES} files", hint="put them into one archive"
        )
    found: list[Attachment] = []
    total = 0
    for path in paths:
        data = practice.files.read(path)
        total += len(data)
        if total > MAX_BYTES:
            raise UserError(
                f"the attachments are larger than {MAX_BYTES // 1024**2} MB",
                hint="send fewer or smaller files",
            )
        name = _safe_name(path, [attachment.name for attachment in found])
        found.append(Attachment(name, _type_of(name), data))
    return found


def _safe_name(path: str, taken: Sequence[str]) -> str:
    """The file's name in ASCII letters, digits, dot, dash and underscore, without a leading dot."""
    file = PurePosixPath(path.replace("\\", "/"))
    stem = _plain(file.stem)[:80].rstrip("-.") or "file"
    ending = f".{_plain(file.suffix)[:10]}" if _plain(file.suffix) else ""
    chosen, number = stem + ending, 1
    while chosen in taken:
        number += 1
        chosen = f"{stem}-{number}{ending}"
    return chosen


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "-", letters)).strip("-.")


def _type_of(name: str) -> tuple[str, str]:
    return _TYPES.get(PurePosixPath(name).suffix.lower(), ("application", "octet-stream"))
