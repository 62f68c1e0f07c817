"""Figures for Prometheus and the health answer: real requests to a real daemon, and what is refused."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dayhand.app import runs
from dayhand.daemon import metrics
from dayhand.daemon.daemon import Daemon
from dayhand.errors import StoreError, UserError

DAYHAND = Path(sys.executable).with_name("dayhand")
CANARY = "Quentin Featherstone"


@contextmanager
def living(bench, *arguments):
    """A real daemon, once it runs the practice; with the lines it said until then."""
    environment = {**bench.environment, "PATH": os.environ["PATH"]}
    command = [DAYHAND, "--practice", bench.folder, "daemon", *arguments]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        said = ""
        while "runs the practice now" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        try:
            yield process, said
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=250)
    assert process.returncode == 0


def get(address, path, *, method="GET", host=None):
    """Status, headers and text of an answer."""
    name, _, port = address.removeprefix("http://").rpartition(":")
    connection = http.client.HTTPConnection(name.strip("[]"), int(port), timeout=20)
    try:
        connection.request(method, path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def figures(text):
    """Values by name, or by name and state."""
    return {
        (sample.name, sample.labels.get("state"))
        if "state" in sample.labels
        else sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_real_daemon_serves_its_figures_and_its_health_and_no_client_data(bench):
    bench.run("steps:\n  - uses: act.echo\n    with: {value: 1}\n")
    bench.write(
        "asks",
        f"title: About {CANARY}\nsteps:\n  - uses: person.approve\n    with: {{title: {CANARY}}}\n",
    )
    runs.go_on(bench.app, runs.create(bench.app, "asks", inputs={}).id)
    bench.app.close()

    with living(bench, "--metrics", "0") as (_, said):
        address = re.search(r"figures at (http://127\.0\.0\.1:\d+)/metrics", said)[1]
        status, headers, text = get(address, "/metrics")
        health_status, _, health = get(address, "/health")
        later = figures(get(address, "/metrics")[2])

    found = figures(text)
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert headers["Cache-Control"] == "no-store"
    assert found["dayhand_runs", "done"] == found["dayhand_runs", "waiting"] == 1
    assert found["dayhand_questions", "open"] == 1
    assert (
        found["dayhand_database_up"] == found["dayhand_in_charge"] == found["dayhand_healthy"] == 1
    )
    assert later["dayhand_turns_total"] >= found["dayhand_turns_total"] >= 0
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert (health_status, json.loads(health)["state"]) == (200, "ok")
    for secret in (CANARY, "Featherstone", "asks", "act.echo", "Lakeside", str(bench.folder)):
        assert secret not in text + health


def listening(pid):
    """The addresses a process listens on."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink()))
        except FileNotFoundError:
            continue
        if found:
            sockets.add(found[1])
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return [fields[1] for fields in lines if fields[3] == "0A" and fields[9] in sockets]


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")
def test_it_listens_on_nothing_unless_asked_and_then_on_this_machine_alone(bench):
    bench.app.close()

    with living(bench) as (process, said):
        assert (listening(process.pid), "figures" in said) == ([], False)
    with living(bench, "--metrics", "0") as (process, _):
        (address,) = listening(process.pid)

    assert address.startswith("0100007F:")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.0.0.0:9464", "others could read it"),
        ("[::]:9464", "others could read it"),
        ("192.0.2.7:9464", "others could read it"),
        ("example.org:9464", "others could read it"),
        ("metrics", "is not a port"),
        ("127.0.0.1:", "is not a port"),
        ("99999", "is not a port"),
        ("-1", "is not a port"),
    ],
)
def test_an_address_that_is_none_or_that_others_reach_is_refused(text, why):
    with pytest.raises(UserError, match=why):
        metrics.address_of(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("localhost:9464", ("127.0.0.1", 9464)),
        ("127.0.0.2:80", ("127.0.0.2", 80)),
        ("[::1]:9464", ("::1", 9464)),
    ],
)
def test_an_address_of_this_machine_is_taken(text, address):
    assert metrics.address_of(text) == address


