"""Which plugin is checked: one that is installed, by its name, or a project's folder."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dayhand.errors import UserError
from dayhand.trust import Declaration
from dayhand.trust.declaration import FILE

if TYPE_CHECKING:
    from dayhand.app import App

__all__ = ["Subject", "subjects"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A plugin to check.

    Attributes:
        name: the plugin's name, which its steps begin with.
        module: what its entry point names.
        distribution: what it was installed from, with the version.
        readme: the text of its README; empty if there is none.
        path: a folder to import it from, or empty if it is installed.
        declaration: what it says it touches; None for one that comes with dayhand.
        trouble: why its declaration cannot be read.
    """

    name: str
    module: str
    distribution: str = ""
    readme: str = ""
    path: str = ""
    declaration: Declaration | None = None
    trouble: str = ""


def subjects(app: App, wanted: str) -> list[Subject]:
    """The plugin of that name, or those of the project in that folder.

    Raises:
        UserError: it is not installed or not approved, or the folder holds no plugin.
    """
    if "/" in wanted or wanted.startswith(".") or Path(wanted).is_dir():
        folder = app.settings.working_folder / Path(wanted).expanduser()
        return list(_of_project(folder.resolve()))
    return [_installed(app, wanted)]


def _installed(app: App, name: str) -> Subject:
    found = {plugin.name: plugin for plugin in app.catalogue.plugins}.get(name)
    if found is None:
        raise UserError(
            f"plugin '{name}' is not installed",
            hint="see: dayhand plugins; or name the folder of its project",
        )
    if found.state == "not approved":
        raise UserError(
            f"plugin '{name}' is not approved, so none of it is run: {found.reason}",
            hint=f"dayhand plugins approve {name}; or name the folder of its project",
        )
    told = f"{found.distribution} {found.version}"
    if found.distribution == "dayhand":
        return Subject(name, found.module, told, _readme_beside(found.module))
    readme = _readme_of(found.distribution) or _readme_beside(found.module)
    declaration, trouble = _declared(app.host.candidate(name).declaration)
    return Subject(name, found.module, told, readme, "", declaration, trouble)


def _of_project(folder: Path) -> Iterator[Subject]:
    file = folder / "pyproject.toml"
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"there is no pyproject.toml in {folder}",
            hint="name the folder of a plugin's project, or an installed plugin",
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(
            f"{file} cannot be read: {error}",
            hint="it is the pyproject.toml of a plugin's project: correct what is told of it",
        ) from None
    project = told.get("project", {})
    entries: Mapping[str, str] = project.get("entry-points", {}).get("dayhand", {})
    if not entries:
        raise UserError(
            f"{file} names no plugin",
            hint='add [project.entry-points.dayhand] with a line such as: my_portal = "my_portal"',
        )
    readme = _text(folder / _readme_name(project))
    made = f"{project.get('name', folder.name)} {project.get('version', '')}".strip()
    for name, module in entries.items():
        place = _place(folder, module)
        package = place / Path(*module.split("."))
        declaration, trouble = _declared(lambda package=package: Declaration.read(package / FILE))
        yield Subject(name, module, made, readme, str(place), declaration, trouble)


def _place(folder: Path, module: str) -> Path:
    top = module.partition(".")[0]
    for place in (folder, folder / "src"):
        if (place / top).is_dir() or (place / f"{top}.py").is_file():
            return place
    raise UserError(
        f"{folder} has no '{top}', which its pyproject.toml names",
        hint="put the package into the project's folder, or into src/",
    )


def _declared(read: Any) -> tuple[Declaration, str]:
    try:
        return read(), ""
    except UserError as error:
        return Declaration(), error.message


def _readme_name(project: Mapping[str, Any]) -> str:
    named = project.get("readme", "README.md")
    return str(named.get("file", "README.md") if isinstance(named, Mapping) else named)


def _readme_of(distribution: str) -> str:
    """The README that a wheel carries in its metadata."""
    from importlib.metadata import PackageNotFoundError, metadata  # 15 ms, and only here

    try:
        told: Any = metadata(distribution)
    except PackageNotFoundError:
        return ""
    return str(told.get_payload() or told.get("Description") or "")


def _readme_beside(module: str) -> str:
    from dayhand.trust.installed import declared_in

    folder = declared_in(module)
    return _text(folder / "README.md") if folder else ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
