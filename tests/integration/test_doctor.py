"""`dayhand doctor` looks at the machine and at what processes left, and says what to do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dayhand.app import diagnosis
from dayhand.app.surroundings import clock_source, sleep, startup_files, zone_data
from dayhand.runner.owner import this_process


def found(bench, check):
    """What one check says: level and message of each finding."""
    return [(one.level, one.message) for name, one in diagnosis.examine(bench.app) if name == check]


def say(findings):
    return [(one.level, one.message, one.hint) for one in findings]


# A practice -----------------------------------------------------------------------------------------


def test_a_new_practice_has_no_failure(bench):
    bench.write("r", "steps: [{uses: value.set, with: {a: 1}}]\n")

    told = list(diagnosis.examine(bench.app))

    assert [one for _, one in told if one.level == "failure"] == []
    assert {"installation", "practice", "routines", "permissions", "key", "database", "runs", "daemon",
            "clock", "sleep"} <= {name for name, _ in told}  # fmt: skip


@pytest.mark.parametrize("name", ["", "out", "inbox", "practice.yaml", ".dayhand"])
def test_what_others_can_read_is_named(bench, name):
    place = bench.folder / name
    if not place.exists():
        place.mkdir(mode=0o700)
    place.chmod(0o755)

    ((level, message),) = found(bench, "permissions")

    assert level == "warning"
    assert (name or "the practice's folder") in message


@pytest.mark.parametrize(("name", "level"), [("out", "failure"), ("inbox", "warning")])
def test_a_folder_that_is_a_link_is_named_as_one_with_what_that_means(bench, tmp_path, name, level):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    place = bench.folder / name
    if place.exists():
        place.rmdir()
    place.symlink_to(elsewhere)

    ((found_level, message),) = found(bench, "permissions")

    assert found_level == level
    assert f"{name} is a link: nothing is read or written through it" in message


def test_a_clock_that_is_behind_what_was_recorded_is_a_failure(bench):
    bench.app.note_reveal("run x")
    bench.clock.move(-timedelta(hours=3))

    assert ("failure", "the clock is 3 h behind the latest entry of the audit log") in found(
        bench, "clock"
    )


TIMED = "triggers: [{cron: 0 9 * * *}]\nsteps: [{uses: value.set, with: {a: 1}}]\n"


def test_without_a_daemon_it_is_said_that_nothing_starts_by_itself(bench):
    assert found(bench, "daemon") == [
        ("ok", "no routine has a trigger, so that no daemon is needed")
    ]

    bench.write("r", TIMED)

    assert found(bench, "daemon") == [
        ("warning", "no daemon runs now, so none of 1 routines starts by itself")
    ]


@pytest.mark.parametrize(
    ("owner", "level", "told"),
    [
        ("this process", "ok", "a daemon runs the routines"),
        ("a process that is gone", "warning", "its lease is stale"),
        ("elsewhere:1:2", "ok", "a daemon runs the routines: elsewhere"),
    ],
)
def test_a_lease_whose_process_is_gone_is_told_as_stale(bench, owner, level, told):
    bench.write("r", TIMED)
    mine = this_process()
    owner = {"this process": mine, "a process that is gone": f"{mine.rpartition(':')[0]}:0"}.get(
        owner, owner
    )
    bench.app.store.write_ledger_now(
        lambda ledger: ledger.take_lease(
            "daemon", owner, length=timedelta(seconds=30), now=bench.clock.now()
        )
    )

    ((said, message),) = found(bench, "daemon")

    assert said == level
    assert told in message
    bench.clock.move(timedelta(minutes=1))
    assert "no daemon runs now" in found(bench, "daemon")[0][1]


# The machine ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "level"),
    [
        ("tzdata.zi", "# version 2026b\n# more\n", "ok"),
        ("tzdata.zi", "# version 2025c\n", "ok"),
        ("tzdata.zi", "# version 2019a\n", "warning"),
        ("+VERSION", "2018i\n", "warning"),
        ("+VERSION", "2026a\n", "ok"),
    ],
)
def test_zone_data_that_is_old_is_told(tmp_path, file, text, level):
    (tmp_path / file).write_text(text)

    finding = zone_data(date(2026, 11, 24), paths=[str(tmp_path / "none"), str(tmp_path)])

    assert finding.level == level
    assert text.split()[-1 if file == "+VERSION" else 2] in finding.message
    assert bool(finding.hint) == (level == "warning")


def test_zone_data_of_the_package_is_told_where_the_system_has_none(tmp_path):
    assert "the package tzdata" in zone_data(date(2026, 11, 24), paths=[str(tmp_path)]).message
    assert "pip install" in zone_data(date(2036, 1, 1), paths=[str(tmp_path)]).hint


def test_zone_data_that_tells_no_version_is_told_as_such(tmp_path):
    (tmp_path / "UTC").write_bytes(b"TZif")

    assert "does not say how old" in zone_data(date(2026, 11, 24), paths=[str(tmp_path)]).message


def test_a_clock_that_no_server_has_set_is_told(tmp_path):
    assert list(clock_source(root=tmp_path)) == []
    service = tmp_path / "run/systemd/timesync"
    service.mkdir(parents=True)
    assert say(clock_source(root=tmp_path))[0][0] == "warning"
    (service / "synchronized").touch()
    assert list(clock_source(root=tmp_path)) == []


MACHINES = {
    "another system": ({}, "judged by if_missed", False),
    "server": ({"etc/os-release": ""}, "no battery", False),
    "laptop": ({"etc/os-release": "", "sys/class/power_supply/BAT0/x": ""},
               "when its lid is closed:", True),
    "laptop that stays awake on power": (
        {"etc/os-release": "", "sys/class/power_supply/BAT1/x": "",
         "etc/systemd/logind.conf": "[Login]\n#HandleLidSwitch=ignore\nHandleLidSwitchExternalPower=ignore\n"},
        "closed on battery", False),
    "laptop that stays awake": (
        {"etc/os-release": "", "sys/class/power_supply/BAT0/x": "",
         "etc/systemd/logind.conf": "HandleLidSwitch=suspend\n",
         "etc/systemd/logind.conf.d/lid.conf": "HandleLidSwitch = ignore\n"},
        "stays awake with its lid closed", False),
}  # fmt: skip


@pytest.mark.parametrize("machine", MACHINES)
def test_it_is_told_whether_the_machine_sleeps(tmp_path, machine):
    files, told, has_hint = MACHINES[machine]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    ((level, message, hint),) = say(sleep(root=tmp_path))

    assert level == "ok"
    assert told in message
    assert bool(hint) == has_hint


def test_a_machine_that_is_set_not_to_sleep_is_told(tmp_path):
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/os-release").touch()
    (tmp_path / "etc/systemd/system/sleep.target").symlink_to("/dev/null")

    assert "not to sleep" in say(sleep(root=tmp_path))[0][1]


def test_p05_a_planted_file_that_runs_code_at_each_start_is_named(tmp_path):
    (tmp_path / "known-1.0.dist-info").mkdir()
    (tmp_path / "known-1.0.dist-info/RECORD").write_text("known.pth,sha256=x,1\nknown.py,,\n")
    (tmp_path / "known.pth").write_text("import known\n")
    (tmp_path / "paths.pth").write_text("/srv/more\n# import nothing\n")
    assert say(startup_files([tmp_path])) == []

    (tmp_path / "planted.pth").write_text("/srv/more\nimport os; os.environ\n")

    ((level, message, hint),) = say(startup_files([tmp_path]))
    assert level == "warning"
    assert message.startswith(f"{tmp_path / 'planted.pth'} runs code whenever Python starts")
    assert hint


def test_p05_what_the_installed_packages_brought_is_no_finding(bench):
    assert [message for _, message in found(bench, "installation") if ".pth" in message] == []
