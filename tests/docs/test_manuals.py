"""The manuals are true: what they name is there, what is there is named, what they show runs."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from tests_support.installed import installed_catalogue
from tests_support.manuals import (
    ALL,
    ENGINE,
    MAIN,
    OF_PLUGINS,
    PLUGINS,
    ROOT,
    ROUTINES,
    blocks,
    prose,
    table_rows,
)

import dayhand
from dayhand import document, hookspecs
from dayhand.app import App, runs
from dayhand.catalogue import BUILT_IN
from dayhand.cli import cli
from dayhand.errors import UserError
from dayhand.expressions import FILTERS, TESTS, compile_expression, compile_text
from dayhand.plugin_host import PluginHost
from dayhand.settings import Settings
from dayhand.validation.practice import check_practice
from dayhand.validation.routine import check_routine

ENGINE_CODE = ROOT / "engine" / "dayhand"


@pytest.fixture(scope="module")
def catalogue():
    return installed_catalogue()


def words(*manuals: Path) -> str:
    return "\n".join(manual.read_text(encoding="utf-8") for manual in manuals)


# The plugin author's manual -----------------------------------------------------------------------


HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("dayhand_"))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_explained_with_its_arguments_and_an_example(hook):
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    heading = f"### `{hook}({arguments})`"

    text = words(PLUGINS)

    assert heading in text
    section = text.partition(heading)[2].partition("\n### ")[0].partition("\n## ")[0]
    assert f"def {hook}({arguments})" in section


@pytest.mark.parametrize("name", dayhand.__all__)
def test_every_public_name_is_explained(name):
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", prose(PLUGINS))


@pytest.mark.parametrize("protocol", ["Practice", "StepContext", "Files", "Shipped", "Finding"])
def test_every_member_of_what_a_plugin_is_handed_is_explained(protocol):
    kind = getattr(dayhand, protocol)
    members = {name for name in (*vars(kind), *kind.__annotations__) if not name.startswith("_")}

    missing = [
        name for name in members if not re.search(rf"`[^`]*\b{name}\b[^`]*`", prose(PLUGINS))
    ]

    assert missing == []


@pytest.mark.parametrize("effect", list(dayhand.Effect))
def test_every_effect_is_in_both_manuals(effect):
    assert f"`Effect.{effect.name}`" in words(PLUGINS)
    assert f"`{effect}`" in words(ROUTINES)


@pytest.mark.parametrize("manual", OF_PLUGINS, ids=lambda path: path.parent.name)
def test_every_step_and_command_of_a_bundled_plugin_is_in_its_manual(manual, catalogue):
    plugin = manual.parent.name.removeprefix("dayhand_")
    named = [spec.name for spec in catalogue.steps.values() if spec.plugin == plugin]
    named += [
        f"dayhand {spec.name}" for spec in catalogue.commands.values() if spec.plugin == plugin
    ]

    assert named
    assert [name for name in named if name not in words(manual)] == []


def test_every_bundled_plugin_is_listed(catalogue):
    rows = {cells[0] for cells in table_rows(PLUGINS)}

    for plugin in catalogue.plugins:
        assert f"[{plugin.name}]({plugin.module}/README.md)" in rows


# The blocks of the plugin author's manual ---------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files that the manual shows, as it names them."""
    folder = tmp_path_factory.mktemp("manual")
    for block in blocks(PLUGINS):
        name = block.option("file")
        if name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    return folder


def run_python(*arguments: str, inside: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *arguments]
    environment = {
        "PYTHONPATH": str(inside),
        "PATH": "",
        "HOME": str(inside),
        "PYTHONDONTWRITEBYTECODE": "1",
        # pytest clears what earlier sessions left in its folder: gigabytes, where tests run all day
        "PYTEST_DEBUG_TEMPROOT": str(inside),
    }
    return subprocess.run(
        command,
        cwd=inside,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=250,
    )


