"""100: every error of the command line says what to do next and reveals nothing; all of them are kept (L03).

`messages/` holds what is said, to be read when it changes; DAYHAND_WRITE_MESSAGES=1 writes it anew.
"""

from __future__ import annotations

import ast
import functools
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest
from tests_support import messages, wrong_calls
from tests_support.installed import installed_catalogue
from tests_support.messages import REPOSITORY, Said

from dayhand.cli import cli
from dayhand.plugin_host import PluginHost

KEPT = Path(__file__).with_name("messages")
pytestmark = pytest.mark.timeout(300)


def kept(group, said):
    """Hold what was said against the rules, and against what is kept."""
    wrong = [
        f"{one.command}: {', '.join(told)}\n{one.text}"
        for one in said
        if (told := messages.faults(one))
    ]

    assert wrong == []
    assert_same(group, said)


def assert_same(group, said):
    now, before = messages.compared(said, KEPT / f"{group}.txt")
    print(f"\nL03: {len(said)} errors of the group '{group}', each with what to do next")
    assert now == before, "the texts changed: read them, then DAYHAND_WRITE_MESSAGES=1 keeps them"


def told_by(practice, calls):
    places = {"PRACTICE": practice.folder, "HOME": practice.home, "ABOVE": practice.folder.parent}
    said, otherwise = [], []
    for code, line in calls:
        ended = practice(*line.split(), expect=None)
        said.append(Said.of(line, ended.code, ended.out + ended.err, places))
        if ended.code != code:
            otherwise.append((line, code, ended.code, ended.text))
    assert otherwise == [], "\n".join(map(str, otherwise))
    return said


@pytest.fixture(scope="module")
def shared(made):
    return made["sample"]


@pytest.mark.parametrize(
    ("group", "calls"),
    [
        ("typed", [(2, command) for command, _ in wrong_calls.TYPED]),
        ("engine", wrong_calls.calls(wrong_calls.ENGINE)),
        ("plugins", wrong_calls.calls(wrong_calls.PLUGINS)),
    ],
    ids=["typed", "engine", "plugins"],
)
def test_l03_a_wrong_call_is_told_what_to_do_next_and_nothing_is_revealed(shared, group, calls):
    kept(group, told_by(shared, calls))


# Something around the practice is wrong -----------------------------------------------------------------

LOOKS = """
runs
run r
show last
inbox
upcoming
effects
backup
audit verify
key export --yes
clients list
"""
SETTINGS = "\ncheck\nrun r\nupcoming\nclients list\n"
"""What does not need the settings goes on without them."""


def practice_yaml(text):
    return lambda bare: (bare.folder / "practice.yaml").write_bytes(text)


def added(text):
    def break_it(bare):
        with (bare.folder / "practice.yaml").open("a") as settings:
            settings.write(text)

    return break_it


def key_that(act):
    """The practice has a key of its own place, so that the others' stay as they are."""

    def break_it(bare):
        own, name = (
            bare.folder.parent / "own.key",
            (bare.folder / ".dayhand/id").read_text().strip(),
        )
        shutil.copy(bare.home / f".local/share/dayhand/keys/{name}.key", own)
        added(f"storage: {{key: {{file: '{own}'}}}}\n")(bare)
        act(own)

    return break_it


def database_that(act):
    def break_it(bare):
        bare("runs")
        act(bare.folder / ".dayhand/dayhand.db")

    return break_it


def becomes_a_folder(file):
    file.unlink()
    file.mkdir()


def flipped(file):
    data = bytearray(file.read_bytes())
    data[2000] ^= 1
    file.write_bytes(data)


