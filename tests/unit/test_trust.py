"""What strangers' plugins may touch: declarations, approvals, and the hosts they are kept to."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import socket
import stat
import sys
from datetime import UTC, datetime

import pytest

import dayhand
from dayhand.errors import StepMisuse, UserError
from dayhand.trust import Approvals, Bounds, Candidate, Declaration, Guard
from dayhand.trust.declaration import API

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)


def guarded(function, plugin, declared):
    """The function, held while it runs, as a step's is."""
    guard = Guard(plugin, declared)

    async def awaited(*arguments):
        token = guard.begin(None)
        try:
            return await function(*arguments)
        finally:
            guard.end(token)

    def called(*arguments):
        token = guard.begin(None)
        try:
            return function(*arguments)
        finally:
            guard.end(token)

    return awaited if inspect.iscoroutinefunction(function) else called


@pytest.fixture
def candidate(tmp_path, monkeypatch):
    folder = tmp_path / "site" / "odd_plugin"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "dayhand-plugin.toml").write_text('network = ["api.example.com"]\nsend = true\n')
    monkeypatch.syspath_prepend(str(folder.parent))
    return Candidate("odd", "odd-plugin", "1.0", "odd_plugin.inner.hooks")


@pytest.fixture
def approvals(tmp_path):
    return Approvals(tmp_path / "data" / "plugins.json")


# Declarations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("tabels = true", "unknown key 'tabels', did you mean 'tables'?"),
        ("zzz = 1", "known are api, network, secrets, tables, send, folders, process"),
        ('tables = "yes"', "'tables' that is neither true nor false"),
        ("send = 1", "'send' that is neither true nor false"),
        ("api = true", "'api' that is not a whole number"),
        ("api = 0", "'api' that is not a whole number"),
        ('network = "example.com"', "'network' that is not a list of host names"),
        ('network = ["https://x.example.com/"]', "'network' that is not a list of host names"),
        ('network = ["x.example.com:443"]', "'network' that is not a list of host names"),
        ("network = [1]", "'network' that is not a list of host names"),
        ("tables = ", "cannot be read"),
        ("folders = true", "'folders' that is no table"),
        ("[folders]\nraed = []", "unknown key 'raed' in [folders]"),
        ('[folders]\nread = "~/x"', "'read' in [folders] that is not a list of folders"),
        ('[folders]\nread = ["~"]', "not a list of folders"),
        ('[folders]\nread = ["/"]', "not a list of folders"),
        ('[folders]\nread = ["exports"]', "not a list of folders"),
        ('[folders]\nwrite = ["~/a/../b"]', "'write' in [folders] that is not a list of folders"),
        ("process = true", "'process' without own = true"),
        ("[process]\nown = 1", "'process' without own = true"),
        ('[process]\nown = true\nmemroy = "1 GB"', "unknown key 'memroy', did you mean 'memory'?"),
        ('[process]\nown = true\nmemory = "1 MB"', "'memory' is less than 16 MB"),
        ("[process]\nown = true\nmemory = 256", "'memory' is no size"),
        ('[process]\nown = true\noutput = "1 kB"\ntime = 60', "'time' is no length of time"),
        ('[process]\nown = true\ntime = "0 s"', "'time' is more than nothing"),
        ("tables = true\n[process]\nown = true", "it uses the database"),
        ("tables = true\ntables = true", "cannot be read"),
    ],
)
def test_a_declaration_with_a_mistake_is_refused(tmp_path, declared, reason):
    file = tmp_path / "dayhand-plugin.toml"
    file.write_text(declared)

    with pytest.raises(UserError) as raised:
        Declaration.read(file)
    assert reason in raised.value.message


def test_a_declaration_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "dayhand-plugin.toml"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(UserError, match="cannot be read"):
        Declaration.read(file)


def test_the_version_of_the_api_is_that_of_the_public_one():
    assert dayhand.API_VERSION == API


def test_without_a_declaration_nothing_may_be_touched(tmp_path):
    assert Declaration.read(tmp_path / "none.toml") == Declaration()