def test_the_python_blocks_of_the_plugin_manual_run(files):
    fragments = [b for b in blocks(PLUGINS, "python") if b.option("file") is None]
    source = "\n".join(
        f"exec(compile({block.text!r}, 'plugins/README.md:{block.line}', 'exec'), {{'__name__': 'manual'}})"
        for block in fragments
    )

    done = run_python("-c", source, inside=files)

    assert len(fragments) > 10
    assert done.returncode == 0, done.stderr


def test_the_complete_plugin_passes_its_own_test(files):
    done = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", inside=files)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_complete_plugin_keeps_the_rules_of_the_manual(files):
    done = run_python("-m", "dayhand", "plugins", "check", ".", "--strict", inside=files)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "it keeps the rules" in done.stdout


def test_the_complete_plugin_works_in_a_practice(files, bench_with, monkeypatch):
    monkeypatch.syspath_prepend(str(files))
    import dayhand_mentoring  # the manual's own

    bench = bench_with({"mentoring": dayhand_mentoring})
    (routine,) = [b for b in blocks(PLUGINS, "yaml") if "mentoring" in b.words]
    shown = next(b.text for b in blocks(PLUGINS, "console") if "steps mentoring.keep" in b.text)
    bench.write("r", "steps: []")
    settings = bench.folder / "practice.yaml"
    settings.write_text(settings.read_text() + "\nmentoring: {mentor: Dr. Ruiz}\n")
    bench.fresh()

    run = bench.run(routine.text)

    assert run.state == "done"
    assert bench.output(run, "3-value-set") == {"told": "0.8 hours"}
    from dayhand.cli.catalogue import _explained  # what `dayhand steps NAME` prints

    assert (
        _explained(bench.app.catalogue.steps["mentoring.keep"]) == shown.partition("\n")[2].rstrip()
    )


@pytest.fixture
def bench_with(tmp_path, request):
    """A practice with these plugins and no others."""
    kind = next(p.Bench for p in request.config.pluginmanager.get_plugins() if hasattr(p, "Bench"))
    made = []

    def make(plugins):
        made.append(kind(tmp_path, plugins))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


# The routine author's manual ----------------------------------------------------------------------


def test_every_filter_stands_in_the_table_as_it_is():
    rows = [cells for cells in table_rows(ROUTINES) if len(cells) == 3]
    told = [(first, about, example) for first, about, example in rows if first.startswith("`")]

    for one in FILTERS.values():
        arguments = [a if i < one.required else f"{a}?" for i, a in enumerate(one.arguments)]
        call = f"{one.name}({', '.join(arguments)})" if arguments else one.name
        row = tuple(
            text.replace("|", "\\|") for text in (f"`{call}`", one.about, f"`{one.example}`")
        )
        assert row in told


def test_every_test_stands_in_its_table_and_no_other():
    text = words(ROUTINES).partition("| test | true if |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(TESTS)


def test_the_expressions_of_the_table_give_what_it_says():
    text = words(ROUTINES).partition("| expression | gives |")[2].partition("\n\n")[0]
    rows = [
        re.split(r"(?<!\\)\|", line)[1:3] for line in text.splitlines() if line.startswith("| `")
    ]

    assert len(rows) > 10
    for cells in rows:
        expression, given = (cell.strip().strip("`").replace("\\|", "|") for cell in cells)
        text_of_it = compile_text(f"\u200b${{{{ {expression} }}}}")
        assert str(text_of_it.evaluate({})) == f"\u200b{given}", expression


@pytest.mark.parametrize("spec", BUILT_IN, ids=lambda spec: spec.name)
def test_every_built_in_step_is_explained_with_its_inputs_and_output(spec):
    section = words(ROUTINES).partition(f"### `{spec.name}`\n")[2].partition("\n##")[0]
    names = (*spec.inputs["properties"], *spec.output.get("properties", {}))

    assert f"*Effect: {spec.effect}.*" in section
    assert f"uses: {spec.name}" in section
    assert [name for name in names if f"`{name}`" not in section] == []


ENVELOPE = json.loads((ROOT / "schemas" / "routine.schema.json").read_text(encoding="utf-8"))[
    "$defs"
]


@pytest.mark.parametrize(
    "name", ["routine", "trigger", "step", "retry", "input_details", "input_type", "overlap", "end"]
)
def test_every_key_and_value_of_the_language_is_explained(name):
    definition = ENVELOPE[name]
    keys = [*definition.get("properties", {}), *definition.get("enum", [])]
    for part in definition.get("properties", {}).values():
        keys += [value for value in part.get("enum", []) if isinstance(value, str)]

    assert [key for key in keys if not re.search(rf"`[^`]*\b{key}\b[^`]*`", words(ROUTINES))] == []


def _codes_in(file: Path) -> set[str]:
    """What a source file gives as the code of a problem."""
    found = set()
    kebab = re.compile(r"[a-z]+(-[a-z0-9]+)+")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} if kebab.fullmatch(node.value) else set()
        if isinstance(node, ast.Call):
            function = node.func
            name = (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )
            if name in ("Problem", "note", "_note", "warn") and len(node.args) > 1:
                code = node.args[1]
                found |= {code.value} if isinstance(code, ast.Constant) else set()
    return found


