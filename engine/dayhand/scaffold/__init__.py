"""Projects and files for people to begin with: green at once, theirs from then on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dayhand.errors import UserError

__all__ = ["make_plugin"]

_HERE = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_ENDING = ".txt"  # so that no tool takes a template for what it will become


def make_plugin(name: str, folder: Path, *, taken: tuple[str, ...] = ()) -> Iterator[str]:
    """Make a plugin's project in a new folder; the path of each file, as it is written.

    Args:
        name: the plugin's name, which its steps begin with: lower case, digits, `_`.
        folder: where; it must not be there yet, or be empty.
        taken: names of plugins that are installed.

    Raises:
        UserError: the name cannot be used, or there is something in the folder.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"'{name}' is no name for a plugin",
            hint="lower-case letters, digits and '_', as in 'my_portal'",
        )
    if name in taken:
        raise UserError(f"there is a plugin '{name}' already", hint="choose another name")
    if folder.exists() and any(folder.iterdir()):
        raise UserError(
            f"there is something in {folder} already", hint="name another folder with --into"
        )
    words = {
        "@name@": name,
        "@dashed@": name.replace("_", "-"),
        "@title@": "".join(part.title() for part in name.split("_")),
    }
    for template in sorted((_HERE / "plugin").rglob(f"*{_ENDING}")):
        yield _write(template, folder, words)


def _write(template: Path, folder: Path, words: dict[str, str]) -> str:
    place = template.relative_to(_HERE / "plugin").as_posix().removesuffix(_ENDING)
    place = place.replace("package/", "dayhand_@name@/").replace("suite/", "tests/")
    place = place.replace("workflows/", ".github/workflows/")
    place = _filled(place, words)
    target = folder / (".gitignore" if place == "gitignore" else place)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_filled(template.read_text(encoding="utf-8"), words), encoding="utf-8")
    return target.relative_to(folder).as_posix()


def _filled(text: str, words: dict[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text