def test_what_is_new_in_a_declaration_is_told():
    before = Declaration(network=("a.example.com",), tables=True)
    after = Declaration(network=("a.example.com", "b.example.com"), tables=True, send=True)

    assert after.beyond(before) == ["connects to b.example.com", "sends or posts in your name"]
    assert Declaration(reads=("~/a",), writes=("~/b",)).beyond(Declaration(reads=("~/b",))) == [
        "reads files in ~/a", "writes files in ~/b",
    ]  # fmt: skip
    apart = Declaration(process=Bounds(256_000_000, 60, 1_000_000))
    assert before.beyond(apart)[-1].endswith("now it is in dayhand's own")
    assert apart.beyond(apart) == []


def test_bounds_and_folders_are_read_and_told():
    declared = Declaration.of({
        "folders": {"read": ["~/Exports"], "write": ["/srv/books"]},
        "process": {"own": True, "memory": "256 MB", "time": "2 minutes", "output": "2 MB"},
    })  # fmt: skip

    assert declared.process == Bounds(256_000_000, 120.0, 2_000_000)
    assert declared.process.as_text() == "256 MB, 120 s a step, 2 MB of output"
    assert "reads files in ~/Exports" in declared.as_lines()
    assert "reads and writes files in /srv/books" in declared.as_lines()
    assert Declaration.of({"process": {"own": False}}).process is None


def test_an_approval_from_before_there_were_folders_is_read(candidate, approvals):
    approvals.approve(candidate, by="jane", at=NOW, process=Bounds())
    told = json.loads(approvals.file.read_text())
    assert approvals.process_of("odd") == Bounds()

    for key in ("reads", "writes", "process"):
        del told["odd"]["declaration"][key]
    del told["odd"]["process"]
    approvals.file.write_text(json.dumps(told))

    assert approvals.objection(candidate) == ""
    assert approvals.process_of("odd") is None


# Approvals ----------------------------------------------------------------------------------------


def test_nothing_is_imported_to_look_at_a_plugin(candidate, approvals):
    assert candidate.declaration() == Declaration(network=("api.example.com",), send=True)
    assert set(candidate.files()) == {
        "odd_plugin/__init__.py", "odd_plugin/dayhand-plugin.toml",
    }  # fmt: skip
    assert approvals.objection(candidate) == "it is new, and nobody has approved it yet"
    assert not any(name.startswith("odd_plugin") for name in sys.modules)


def test_an_approval_holds_for_these_very_files(candidate, approvals, tmp_path):
    approvals.approve(candidate, by="jane", at=NOW)
    assert approvals.objection(candidate) == ""

    script = tmp_path / "site/odd_plugin/__init__.py"
    text = script.read_text()
    script.write_text(text.replace("imported", "Imported"))
    assert "odd_plugin/__init__.py has changed" in approvals.objection(candidate)
    script.write_text(text)
    assert approvals.objection(candidate) == ""

    (tmp_path / "site/odd_plugin/more.py").write_text("")
    assert "odd_plugin/more.py is new" in approvals.objection(candidate)
    (tmp_path / "site/odd_plugin/more.py").unlink()
    script.unlink()
    assert "odd_plugin/__init__.py is gone" in approvals.objection(candidate)


def test_what_python_makes_beside_the_files_is_no_change(candidate, approvals, tmp_path):
    approvals.approve(candidate, by="jane", at=NOW)
    made = tmp_path / "site/odd_plugin/__pycache__"
    made.mkdir()
    (made / "__init__.cpython-311.pyc").write_bytes(b"")

    assert approvals.objection(candidate) == ""


def test_one_for_a_newer_api_is_refused_even_if_approved(candidate, approvals, tmp_path):
    (tmp_path / "site/odd_plugin/dayhand-plugin.toml").write_text("api = 2")
    approvals.approve(candidate, by="jane", at=NOW)

    assert "needs version 2 of the plugin API" in approvals.objection(candidate)