BROKEN = {
    "settings-not-yaml": (practice_yaml(b"practice: {name: [\n"), SETTINGS),
    "settings-unknown-key": (added("colour: red\n"), SETTINGS),
    "settings-empty": (practice_yaml(b""), SETTINGS),
    "settings-binary": (practice_yaml(b"\x00\xff\xfe" * 20), SETTINGS),
    "settings-wrong-zone": (
        lambda bare: bare.settings("timezone: America/New_York", "timezone: Mars/Olympus"),
        SETTINGS,
    ),
    "no-key": (key_that(Path.unlink), LOOKS),
    "another-key": (key_that(lambda file: file.write_text("01" * 32)), LOOKS),
    "no-key-at-all": (key_that(lambda file: file.write_text("hello\n")), LOOKS),
    "a-key-for-all": (key_that(lambda file: file.chmod(0o644)), LOOKS),
    "a-key-that-is-a-folder": (key_that(becomes_a_folder), LOOKS),
    "no-database": (database_that(Path.unlink), LOOKS),
    "a-database-that-is-a-folder": (database_that(becomes_a_folder), LOOKS),
    "a-database-of-no-bytes": (database_that(lambda file: file.write_bytes(b"")), LOOKS),
    "a-flipped-byte": (database_that(flipped), LOOKS),
    "a-database-cut-off": (
        database_that(lambda file: file.write_bytes(file.read_bytes()[:10_000])),
        LOOKS,
    ),
    "no-server": (added("storage: postgresql://u@127.0.0.1:9/x\n"), LOOKS),
    "no-password": (
        added("storage: {url: postgresql://u@127.0.0.1:9/x, password: {env: NOT_THERE}}\n"),
        LOOKS,
    ),
}


@pytest.mark.parametrize("group", BROKEN)
def test_l03_where_something_is_broken_it_is_told_what_to_do_next(bare, group):
    break_it, looks = BROKEN[group]
    bare.routine("r", "steps: [{uses: value.set, with: {a: 1}}]\n")
    break_it(bare)

    places = {"PRACTICE": bare.folder, "HOME": bare.home, "ABOVE": bare.folder.parent}
    said = []
    for line in looks.split("\n")[1:-1]:
        ended = bare(*line.split(), expect=None)
        if ended.code:
            said.append(Said.of(line, ended.code, ended.out + ended.err, places))

    assert {one.code for one in said} <= {1, 2}
    assert said
    kept(group, said)


# Runs and questions -------------------------------------------------------------------------------------

ROUTINES = {
    "asks": """
        steps:
          - id: ok
            uses: person.approve
            with: {title: "Three invoices?"}
    """,
    "form": """
        steps:
          - id: form
            uses: person.ask
            with: {title: How was it?, fields: {count: integer, on: {type: date, required: false}}}
    """,
    "done": "steps: [{id: a, uses: value.set, with: {x: 1}}]\n",
    "fails": "steps: [{id: a, uses: run.fail, with: {reason: The bank was closed}}]\n",
    "escapes": """
        steps:
          - {id: a, uses: value.set, with: {name: "../x.txt"}}
          - {uses: file.write, with: {path: "${{ steps.a.name }}", text: a}}
    """,
    "unset": "inputs: {n: {type: integer, required: true}}\nsteps: [{uses: value.set, with: {x: 1}}]\n",
    "misspelt": "steps: [{uses: value.sett, with: {x: 1}}]\n",
    "open": "steps: [\n",
    "strange": "steps: [{uses: nobody.does, with: {x: 1}}]\n",
}
STATES = """
1 run fails
1 run escapes
run unset
run unset -i n=x
run misspelt
run open
run strange
answer {asked}
answer {asked} --it-was
answer {asked} --set a=1
answer {form} --approve
answer {form} --set count=x
answer {form} --set a=1
answer {form}
retry {asking}
resume {done}
cancel {done} --yes
retry {done}
retry {done} --from nope
retry {done} --send-again
explain open
graph open
check
check open
fmt open
routines update asks
routines diff asks
"""


def test_l03_of_runs_and_questions_it_is_told_what_can_be_done(bare):
    for name, text in ROUTINES.items():
        bare.routine(name, text)
    runs = {"done": bare("run", "done", "--json").json["run"]["id"]}
    for name in ("asks", "form"):
        runs[name] = bare("run", name, "--json", expect=3).json
    known = {
        "done": runs["done"],
        "asking": runs["asks"]["run"]["id"],
        "asked": runs["asks"]["questions"][0]["id"],
        "form": runs["form"]["questions"][0]["id"],
    }

    said = told_by(bare, wrong_calls.calls(STATES.format(**known)))
    bare("answer", known["asked"], "--approve")

    said += told_by(bare, wrong_calls.calls(f"answer {known['asked']} --approve"))
    kept("runs", said)


