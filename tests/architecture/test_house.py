"""The house is in order: plugins are declared everywhere, modules are small, documented and named for what they are."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import dayhand

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PLUGINS = sorted(folder.name for folder in (ROOT / "plugins").glob("dayhand_*") if folder.is_dir())
MODULES = sorted(file for folder in ("engine", "plugins") for file in (ROOT / folder).rglob("*.py"))
SCRIPTS = [file for file in MODULES if "migrations" in file.parts]
CODE = [file for file in MODULES if file not in SCRIPTS]

VAGUE = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "base", "core", "stuff"}


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@functools.cache
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@functools.cache
def tree(file: Path) -> ast.Module:
    return ast.parse(text(file))


# Plugins ------------------------------------------------------------------------------------------


def test_every_plugin_folder_has_an_entry_point():
    declared = PROJECT["project"]["entry-points"]["dayhand"]

    assert sorted(declared.values()) == PLUGINS
    assert [module for name, module in declared.items() if module != f"dayhand_{name}"] == []


CONTRACTS = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize(
    ("contract", "key"),
    [("ignorance", "forbidden_modules"), ("public-api", "source_modules"),
     ("independence", "modules"), ("vocabulary", "source_modules")],
)  # fmt: skip
def test_every_plugin_is_in_the_import_contracts(contract, key):
    own = {"dayhand_practice"} if contract in ("independence", "vocabulary") else set()

    assert sorted(CONTRACTS[contract][key]) == sorted(set(PLUGINS) - own)


def test_the_layers_in_the_manual_are_those_of_the_contract():
    manual = (ROOT / "engine" / "README.md").read_text(encoding="utf-8")
    drawn = manual.partition("A module imports only from lines below its own.")[2].split("```")[1]
    told = re.sub(
        r"\|\n", "| ", "\n".join(line[:45].rstrip() for line in drawn.strip().splitlines())
    )

    layers = [set(line.split(" | ")) for line in CONTRACTS["layers"]["layers"]]
    assert [set(line.split(" | ")) for line in told.splitlines()] == layers[1:]  # but for __main__


def test_every_plugin_is_known_to_the_import_linter():
    assert set(PLUGINS) <= set(PROJECT["tool"]["importlinter"]["root_packages"])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_plugin_is_typed_and_has_a_manual(plugin):
    assert (ROOT / "plugins" / plugin / "py.typed").exists()
    assert (ROOT / "plugins" / plugin / "README.md").exists()


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugins_init_holds_hooks_only(plugin):
    body = tree(ROOT / "plugins" / plugin / "__init__.py").body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]

    assert [name for name in functions if not name.startswith(("dayhand_", "_"))] == []
    assert [node for node in body if isinstance(node, ast.ClassDef)] == []


# Modules ------------------------------------------------------------------------------------------


def test_every_module_says_what_it_is_for():
    assert [named(file) for file in MODULES if not ast.get_docstring(tree(file))] == []


def test_modules_are_no_longer_than_400_lines():
    assert [named(file) for file in CODE if len(text(file).splitlines()) > 400] == []


def test_functions_are_no_longer_than_40_lines():
    long = [
        f"{named(file)}:{node.name}"
        for file in CODE
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > 40
    ]

    assert long == []


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the end."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


def test_modules_are_named_for_what_they_are():
    vague = [
        named(file) for file in CODE
        if VAGUE & {part.strip("_") for part in file.relative_to(ROOT).with_suffix("").parts}
    ]  # fmt: skip

    assert vague == []


def test_what_is_kept_is_files_in_the_places_a_reader_expects():
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    told = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    kept = [line.partition("\t") for line in told.stdout.splitlines()]

    assert {name.partition("/")[0] for _, _, name in kept} == {
        ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "engine", "plugins",
        "pyproject.toml", "requirements-dev.lock", "requirements.lock", "routines", "schemas", "tests",
    }  # fmt: skip
    assert [name for mode, _, name in kept if mode.startswith("120000")] == []  # no link


def test_nothing_is_left_to_be_done_later():
    assert [named(f) for f in MODULES if re.search(r"\b(?:TODO|FIXME|XXX|HACK)\b", text(f))] == []


def test_what_catches_everything_says_why_or_raises_again():
    silent = [
        f"{named(file)}:{node.lineno}"
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ExceptHandler)
        and _is_blind(node)
        and not _gives_a_reason(file, node)
    ]

    assert silent == []


def _is_blind(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    return kind is None or (
        isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")
    )


def _gives_a_reason(file: Path, handler: ast.ExceptHandler) -> bool:
    said = "".join(text(file).splitlines()[handler.lineno - 1 : handler.body[0].lineno])
    raises = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
    return raises or bool(re.search(r"#(?! noqa)\s*\S|# noqa: BLE001 - \S", said))


def test_suppressions_name_their_rule():
    assert [
        named(f) for f in MODULES if re.search(r"#\s*(?:noqa(?!:)|type: ignore(?!\[))", text(f))
    ] == []


def test_every_public_name_is_there():
    assert [name for name in dayhand.__all__ if not hasattr(dayhand, name)] == []
    assert list(dayhand.__all__) == sorted(dayhand.__all__)


def test_every_public_name_is_told_to_type_checkers_too():
    told = [
        alias.name
        for node in ast.walk(tree(ROOT / "engine" / "dayhand" / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("dayhand.")
        for alias in node.names
    ]

    assert sorted(set(told) - {"tell"}) == list(dayhand.__all__)


def test_what_modules_offer_is_there():
    absent = []
    for file in CODE:
        for node in tree(file).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                offered = ast.literal_eval(node.value)
                defined = set(
                    re.findall(
                        r"\b\w+\b", text(file).replace(ast.get_source_segment(text(file), node), "")
                    )
                )
                absent += [f"{named(file)}: {name}" for name in offered if name not in defined]
                absent += [
                    f"{named(file)}: {name} twice"
                    for name in {n for n in offered if offered.count(n) > 1}
                ]

    assert absent == []


# The wheel ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in the wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=250)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_routines_schemas_and_everything_beside_the_code(wheel):
    routines = ROOT / "routines"
    shipped = {
        f"dayhand/_shipped/routines/{f.relative_to(routines).as_posix()}"
        for f in routines.rglob("*.yaml")
    }
    shipped |= {f"dayhand/_shipped/schemas/{f.name}" for f in (ROOT / "schemas").glob("*.json")}
    for top in ("engine", "plugins"):
        for file in (ROOT / top).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts and file.parent != ROOT / top:
                shipped.add(file.relative_to(ROOT / top).as_posix())

    assert sorted(shipped - wheel) == []


def test_the_wheel_carries_nothing_else(wheel):
    tops = {name.partition("/")[0] for name in wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"dayhand", *PLUGINS}
    assert [name for name in wheel if "/tests/" in name or name.endswith(".pyc")] == []


def test_each_folder_of_acceptance_has_a_number_of_its_own():
    folders = {file.parent for file in (ROOT / "tests/acceptance").glob("[0-9]*_*/*.py")}
    numbers = [one.name[:3] for one in folders]

    assert numbers
    assert sorted(set(numbers)) == sorted(numbers)


def test_the_map_of_the_check_names_each_of_its_modules():
    folder = ROOT / "engine/dayhand/validation"
    told = ast.get_docstring(tree(folder / "__init__.py")) or ""

    assert set(re.findall(r"`(_?[a-z]+)`", told)) == {
        file.stem for file in folder.glob("*.py") if file.stem != "__init__"
    }