def test_approvals_are_private_and_can_be_taken_back(candidate, approvals):
    approvals.approve(candidate, by="jane", at=NOW)

    assert stat.S_IMODE(approvals.file.stat().st_mode) == 0o600
    assert approvals.revoke("odd")
    assert not approvals.revoke("odd")
    assert approvals.objection(candidate)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"odd": {}}', '{"odd": 3}'])
def test_a_damaged_file_approves_nothing(candidate, approvals, text):
    approvals.file.parent.mkdir()
    approvals.file.write_text(text)

    with pytest.raises(UserError, match="cannot be read"):
        approvals.objection(candidate)


def test_approvals_are_readable_by_a_person(candidate, approvals):
    approvals.approve(candidate, by="jane", at=NOW)

    told = json.loads(approvals.file.read_text())["odd"]
    assert (told["version"], told["by"]) == ("1.0", "jane")
    assert told["declaration"]["network"] == ["api.example.com"]


# Hosts --------------------------------------------------------------------------------------------


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def connect(port, host="127.0.0.1"):
    socket.create_connection((host, port), timeout=10).close()


async def open_stream(port, host="127.0.0.1"):
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    await writer.wait_closed()


def test_a_step_is_kept_to_the_hosts_it_declares(server):
    for hosts in (("127.0.0.1",), ("localhost", "api.example.com"), ("*",)):
        guarded(connect, "odd", Declaration(network=hosts))(server)
        asyncio.run(guarded(open_stream, "odd", Declaration(network=hosts))(server))

    for hosts in ((), ("api.example.invalid",)):
        with pytest.raises(StepMisuse, match=r"'odd' wanted to connect to 127\.0\.0\.1"):
            guarded(connect, "odd", Declaration(network=hosts))(server)
        with pytest.raises(StepMisuse, match="does not declare"):
            asyncio.run(guarded(open_stream, "odd", Declaration(network=hosts))(server))


def test_a_name_that_is_not_declared_is_not_even_looked_up():
    declared = Declaration(network=("api.example.com", "*.example.com"))
    lookup = guarded(connect, "odd", declared)
    with pytest.raises(StepMisuse, match=r"wanted to connect to evil\.example\.invalid"):
        lookup(443, "evil.example.invalid")


def test_a_step_may_ask_for_the_name_of_its_own_machine():
    # smtplib does, to greet a server; what it connects to is looked at all the same
    def ask():
        with contextlib.suppress(OSError):
            socket.getaddrinfo(socket.gethostname(), None)
        return "asked"

    assert guarded(ask, "odd", Declaration())() == "asked"


def test_threads_of_a_step_are_kept_to_them_too(server):
    async def inside():
        await asyncio.to_thread(connect, server)

    with pytest.raises(StepMisuse):
        asyncio.run(guarded(inside, "odd", Declaration())())


def test_others_are_not_kept_to_them_meanwhile(server):
    async def kept(go):
        await go.wait()

    async def scene():
        go = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(guarded(kept, "odd", Declaration())(go))
            await asyncio.sleep(0)
            await open_stream(server)
            go.set()

    asyncio.run(scene())


# What a step is handed ----------------------------------------------------------------------------


def test_a_stranger_without_tables_is_handed_no_database(bench, monkeypatch):
    monkeypatch.setattr(bench.app.host, "declared", lambda _: Declaration())

    run = bench.run("steps: [{id: a, uses: act.rows}]")

    assert run.state == "failed"
    assert "uses the database, which it does not declare" in bench.steps(run)["a"].error.message


def test_a_plugin_is_handed_only_the_secrets_its_own_settings_name(bench, monkeypatch):
    from dayhand.model.practice import SecretRef

    context = bench.app.context("act")

    with pytest.raises(StepMisuse, match="which its settings do not name"):
        context.secret(SecretRef("env", "ANOTHER"))
    monkeypatch.setattr(bench.app.host, "declared", lambda _: Declaration())
    with pytest.raises(StepMisuse, match="asks for a secret, which it does not declare"):
        bench.app.context("act").secret(SecretRef("env", "ANOTHER"))