def test_l03_what_may_have_been_sent_ends_with_4_and_says_how_to_settle_it(sample, office):
    office.falls_silent(after_accepting=True)
    mail = "{to: eve@example.org, purpose: office, subject: Hello, body: Good day.}"
    sample.routine("lost", f"steps: [{{uses: email.send, with: {mail}}}]\n")

    ended = sample("run", "lost", expect=4)

    assert "dayhand answer" in ended.out
    assert "eve@" not in ended.text


# What every command refuses -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def refused(made, tmp_path_factory):
    """What each command says to what it cannot take, and outside a practice."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    command = [sys.executable, "-m", "tests_support.usage_errors"]
    environment = made["bare"].environment | {"PYTHONPATH": str(REPOSITORY / "tests/support")}
    done = subprocess.run(command, cwd=nowhere, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    places = {"NOWHERE": nowhere, "HOME": made["bare"].home}
    return {
        group: [Said.of(one["command"], one["code"], one["text"], places) for one in said]
        for group, said in json.loads(done.stdout).items()
    }


def test_l03_no_command_takes_what_is_none_of_its_own(refused):
    """Of a thousand refusals, each wording is kept once."""
    said = refused["usage"]
    words = (
        (r"(?<=hint: see: )dayhand .* --help", "dayhand run --help"),
        (r"(?<=Option )'--[a-z-]+'(?= requires)", "'--…'"),
        (r"(?<=Missing )(argument|option) '.*'", r"\1 '…'"),
    )
    wordings = {}
    for one in said:
        told = functools.reduce(lambda text, pair: re.sub(*pair, text), words, one.told)
        wordings.setdefault(told.strip(), one)

    assert len(said) > 500
    assert {one.code for one in said} == {2}
    assert [one.text for one in said if messages.faults(one)] == []
    assert_same("usage", [replace(one, text=told) for told, one in sorted(wordings.items())])


def test_l03_outside_a_practice_every_command_says_how_to_get_into_one(refused):
    said = refused["outside"]

    assert len(said) > 150
    assert {one.code for one in said} == {2}
    assert sum("there is no practice here" in one.text for one in said) > 150
    kept("outside", [one for one in said if "there is no practice here" not in one.text])


# The rules themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("error: no\n  hint: yes\nTraceback (most recent call last):", "a traceback"),
        ("error: /etc/passwd is no file\n  hint: yes", "a path outside the practice"),
        ("error: no", "no next step"),
        ("error: ValueError\n  hint: yes", "the program's own words"),
        (f"error: see {sys.prefix}\n  hint: yes", "where dayhand is installed"),
    ],
)
def test_l03_the_control_is_seen_to_break_a_rule(text, fault):
    assert any(found.startswith(fault) for found in messages.faults(Said("x", 2, text)))


def test_l03_every_command_that_a_message_names_is_there():
    context = click.Context(cli, info_name="dayhand", obj=_Plugins())
    texts = {file.name: file.read_text(encoding="utf-8") for file in KEPT.iterdir()}
    told = {
        name: re.findall(r"(?m)^\s+(?:hint|see): .*|^\s+error: .*", text)
        for name, text in texts.items()
    }

    named = [
        (name, line, wrong)
        for name, lines in told.items()
        for line in lines
        if (wrong := messages.names_nothing(line, cli, context))
    ]

    assert named == []
    assert messages.names_nothing("see: dayhand runs --nope", cli, context)
    assert messages.names_nothing("'dayhand wrong' lists them", cli, context)


class _Plugins:
    """What the command line asks of the application for a plugin's command."""

    catalogue = installed_catalogue()
    host = PluginHost()


MISTAKES = {"UserError", "PracticeError", "SecretMissing"}


def test_l03_every_mistake_of_the_user_is_raised_with_what_to_do():
    """Also where no call above comes to it."""
    silent, told = [], 0
    for root in ("engine/dayhand", "plugins"):
        for file in sorted((REPOSITORY / root).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                    continue
                if node.func.id in MISTAKES:
                    told += 1
                    if not any(one.arg == "hint" for one in node.keywords):
                        silent.append(f"{file.relative_to(REPOSITORY)}:{node.lineno}")

    print(f"\nL03: {told} places raise a mistake of the user, {len(silent)} without what to do")
    assert told > 300
    assert silent == []