_NO_CODES = {"date-time", "double-quoted", "utf-8", "x-private", "x-sensitive", "x-type"}


def codes() -> set[str]:
    folders = ("document", "expressions", "validation")
    files = [file for folder in folders for file in (ENGINE_CODE / folder).rglob("*.py")]
    files += [ENGINE_CODE / "cron.py", ENGINE_CODE / "app/book.py"]
    found = {code for file in files for code in _codes_in(file)}
    return (found - _NO_CODES) | {"unknown-filter", "unknown-test"}  # these are put together


def told_codes() -> set[str]:
    text = words(ROUTINES).partition("## Problems, one by one")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))


def test_every_problem_code_is_in_the_table_and_no_other():
    assert sorted(codes() - told_codes()) == []
    assert sorted(told_codes() - codes()) == []


@pytest.mark.parametrize(
    ("text", "code"), [("1 | nothing", "unknown-filter"), ("1 is odd", "unknown-test")]
)
def test_codes_that_are_put_together_are_those_in_the_table(text, code):
    with pytest.raises(dayhand.DayhandError) as raised:
        compile_expression(text)

    assert raised.value.code == code
    assert code in told_codes()


def _routine_texts():
    for block in blocks(ROUTINES, "yaml"):
        if "practice" not in block.words:
            text = block.text
            name = re.search(r"^routine: (\S+)$", text, re.MULTILINE)
            if not name:
                text = f"routine: example\n{text}"
            if not re.search(r"^steps:", text, re.MULTILINE):
                text += "steps:\n  - {uses: value.set, with: {x: 1}}\n"
            yield pytest.param(block, name[1] if name else "example", text, id=f"line-{block.line}")


@pytest.mark.parametrize(("block", "name", "text"), list(_routine_texts()))
def test_the_routines_of_the_manual_check_clean(block, name, text, catalogue):
    called = block.option("calls")
    others = {}
    if called:
        (file,) = (ROOT / "routines").rglob(f"{called}.yaml")
        read = document.read(file.read_text(encoding="utf-8"), file=file.name)
        others = {called: check_routine(read, catalogue).routine}

    read = document.read(text, file="manual.yaml")
    checked = check_routine(read, catalogue, routines=others, file_stem=name)

    assert checked.problems == ()
    assert checked.routine is not None


def _uses_only_built_in(text: str) -> bool:
    used = set(re.findall(r"uses: ([\w.]+)", text))
    return used <= {spec.name for spec in BUILT_IN} and "routine: monthly" not in text


@pytest.mark.parametrize(
    ("block", "name", "text"),
    [one for one in _routine_texts() if _uses_only_built_in(one.values[2])],
)
def test_the_routines_of_the_manual_that_need_no_plugin_run(block, name, text, bench_with):
    bench = bench_with({})
    file = bench.folder / "routines" / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    answers = {}
    if block.option("answers"):
        step, _, given = block.option("answers").partition("=")
        field, _, value = given.partition(":")
        answers = {step: {field: value}}

    found = runs.rehearse(bench.app, name, inputs={}, answers=answers)

    assert found.ended.run.state == "done", found.ended.run.reason