def test_the_command_refuses_before_it_begins(bench):
    bench.app.close()
    environment = {**bench.environment, "PATH": os.environ["PATH"]}
    command = [DAYHAND, "--practice", bench.folder, "daemon", "--metrics", "0.0.0.0:9464"]

    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250)

    assert ended.returncode == 2
    assert "others could read it" in ended.stderr
    assert "watching" not in ended.stderr


@pytest.fixture
def served(bench):
    """A server beside a daemon of this process."""
    daemon = Daemon(bench.app)
    server = metrics.MetricsServer(daemon, "127.0.0.1", 0)
    yield daemon, server.address
    server.close()


def test_a_daemon_that_is_not_heard_of_is_stale_and_says_since_when(bench, served):
    daemon, address = served
    daemon.supervisor.alive("next at Mon 09:00")
    well = get(address, "/health")
    bench.clock.move(timedelta(minutes=3))

    status, _, text = get(address, "/health")

    assert well[0] == 200
    assert (status, json.loads(text)["state"]) == (503, "stale")
    assert "nothing was heard of it for 180 s; last: next at Mon 09:00" in text
    assert figures(get(address, "/metrics")[2])["dayhand_healthy"] == 0


def test_trouble_is_stale_and_standing_by_is_well(served):
    daemon, address = served

    daemon.supervisor.alive("in trouble: the disk is full")
    assert get(address, "/health")[::2] == (
        503,
        '{"state": "stale", "reason": "in trouble: the disk is full"}\n',
    )
    daemon.supervisor.alive("standing by")
    assert get(address, "/health")[0] == 200


def test_a_database_that_cannot_be_read_is_a_figure_and_no_failure(served, monkeypatch):
    daemon, address = served

    def fail():
        raise StoreError("another process holds the database")

    monkeypatch.setattr(daemon.app.store, "read", fail)
    status, _, text = get(address, "/metrics")

    found = figures(text)
    assert (status, found["dayhand_database_up"], found["dayhand_in_charge"]) == (200, 0, 0)
    assert "dayhand_runs{" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "192.0.2.7", "127.0.0.1.evil.example", ""]
)
def test_a_page_under_another_name_is_told_nothing(served, host):
    _, address = served

    status, headers, text = get(address, "/metrics", host=host or "x")

    assert (status, text) == (403, "not under this name\n")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9464", "127.0.0.1", "[::1]:9464"])
def test_this_machine_may_be_called_by_its_names(served, host):
    assert get(served[1], "/health", host=host)[0] == 200


def test_nothing_else_is_answered(served):
    _, address = served

    assert get(address, "/")[0] == 404
    assert get(address, "/metrics/../health")[0] == 404
    assert get(address, "/metrics", method="POST")[0] == 501
    assert "Python" not in str(get(address, "/")[1])


def test_one_who_says_nothing_does_not_keep_others_waiting_for_ever(served, monkeypatch):
    _, address = served
    monkeypatch.setattr(metrics._Handler, "timeout", 0.2)
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))):
        assert get(address, "/health")[0] == 200


def test_a_port_that_is_taken_is_said(bench, served):
    _, address = served

    with pytest.raises(UserError, match="cannot be listened on") as raised:
        metrics.MetricsServer(Daemon(bench.app), "127.0.0.1", int(address.rpartition(":")[2]))
    assert raised.value.hint == "choose another port"


def test_without_the_library_the_extra_is_named(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    with pytest.raises(UserError) as raised:
        metrics.MetricsServer(Daemon(bench.app), "127.0.0.1", 0)
    assert "dayhand[metrics]" in raised.value.hint


def test_without_the_option_neither_the_library_nor_a_server_is_loaded():
    code = (
        "import sys, dayhand.cli.daemon;"
        "sys.exit(any(m in sys.modules for m in ('prometheus_client', 'http.server')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=250).returncode == 0
