"""Encrypted documents under `out/`: read by their owner, and looked at by `dayhand doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.age import ENDING, Age, new_identity
from dayhand.app.key_recovery import refuse_place, write_file
from dayhand.errors import DayhandError, UserError
from dayhand.files import PracticeFiles
from dayhand.steps.declarations import Finding

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.validation.practice import Documents

__all__ = ["examine", "make_identity", "opened"]


def opened(app: App, named: str) -> tuple[str, bytes]:
    """What a document holds, with its name; noted in the audit log before it is shown.

    Args:
        app: with the practice.
        named: the file, with or without `.age`, from where one is or from the practice's folder.

    Raises:
        UserError: there is no such file in the practice, or it cannot be decrypted.
    """
    files = app.files()
    path = _inside(app, files, named.removesuffix(ENDING))
    data = files.read(path)
    app.note_reveal(path)
    return path, data


def _inside(app: App, files: PracticeFiles, named: str) -> str:
    here = (app.settings.working_folder / Path(named).expanduser()).absolute()
    if here.is_relative_to(app.folder):
        path = here.relative_to(app.folder).as_posix()
        if any(app.folder.joinpath(path + ending).is_file() for ending in ("", ENDING)):
            return path
    if Path(named).is_absolute() and not here.is_relative_to(app.folder):
        raise UserError(f"{named} is not in the practice folder", hint=f"it is {app.folder}")
    files.resolve(named if not Path(named).is_absolute() else path)  # refuses what leaves it
    return named


def make_identity(app: App, target: Path) -> str:
    """Write a new identity to a private file that is not there yet; its recipient.

    Raises:
        UserError: the target is there already, or lies with the data.
    """
    place = refuse_place(app, target)
    text, recipient = new_identity()
    app.note("key.identity", recipient)
    write_file(place or target, text)
    return recipient


def examine(app: App) -> Iterator[Finding]:
    """Whether documents are encrypted, can be read back here, and lie nowhere in the clear."""
    told, age = app.checked_practice.documents, app.age
    if not told.encrypt_to:
        yield Finding("ok", "documents under out/ are not encrypted; see documents.encrypt_to")
        return
    age.closed(b"")  # raises what is wrong with the recipients
    yield _read_back(told, age)
    plain = sum(
        file.is_file() and file.suffix != ENDING for file in (app.folder / "out").rglob("*")
    )
    if plain:
        yield Finding(
            "warning",
            f"{plain} files under out/ are from before, in the clear",
            "remove what you no longer need; what is written anew is encrypted",
        )


def _read_back(told: Documents, age: Age) -> Finding:
    if not told.identity:
        hint = "mail with attachments needs 'documents.identity'"
        return Finding("ok", "documents are encrypted, and cannot be read back here", hint)
    try:
        recipients = {recipient for _, recipient in age.known()}
    except DayhandError as error:
        said = f"documents cannot be read back here: {error.message}"
        return Finding("warning", said, error.hint)
    if recipients.isdisjoint(told.encrypt_to):
        return Finding(
            "warning",
            "documents are encrypted for others than the identity that is here",
            f"add it to documents.encrypt_to: {', '.join(sorted(recipients))}",
        )
    return Finding("ok", f"documents are encrypted, for {len(told.encrypt_to)}")