@pytest.mark.parametrize(
    "file", sorted((ROOT / "routines").rglob("*.yaml")), ids=lambda path: path.stem
)
def test_a_shipped_routine_checks_clean_and_is_in_the_manuals(file, catalogue):
    read = document.read(file.read_text(encoding="utf-8"), file=file.name)
    checked = check_routine(read, catalogue, file_stem=file.stem)

    assert checked.problems == ()
    assert f"({file.relative_to(ROUTINES.parent).as_posix()})" in words(ROUTINES)
    assert file.stem in words(MAIN)


# Settings and commands ----------------------------------------------------------------------------


def _settings() -> list[str]:
    definitions = json.loads(
        (ROOT / "schemas" / "practice.schema.json").read_text(encoding="utf-8")
    )["$defs"]
    inner = {"practice", "clinician", "address", "supervisor", "limits", "retention", "storage"}
    inner |= {"backup", "documents"}

    def walk(name: str, before: str) -> list[str]:
        found = []
        for key in definitions[name]["properties"]:
            found.append(f"{before}{key}")
            if key in inner:
                found += walk(key, f"{before}{key}.")
            if key == "licences":
                found += walk("licence", f"{before}{key}[].")
        return found

    return walk("settings", "")


def test_every_setting_is_in_the_table_and_no_other():
    text = words(ROUTINES).partition("| setting | what it says |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `([\w.\[\]]+)` \|", text, re.MULTILINE) == _settings()


def test_the_settings_of_the_manual_check_clean(catalogue):
    (block,) = [b for b in blocks(ROUTINES, "yaml") if "practice" in b.words]

    checked = check_practice(document.read(block.text, file="practice.yaml"), catalogue)

    assert checked.problems == ()


def _commands(
    command: click.Command, path: str, ctx: click.Context
) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    inner = click.Context(command, info_name=path, parent=ctx)
    found = [(path, command)] if command.invoke_without_command else []
    for name in command.list_commands(inner):
        found += _commands(command.get_command(inner, name), f"{path} {name}", inner)
    return found


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    ctx = click.Context(cli, info_name="dayhand")
    ctx.obj = App(Settings({"HOME": str(folder)}, folder), host=PluginHost())
    with ctx:
        names = [*cli.list_commands(ctx), *ctx.obj.catalogue.commands]
        made = {}
        for name in dict.fromkeys(names):
            command = cli.get_command(ctx, name)
            if command is not None:
                made |= dict(_commands(command, f"dayhand {name}", ctx))
        return made


def test_every_command_is_in_a_manual_with_its_options(commands):
    text = words(ROUTINES)
    missing = []
    for path, command in commands.items():
        row = next((line for line in text.splitlines() if re.match(rf"\| `{path}[` ]", line)), None)
        missing += [] if row else [path]
        if row and not command.callback.__module__.startswith("dayhand."):
            missing += [f"{path} {o}" for o in _options(command) if f"`{o}`" not in row]

    assert missing == []


def _options(command: click.Command) -> list[str]:
    """The long options that are not hidden."""
    shown = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    return [o for one in shown for o in (*one.opts, *one.secondary_opts) if o.startswith("--")]


def test_the_manual_tells_of_no_command_or_option_that_is_gone(commands):
    text = words(ROUTINES).partition("\n## Commands\n")[2]
    rows = [line for line in text.splitlines() if line.startswith("| `dayhand ")]
    told = {re.match(r"\| `(dayhand(?: [a-z][a-z-]*)+)", row)[1] for row in rows}
    options = {o for command in commands.values() for o in _options(command)}

    assert sorted(told - set(commands)) == []
    assert (
        sorted(
            set(re.findall(r"`(--[a-z-]+)`", text))
            - options
            - {"--help", "--version", "--debug", "--practice", "--safe-mode", "--passphrase-fd"}
        )
        == []
    )


def test_the_options_of_dayhands_own_commands_are_in_the_table(commands):
    rows = [cells for cells in table_rows(ROUTINES) if len(cells) == 3]
    own = {
        path: made
        for path, made in commands.items()
        if made.callback.__module__.startswith("dayhand.")
    }

    missing = []
    for path, command in own.items():
        short = path.removeprefix("dayhand ")
        for one in command.params:
            if isinstance(one, click.Option) and not one.hidden:
                told = [r for r in rows if f"`{short}`" in r[0] and f"`{one.opts[0]}`" in r[1]]
                missing += [] if told else [f"{path} {one.opts[0]}"]
    assert missing == []


def test_the_options_of_the_whole_program_are_explained():
    for one in cli.params:
        assert one.opts[0] in words(ROUTINES)


def test_every_command_of_dayhand_gives_an_example_in_its_help(commands):
    own = {
        path: made
        for path, made in commands.items()
        if made.callback.__module__.startswith("dayhand.")
    }

    assert [path for path, made in own.items() if "dayhand " not in (made.epilog or "")] == []


@pytest.mark.parametrize("manual", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_manual_names_no_command_that_is_not_there(manual, commands):
    first = {path.split()[1] for path in commands}
    told = [line for b in blocks(manual, "console") for line in b.text.splitlines()]
    named = [match[1] for line in told if (match := re.match(r"\$ dayhand ([a-z][a-z-]*)", line))]
    named += re.findall(r"`dayhand ([a-z][a-z-]*)", prose(manual))

    assert [name for name in named if name not in first] == []


_NOT_COMMANDS = {"continuing", "does", "is", "was"}  # words after the name in a sentence
_PROMISED: set[str] = set()


def _hints() -> list[tuple[str, str]]:
    """Commands that messages of the code tell people to use."""
    pattern = re.compile(r"(?:'|see: |with: |with |it: |^)dayhand ([a-z][a-z-]+)\b")
    found = []
    for file in sorted(
        file for top in ("engine", "plugins") for file in (ROOT / top).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and len(node.value) < 300
            ):
                place = f"{file.relative_to(ROOT)}:{node.lineno}"
                found += [(name, place) for name in pattern.findall(node.value)]
    return found


def test_no_message_tells_of_a_command_that_is_not_there(commands):
    known = {path.split()[1] for path in commands} | _NOT_COMMANDS

    assert {name for name, _ in _hints() if name not in known} == _PROMISED


# All manuals --------------------------------------------------------------------------------------


def _anchors(manual: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(manual), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("manual", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_inside_the_project_leads_somewhere(manual):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(manual)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (manual.parent / name).resolve() if name else manual
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("manual", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_manual_names_no_place_of_a_machine(manual):
    text = manual.read_text(encoding="utf-8")

    assert re.findall(r"(?<![\w.:/])/(?:home|root|tmp|work|Users|var|opt)/\S*", text) == []
    assert re.findall(r"\b[\w.-]+@(?:localhost|[\w-]+\.(?:internal|lan))\b", text) == []


@pytest.mark.parametrize("manual", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_manual_has_one_title_and_lines_that_can_be_read(manual):
    text = prose(manual)

    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    assert [
        line for line in text.splitlines() if len(line) > 130 and not line.startswith("|")
    ] == []


def test_every_state_of_a_run_is_in_both_tables():
    from typing import get_args

    from dayhand.model.run import RunState

    for state in get_args(RunState):
        assert state.replace("_", " ") in words(ROUTINES)
        assert state in words(ENGINE)


def test_every_exit_code_is_in_both_manuals():
    from dayhand.cli import BUG, EXIT

    for code in {*EXIT.values(), 2, BUG}:
        assert re.search(rf"\b{code}\b", words(ROUTINES).partition("## Running, answering")[2])
        assert re.search(rf"^\| {code} \|", words(ENGINE), re.MULTILINE)


def test_the_licence_is_the_projects():
    assert "Apache" in words(MAIN)
    assert UserError.__name__ in words(PLUGINS)
